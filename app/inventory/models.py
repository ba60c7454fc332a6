"""What the configuration says: sources, teams, routing. Data only; `load.py` reads it, the stages compile what they need."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app.flags.definition import Definition
from app.inventory.entry import Entry, Slug
from app.inventory.falling_back import Fallbacks
from app.inventory.governing import Governance
from app.inventory.measuring import Measuring
from app.inventory.people import Hours, Member
from app.inventory.privacy import CONTACT, Consent, Privacy
from app.inventory.reviewing import Reviewing
from app.inventory.rolling import Rolling


class CsvFormat(Entry):
    """How a source's lines are cut. Columns in order; their names are the paths of its mapping."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    columns: tuple[str, ...]


class Mapping(Entry):
    """Lead field → path in the payload, or several paths, the first that holds something wins.

    A path is dotted names, with `[n]` for the n-th of a list and `[key=value]` for the element whose key has that
    value: `traits.address.city`, `field_data[name=email].values[0]`. A name that holds a dot or a bracket is quoted:
    `"data[email]"`.
    """

    version: Annotated[int, Field(ge=1)] = 1
    fields: dict[str, str | tuple[str, ...]]
    ignore: tuple[str, ...] = ()  # paths left out on purpose, with all below them: secrets, vendors' plumbing


class Source(Entry):
    """One place that leads come from."""

    name: Slug
    description: str
    owner: str  # the team that answers for this source, a role and not a person
    format: Literal["json", "form", "csv", "avro", "auto"]  # auto: each record is looked at
    csv: CsvFormat | None = None
    record: str | None = None  # format avro: the schema's record name
    mapping: Mapping
    features: tuple[str, ...] = ()  # paths of attributes that scoring may look at
    sensitive: tuple[str, ...] = ()  # paths of attributes for the audit of fairness alone, never features
    automation: Annotated[float, Field(ge=0, le=1)] = 1.0  # share of leads that need no person; 0: people decide all of them
    honeypots: tuple[str, ...] = ()  # paths of form fields that people never see: filled in, a robot did it
    required: tuple[str, ...] = ()  # lead fields; `email|phone` means at least one of them
    time_zone: str = "UTC"  # of times that carry none
    date_order: Literal["YMD", "DMY", "MDY"] = "YMD"
    default_country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None  # for phones without country code
    expected_per_hour: Annotated[float, Field(gt=0)]
    partitions: Annotated[int, Field(ge=1, le=256)] = 1
    consent_basis: Literal["consent", "contract", "legitimate_interest", "unknown"] = "unknown"
    consent: Consent | None = None  # what people agree to; None: only whether they do, and the basis, are known
    cost_per_lead: Decimal = Decimal(0)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    reliability: Annotated[float, Field(ge=0, le=1)] | None = None  # prior share of good leads; None: as the other sources show
    dedupe_window_hours: Annotated[float, Field(gt=0)] = 720  # within it the same person with the same intent is the same lead
    remember_days: Annotated[float, Field(gt=0, le=3650)] = 90  # how long a person is known, so that a new intent is linked
    # A lead without a won or lost for so long counts as not won (docs/labels.md); None: as long as nearly all its wins took.
    decide_within_days: Annotated[float, Field(gt=0, le=3650)] | None = None


class Team(Entry):
    """Who takes leads. The slug is stable: it names the topic."""

    name: Slug
    description: str
    format: Literal["avro", "json"] = "avro"
    partitions: Annotated[int, Field(ge=1, le=256)] = 2
    hours: Hours | None = None  # when it works, and by which clock its service levels run; None: around the clock
    members: tuple[Member, ...] = ()  # none: the team is a queue
    keep_owner_days: Annotated[int, Field(ge=0, le=90)] = 30  # a person's next lead goes to who had the last; 0: in turn, always
    erasure: Literal["blank", "tombstone"] = "blank"  # what its topic gets of a person who is erased (docs/erasure.md)
    accounts: tuple[str, ...] = ()  # registered domains of companies that are this team's, as in acme.co.uk
    purpose: Slug = CONTACT  # what it contacts people for, of privacy.yaml: leads without consent for that pass it over


Band = Literal["hot", "warm", "cold"]


class Condition(Entry):
    """All that is set must hold. Texts are compared without regard to case."""

    sources: tuple[Slug, ...] | None = None
    countries: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    cities: tuple[str, ...] | None = None
    postcodes: tuple[str, ...] | None = None  # beginnings, without regard to blanks and hyphens
    languages: tuple[str, ...] | None = None  # tags; `pt` takes `pt-BR`, too
    bands: tuple[Band, ...] | None = None
    score_at_least: float | None = None
    has: tuple[str, ...] | None = None  # lead fields that must be filled
    interest_contains: tuple[str, ...] | None = None  # any of these
    page_contains: tuple[str, ...] | None = None  # any of these, in the page's address without its query
    attributes: dict[str, tuple[str, ...]] | None = None  # path → any of these values; each path must have one of its own
    order_value_at_least: float | None = None
    budget_at_least: float | None = None
    consent_for: Literal["contact", "marketing"] | None = None
    returning: bool | None = None  # whether the person was a lead before, with another intent; where nobody knows, neither holds
    account_of: tuple[Slug, ...] | None = None  # the company is a named account of one of these teams


def _language(text: str) -> str:
    if text == "lead" or (text.isascii() and text.isalpha() and text.islower() and len(text) in (2, 3)):
        return text
    raise ValueError(f'"{text}" is no language; write lead for that of the lead, or an ISO 639 code like de')


class Wish(Entry):
    """What the owner inside the team must have."""

    skills: tuple[Slug, ...] = ()  # all of them
    language: Annotated[str, AfterValidator(_language)] | None = None  # `lead`: the lead's, where anybody in the team has it


class Rule(Entry):
    """The first rule whose condition holds decides the team."""

    name: Slug
    when: Condition = Condition()
    team: Slug
    owner: Wish = Wish()


class ServiceLevel(Entry):
    """How fast a lead must be contacted, and what happens to one that nobody contacted in time."""

    contact_within_minutes: Annotated[int, Field(ge=1, le=100_000)]  # of the team's working time
    priority: Annotated[int, Field(ge=1, le=9)] = 5  # 1 comes first, where leads of a queue wait for somebody
    reassign: Annotated[int, Field(ge=0, le=20)] = 1  # so many times it goes to another member, with the same time again
    escalate_to: Slug | None = None  # then to this team; None: it stays where it is


class Service(Entry):
    """The service levels. A band without one has no due time."""

    hot: ServiceLevel | None = None
    warm: ServiceLevel | None = None
    cold: ServiceLevel | None = None


class Routing(Entry):
    """The rules, and the limits between machine and person."""

    version: Annotated[int, Field(ge=1)]
    rules: tuple[Rule, ...]
    catch_all: Slug  # the team of leads that no rule takes
    # The monitor rings where more than this share of all leads, or of a source's, is left to the catch-all.
    catch_all_share: Annotated[float, Field(gt=0, le=1)] = 0.25
    service: Service = Service()
    hot_from: Annotated[float, Field(gt=0, lt=1)] = 0.30
    warm_from: Annotated[float, Field(gt=0, lt=1)] = 0.10
    without_score: Band = "warm"  # what every lead counts as while routing.by_score is off
    review_below_confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    # Leads at least so unlike those seen before go to people, too (0.999: the most unusual one of a thousand); None: none do.
    review_unusual_from: Annotated[float, Field(gt=0, le=1)] | None = None


class Ladder(Entry):
    """How far the mapping ladder may go where nothing is declared (the file mapping.yaml)."""

    version: Annotated[int, Field(ge=1)] = 1
    certain_from: Annotated[float, Field(gt=0, le=1)] = 0.90  # mapped without asking
    plausible_from: Annotated[float, Field(gt=0, le=1)] = (
        0.60  # mapped, flagged and offered for confirmation; below: an attribute
    )


Measure = Literal["hot", "first_class", "review", "opportunity", "calibration"]


class Judged(Entry):
    """Which measures are held to the limits, by what leads are grouped by; all others are only shown."""

    source: tuple[Measure, ...] = ("calibration",)
    country: tuple[Measure, ...] = ("opportunity", "calibration")
    language: tuple[Measure, ...] = ("opportunity", "calibration")
    device: tuple[Measure, ...] = ("opportunity", "calibration")
    sensitive: tuple[Measure, ...] = ("hot", "first_class", "opportunity", "calibration")


class Fairness(Entry):
    """Limits of the audit of fairness (the file fairness.yaml)."""

    version: Annotated[int, Field(ge=1)] = 1
    least_ratio: Annotated[float, Field(gt=0, lt=1)] = 0.8  # of a group's share to that of the rest: the four-fifths rule
    calibration_gap: Annotated[float, Field(gt=0, lt=1)] = 0.05  # won share less mean score, against that of the rest
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.01  # chance that an audit of fair decisions tells anything at all
    least_leads: Annotated[int, Field(ge=10)] = 100  # smaller groups are shown, and not judged
    least_won: Annotated[int, Field(ge=5)] = 20  # of the group, for measures among those who were won
    first_class: tuple[Slug, ...] = ()  # teams whose service a group must not be kept from; none: not looked at
    judged: Judged = Judged()
    segments: tuple[Literal["source", "country", "language", "device", "interest"], ...] = ("source", "country", "interest")
    long_cycle_from: Annotated[float, Field(gt=1)] = 2.0  # times the others' median time to win: a segment with a long cycle
    starved_below: Annotated[float, Field(gt=0, lt=1)] = (
        0.5  # share treated as hot or warm, over that of the rest, by eventual value
    )
    every_hours: Annotated[float, Field(gt=0)] = 24  # how often the monitor looks
    days: Annotated[float, Field(gt=0)] = 28  # that it looks back


class Inventory(Entry):
    """Everything that deploy/config says, validated as a whole."""

    sources: dict[str, Source]
    teams: dict[str, Team]
    routing: Routing
    ladder: Ladder = Ladder()
    fairness: Fairness = Fairness()
    reviewing: Reviewing = Reviewing()
    measuring: Measuring = Measuring()
    rolling: Rolling = Rolling()
    fallbacks: Fallbacks = Fallbacks()
    privacy: Privacy = Privacy()
    governance: Governance = Governance()
    flags: dict[str, Definition] = Field(default_factory=dict)  # toggles, as flags.yaml has them; what it does not name is on
    # source → definitions of its forms, as their vendor exports them (the folder forms)
    forms: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
