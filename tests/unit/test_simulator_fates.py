"""The plan against the pure pipeline: what was planted is what the stages find."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from app.edges.memory import MemoryClaims
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.poison import CATALOGUE, HARMLESS, Deck, Format, Poison
from app.embedded.simulator.traffic import Traffic
from app.errors import BadRecord
from app.inventory.load import load
from app.inventory.models import Inventory
from app.pipeline.identity import Pseudonyms, claim_of
from app.pipeline.intake.decode import decode
from app.pipeline.lead import Lead
from app.pipeline.mapping import Mapper, compile_mapping
from app.pipeline.source import InboundEvent, Position
from app.pipeline.validation import Validator, compile_validator

ROOT = Path(__file__).parents[2]
START_MS = 1_772_438_400_000
SOURCE_OF: dict[Format, str] = {"json": "shopify-customer", "form": "web-form", "csv": "partner-csv", "avro": "partner-avro"}


class Stages:
    """Intake to identity, without anything outside."""

    def __init__(self) -> None:
        self.inventory: Inventory = load(ROOT / "deploy/config")
        self.codec = AvroCodec(Schemas.load(ROOT / "schemas"))
        self._claims, self._pseudonyms = MemoryClaims(), Pseudonyms(b"a pepper for tests")
        self._mappers: dict[str, Mapper] = {name: compile_mapping(source) for name, source in self.inventory.sources.items()}
        self._validators: dict[str, Validator] = {
            name: compile_validator(source) for name, source in self.inventory.sources.items()
        }

    def lead(self, source: str, offset: int, value: bytes | None, stamp_ms: int = START_MS) -> Lead:
        event = InboundEvent(Position(f"leads.inbound.{source}", 0, offset), None, value, (), stamp_ms)
        mapped = self._mappers[source].map(decode(event, self.inventory.sources[source], self.codec))
        return self._validators[source].validate(mapped.fields, mapped.attributes, mapped.provenance, event)

    def fate(self, planned: Planned) -> tuple[str, Lead | None]:
        try:
            lead = self.lead(planned.source, planned.index, planned.value, planned.stamp_ms)
        except BadRecord as bad:
            return f"garbage:{bad.reason}", None
        [owned] = self._claims.claim([claim_of(lead, 1, self._pseudonyms)])
        return ("lead" if owned.owner == lead.lead_id else "duplicate"), lead


@pytest.fixture(scope="module")
def stages() -> Stages:
    return Stages()


@pytest.mark.parametrize("seed", [1, 2])
def test_every_record_meets_the_fate_that_was_planted(seed: int) -> None:
    """Originals become leads, all duplicates are found, all garbage is refused for its reason: in any mix, without exception."""
    stages, expected = Stages(), {"original": "lead", "exact_duplicate": "duplicate", "fuzzy_duplicate": "duplicate"}
    wrong: Counter[tuple[str, ...]] = Counter()
    for planned in islice(Traffic(stages.inventory, seed, START_MS, encode=stages.codec.encode).events(), 4000):
        want, (got, _) = expected.get(planned.kind, f"garbage:{planned.reason}"), stages.fate(planned)
        if got != want:
            wrong[planned.source, planned.poison or planned.kind, want, got] += 1
    assert not wrong


def test_what_is_clean_is_found_clean() -> None:
    """A record that nothing soiled has no violation but the vendor's own test flag, and keeps its person's address and time."""
    stages = Stages()
    for planned in islice(Traffic(stages.inventory, 4, START_MS, encode=stages.codec.encode).events(), 3000):
        if planned.kind != "original" or planned.dirt:
            continue
        _, lead = stages.fate(planned)
        assert lead is not None
        assert {violation.code for violation in lead.violations} <= {"test_lead"}, planned.source
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
