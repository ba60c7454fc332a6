"""The roles `behaviour` and `worker` side by side: what leads know of their visits, and how they flow when Redis is away."""

from __future__ import annotations

import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from typing import Any

import orjson
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from prometheus_client.parser import text_string_to_metric_families

from app.edges.kafka.reading import read_to_end, watermarks
from app.embedded.kafka import EmbeddedKafka
from app.embedded.ports import free_port
from app.embedded.processes import Child, spawn, stop_all
from app.embedded.redis import EmbeddedRedis
from app.wiring import Installation
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import Fleet, environment, install
from tests.harness.membership import at_work
from tests.harness.waiting import until

SOURCE = "segment-identify"
MINUTE = 60_000


class Floor:
    """Both roles as processes, on a journeys' Redis of their own."""

    def __init__(self, one: Installation, journeys: EmbeddedRedis, behaviour: Child, workers: Fleet, port: int) -> None:
        self.one, self.journeys, self.behaviour, self.workers, self._port = one, journeys, behaviour, workers, port
        self._producer, self.sent = Producer(one.kafka.producer()), 0

    def visit(self, *events: dict[str, Any]) -> None:
        """Send events, and wait until they are kept."""
        for event in events:
            value = self.one.codec.encode("behaviour_event", event)
            self._producer.produce(self.one.names.behaviour, value, event["visitor_id"])
        self._producer.flush(10)
        store, topic = self.one.journeys_kept(), self.one.names.behaviour
        marks = watermarks(self.one.kafka.client(), [topic])
        until(lambda: all((store.position(place) or 0) == high for (_, place), (_, high) in marks.items()), "events are kept")

    def leads(self, *payloads: dict[str, Any]) -> list[dict[str, Any]]:
        """Send leads, and wait for their fates; the routed leads in the order sent, each with its decision's enrichments."""
        names, client = self.one.names, self.one.kafka.client()
        for payload in payloads:
            self.sent += 1
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            told = {"messageId": f"m{self.sent}", "timestamp": now, **payload}
            self._producer.produce(names.inbound(SOURCE), orjson.dumps(told), partition=0)
        self._producer.flush(10)
        assert self.workers.wait_until(self.workers.caught_up, 60)
        decided = {}
        for message in read_to_end(client, [names.decisions]):
            decision = self.one.codec.read_own(message.value(), "decision")
            decided[decision["lead_id"]] = decision
        found = {}
        for message in read_to_end(client, [names.routed("nurture"), names.review]):
            record = "lead" if message.topic() == names.review else "routed_lead"
            lead = self.one.codec.decode(message.value(), record)
            decision = decided[lead["lead_id"]]
            found[decision["offset"]] = lead | {"enrichments": decision["enrichments"]}
        assert len(found) == self.sent
        return [found[offset] for offset in sorted(found)][-len(payloads) :]

    def counted(self, outcome: str) -> float:
        """How often the worker says that behaviour ended so."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=5) as answer:
            families = text_string_to_metric_families(answer.read().decode())
        wanted = {"enrichment": "behaviour", "outcome": outcome}
        samples = [sample for family in families for sample in family.samples if sample.name.endswith("_total")]
        return sum(sample.value for sample in samples if sample.labels == wanted)


@pytest.fixture(scope="module")
def floor(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """One source, one worker, one keeper of journeys."""
    folder, port = tmp_path_factory.mktemp("behaviour"), free_port()
    config = only(folder / "config", SOURCE, routing=CATCH_ALL)
    with ExitStack() as stack:
        journeys = stack.enter_context(EmbeddedRedis(folder / "redis", appendfsync="no"))
        more = {"LEADSTREAM_CONFIG_DIR": str(config), "REDIS_JOURNEYS_URL": journeys.url, "LEADSTREAM_PARTITIONS": "1"}
        settings = environment(f"behaviour-{port}", kafka.bootstrap, redis_server.url, **more)
        one = install(settings)
        command = [sys.executable, "-m", "app.cli", "behaviour"]
        behaviour = spawn(command, name="behaviour", log=folder / "behaviour.log", env=settings)
        stack.callback(stop_all, [behaviour], 10)
        workers = stack.enter_context(Fleet(one, settings | {"LEADSTREAM_HEALTH_PORT": str(port)}, folder))
        workers.join()
        yield Floor(one, journeys, behaviour, workers, port)


def told(visitor: str, event: str, minutes_ago: int, **more: Any) -> dict[str, Any]:
    at = int(time.time() * 1000) - minutes_ago * MINUTE
    return {"visitor_id": visitor, "event": event, "occurred_at": at, "event_id": f"{visitor}-{event}-{minutes_ago}", **more}


def test_a_lead_knows_its_visits(floor: Floor) -> None:
    """By its visitor id; by e-mail where the visitor identified himself, and where an earlier lead told who it was."""
    address = "https://shop.example/lamps?utm_source=news&utm_medium=email"
    floor.visit(
        told("visitor-1", "page_view", 90, page_url=address),
        told(
            "visitor-1",
            "cart_add",
            5,
            value=30.0,
            quantity=2,
            page_url="https://shop.example/cart",
            referrer="https://a.example/",
        ),
        told("visitor-2", "page_view", 3, email_sha256=sha256(b"eva@example.org").hexdigest()),
    )
    jo, eva, ann = floor.leads(
        {"anonymousId": "visitor-1", "traits": {"email": "jo@example.org"}},
        {"anonymousId": "another-device", "traits": {"email": "Eva@Example.org"}},
        {"anonymousId": "visitor-3", "traits": {"email": "ann@example.org"}},
    )
    assert [jo[name] for name in ("sessions", "pages_viewed", "cart_adds", "cart_value")] == [2, 1, 1, 60.0]
    assert (jo["first_touch"], jo["last_touch"]) == ("news/email", "a.example")
    assert 4 * MINUTE <= jo["received_at"] - jo["last_seen_at"] <= 7 * MINUTE
    assert (eva["sessions"], eva["pages_viewed"]) == (1, 1)
    assert (ann["sessions"], ann["last_seen_at"]) == (None, None)
    assert jo["enrichments"] == eva["enrichments"] == ann["enrichments"] == {}


def test_leads_flow_while_redis_stands_still(floor: Floor) -> None:
    """Each batch waits no longer than its budget, each lead names what it misses, the worker counts it; then all is as before."""
    before = floor.counted("slow")
    floor.journeys.pause()
    try:
        leads = floor.leads(*({"anonymousId": "visitor-1", "traits": {"email": f"p{n}@example.org"}} for n in range(20)))
    finally:
        floor.journeys.resume()
    assert [lead["enrichments"] for lead in leads] == [{"behaviour": "slow"}] * 20
    assert floor.counted("slow") == before + 20
    known = list[dict[str, Any]]()

    def back() -> bool:  # the breaker lets one batch try again after its pause
        known.extend(floor.leads({"anonymousId": "visitor-1", "traits": {"email": f"q{len(known)}@example.org"}}))
        return known[-1]["sessions"] is not None

    until(back, "leads know their visits again", 60, 0.2)
    assert known[-1]["enrichments"] == {}
    assert not floor.workers.happened


def test_the_role_stops_when_it_is_told_to(floor: Floor) -> None:
    """SIGTERM: it leaves its group and ends with 0."""
    admin = AdminClient(floor.one.kafka.client())
    until(lambda: at_work(admin, f"{floor.one.app.group}-behaviour"), "it has its partitions")
    assert floor.behaviour.stop(15) == 0
