"""Every store of journeys keeps the same promises: the in-memory twin and the real Redis."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.edges.memory import MemoryJourneys
from app.edges.redis.breaker import Breaker
from app.edges.redis.connecting import connect
from app.edges.redis.journeys import RedisJourneys
from app.embedded.ports import free_port
from app.embedded.redis import EmbeddedRedis
from app.errors import EdgeDown, EnrichmentMissing
from app.pipeline.behaviour import BROWSERS, KEPT_MS, STEPS
from app.ports import Journey, JourneyStore, Moved, Visitor
from app.settings import RedisSettings

T = 1_790_000_000_000


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest, topic_prefix: str) -> Iterator[JourneyStore]:
    if request.param == "memory":
        yield MemoryJourneys()
        return
    client = connect(RedisSettings(url=request.getfixturevalue("redis_server").url))
    yield RedisJourneys(client, topic_prefix)


def page(at: int, mark: str = "m", touch: str = "") -> tuple[int, str]:
    return at, f"{at:013d}|p||{touch}|{mark}"


def asked(visitor: str | None = None, person: str | None = None, until: int = T) -> Visitor:
    return Visitor(visitor, person, until - KEPT_MS, until)


def pages(found: list[Journey | None]) -> list[int | None]:
    return [one.pages if one else None for one in found]


class TestJourneys:
    def test_steps_are_found_by_their_visitor(self, store: JourneyStore) -> None:
        """Answers come in the order of the questions; of whom nothing is known, nothing is told."""
        store.keep(0, None, 2, [Moved("a", (page(T - 2), page(T - 1))), Moved("b", (page(T - 1),))])
        assert pages(store.of([asked("b"), asked("nobody"), asked("a"), asked(None, "nobody")])) == [1, None, 2, None]
        assert store.of([]) == []

    def test_the_same_step_again_changes_nothing(self, store: JourneyStore) -> None:
        """A producer that repeats an event, and a consumer that reads it again, count it once."""
        store.keep(0, None, 1, [Moved("a", (page(T - 1),))])
        store.keep(0, 1, 2, [Moved("a", (page(T - 1),))])
        assert pages(store.of([asked("a")])) == [1]

    def test_only_the_time_asked_for_counts(self, store: JourneyStore) -> None:
        """Neither what came after, nor what is too old."""
        store.keep(0, None, 1, [Moved("a", (page(T - KEPT_MS - 1), page(T - 5), page(T + 1)))])
        assert pages(store.of([asked("a")])) == [1]

    def test_a_person_has_several_browsers(self, store: JourneyStore) -> None:
        """What an event told, and what a lead told, join; the newest BROWSERS of them."""
        store.keep(0, None, 1, [Moved("a", (page(T - 9, "a"),), "p"), Moved("b", (page(T - 8, "b"),))])
        assert pages(store.of([asked(None, "p")])) == [1]
        assert pages(store.of([asked("b", "p")])) == [2]
        assert pages(store.of([asked(None, "p")])) == [2]
        more = [Moved(f"n{n}", (page(T + n, f"n{n}"),), "p") for n in range(BROWSERS)]
        store.keep(0, 1, 2, more)
        assert pages(store.of([asked(None, "p", T + 100)])) == [BROWSERS]

    def test_what_is_kept_is_bounded(self, store: JourneyStore) -> None:
        """The first step, which tells what brought them, and the newest."""
        many = tuple(page(T - 500 + n, f"m{n}", "first" if n == 0 else "") for n in range(2 * STEPS))
        store.keep(0, None, 1, [Moved("a", many)])
        (found,) = store.of([asked("a")])
        assert found is not None
        assert (found.pages, found.first_touch, found.last_seen_at) == (STEPS, "first", many[-1][0])

    def test_position_and_steps_are_one(self, store: JourneyStore) -> None:
        """Only who goes on from the position takes anything in; partitions have their own."""
        assert store.position(3) is None
        assert store.keep(3, None, 10, [Moved("a", (page(T - 1),))]) == 10
        assert store.keep(3, 5, 12, [Moved("b", (page(T - 1),))]) == 10
        assert store.keep(3, None, 12, [Moved("b", (page(T - 1),))]) == 10
        assert (store.position(3), store.position(4)) == (10, None)
        assert pages(store.of([asked("b")])) == [None]


class TestRedis:
    def test_a_store_that_lost_its_data_says_so(self, redis_server: Any) -> None:
        """Without steps there is no position: the partition is read again from its beginning."""
        client = connect(RedisSettings(url=redis_server.url))
        store = RedisJourneys(client, "lost")
        store.keep(0, None, 5, [Moved("a", (page(T - 1),))])
        client.flushdb()
        assert (store.position(0), store.keep(0, 5, 6, [])) == (None, None)

    def test_everything_ends(self, redis_server: Any) -> None:
        """Steps and links go 30 days after the last one; no key holds more than pseudonyms."""
        client = connect(RedisSettings(url=redis_server.url))
        client.flushdb()
        RedisJourneys(client, "ends").keep(0, None, 1, [Moved("a", (page(T - 1),), "p")])
        for key in ("{ends}:b:v:a", "{ends}:b:m:p"):
            assert KEPT_MS // 1000 - 10 <= int(client.ttl(key)) <= KEPT_MS // 1000

    def test_everything_of_a_person_is_found_by_the_pseudonym(self, redis_server: Any) -> None:
        """To erase a person: the pseudonym names a key, that key the visitors, and these all steps. Nothing else is kept."""
        client = connect(RedisSettings(url=redis_server.url))
        client.flushdb()
        client.flushdb()
        store = RedisJourneys(client, "erase")
        store.keep(0, None, 1, [Moved("a", (page(T - 2),), "p"), Moved("b", (page(T - 1),))])
        store.of([asked("b", "p")])
        visitors = [str(visitor) for visitor in client.zrange("{erase}:b:m:p", 0, -1)]
        found = {"{erase}:b:m:p", *("{erase}:b:v:" + visitor for visitor in visitors)}
        assert found == set(client.keys("*")) - {"{erase}:b:at:0"}

    def test_it_leaves_room_for_the_claims(self, tmp_path: Path) -> None:
        """Above four fifths of the memory nothing more is kept, and the position stays; what evicts needs no such care."""
        with EmbeddedRedis(tmp_path, appendfsync="no") as server:
            client = connect(RedisSettings(url=server.url))
            store = RedisJourneys(client, "full")
            client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + 100_000)
            with pytest.raises(EdgeDown, match="REDIS_JOURNEYS_URL"):
                store.keep(0, None, 1, [Moved("a", (page(T - 1),))])
            assert store.position(0) is None
            client.config_set("maxmemory-policy", "volatile-lru")
            assert store.keep(0, None, 1, [Moved("a", (page(T - 1),))]) == 1

    def test_a_store_that_is_away_is_missed_and_left_alone(self) -> None:
        """Nobody answers: down. After two such calls nobody asks, until the pause is over and one tries."""
        now = [0.0]
        client = connect(RedisSettings(url=f"redis://127.0.0.1:{free_port()}/0", timeout_s=0.05))
        breaker = Breaker("behaviour", "none", EnrichmentMissing, failures=2, pause_s=3.0, clock=lambda: now[0])
        store = RedisJourneys(client, "away", breaker)
        for _ in range(2):
            with pytest.raises(EnrichmentMissing, match="down"):
                store.of([asked("a")])
        with pytest.raises(EnrichmentMissing):
            breaker.enter()
        now[0] = 3.0
        breaker.enter()
        with pytest.raises(EnrichmentMissing):
            breaker.enter()
        with pytest.raises(EdgeDown):
            store.keep(0, None, 1, [])

    def test_a_slow_store_costs_its_budget_and_no_more(self) -> None:
        """A server that takes connections and never answers: slow, within a few budgets; then no wait at all."""
        with socket.create_server(("127.0.0.1", 0)) as hole:
            client = connect(RedisSettings(url=f"redis://127.0.0.1:{hole.getsockname()[1]}/0", timeout_s=0.05))
            store = RedisJourneys(client, "hole")
            for limit_s in (1.0, 1.0, 0.02):
                began = time.monotonic()
                with pytest.raises(EnrichmentMissing, match="slow"):
                    store.of([asked("a")])
                assert time.monotonic() - began < limit_s
