"""The normalised record that everything after validation works on, and the notes the stages leave on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import field as described
from typing import Literal

Rung = Literal[  # of the mapping ladder, the surest first
    "declared",  # the inventory says so
    "confirmed",  # a person said so, of this source
    "synonym",  # its name is one of the field's known names, in some language
    "fuzzy",  # its name is nearly one of them
    "shape",  # its value looks like one
    "learned",  # the classifier says so
    "derived",  # from other fields
]

ViolationCode = Literal[
    "missing",  # a field that the source's inventory requires is absent
    "invalid",  # present, and no repair made it valid; the raw value is kept under attributes
    "ambiguous",  # more than one reading (03/04/2026 without a declared order); not guessed
    "implausible",  # well-formed but out of range: a date in 1970, a negative budget
    "placeholder",  # "n/a", "Select", "test@test.com"
    "disposable",  # a throw-away mail domain
    "role_address",  # info@, sales@: a mailbox, not a person
    "uncontactable",  # neither a valid e-mail nor a valid phone
    "test_lead",  # the vendor's own test flag
    "bot",  # a robot filled it in: the honeypot, its user agent, links for a name
    "uncertain_mapping",  # the ladder put the value here, and is not sure enough: offered to people
]


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one field. Holds no value: violations travel in decisions, which hold no personal data."""

    field: str
    code: ViolationCode


@dataclass(frozen=True, slots=True)
class Repair:
    """What was mended in one field, and by which rule (`trim`, `case`, `e164`, `unmojibake`, …).

    Attributes:
        before, after: The value. What leaves the pipeline holds `before` as a pseudonym only, and decisions `after`, too; neither
            is printed.
    """

    field: str
    rule: str
    before: str | None = described(default=None, repr=False)
    after: str | None = described(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a field came from: the path in the payload, the rung of the mapping ladder, the confidence in [0, 1]."""

    field: str
    path: str
    rung: Rung
    confidence: float


@dataclass(slots=True)
class Lead:
    """A normalised lead. Times are milliseconds since the epoch in UTC, phones E.164, countries ISO 3166-1 alpha-2,
    currencies ISO 4217, e-mails lower-case in the domain. Empty means None, never "".

    Not frozen: the stages fill it one after the other (validation makes it, enrichment adds place and reliability),
    and freezing 45 fields costs more than all of scoring. No stage touches what an earlier one wrote.
    """

    lead_id: str
    source: str
    event_id: str  # the vendor's id of the event; else a digest of the bytes, so that a resend is recognised
    received_at: int
    occurred_at: int  # the vendor's time; received_at where the vendor gives none that can be read

    email: str | None = None
    phone: str | None = None
    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    job_title: str | None = None

    street: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    language: str | None = None

    message: str | None = None
    interest: str | None = None  # product or service asked for
    budget: float | None = None
    order_value: float | None = None
    orders_count: int | None = None
    currency: str | None = None

    page_url: str | None = None
    referrer: str | None = None
    campaign: str | None = None
    ad_id: str | None = None
    form_id: str | None = None
    click_id: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    visitor_id: str | None = None
    customer_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None

    consent: bool | None = None  # what the person ticked; None where the source does not ask
    consent_basis: str = "unknown"  # the source's legal basis, from its inventory
    consent_purposes: str | None = None  # what they agreed to be contacted for; None: the source does not tell by purpose
    consent_until: int | None = None  # when that ends; None: it does not end by itself
    is_test: bool = False

    country_source: str | None = None  # address, phone, ip or default: how enrichment knew
    source_reliability: float = 0.5  # share of good leads expected of this source, [0, 1]
    company_domain: str | None = None
    device: str | None = None  # mobile, tablet, desktop or bot
    click_network: str | None = None  # whose click id it carries: google, meta, microsoft, …
    sessions: int | None = None  # what the visitor did in the shop before; None where nothing is known
    pages_viewed: int | None = None
    cart_adds: int | None = None
    cart_value: float | None = None
    last_seen_at: int | None = None
    first_touch: str | None = None  # utm source and medium, else the referrer's domain
    last_touch: str | None = None
    cost: float | None = None  # what this lead cost, in the inventory's currency
    mapping_version: int = 0
    mapping_revision: int = 0  # what people had confirmed of the source's mapping by then

    attributes: dict[str, str] = field(default_factory=dict)  # path → text: whatever no field took. Never dropped
    facts: dict[str, str] = field(default_factory=dict)  # declared path → text, "" where blank: what scoring may look at
    groups: dict[str, str] = field(default_factory=dict)  # declared path → category: for the audit of fairness alone
    violations: list[Violation] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    provenance: list[Provenance] = field(default_factory=list)
    enrichments: dict[str, str] = field(default_factory=dict)  # enrichment → slow, down, failed or off; none named: all worked
    toggles_off: tuple[str, ...] = ()  # of those that are asked before anybody knows who it is
    shape: str | None = None  # fingerprint of the payload's shape
