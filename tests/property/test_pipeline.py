"""The whole pure pipeline: any bytes become exactly one fate, and the same bytes the same fate."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import __version__
from app.edges.kafka.names import Topics
from app.edges.memory import FixedModel, MemoryToggles, NoRollouts, QueuesOnly
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.inventory.load import load
from app.pipeline.delivery import Delivery, Outgoing, Versions
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed
from app.pipeline.ladder.classifier import shipped
from app.pipeline.locking import Locks
from app.pipeline.normalise import Normaliser
from app.pipeline.process import Pipeline
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.scoring import RULES
from app.pipeline.source import InboundEvent, Position
from app.settings import AppSettings
from tests.harness.examples import examples
from tests.harness.identity import fresh_identity

NAMES = Topics("leads")
POISON = [path for path in (Path(__file__).parents[1] / "poison").rglob("*") if path.is_file() and path.suffix != ".py"]


@cache
def parts() -> tuple[Any, AvroCodec, Pseudonyms]:
    app = AppSettings()
    return load(app.config_dir), AvroCodec(Schemas.load(app.schema_dir)), Pseudonyms(b"a pepper for tests, long enough")


def pipeline() -> Pipeline:
    """A fresh one: nothing was claimed before."""
    inventory, codec, pseudonyms = parts()
    topics = {NAMES.inbound(source): source for source in inventory.sources}
    normaliser = Normaliser(inventory, topics, codec=codec, classifier=shipped())
    return Pipeline(
        inventory,
        normaliser,
        identity=fresh_identity(),
        models=FixedModel(RULES),
        pseudonyms=pseudonyms,
        toggles=MemoryToggles(),
        rollouts=NoRollouts(),
        desk=QueuesOnly(),
    )


def delivered(fate: Fate) -> list[Outgoing]:
    inventory, codec, pseudonyms = parts()
    formats = {name: team.format for name, team in inventory.teams.items()}
    return Delivery(NAMES, codec.encode, formats, pseudonyms, Locks(b"examples"), Versions(__version__, 1)).outgoing(fate)


def key_of(fate: Fate) -> bool:
    """Whether a key of the lead goes out, too: something of it is locked."""
    return any(one.topic == NAMES.keys for one in delivered(fate))


def event(
    source: str, value: bytes | None, key: bytes | None = None, offset: int = 0, timestamp: int = 1_772_438_400_000
) -> InboundEvent:
    return InboundEvent(Position(NAMES.inbound(source), 0, offset), key, value, (), timestamp)


SOURCES = st.deferred(lambda: st.sampled_from(sorted(parts()[0].sources)))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=6),
    max_leaves=20,
)
FILLED = st.fixed_dictionaries(
    {},
    optional={
        "email": st.text() | st.just("jo@example.org"),
        "phone": st.text() | st.integers() | st.just("+4930123456"),
        "id": st.text() | st.integers(),
        "created_at": st.text() | st.integers() | st.floats(),
        "total_price": JSON,
        "billing": JSON,
        "traits": JSON,
        "field_data": JSON,
        "form_response": JSON,
    },
)


class TestTotality:
    @examples(80)
    @given(SOURCES, st.binary(max_size=400), st.none() | st.binary(max_size=20), st.integers(0, 2**62))
    def test_any_bytes_become_one_fate(self, source: str, value: bytes, key: bytes | None, timestamp: int) -> None:
        """Whatever a producer sends: one fate, one message that tells it, one decision; never an exception."""
        (fate,) = pipeline().process([event(source, value, key, timestamp=timestamp)])
        assert isinstance(fate, Routed | Review | Duplicate | DeadLetter)
        assert not (isinstance(fate, DeadLetter) and fate.reason == "internal_error")
        assert len(delivered(fate)) == 2 + key_of(fate)

    @examples(80)
    @given(SOURCES, JSON | FILLED)
    def test_any_json_becomes_one_fate(self, source: str, value: Any) -> None:
        """Any JSON value, in the fields that mappings look into, too."""
        try:
            body = orjson.dumps(value)
        except (TypeError, ValueError):
            return
        (fate,) = pipeline().process([event(source, body)])
        assert not (isinstance(fate, DeadLetter) and fate.reason == "internal_error")
        assert len(delivered(fate)) == 2 + key_of(fate)

    @pytest.mark.parametrize("path", POISON, ids=lambda path: path.name)
    def test_poison_for_every_source(self, path: Path) -> None:
        """What was made for one decoder is thrown at all of them."""
        value = path.read_bytes()
        for source in parts()[0].sources:
            (fate,) = pipeline().process([event(source, value)])
            assert not (isinstance(fate, DeadLetter) and fate.reason == "internal_error")
            assert len(delivered(fate)) == 2 + key_of(fate)


class TestRepetition:
    @examples(40)
    @given(st.lists(st.tuples(SOURCES, FILLED), min_size=1, max_size=6))
    def test_same_input_same_decision_byte_for_byte(self, records: list[tuple[str, Any]]) -> None:
        """A batch processed again, from the same start, makes the same messages to the last byte."""
        events = []
        for offset, (source, value) in enumerate(records):
            try:
                events.append(event(source, orjson.dumps(value), offset=offset))
            except (TypeError, ValueError):
                continue
        first, second = (
            [(one.topic, one.key, one.value, one.headers) for fate in pipeline().process(events) for one in delivered(fate)]
            for _ in range(2)
        )
        assert first == second

    def test_a_batch_delivered_again_is_decided_the_same(self) -> None:
        """After a crash between claim and commit the same worker or another decides the same: one's own claim is one's own."""
        body = orjson.dumps({"id": 1, "created_at": "2026-03-02T10:00:00Z", "email": "jo@example.org", "first_name": "Jo"})
        again = pipeline()
        events = [event("shopify-customer", body, offset=offset) for offset in range(3)]
        assert [type(fate) for fate in again.process(events)] == [Routed, Duplicate, Duplicate]
        assert again.process(events) == again.process(events)
        assert [type(fate) for fate in again.process(events)] == [Routed, Duplicate, Duplicate]
