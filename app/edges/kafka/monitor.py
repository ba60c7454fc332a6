"""The role `monitor`: decisions and outcomes in, alerts out. One instance.

A plain consumer with manual assignment and not a Faust agent, because a window may only be judged when all that Kafka held at
its end has been read, and Faust does not tell that. All state is rebuilt from Kafka: what fires from the compacted alerts
topic, what is normal from the decisions of the last windows, what shapes of payloads hold from the compacted shapes topic, what
leads came to from decisions further back and the outcomes since; nothing is committed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import METADATA_S, consumed, ended, partitions, read_to_end, reader
from app.errors import BadRecord, EdgeDown, FatalError
from app.inventory.models import Inventory
from app.monitoring.alerts import Record
from app.monitoring.ends import REMEMBERED
from app.monitoring.watch import Watch, WatchSettings
from app.ops import metrics
from app.ops.health import Health
from app.ops.progress import Progress
from app.settings import AppSettings, KafkaSettings

HISTORY_WINDOWS = 60  # read again at a start, to know what is normal
HISTORY_RECORDS = 1_000_000  # at most so many: about a minute's reading
MIN_HISTORY_WINDOWS = 10
HISTORY_LEADS = REMEMBERED  # further back, for the outcomes that come of them: some seconds' reading
REJUDGED_WINDOWS = 2  # judged again after a start, in case the predecessor ended before it published
SETTLE_MS = 3_000  # a transaction may show a decision so much later than its timestamp says; a fifth of a window at most
PATIENCE_MS = 12_000  # an abandoned transaction hides what follows it for its time limit of 10 s
HIDDEN_RECORDS = 5_000  # what an open transaction or two may hide
RETRY_S = 1.0
BEAT_S = 120.0  # the start reads a minute's worth of history; a step takes some of Kafka's time limits, one after the other
POLL_S = 0.2
BATCH = 1_000

log = structlog.get_logger(__name__)


class Codec(Protocol):
    def encode(self, record: str, value: Mapping[str, Any]) -> bytes: ...

    def decode(self, value: bytes, record: str) -> dict[str, Any]: ...


def run_monitor(
    kafka: KafkaSettings,
    app: AppSettings,
    names: Topics,
    inventory: Inventory,
    codec: Codec,
    stop: threading.Event,
    *,
    health: Health | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Watch until stopped.

    Raises:
        FatalError: Kafka refuses an alert for good.
    """
    health = health or Health()
    monitor: Monitor | None = None
    try:
        while not stop.is_set():
            try:
                monitor = monitor or Monitor(kafka, app, names, inventory, codec, clock, health)
                monitor.step(stop)
                health.set("kafka", ok=True)
                health.beat("monitor", BEAT_S, "reading, judging and publishing")
            except (EdgeDown, KafkaException) as down:
                health.set(
                    "kafka", ok=False, why="Kafka does not answer", todo="look at the brokers; the monitor goes on by itself"
                )
                health.waits()
                health.beat("monitor", BEAT_S, "waiting for Kafka")
                log.warning("edge_down", why=str(down) if isinstance(down, EdgeDown) else None, waiting_s=RETRY_S)
                stop.wait(RETRY_S)
    finally:
        if monitor:
            monitor.close()


Where = tuple[str, int]  # topic and partition


@dataclass(frozen=True, slots=True)
class _Barrier:
    """Windows up to `end_ms` are judged once every partition was read up to these offsets."""

    end_ms: int
    offsets: dict[Where, int]
    raised_ms: int


class Monitor:
    """Where the watch stands in Kafka.

    Raises:
        EdgeDown: Kafka does not answer, or the topics are not there yet.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        app: AppSettings,
        names: Topics,
        inventory: Inventory,
        codec: Codec,
        clock: Callable[[], float],
        health: Health,
    ) -> None:
        self._names, self._codec, self._clock, self._health = names, codec, clock, health
        self._progress = Progress(health, "reading")
        self._window_ms = int(app.window_s * 1000)
        self._settle_ms = min(SETTLE_MS, self._window_ms // 5)
        limits = inventory.fairness, inventory.routing.catch_all_share
        settings = WatchSettings(app.window_s, app.rate_factor, app.latency_limit_s, app.runbook_url, *limits)
        per_hour = {source.name: source.expected_per_hour for source in inventory.sources.values()}
        alerts = _current_alerts(kafka.client(), names.alerts, codec)
        self._producer = Producer(kafka.client(**{"acks": "all", "enable.idempotence": True, "compression.type": "zstd"}))
        self._consumer = reader(kafka.client())
        now_ms = self._now_ms()
        try:
            assigned, start_ms = _history(self._consumer, names.decisions, now_ms, self._window_ms)
            assigned = _further_back(self._consumer, assigned)
            assigned += partitions(self._consumer, [names.shapes])  # from the beginning: what fingerprints stand for
            assigned += partitions(self._consumer, [names.outcomes])  # of leads that are not known they say nothing
            self._consumer.assign(assigned)
        except BaseException:
            self._consumer.close()
            raise
        self._read: dict[Where, int] = {(tp.topic, tp.partition): max(0, tp.offset) for tp in assigned}
        self._watch = Watch(settings, per_hour, alerts, start_ms, now_ms - REJUDGED_WINDOWS * self._window_ms)
        self._barrier: _Barrier | None = None
        self._outcomes: list[tuple[int, dict[str, Any]]] = []  # until all decisions before them are read
        self._judged_to_ms = 0
        self._blind_since_ms: int | None = None
        self._show_firing()
        log.info("monitor_starts", partitions=len(assigned), alerts=len(self._watch.firing), window_s=app.window_s)

    def step(self, stop: threading.Event) -> None:
        """Read what is there; when a window has ended, ask how far Kafka goes, read up to there, and judge.

        Raises:
            EdgeDown: Kafka does not answer; the windows until it does will not be judged.
            FatalError: Kafka refuses an alert for good.
        """
        for message in self._consumer.consume(BATCH, POLL_S):
            self._take(message)
        if self._barrier is None:
            end_ms = (self._now_ms() - self._settle_ms) // self._window_ms * self._window_ms
            if end_ms > self._judged_to_ms:
                self._barrier = self._raise_barrier(end_ms)
        elif self._passed(self._barrier):
            self._report()
            self._publish(self._watch.tick(self._barrier.end_ms), stop)
            self._show_levels()
            if not stop.is_set():
                self._judged_to_ms = self._barrier.end_ms
                metrics.windows_judged.set(self._judged_to_ms / 1000)
            self._barrier = None

    def close(self) -> None:
        self._consumer.close()

    def _take(self, message: Message) -> None:
        error, where = message.error(), (message.topic(), message.partition())
        if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001  the library names it so
            raise KafkaException(error)
        if error is not None:  # an end lies behind the markers of transactions, which are never delivered
            self._read[where] = max(self._read[where], message.offset())
            return
        self._read[where] = message.offset() + 1
        if message.value() is None:
            return
        try:
            if message.topic() == self._names.shapes:
                self._watch.show(self._codec.decode(message.value(), "payload_shape"))
                return
            if message.topic() == self._names.outcomes:
                self._outcomes.append((message.timestamp()[1], self._codec.decode(message.value(), "outcome")))
                return
            self._watch.observe(self._codec.decode(message.value(), "decision"), message.timestamp()[1])
        except BadRecord as bad:
            log.error("record_unreadable", topic=where[0], partition=where[1], offset=message.offset(), reason=bad.reason)

    def _raise_barrier(self, end_ms: int) -> _Barrier:
        """Asking the broker also tells the sources' silence from our own deafness, and finds new partitions."""
        try:
            found = partitions(self._consumer, [self._names.decisions, self._names.shapes, self._names.outcomes])
            offsets = {(tp.topic, tp.partition): self._consumer.get_watermark_offsets(tp, METADATA_S)[1] for tp in found}
        except (EdgeDown, KafkaException):
            self._blind_since_ms = self._blind_since_ms or end_ms
            raise
        new = [tp for tp in found if (tp.topic, tp.partition) not in self._read]
        if new:
            self._consumer.incremental_assign(new)
            self._read |= {(tp.topic, tp.partition): 0 for tp in new}
        if self._blind_since_ms is not None:
            now_ms = self._now_ms()
            log.warning("monitor_was_blind", seconds=(now_ms - self._blind_since_ms) / 1000)
            self._watch.skip(now_ms)
            self._blind_since_ms = None
        self._progress.look(self._read, offsets)
        return _Barrier(end_ms, offsets, self._now_ms())

    def _passed(self, barrier: _Barrier) -> bool:
        behind = [where for where, offset in barrier.offsets.items() if self._read[where] < offset]
        waited_ms = self._now_ms() - barrier.raised_ms
        # An open transaction hides what comes after it; it ends within its time limit. A long backlog is waited for.
        return not behind or (waited_ms > PATIENCE_MS and self._at_the_end(behind, barrier))

    def _at_the_end(self, behind: list[Where], barrier: _Barrier) -> bool:
        positions = {
            (tp.topic, tp.partition): tp.offset for tp in self._consumer.position([TopicPartition(*one) for one in behind])
        }
        return all(barrier.offsets[one] - max(positions[one], self._read[one]) <= HIDDEN_RECORDS for one in behind)

    def _publish(self, records: Sequence[Record], stop: threading.Event) -> None:
        """All of them acknowledged by the broker, or an error; a window counts as judged only then."""
        refused: list[KafkaError] = []
        for record in records:
            value = self._codec.encode("alert", record)
            self._producer.produce(
                self._names.alerts,
                key=record["fingerprint"],
                value=value,
                timestamp=record["updated_at"],
                on_delivery=lambda error, _: refused.append(error) if error else None,
            )
        while self._producer.flush(RETRY_S) and not stop.is_set():
            log.warning("edge_down", why="alerts wait for the broker", waiting_s=RETRY_S)
            self._health.waits()
            self._health.beat("monitor", BEAT_S, "publishing alerts")
        if refused:
            raise FatalError(f"Kafka refuses alerts on {self._names.alerts}: {refused[0].str()}; check the topic and its ACLs")
        for record in records:
            log.info("alert", **{key: record[key] for key in ("status", "kind", "source", "severity", "summary", "fingerprint")})
        if records:
            self._show_firing()

    def _report(self) -> None:
        for at_ms, outcome in sorted(self._outcomes, key=lambda one: one[0]):
            self._watch.report(outcome, at_ms)
        self._outcomes.clear()

    def _show_levels(self) -> None:
        for source, what, value in self._watch.levels():
            metrics.drift.labels(source, what).set(value)

    def _show_firing(self) -> None:
        metrics.alerts_firing.clear()
        for record in self._watch.firing:
            metrics.alerts_firing.labels(record["kind"], record["severity"]).inc()

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)


def _current_alerts(client: dict[str, Any], topic: str, codec: Codec) -> list[Record]:
    """The last record of each alert; a tombstone forgets one."""
    current: dict[bytes, Record] = {}
    for message in read_to_end(client, [topic]):
        if message.value() is None:
            current.pop(message.key(), None)
            continue
        try:
            current[message.key()] = codec.decode(message.value(), "alert")
        except BadRecord as bad:
            log.error("alert_unreadable", offset=message.offset(), reason=bad.reason)
    return list(current.values())


def _history(consumer: Consumer, topic: str, now_ms: int, window_ms: int) -> tuple[list[TopicPartition], int | None]:
    """Where to begin reading, and which time that is: the last windows, fewer where that would be too many records.

    The time is None where there has never been a decision.
    """
    windows = HISTORY_WINDOWS
    while True:
        start_ms = now_ms - windows * window_ms
        assigned, total = _at(consumer, topic, start_ms)
        if total <= HISTORY_RECORDS or windows <= MIN_HISTORY_WINDOWS:
            if not any(tp.offset for tp in assigned):  # the installation is new: before its first decision is no silence
                first_times = _first_times(consumer, assigned)
                return assigned, max(start_ms, min(first_times)) if first_times else None
            return assigned, start_ms
        windows = max(MIN_HISTORY_WINDOWS, min(windows - 1, windows * HISTORY_RECORDS // total))


def _further_back(consumer: Consumer, assigned: Sequence[TopicPartition]) -> list[TopicPartition]:
    """The same partitions, each at least so many records before its end."""
    found = []
    for tp in assigned:
        first, end = consumer.get_watermark_offsets(tp, METADATA_S)
        found.append(TopicPartition(tp.topic, tp.partition, min(tp.offset, max(first, end - HISTORY_LEADS // len(assigned)))))
    return found


def _first_times(consumer: Consumer, assigned: Sequence[TopicPartition]) -> list[int]:
    """The time of each partition's first record, ms; none for empty ones. Leaves the consumer assigned."""
    times: dict[int, int | None] = {}
    consumer.assign(assigned)
    while len(times) < len(assigned):
        for message in consumed(consumer):
            times.setdefault(message.partition(), None if ended(message) else message.timestamp()[1])
    return [at_ms for at_ms in times.values() if at_ms is not None]


def _at(consumer: Consumer, topic: str, at_ms: int) -> tuple[list[TopicPartition], int]:
    """All partitions, positioned at the first record of this time or later, and how many records follow."""
    wanted = partitions(consumer, [topic], at_ms)
    if not wanted:
        raise EdgeDown(f"topic {topic} is not there; create it with `leadstream topics --create`")
    assigned, total = [], 0
    for tp in consumer.offsets_for_times(wanted, METADATA_S):
        _, end = consumer.get_watermark_offsets(tp, METADATA_S)
        start = tp.offset if tp.offset >= 0 else end
        assigned.append(TopicPartition(topic, tp.partition, start))
        total += end - start
    return assigned, total
