"""The monitor on a real broker, with a clock that the test moves."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from app.edges.kafka.monitor import run_monitor
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.embedded.kafka import EmbeddedKafka
from app.inventory.load import load
from app.inventory.models import Inventory
from app.ops import metrics
from app.ops.health import Health
from app.settings import AppSettings, KafkaSettings
from tests.harness.waiting import until

WINDOW_S = 10
T0 = 1_790_000_000 * 1000  # a boundary of windows, milliseconds
SOURCES = ("google-ads", "web-form", "typeform")
PER_WINDOW = 30


class _CountingCodec:
    """The real codec; knows how many decisions the monitor has seen."""

    def __init__(self) -> None:
        self._codec = AvroCodec(Schemas.load(Path("schemas")))
        self.decisions = 0

    def encode(self, record: str, value: Mapping[str, Any]) -> bytes:
        return self._codec.encode(record, value)

    def decode(self, value: bytes, record: str) -> dict[str, Any]:
        decoded: dict[str, Any] = self._codec.decode(value, record)
        self.decisions += record == "decision"
        return decoded


@dataclass
class _Floor:
    """A cluster with decisions on it, and the monitor that watches them."""

    kafka: KafkaSettings
    names: Topics
    inventory: Inventory
    codec: _CountingCodec = field(default_factory=_CountingCodec)
    rate_factor: float | None = None
    now_s: float = T0 / 1000
    window: int = 0
    produced: int = 0

    def __post_init__(self) -> None:
        self.health = Health()
        self._producer = Producer(self.kafka.client(**{"transactional.id": f"{self.names.prefix}-test"}))
        topics = [NewTopic(self.names.decisions, 2), NewTopic(self.names.alerts, 1, config={"cleanup.policy": "compact"})]
        admin = AdminClient(self.kafka.client())
        for future in admin.create_topics(topics).values():
            future.result(10)
        self._producer.init_transactions(30)

    def start(self) -> None:
        metrics.windows_judged.set(0)
        self._stop = threading.Event()
        app = AppSettings(window_s=WINDOW_S, rate_factor=self.rate_factor)
        arguments = (self.kafka, app, self.names, self.inventory, self.codec, self._stop)
        self._thread = threading.Thread(
            target=run_monitor, args=arguments, kwargs={"clock": lambda: self.now_s, "health": self.health}
        )
        self._thread.start()
        self._until_judged()
        self.codec.decisions = self.produced  # of the history it read no more than it needs

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def produce(self, silent: str | None = None, doubled: str | None = None, no_email: str | None = None) -> None:
        """One window's decisions of all sources."""
        self._producer.begin_transaction()
        start = T0 + self.window * WINDOW_S * 1000
        for source in SOURCES:
            for n in range(0 if source == silent else PER_WINDOW):
                at = start + n * WINDOW_S * 1000 // PER_WINDOW
                lead = f"ld_{self.window:04}{n:04}{source}"
                again = source == doubled and n % 2
                decision = {
                    "lead_id": lead,
                    "source": source,
                    "topic": self.names.inbound(source),
                    "partition": 0,
                    "offset": self.produced,
                    "fate": "duplicate" if again else "routed",
                    "dedupe": "same_event" if again else "new",
                    "duplicate_kind": "same_event" if again else None,
                    "received_at": at - 200,
                    "violations": ["email:missing"] if source == no_email else [],
                    "score": 0.2,
                    "model_version": "m-1",
                }
                value = self.codec.encode("decision", decision)
                self._producer.produce(self.names.decisions, key=lead, value=value, partition=n % 2, timestamp=at)
                self.produced += 1
        self._producer.commit_transaction(30)
        self.window += 1

    def pass_window(self, **incident: str) -> None:
        """Produce a window, let the monitor see it, and let its time pass."""
        self.produce(**incident)
        until(lambda: self.codec.decisions >= self.produced, "the monitor has read the window")
        self.now_s = T0 / 1000 + self.window * WINDOW_S + 5
        self._until_judged()

    def _until_judged(self) -> None:
        end_s = T0 / 1000 + self.window * WINDOW_S
        name = "leadstream_monitor_judged_timestamp_seconds"
        until(lambda: (metrics.REGISTRY.get_sample_value(name) or 0) >= end_s, "the monitor has judged the last window")

    def alerts(self) -> list[dict[str, Any]]:
        return [
            self.codec.decode(message.value(), "alert") | {"key": message.key().decode()}
            for message in read_to_end(self.kafka.client(), [self.names.alerts])
        ]


@pytest.fixture
def floor(kafka: EmbeddedKafka, topic_prefix: str) -> Iterator[_Floor]:
    """A quarter of an hour of calm decisions on the broker, and a monitor that has read them."""
    floor = _Floor(KafkaSettings(bootstrap_servers=kafka.bootstrap), Topics(topic_prefix), load(Path("deploy/config")))
    for _ in range(80):
        floor.produce()
    floor.now_s = T0 / 1000 + floor.window * WINDOW_S + 5
    floor.start()
    yield floor
    floor.stop()


def _times(alert: dict[str, Any]) -> tuple[str, str, str | None, str, int]:
    window = (alert["updated_at"] - T0) // (WINDOW_S * 1000)
    return alert["kind"], alert["source"], alert["field"], alert["status"], window


def test_incidents_fire_within_two_windows_and_resolve(floor: _Floor) -> None:
    """A source falls silent, duplicates spike, a field disappears: each fires one alert in its first two windows, resolves in
    the first calm one, keyed by its fingerprint; the calm time between raises nothing."""
    script: list[dict[str, str]] = [{}] * 3 + [{"silent": "typeform"}] * 3 + [{}] * 3 + [{"doubled": "google-ads"}] * 3
    script += [{}] * 3 + [{"no_email": "web-form"}] * 3 + [{}] * 3
    for incident in script:
        floor.pass_window(**incident)
    alerts = floor.alerts()
    assert [_times(alert) for alert in alerts] == [
        ("silence", "typeform", None, "firing", 84),
        ("silence", "typeform", None, "resolved", 87),
        ("duplicate_spike", "google-ads", None, "firing", 90),
        ("duplicate_spike", "google-ads", None, "resolved", 93),
        ("missing_field", "web-form", "email", "firing", 96),
        ("missing_field", "web-form", "email", "resolved", 99),
    ]
    assert all(alert["key"] == alert["fingerprint"] for alert in alerts)
    assert all(
        len(alert["sample_lead_ids"]) == 5 for alert in alerts if alert["kind"] != "silence" and alert["status"] == "firing"
    )


def test_a_restart_goes_on_with_what_fires(floor: _Floor) -> None:
    """A monitor that ends during an incident leaves the alert firing; its successor fires it no second time, and resolves it."""
    floor.pass_window()
    for _ in range(2):
        floor.pass_window(silent="typeform")
    floor.stop()
    floor.start()
    for _ in range(2):
        floor.pass_window(silent="typeform")
    floor.pass_window()
    assert [(alert["kind"], alert["status"]) for alert in floor.alerts()] == [("silence", "firing"), ("silence", "resolved")]


def test_a_new_installation_has_no_past(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """Before the first decision ever there was nobody to be silent, whatever the inventory expects per hour."""
    inventory = load(Path("deploy/config"))
    inventory = inventory.model_copy(update={"sources": {name: inventory.sources[name] for name in SOURCES}})
    floor = _Floor(KafkaSettings(bootstrap_servers=kafka.bootstrap), Topics(topic_prefix), inventory, rate_factor=100)
    floor.now_s = T0 / 1000 + floor.window * WINDOW_S + 5
    floor.start()
    try:
        for _ in range(3):
            floor.pass_window()
        assert [alert["kind"] for alert in floor.alerts() if alert["kind"] == "silence"] == []
        floor.pass_window(silent="google-ads")
        floor.pass_window(silent="google-ads")
        assert [alert["source"] for alert in floor.alerts() if alert["kind"] == "silence"] == ["google-ads"]
    finally:
        floor.stop()


def test_a_broker_that_is_away_is_not_silence(tmp_path: Path, topic_prefix: str) -> None:
    """While Kafka does not answer nothing is judged, and the time is not judged afterwards either."""
    with EmbeddedKafka(tmp_path) as broker:
        floor = _Floor(KafkaSettings(bootstrap_servers=broker.bootstrap), Topics(topic_prefix), load(Path("deploy/config")))
        for _ in range(40):
            floor.produce()
        floor.now_s = T0 / 1000 + floor.window * WINDOW_S + 5
        floor.start()
        try:
            floor.pass_window()
            broker.kill()
            floor.now_s += 10 * WINDOW_S
            floor.window += 10
            until(lambda: not floor.health.ready, "the monitor has noticed", timeout_s=60)
            broker.start()
            until(lambda: floor.health.ready, "the monitor has noticed the return", timeout_s=60)
            floor.pass_window()  # not whole for the monitor: it came back within
            floor.pass_window()
            floor.pass_window()
            assert floor.alerts() == []
        finally:
            floor.stop()
