"""The plan against the pure pipeline: what was planted is what the stages find."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest

from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.poison import CATALOGUE, HARMLESS, Deck, Format, Poison
from app.embedded.simulator.traffic import Traffic
from app.errors import BadRecord
from app.inventory.load import load
from app.inventory.models import Inventory
from app.pipeline.identified import Identified
from app.pipeline.intake.decode import decode
from app.pipeline.lead import Lead
from app.pipeline.mapping import Mapper, compile_mapping
from app.pipeline.source import InboundEvent, Position
from app.pipeline.validation import Validator, compile_validator
from tests.harness.identity import fresh_identity

ROOT = Path(__file__).parents[2]
START_MS = 1_772_438_400_000
SOURCE_OF: dict[Format, str] = {"json": "shopify-customer", "form": "web-form", "csv": "partner-csv", "avro": "partner-avro"}


class Stages:
    """Intake to identity, without anything outside."""

    def __init__(self) -> None:
        self.inventory: Inventory = load(ROOT / "deploy/config")
        self.codec = AvroCodec(Schemas.load(ROOT / "schemas"))
        self._identity = fresh_identity()
        self._mappers: dict[str, Mapper] = {name: compile_mapping(source) for name, source in self.inventory.sources.items()}
        self._validators: dict[str, Validator] = {
            name: compile_validator(source) for name, source in self.inventory.sources.items()
        }

    def lead(self, source: str, offset: int, value: bytes | None, stamp_ms: int = START_MS) -> Lead:
        event = InboundEvent(Position(f"leads.inbound.{source}", 0, offset), None, value, (), stamp_ms)
        mapped = self._mappers[source].map(decode(event, self.inventory.sources[source], self.codec))
        return self._validators[source].validate(mapped.fields, mapped.attributes, mapped.provenance, event)

    def fate(self, planned: Planned) -> tuple[Identified, Lead] | str:
        """Who the lead is, or why it is none."""
        try:
            lead = self.lead(planned.source, planned.index, planned.value, planned.stamp_ms)
        except BadRecord as bad:
            return f"garbage:{bad.reason}"
        return self._identity.of([(lead, self.inventory.sources[planned.source])])[0], lead


@dataclass
class Met:
    """What became of a plan.

    Attributes:
        people: Lead id → person. wrong: Leads put together with somebody else's.
    """

    refused: Counter[tuple[str, ...]] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    people: dict[str, int | None] = field(default_factory=dict)
    wrong: list[Planned] = field(default_factory=list)
    strangers_asked: int = 0

    def add(self, planned: Planned, fate: tuple[Identified, Lead] | str) -> None:
        if isinstance(fate, str) or planned.kind == "garbage":
            got = fate if isinstance(fate, str) else "a lead"
            if got != f"garbage:{planned.reason}":
                self.refused[planned.source, planned.poison or planned.kind, got] += 1
            return
        who, lead = fate
        self.outcomes[planned.kind, who.dedupe] += 1
        self.people[lead.lead_id] = planned.person
        taken_for = who.duplicate_of or who.linked_to
        if planned.kind != "exact_duplicate" and taken_for and self.people[taken_for] != planned.person:
            self.wrong.append(planned)
        self.strangers_asked += who.dedupe == "asked" and planned.kind == "original" and planned.kin is None

    def share(self, kind: str, outcome: str) -> float:
        """Share of the records of a kind that had this outcome."""
        return self.outcomes[kind, outcome] / sum(count for (one, _), count in self.outcomes.items() if one == kind)


@pytest.fixture(scope="module")
def stages() -> Stages:
    return Stages()


@pytest.fixture(scope="module", params=[1, 2])
def met(request: pytest.FixtureRequest) -> Met:
    """3,500 records of the usual mix, one after the other."""
    stages, met = Stages(), Met()
    for planned in islice(Traffic(stages.inventory, request.param, START_MS, encode=stages.codec.encode).events(), 3_500):
        met.add(planned, stages.fate(planned))
    return met


class TestWhatWasPlantedIsFound:
    def test_all_garbage_is_refused_for_its_reason(self, met: Met) -> None:
        """In any mix, without exception; and nothing else is refused."""
        assert not met.refused

    def test_the_same_event_again_is_always_known(self, met: Met) -> None:
        """Exact duplicates are the same event, all of them; nothing else is."""
        assert met.share("exact_duplicate", "same_event") == 1
        assert {kind for kind, outcome in met.outcomes if outcome == "same_event"} == {"exact_duplicate"}

    def test_the_same_lead_by_another_event_is_merged(self, met: Met) -> None:
        """By the same mailbox, or another one and the same phone, mistyped or not: 98 of 100 at least; no other is missed, but
        people are asked."""
        assert met.share("fuzzy_duplicate", "merged") >= 0.98
        assert met.share("fuzzy_duplicate", "merged") + met.share("fuzzy_duplicate", "asked") == 1

    def test_another_intent_is_a_lead_of_its_own(self, met: Met) -> None:
        """It is linked to the first lead of its person, and never merged with it."""
        assert met.share("new_intent", "linked") >= 0.98
        assert met.outcomes["new_intent", "merged"] == 0

    def test_nobody_is_taken_for_somebody_else(self, met: Met) -> None:
        """Namesakes, neighbours, families and colleagues that share all that such people share stay apart: but for one in a
        thousand, and only of those with one mailbox or phone."""
        assert len(met.wrong) <= len(met.people) / 1_000
        assert all(planned.kin and planned.kin.shares for planned in met.wrong)

    def test_people_are_asked_rarely(self, met: Met) -> None:
        """Among strangers alone: one in fifty leads at most."""
        assert met.strangers_asked < len(met.people) / 50


def test_what_is_clean_is_found_clean() -> None:
    """A record that nothing soiled has no violation but the vendor's own test flag, and keeps its person's address and time."""
    stages = Stages()
    for planned in islice(Traffic(stages.inventory, 4, START_MS, encode=stages.codec.encode).events(), 3000):
        if planned.kind != "original" or planned.dirt:
            continue
        fate = stages.fate(planned)
        assert not isinstance(fate, str)
        lead = fate[1]
        assert {violation.code for violation in lead.violations} <= {"test_lead", "role_address"}, planned.source
        assert lead.email, planned.source
        if lead.occurred_at != planned.stamp_ms:  # Google and one of HubSpot's shapes give no time
            assert abs(lead.occurred_at - (planned.occurred_ms or 0)) < 60_000, planned.source


@pytest.mark.parametrize(
    ("format_", "item"),
    [(format_, item) for format_, items in CATALOGUE.items() for item in items],
    ids=lambda part: part.name if isinstance(part, Poison) else part,
)
def test_each_item_of_the_catalogue_is_refused_for_its_reason(stages: Stages, format_: Format, item: Poison) -> None:
    """The reason in the catalogue is the reason that intake gives, whatever the seed."""
    for seed in (0, 1, 98_765):
        with pytest.raises(BadRecord) as refused:
            stages.lead(SOURCE_OF[format_], seed, item.make(seed, stages.codec.encode))
        assert refused.value.reason == item.reason


@pytest.mark.parametrize(("name", "value"), HARMLESS)
def test_what_only_looks_like_garbage_survives(stages: Stages, name: str, value: bytes) -> None:
    """Big integers arrive exactly, odd but valid JSON is read."""
    lead = stages.lead("shopify-customer", 1, value)
    assert lead.email
    if "integer" in name:
        assert lead.event_id in value.decode()


def test_the_deck_deals_every_item_once_a_round() -> None:
    """Every kind of garbage comes up soon, and the 5 MB record in every 20th round only."""
    from random import Random

    deck = Deck(Random(1))
    first = Counter(deck.deal("avro").name for _ in range(len(CATALOGUE["avro"])))
    assert first == Counter(item.name for item in CATALOGUE["avro"])
    small = [item for item in CATALOGUE["avro"] if not item.rare]
    assert all(not deck.deal("avro").rare for _ in range(len(small) * 19))
    assert any(deck.deal("avro").rare for _ in range(len(CATALOGUE["avro"])))
