"""Leads with what nobody sees of them: how much they want to buy, what for, and in which language."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log
from random import Random
from typing import Final

from app.embedded.simulator.arrivals import DAY_MS, rhythm
from app.embedded.simulator.intent import CONCEPTS, USUAL_PAGES
from app.pipeline.identified import Identified, subject_of
from app.pipeline.lead import Lead, Violation
from app.pipeline.source import Position
from tests.month.assumptions import Assumptions

SOURCE: Final = "web-form"
TOPIC: Final = "leads.inbound.web-form"
_CONCEPT: Final = CONCEPTS["before"]
_COUNTRIES: Final = (("DE", 34), ("AT", 8), ("CH", 8), ("GB", 12), ("NL", 10), ("FR", 9), ("IT", 7), ("ES", 6), ("US", 6))
_CAMPAIGNS: Final = (
    ("brand-search", 22), ("spring-sale", 20), ("demo-request", 12), ("retargeting", 16), ("newsletter", 15), ("prize-draw", 15),
)  # fmt: skip
_PRODUCTS: Final = ("office chairs", "label printers", "heat pumps", "packaging")
_GERMAN: Final = frozenset({"DE", "AT", "CH"})
_MESSAGES: Final = {"de": "Bitte um ein Angebot für unser Team, danke!", "en": "Please send me an offer for our team."}
_SLOT_MS: Final = 15 * 60_000
_REMEMBERED: Final = 3_000  # leads among which somebody may come again


@dataclass(frozen=True, slots=True)
class Truth:
    """What nobody sees.

    Attributes:
        intent: Log-odds of being won if somebody calls within five minutes.
        german: Speaks German; the others English.
        junk: A robot or a test.
        luck, second_luck: Uniform draws that decide, so that both ways to handle a lead would meet the same person.
        value: Of the order that it would be.
    """

    intent: float
    german: bool
    junk: bool
    luck: float
    second_luck: float
    value: float

    @property
    def chance(self) -> float:
        """To win it at once."""
        return 1 / (1 + exp(-self.intent))


@dataclass(frozen=True, slots=True)
class Arriving:
    """A lead as it comes out of identity, and the truth about it."""

    position: Position
    lead: Lead
    who: Identified
    truth: Truth


class World:
    """The same seed, the same leads, whoever handles them.

    Args:
        start_ms: Monday, midnight.
    """

    def __init__(self, assumed: Assumptions, seed: int, start_ms: int) -> None:
        self._assumed, self._rng, self._start_ms = assumed, Random(seed), start_ms
        self._offset = 0
        self._before = deque[tuple[str, str | None]](maxlen=_REMEMBERED)

    def leads(self, days: int) -> Iterator[Arriving]:
        """In order of time: a Poisson process with the rhythm of day and week."""
        for slot in range(self._start_ms, self._start_ms + days * DAY_MS, _SLOT_MS):
            at, end = float(slot), slot + _SLOT_MS
            rate = self._assumed.leads_per_day / DAY_MS * rhythm(slot)
            while (at := at + self._rng.expovariate(rate)) < end:
                yield self.lead(int(at))

    def lead(self, at_ms: int) -> Arriving:
        """One that comes now."""
        rng, assumed = self._rng, self._assumed
        position = Position(TOPIC, 0, self._offset)
        self._offset += 1
        lead = self._visible(position, at_ms, rng)
        junk = rng.random() < assumed.junk
        german = lead.country in _GERMAN if lead.country else rng.random() < 0.5
        if rng.random() < assumed.nowhere:
            lead.country = lead.language = lead.country_source = None
        intent = -9.0 if junk else log_odds(lead) + rng.gauss(0.0, assumed.hidden)
        if junk and rng.random() < 0.5:
            lead.violations.append(Violation("email", "disposable"))
            lead.violations.append(Violation("phone", "placeholder"))
        truth = Truth(intent, german, junk, rng.random(), rng.random(), rng.lognormvariate(6.5, 0.8))
        return Arriving(position, lead, self._who(lead, rng), truth)

    def _visible(self, position: Position, at_ms: int, rng: Random) -> Lead:
        country, works = _pick(rng, _COUNTRIES), rng.random() < 0.35
        mail = rng.random()
        language = "de" if country in _GERMAN else "en"
        lead = Lead(position.lead_id, SOURCE, f"e{position.offset}", at_ms, at_ms)
        lead.email = None if mail < 0.06 else f"a{position.offset}@{'firm.example' if works else 'gmail.com'}"
        lead.phone = f"+4930{position.offset:07d}" if lead.email is None or rng.random() < 0.6 else None
        lead.full_name, lead.company = "A Person", "A Firm" if works else None
        lead.country, lead.country_source, lead.language = country, "address", language
        lead.campaign = _pick(rng, _CAMPAIGNS)
        lead.message = _MESSAGES[language] if rng.random() < 0.35 else None
        lead.interest = rng.choice(_PRODUCTS)
        lead.cost = 3.1
        if rng.random() < 0.6:
            lead.sessions, lead.pages_viewed = 1 + int(rng.expovariate(1.0)), 1 + int(rng.expovariate(0.25))
            lead.cart_adds, lead.cart_value = (1, rng.lognormvariate(4.5, 0.6)) if rng.random() < 0.2 else (0, 0.0)
            lead.last_seen_at, lead.first_touch, lead.last_touch = at_ms - 60_000, "google / cpc", "google / cpc"
        return lead

    def _who(self, lead: Lead, rng: Random) -> Identified:
        event, what = f"ev_{lead.lead_id}", rng.random()
        assumed = self._assumed
        if what < assumed.duplicates and self._before:
            first, subject = self._before[-1 - int(rng.random() ** 3 * len(self._before))]
            return Identified("merged", event, subject, duplicate_of=first)
        what -= assumed.duplicates
        if 0 <= what < assumed.linked and self._before:
            first, subject = rng.choice(self._before)
            who = Identified("linked", event, subject, linked_to=first)
        elif 0 <= what - assumed.linked < assumed.asked:
            who = Identified("asked", event, subject_of(lead.lead_id))
        else:
            who = Identified("new", event, subject_of(lead.lead_id))
        self._before.append((lead.lead_id, who.subject))
        return who


def log_odds(lead: Lead) -> float:
    """Of winning it at once, by what can be seen: the simulator's concept (app/embedded/simulator/intent.py)."""
    told = _CONCEPT.bias + _CONCEPT.sources[SOURCE] + _CONCEPT.countries.get(lead.country or "", 0.0)
    told += _CONCEPT.campaigns.get(lead.campaign or "", 0.0)
    told += _CONCEPT.company_mail * (lead.company is not None) + _CONCEPT.phone * (lead.phone is not None)
    told += _CONCEPT.message * (lead.message is not None)
    told += _CONCEPT.office_hours * (7 <= lead.occurred_at // 3_600_000 % 24 < 17)
    if lead.pages_viewed is not None:
        told += _CONCEPT.pages * log((1 + lead.pages_viewed) / (1 + USUAL_PAGES)) + _CONCEPT.cart * bool(lead.cart_adds)
    return told


def _pick(rng: Random, choices: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([name for name, _ in choices], [weight for _, weight in choices])[0]
