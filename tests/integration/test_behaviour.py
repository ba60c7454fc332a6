"""From what visitors do to what their leads know, on a real broker and a real Redis."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from confluent_kafka import Producer

from app.edges.kafka.behaviour import Decodes, run_behaviour
from app.edges.kafka.reading import watermarks
from app.edges.redis.connecting import connect
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.errors import ConfigurationError, EdgeDown
from app.ops import metrics
from app.ops.health import Health
from app.pipeline.behaviour import KEPT_MS, browser_of, person_of
from app.ports import Journey, Visitor
from app.wiring import Installation
from tests.harness.fleet import environment, install
from tests.harness.threads import in_thread
from tests.harness.waiting import until

T = int(time.time() * 1000)  # now: the broker deletes what its topic's retention has long forgotten
MINUTE = 60_000


@pytest.fixture(scope="module")
def redis_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """One that may be paused and emptied."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis"), appendfsync="no") as server:
        yield server


@pytest.fixture
def one(kafka: EmbeddedKafka, redis_here: EmbeddedRedis, topic_prefix: str) -> Installation:
    return install(environment(topic_prefix, kafka.bootstrap, redis_here.url))


@contextmanager
def keeping(one: Installation, health: Health | None = None, codec: Decodes | None = None) -> Iterator[None]:
    """The role in a thread of this process; what it raises, this raises."""
    ports = (codec or one.codec, one.journeys_kept(), one.pseudonyms)
    with in_thread(lambda stop: run_behaviour(one.kafka, one.app, one.names, *ports, stop, health=health)):
        yield


def event(visitor: str, event: str = "page_view", at: int = T, **more: Any) -> dict[str, Any]:
    return {"visitor_id": visitor, "event": event, "occurred_at": at, "event_id": f"{visitor}-{event}-{at}", **more}


def send(one: Installation, *events: dict[str, Any] | bytes | None) -> None:
    producer = Producer(one.kafka.producer())
    for told in events:
        key = told["visitor_id"] if isinstance(told, dict) else "x"
        value = one.codec.encode("behaviour_event", told) if isinstance(told, dict) else told
        producer.produce(one.names.behaviour, value, key, timestamp=T)
        producer.poll(0)
    assert producer.flush(30) == 0


def caught_up(one: Installation) -> bool:
    """Whether the journeys hold all that the topic does."""
    store, marks = one.journeys_kept(), watermarks(one.kafka.client(), [one.names.behaviour])
    return all((store.position(place) or 0) == high for (_, place), (_, high) in marks.items())


def journey(one: Installation, visitor: str | None = None, email: str | None = None) -> Journey | None:
    asked = Visitor(
        browser_of(visitor, one.pseudonyms), person_of(email, one.pseudonyms) if email else None, T - KEPT_MS, T + MINUTE
    )
    (found,) = one.journeys_kept().of([asked])
    return found


def pages(one: Installation, visitors: int) -> list[int]:
    return [found.pages if (found := journey(one, f"visitor-{n}")) else 0 for n in range(visitors)]


class TestKeeping:
    def test_events_become_journeys(self, one: Installation) -> None:
        """Visits, pages, cart, first and last touch and the last step, found by the visitor; under pseudonyms alone."""
        send(
            one,
            event("visitor-1", at=T - 100 * MINUTE, page_url="https://shop.example/?utm_source=news&utm_medium=email"),
            event("visitor-1", "cart_add", at=T - 99 * MINUTE, value=40.0, quantity=2),
            event("visitor-1", at=T - 5 * MINUTE, page_url="https://shop.example/b", referrer="https://search.example/q"),
            event("visitor-2"),
        )
        with keeping(one):
            until(lambda: caught_up(one), "all events are kept")
        assert journey(one, "visitor-1") == Journey(2, 2, 1, 80.0, T - 5 * MINUTE, "news/email", "search.example")
        client = connect(one.redis)
        kept = [key for key in client.keys("*") if one.names.prefix in key]
        assert len(kept) >= 3
        assert not any("visitor" in key for key in kept)

    def test_what_comes_twice_counts_once(self, one: Installation) -> None:
        """The producer repeats an event, the role starts again, two instances run at once: each event is one step."""
        events = [event(f"visitor-{n % 10}", at=T - n * MINUTE) for n in range(200)]
        send(one, *events)
        with keeping(one), keeping(one):
            until(lambda: caught_up(one), "all events are kept")
            send(one, *events[:50])
            until(lambda: caught_up(one), "the repeated ones, too")
        with keeping(one):
            send(one, *events[50:])
            until(lambda: caught_up(one), "and those after a start")
        assert pages(one, 10) == [20] * 10

    def test_an_emptied_store_is_filled_again(self, one: Installation) -> None:
        """Emptied while nothing comes, and emptied amid a backlog: all of the topic is in the journeys in the end."""
        send(one, *[event(f"visitor-{n % 50}", at=T - n * 1000) for n in range(2_000)])
        client = connect(one.redis)
        with keeping(one):
            until(lambda: caught_up(one), "all events are kept")
            client.flushall()
            until(lambda: caught_up(one), "the topic is read again")
            assert pages(one, 50) == [40] * 50
            send(one, *[event(f"visitor-{n % 50}", at=T - n * 1000 - 500) for n in range(3_000)])
            client.flushall()
            until(lambda: caught_up(one) and sum(pages(one, 50)) == 5_000, "the topic is read again")

    def test_a_store_that_stands_still_is_waited_for(self, one: Installation, redis_here: EmbeddedRedis) -> None:
        """Nothing is passed over meanwhile, nothing counts twice afterwards; health says what is wrong."""
        health = Health()
        with keeping(one, health):
            send(one, event("visitor-0"))
            until(lambda: caught_up(one) and health.ready, "the event is kept")
            redis_here.pause()
            try:
                send(one, *[event("visitor-0", at=T - n * MINUTE) for n in range(1, 20)])
                until(lambda: not health.ready, "it says so")
                assert [check.name for check in health.checks if check.status == "failed"] == ["edges"]
            finally:
                redis_here.resume()
            until(lambda: caught_up(one), "the others are kept")
            until(lambda: health.ready, "it says so")
        assert pages(one, 1) == [20]

    def test_poison_is_passed_over_and_counted(self, one: Installation, capfd: pytest.CaptureFixture[str]) -> None:
        """What is no event, and whose it cannot be, stops nothing and is told without a word of it."""

        def count(outcome: str) -> float:
            name = "leadstream_behaviour_events_total"
            return metrics.REGISTRY.get_sample_value(name, {"outcome": outcome}) or 0.0

        before = {outcome: count(outcome) for outcome in ("kept", "unreadable", "nobody", "old")}
        good = one.codec.encode("behaviour_event", event("visitor-0"))
        other = one.codec.encode("outcome", {"lead_id": "ld_1", "outcome": "won", "occurred_at": T})
        poison = [None, b"", b"jo@example.org", good[:-9], good + b"jo", other]
        strange = [
            event("null"),
            event("visitor-0", at=T - KEPT_MS - MINUTE),
            event("visitor-0", page_url="http://[::1/?utm_source=a"),
        ]
        send(one, *poison, *strange, event("visitor-0", at=T - 1))
        with keeping(one):
            until(lambda: caught_up(one), "the partition is read to its end")
        assert {outcome: count(outcome) - before[outcome] for outcome in before} == {
            "kept": 2, "unreadable": len(poison), "nobody": 1, "old": 1,
        }  # fmt: skip
        assert pages(one, 1) == [2]
        assert "jo@" not in "".join(capfd.readouterr())


class _Troubled:
    """The real codec, behind a registry that is away for some calls; it meets a bug in the events of one visitor."""

    def __init__(self, one: Installation, away: int) -> None:
        self._codec, self._away = one.codec, away

    def decode(self, value: bytes, record: str) -> dict[str, Any]:
        if self._away:
            self._away -= 1
            raise EdgeDown("the registry does not answer")
        if b"visitor-1" in value:
            raise ZeroDivisionError
        return self._codec.decode(value, record)


class TestTrouble:
    def test_a_registry_that_is_away_is_waited_for_and_a_bug_is_not(self, one: Installation) -> None:
        """Events wait for the schema that they need; one that meets a bug of ours is counted, and stops nobody."""
        name, failed = "leadstream_behaviour_events_total", {"outcome": "failed"}
        before = metrics.REGISTRY.get_sample_value(name, failed) or 0.0
        send(one, *[event(f"visitor-{n % 3}", at=T - n) for n in range(30)])
        with keeping(one, codec=_Troubled(one, away=2)):
            until(lambda: caught_up(one), "all events are kept")
        assert pages(one, 3) == [10, 0, 10]
        assert metrics.REGISTRY.get_sample_value(name, failed) == before + 10

    def test_it_refuses_to_start_in_vain(self, one: Installation) -> None:
        """Without its topic, and where nobody would ask for what it keeps."""
        nowhere = replace(one, app=one.app.model_copy(update={"topic_prefix": "nowhere"}))
        off = replace(one, app=one.app.model_copy(update={"behaviour": False}))
        with pytest.raises(ConfigurationError, match="leadstream topics --create"), keeping(nowhere):
            pass
        with pytest.raises(ConfigurationError, match="LEADSTREAM_BEHAVIOUR"), keeping(off):
            pass


def test_who_identified_himself_is_found_by_the_address(one: Installation) -> None:
    """An event that tells whose address it is joins visitor and person: the address alone finds both browsers."""
    if "email_sha256" not in one.schemas.latest("behaviour_event").text:
        pytest.skip("the schema of behaviour events has no email_sha256")
    digest = sha256(b"jo@example.org").hexdigest()
    send(one, event("visitor-0", at=T - 1), event("visitor-0", email_sha256=digest), event("visitor-1", email_sha256=digest))
    with keeping(one):
        until(lambda: caught_up(one), "all events are kept")
    found = journey(one, email="Jo@Example.org")
    assert found is not None
    assert found.pages == 3
    assert journey(one, email="someone@else.example") is None
