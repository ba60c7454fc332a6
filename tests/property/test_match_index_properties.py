"""Whatever happens to the match index in Redis, its in-memory twin answers the same."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

import structlog
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.edges.memory_index import MemoryMatchIndex
from app.edges.redis.connecting import connect
from app.edges.redis.match_index import RedisMatchIndex
from app.edges.redis.match_wire import packed_asks, packed_links, read_answer
from app.embedded.redis import EmbeddedRedis
from app.match_index import Ask, Link, Standing
from app.settings import RedisSettings
from tests.harness.examples import examples

NOON_S = 1_800_000_000
LIMITS = {"crowd": 4, "most": 3}
LEADS = [f"ld_{blake2b(bytes([n]), digest_size=10).hexdigest()}" for n in range(10)]
KEYS = [blake2b(bytes([n]), digest_size=8).digest() for n in range(6)]
EVENTS = [blake2b(bytes([n]), digest_size=16, key=b"event").digest() for n in range(10)]

leads = st.sampled_from(LEADS)
asks = st.builds(
    Ask,
    lead=leads,
    keys=st.lists(st.sampled_from(KEYS), max_size=4, unique=True).map(b"".join),
    exclusive=st.lists(st.sampled_from(EVENTS), max_size=2, unique=True).map(b"".join),
    record=st.binary(max_size=12),
    at_ms=st.integers(NOON_S, NOON_S + 20).map(lambda second: second * 1000),
    window_s=st.integers(0, 40),
)
links = st.builds(Link, leads, st.none() | leads | leads, st.booleans())


class Twins(RuleBasedStateMachine):
    """The same calls to both."""

    server: ClassVar[EmbeddedRedis]

    @initialize()
    def empty(self) -> None:
        self.client: Any = connect(RedisSettings(url=self.server.url), text=False)
        self.client.flushdb()
        self.redis = RedisMatchIndex(self.client, "twins", **LIMITS)  # type: ignore[arg-type]
        self.memory = MemoryMatchIndex(**LIMITS, complete=False)
        self.restore([])

    def teardown(self) -> None:
        self.client.close()

    @rule(batch=st.lists(asks, max_size=6), decided=st.lists(links, max_size=5))
    def seek(self, batch: list[Ask], decided: list[Link]) -> None:
        """Leads enter or come again, in batches, after the decisions of the batch before."""
        assert self.redis.seek(batch, decided) == self.memory.seek(batch, decided)

    @rule(erased=st.lists(leads, max_size=2))
    def erase(self, erased: list[str]) -> None:
        """People ask to be forgotten."""
        assert self.redis.erase(erased) == self.memory.erase(erased)

    @rule(second=st.integers(NOON_S, NOON_S + 40))
    def sweep(self, second: int) -> None:
        """Time goes by."""
        expired, around = 0, False
        while not around:
            step = self.redis.sweep(second * 1000)
            expired, around = expired + step.expired, step.around
        assert expired == self.memory.sweep(second * 1000).expired

    @rule()
    def lose(self) -> None:
        """Redis loses its data, and is restored from what was decided."""
        held = self.memory._leads
        standing = []
        for number, lead in sorted(held.items()):
            links = [Link(lead.ask.lead, None)] if lead.apart else []
            if lead.into in held:
                links.append(Link(lead.ask.lead, held[lead.into].ask.lead, not lead.linked))
            standing.append(Standing(lead.ask, number, tuple(links)))
        self.client.flushdb()
        self.memory = MemoryMatchIndex(**LIMITS, complete=False)
        self.restore(standing)

    def restore(self, standing: list[Standing]) -> None:
        assert self.redis.restore(standing) == self.memory.restore(standing)

    @invariant()
    def both_count_the_same(self) -> None:
        """Leads held, and all that was counted."""
        ours, theirs = self.redis.counts(), self.memory.counts()
        for name in ("leads", "same", "crowded", "left_out", "missed", "late", "expired"):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert ours.references >= ours.leads


def test_the_twin_answers_as_redis_does(tmp_path: Path) -> None:
    """Entering, coming again, linking, un-linking, erasing, expiring, losing all and restoring: the same answers from both."""
    with EmbeddedRedis(tmp_path, appendfsync="no") as server, structlog.testing.capture_logs():
        Twins.server = server
        run_state_machine_as_test(Twins, settings=examples(12))


def test_nothing_goes_and_nothing_comes() -> None:
    """An empty batch is an empty string each way."""
    assert (packed_asks(()), packed_links(())) == (b"", b"")
    assert read_answer(b"", 0) == []
