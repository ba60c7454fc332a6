"""The keeper of the match index, on a real Redis and the decisions of a real Kafka."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
import redis
import structlog
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from app.edges.kafka.names import Topics
from app.edges.kafka.standing import standing_leads
from app.edges.redis import match_index
from app.edges.redis.connecting import connect
from app.edges.redis.match_index import RedisMatchIndex
from app.edges.redis.match_keeper import MatchKeeper
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.errors import EdgeDown
from app.match_index import Ask, Link, Sought, Standing, Unknown
from app.ops.metrics import REGISTRY
from app.pipeline.locking import Locks
from app.settings import KafkaSettings, RedisSettings
from tests.harness.leads_told import CODEC, a_decision, lead_id
from tests.harness.waiting import until

NOON = 1_763_900_000_000
DAY_S = 86_400


def key(name: str, size: int = 8) -> bytes:
    return blake2b(name.encode(), digest_size=size).digest()[:-1] + b"\xff"


def ask(n: int, *keys: str, at_ms: int = NOON, window_s: int = 90 * DAY_S) -> Ask:
    return Ask(lead_id(n), b"".join(map(key, keys)), key(f"event {n}", 16), b"sealed", at_ms, window_s)


def client_of(server: EmbeddedRedis, timeout_s: float = 5.0) -> redis.Redis:
    return connect(RedisSettings(url=server.url, timeout_s=timeout_s), text=False)


def found(index: RedisMatchIndex, one: Ask) -> list[str] | None:
    answer = index.seek([one])
    return None if isinstance(answer, Unknown) else [earlier.lead for earlier in answer[0].earlier]


def sought(index: RedisMatchIndex, one: Ask) -> Sought:
    answer = index.seek([one])
    assert isinstance(answer, list)
    return answer[0]


def metric(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"leadstream_match_index_{name}", labels)


@contextmanager
def kept(index: RedisMatchIndex, standing: Callable[[], Iterable[Standing | None]] = lambda: (), **more: Any) -> Iterator[None]:
    keeper = MatchKeeper(index, standing, every_s=0.02, **more)
    keeper.start(10)
    try:
        yield
    finally:
        keeper.close()


@pytest.fixture
def index(redis_server: EmbeddedRedis, topic_prefix: str) -> RedisMatchIndex:
    """A worker's, not complete."""
    return RedisMatchIndex(client_of(redis_server), topic_prefix, wait=False)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis to be killed."""
    with EmbeddedRedis(tmp_path) as server:
        yield server


class Decisions:
    """A decisions topic."""

    def __init__(self, kafka: EmbeddedKafka, prefix: str) -> None:
        self.settings, self.names = KafkaSettings(bootstrap_servers=kafka.bootstrap), Topics(prefix)
        admin = AdminClient(self.settings.client())
        for future in admin.create_topics([NewTopic(self.names.decisions, 2), NewTopic(self.names.keys, 2)]).values():
            future.result(10)

    def decide(self, index: RedisMatchIndex, one: Ask, **told: Any) -> None:
        """A lead enters the index and is decided."""
        answer = index.seek([one])
        assert isinstance(answer, list)
        until_ms = one.at_ms + 1000 * one.window_s
        entry = {"number": answer[0].number, "keys": one.keys, "record": one.record, "until": until_ms}
        self.tell(int(one.lead[3:], 16), index=entry, received_at=one.at_ms, event_id=one.exclusive.hex(), **told)

    def tell(self, n: int, **told: Any) -> None:
        value = CODEC.encode("decision", a_decision(n, **told))
        producer = Producer(self.settings.producer())
        producer.produce(self.names.decisions, key=lead_id(n), value=value, partition=n % 2)
        producer.flush(10)

    def standing(self) -> Iterator[Standing | None]:
        return standing_leads(
            self.settings.client(), self.names, CODEC.read_own, Locks(b"pepper"), wait_s=0, clock=lambda: NOON / 1000
        )


class TestRestoring:
    def test_a_lost_index_comes_back_from_the_decisions(
        self, kafka: EmbeddedKafka, own: EmbeddedRedis, topic_prefix: str
    ) -> None:
        """Redis is emptied while workers run: a keeper puts back what was decided, with numbers and links; unreadable decisions
        and those that the index never saw keep nobody from that."""
        decisions = Decisions(kafka, topic_prefix)
        index = RedisMatchIndex(client_of(own), "lead", wait=False)
        with kept(index, decisions.standing):
            decisions.decide(index, ask(1, "mail", "phone"))
            match: dict[str, Any] = {"lead": lead_id(1), "of": lead_id(1), "root": lead_id(1), "nearest": "strangers"}
            match |= {"probability": 0.99, "weight": 7.0, "joined": []}
            merged = {"fate": "duplicate", "duplicate_kind": "same_lead", "duplicate_of": lead_id(1), "dedupe": "merged"}
            decisions.decide(index, ask(2, "phone"), match=match, **merged)
            decisions.decide(index, ask(3, "old", window_s=1, at_ms=NOON - 200 * DAY_S * 1000))
            decisions.tell(4, dedupe="unknown", index={"number": 0, "keys": key("mail"), "record": b"", "until": NOON})
            Producer(decisions.settings.producer()).produce(decisions.names.decisions, b"no decision")
            index.seek([], [Link(lead_id(2), lead_id(1))])
            before = index.seek([ask(2, "phone")])
            client_of(own).flushall()
            until(lambda: found(index, ask(5, "mail", "old")) == [lead_id(1)], "the index is back")
            assert index.seek([ask(2, "phone")]) == before
            assert index.counts().leads == 3
            assert [(one.lead, one.of, one.chain) for one in sought(index, ask(6, "phone")).earlier] == [
                (lead_id(1), lead_id(1), 1),
                (lead_id(2), lead_id(1), 1),
            ]
        assert metric("restoring") == 0

    def test_a_second_loss_finds_the_same_order(self, own: EmbeddedRedis) -> None:
        """Numbers go on above those of the leads restored, however many are missing between, so they order leads for ever."""
        index = RedisMatchIndex(client_of(own), "lead", wait=False)
        told = [Standing(ask(1, "mail"), 10_000)]
        with kept(index, lambda: told):
            told.append(Standing(ask(2, "mail"), sought(index, ask(2, "mail")).number))
            client_of(own).flushall()
            until(lambda: found(index, ask(3, "mail")) == [lead_id(1), lead_id(2)], "the index is back")

    def test_one_restores_for_all(self, redis_server: EmbeddedRedis, topic_prefix: str) -> None:
        """Of the keepers of many workers, one reads the decisions; the others find the index complete."""
        asked: list[int] = []

        def standing(n: int) -> Iterator[Standing]:
            asked.append(n)
            yield Standing(ask(1, "mail"), 1)

        indexes = [RedisMatchIndex(client_of(redis_server), topic_prefix, wait=False) for _ in range(3)]
        keepers = [MatchKeeper(one, partial(standing, n), every_s=0.02) for n, one in enumerate(indexes)]
        for keeper in keepers:
            keeper.start()
        until(lambda: all(found(one, ask(2, "mail")) == [lead_id(1)] for one in indexes), "all see it complete")
        for keeper in keepers:
            keeper.close()
        assert len(asked) == 1

    def test_who_reads_for_long_keeps_its_turn(self, index: RedisMatchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
        """Signs of life while decisions are read: nobody else begins in between, however long it takes."""
        monkeypatch.setattr(match_index, "RESTORING_S", 1)

        def standing() -> Iterator[Standing | None]:
            deadline = time.monotonic() + 1.6
            while time.monotonic() < deadline:
                yield None
                with pytest.raises(EdgeDown, match="a worker is restoring it"):
                    index.restore(())
            yield Standing(ask(1, "mail"), 1)

        assert index.restore(standing()) == 1


class TestTrouble:
    def test_it_outlives_a_redis_that_is_away(self, own: EmbeddedRedis) -> None:
        """While Redis is away it says why; when it is back, so is everything, without anybody's doing."""
        heard: list[str | None] = []
        index = RedisMatchIndex(client_of(own, 0.5), "lead", wait=False)
        with kept(index, heard=heard.append):
            assert heard[-1] is None
            own.kill()
            until(lambda: heard[-1] is not None, "it says that Redis is away")
            assert metric("complete") == 0
            own.start()
            until(lambda: heard[-1] is None, "it says that Redis is back")
            assert metric("complete") == 1

    def test_it_outlives_an_error_of_ours(self, index: RedisMatchIndex) -> None:
        """A bug where decisions are read is logged by its name alone, and tried again: by whoever comes first."""
        fails = iter([True, True, False])

        def standing() -> Iterable[Standing]:
            if next(fails):
                raise KeyError("Zacharias Zumbusch")
            yield Standing(ask(1, "mail"), 1)

        with structlog.testing.capture_logs() as logged, kept(index, standing):
            until(lambda: found(index, ask(2, "mail")) == [lead_id(1)], "the third attempt succeeds")
        assert [one["error"] for one in logged if one["event"] == "match_keeper_failed"] == ["KeyError"] * 2
        assert "Zumb" not in repr(logged)

    def test_an_index_that_does_not_fit_is_filled_ever_more_rarely(self, own: EmbeddedRedis) -> None:
        """Reading all decisions again each second, for a Redis that has no room for them, would help nobody."""
        read: list[float] = []

        def standing() -> Iterator[Standing]:
            read.append(time.monotonic())
            yield Standing(ask(1, "mail"), 1)

        client, index = client_of(own), RedisMatchIndex(client_of(own), "lead", wait=False)

        def full() -> Iterator[Standing]:
            client.config_set("maxmemory", "1")
            return standing()

        def emptied() -> None:
            client.config_set("maxmemory", "0")

        keeper = MatchKeeper(index, full, every_s=0.02, heard=lambda _: emptied())
        keeper.start(10)
        until(lambda: len(read) == 5, "it is tried five times")
        keeper.close()
        pauses = [later - earlier for earlier, later in pairwise(read)]
        assert all(pause >= 0.02 * 2**n for n, pause in enumerate(pauses, 1))


class TestWork:
    def test_links_that_wait_are_told_without_a_batch(self, index: RedisMatchIndex) -> None:
        """The last decisions of a quiet day reach the index."""
        waiting: list[Link] = []

        def tell() -> None:
            if waiting:
                index.seek([], [waiting.pop()])

        with kept(index, tell=tell):
            index.seek([ask(1, "a"), ask(2, "b")])
            waiting.append(Link(lead_id(2), lead_id(1)))
            until(lambda: sought(index, ask(3, "a")).earlier[0].chain == 1, "the link is told")

    def test_what_has_ended_goes_as_fast_as_leads_come(self, index: RedisMatchIndex) -> None:
        """Leads come and their windows end: the keeper forgets as many, however far from the clock their time is."""
        window, batch, batches = 6_000, 200, 100
        worst, then, pause = 0.0, NOON - 200 * DAY_S * 1000, threading.Event()
        hours = count(NOON // 1000, 3600)  # what was asked of an hour ago does not bound forgetting any more
        with kept(index, clock=lambda: next(hours)):
            for begin in range(0, batch * batches, batch):
                some = [ask(n, f"k{n}", at_ms=then + 1000 * n, window_s=window) for n in range(begin, begin + batch)]
                index.seek(some)
                if begin > 2 * window:
                    worst = max(worst, index.counts().leads / window)
                pause.wait(0.01)
        assert 1 <= worst < 1.6  # a fifth and what a whole segment is of so few
        assert index.counts().late == 0

    def test_counts_are_told(self, index: RedisMatchIndex) -> None:
        """How many leads and bytes it holds, and what it counted, are metrics."""
        with kept(index):
            index.seek([ask(1, "a"), ask(2, "a"), ask(3)._replace(exclusive=ask(1).exclusive)])
            until(lambda: metric("held", what="leads") == 2, "leads are told")
            assert (metric("held", what="bytes") or 0) > 100
            assert metric("counted", what="same") == 1
