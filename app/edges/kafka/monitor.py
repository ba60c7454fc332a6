"""The role `monitor`: decisions in, alerts out. One instance.

A plain consumer with manual assignment and not a Faust agent, because a window may only be judged when every partition is known
to have been read up to its end, and Faust does not tell where a partition ends. All state is rebuilt from Kafka: what
fires from the compacted alerts topic, what is normal from the decisions of the last hour; nothing is committed.

The time up to which windows may close is the clock's while all partitions are read to their end, and the timestamp of the least
advanced one while they are not: so neither a backlog nor a broker that is away is taken for silence.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import METADATA_S, partitions, read_to_end, reader
from app.errors import BadRecord, EdgeDown, FatalError
from app.inventory.models import Inventory
from app.monitoring.alerts import Record
from app.monitoring.watch import Watch, WatchSettings
from app.ops import metrics
from app.ops.health import Health
from app.settings import AppSettings, KafkaSettings

HISTORY_WINDOWS = 60  # read again at a start, to know what is normal
HISTORY_RECORDS = 1_000_000  # at most so many: about a minute's reading
MIN_HISTORY_WINDOWS = 10
REJUDGED_WINDOWS = 2  # judged again after a start, in case the predecessor ended before it published
SETTLE_MS = 3_000  # a transaction may show a decision so much later than its timestamp says; a fifth of a window at most
RETRY_S = 1.0
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
                monitor = monitor or Monitor(kafka, app, names, inventory, codec, clock)
                monitor.step(stop)
                health.set("kafka", ok=True)
                health.beat("monitor", within_s=max(60.0, 2 * METADATA_S))
            except (EdgeDown, KafkaException) as down:
                health.set(
                    "kafka", ok=False, why="Kafka does not answer", todo="look at the brokers; the monitor goes on by itself"
                )
                log.warning("edge_down", why=str(down) if isinstance(down, EdgeDown) else None, waiting_s=RETRY_S)
                stop.wait(RETRY_S)
    finally:
        if monitor:
            monitor.close()


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
    ) -> None:
        self._names, self._codec, self._clock = names, codec, clock
        self._window_ms = int(app.window_s * 1000)
        self._settle_ms = min(SETTLE_MS, self._window_ms // 5)
        settings = WatchSettings(app.window_s, app.rate_factor, app.latency_limit_s, app.runbook_url)
        per_hour = {source.name: source.expected_per_hour for source in inventory.sources.values()}
        alerts = _current_alerts(kafka.client(), names.alerts, codec)
        self._producer = Producer(kafka.client(**{"acks": "all", "enable.idempotence": True, "compression.type": "zstd"}))
        self._consumer = reader(kafka.client())
        try:
            now_ms = self._now_ms()
            assigned, start_ms = _history(self._consumer, names.decisions, now_ms, self._window_ms)
            self._reached: dict[int, int | None] = {tp.partition: start_ms for tp in assigned}  # None: read to its end
            self._consumer.assign(assigned)
        except BaseException:
            self._consumer.close()
            raise
        self._watch = Watch(settings, per_hour, alerts, start_ms, now_ms - REJUDGED_WINDOWS * self._window_ms)
        self._judged_to = self._looked_at = 0
        log.info("monitor_starts", partitions=len(assigned), alerts=len(self._watch.firing), window_s=app.window_s)

    def step(self, stop: threading.Event) -> None:
        """Read what is there, and judge the windows that have ended."""
        for message in self._consumer.consume(BATCH, POLL_S):
            self._take(message)
        if any(reached is not None for reached in self._reached.values()):
            watermark = min(reached for reached in self._reached.values() if reached is not None)
        else:
            watermark = self._now_ms()
        end = (watermark - self._settle_ms) // self._window_ms * self._window_ms
        if end > self._judged_to and self._still_there(end):
            self._publish(self._watch.tick(end), stop)
            if not stop.is_set():
                self._judged_to = end
                metrics.windows_judged.set(end / 1000)

    def close(self) -> None:
        self._consumer.close()

    def _take(self, message: Message) -> None:
        error, partition = message.error(), message.partition()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  its public name
                self._reached[partition] = None
                return
            raise KafkaException(error)
        timestamp = message.timestamp()[1]
        before = self._reached.get(partition) or 0
        self._reached[partition] = max(before, min(timestamp, self._now_ms()))
        if message.value() is None:
            return
        try:
            self._watch.observe(self._codec.decode(message.value(), "decision"), timestamp)
        except BadRecord as bad:
            log.error("decision_unreadable", partition=partition, offset=message.offset(), reason=bad.reason)

    def _still_there(self, end: int) -> bool:
        """Ask the broker before each window: silence must be the sources', not ours. Finds new partitions, too."""
        now = self._now_ms()
        try:
            found = partitions(self._consumer, [self._names.decisions])
        except EdgeDown:
            self._looked_at = self._looked_at or now
            raise
        if self._looked_at:  # the broker was away: what happened meanwhile nobody saw
            log.warning("monitor_was_blind", seconds=(now - self._looked_at) / 1000)
            self._watch.skip(now)
            self._looked_at, self._judged_to = 0, end
            return False
        new = [tp for tp in found if tp.partition not in self._reached]
        if new:
            self._consumer.incremental_assign(new)
            self._reached |= {tp.partition: end for tp in new}
            return False
        return True

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
        if refused:
            raise FatalError(f"Kafka refuses alerts on {self._names.alerts}: {refused[0].str()}; check the topic and its ACLs")
        for record in records:
            log.info("alert", **{key: record[key] for key in ("status", "kind", "source", "severity", "summary", "fingerprint")})
        if records:
            self._show_firing()

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


def _history(consumer: Consumer, topic: str, now_ms: int, window_ms: int) -> tuple[list[TopicPartition], int]:
    """Where to begin reading, and which time that is: the last hour's windows, fewer where that would be too many records."""
    windows = HISTORY_WINDOWS
    while True:
        start_ms = now_ms - windows * window_ms
        assigned = _at(consumer, topic, start_ms)
        ends = [consumer.get_watermark_offsets(tp, METADATA_S)[1] for tp in assigned]
        total = sum(end - tp.offset for tp, end in zip(assigned, ends, strict=True) if tp.offset >= 0)
        if total <= HISTORY_RECORDS or windows <= MIN_HISTORY_WINDOWS:
            return assigned, start_ms
        windows = max(MIN_HISTORY_WINDOWS, min(windows - 1, windows * HISTORY_RECORDS // total))


def _at(consumer: Consumer, topic: str, at_ms: int) -> list[TopicPartition]:
    wanted = partitions(consumer, [topic], at_ms)
    if not wanted:
        raise EdgeDown(f"topic {topic} is not there; create it with `leadstream topics --create`")
    return list(consumer.offsets_for_times(wanted, METADATA_S))
