"""The role `learner`: decisions and outcomes in, model snapshots out. One instance; a second one fences the first.

What a restart finds. A snapshot holds the model and, for every partition, the offset that it includes and the oldest offset that
its ledger still needs. The learner loads the newest good snapshot, re-reads from those oldest offsets without learning, and
learns on from the first record that the model does not include. Nothing is committed to a consumer group: the snapshot is the
position, and both are one record, so they cannot disagree. Without any snapshot it learns again from the oldest records kept.

How far this is deterministic. Records that are there when they are read are applied in the order of their time stamps, whatever
the fetches bring first; the same topics give the same weights. At the live end, records of different partitions that arrive
within one fetch of each other are applied as they arrive; a restart may see those in time order instead. Outcomes of one
partition are always learned in their order, and an outcome that overtakes its decision waits for it.

Decisions come in revisions, in their order, since a lead's stand in one partition: the newest holds (app/learning/ledger.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from app.edges.kafka.names import Topics
from app.edges.kafka.publisher import SnapshotPublisher, newest_snapshot
from app.edges.kafka.reading import partitions, reader, watermarks
from app.edges.registry.codec import AvroCodec
from app.edges.registry.configured import codec_for
from app.errors import BadRecord, ConfigurationError, EdgeDown, FatalError
from app.learning.ledger import HORIZON_MS, PENDING, Ledger
from app.learning.merge import TimeMerge
from app.learning.model import OnlineModel
from app.learning.progress import Entry, Progress, Stream
from app.learning.snapshot import Snapshot, signing_key
from app.settings import AppSettings, KafkaSettings, RegistrySettings

BATCH: Final = 500
DEEP: Final = 5_000  # records of one partition held back while another lags: above, its reading pauses, …
SHALLOW: Final = 1_000  # … below, it goes on
METADATA_S: Final = 60.0  # how often to look for new partitions
RETRY_S: Final = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Policy:
    """When to publish, how much to remember.

    Attributes:
        first_labels: No snapshot before so many labels: the rules score better than a model that has seen nothing.
        every_labels: A snapshot after so many labels, …
        every_s: … or after so many seconds with at least one, …
        records_s: … or after so many seconds with nothing but decisions, which tell of the sources' quality.
        pending: Scored leads remembered per partition of decisions.
        horizon_ms: A lead without outcome for so long counts as not won; None: never.
    """

    first_labels: int = 20
    every_labels: int = 500
    every_s: float = 5.0
    records_s: float = 60.0
    pending: int = PENDING
    horizon_ms: int | None = HORIZON_MS


class _Raw(NamedTuple):
    stream: Stream
    offset: int
    timestamp_ms: int
    value: bytes | None


def run_learner(
    kafka: KafkaSettings,
    app: AppSettings,
    names: Topics,
    stop: threading.Event,
    *,
    codec: AvroCodec | None = None,
    policy: Policy | None = None,
) -> None:
    """Learn until `stop` is set, then publish what was learned last.

    Raises:
        ConfigurationError: A topic is missing, or was made anew under a snapshot that includes more records than it has.
        EdgeDown: Kafka does not answer at the start.
        FatalError: Another learner took over, or partitions were added: restart.
    """
    codec = codec or codec_for(app.schema_dir, RegistrySettings())
    key = signing_key(app.pepper.get_secret_value().encode() if app.pepper else None)
    publisher = SnapshotPublisher(kafka, names, f"{app.group}-learner", key)  # first: from here on we are the only one
    found = newest_snapshot(kafka, names, key)
    Learner(kafka, names, codec, publisher, policy or Policy(), found).run(stop)


class Learner:
    """Joins the consumer, the merge, the ledger and the model.

    Args:
        kafka, names: Where.
        codec: Reads decisions and outcomes.
        publisher: Writes snapshots.
        policy: When, how much.
        found: The snapshot to go on from; None to begin.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        names: Topics,
        codec: AvroCodec,
        publisher: SnapshotPublisher,
        policy: Policy,
        found: Snapshot | None,
    ) -> None:
        self._client, self._codec, self._publisher, self._policy = kafka.client(), codec, publisher, policy
        self._topics: Mapping[str, Any] = {names.decisions: "decisions", names.outcomes: "outcomes"}
        self._parent = found.version if found else None
        self._published_labels = found.serving.labels_learned if found else 0
        self._published_records = found.serving.records().state() if found else {}
        ledger = Ledger(policy.pending, horizon_ms=policy.horizon_ms)
        model = found.model() if found else OnlineModel()
        records = found.serving.records() if found else None
        self._progress = Progress(ledger, model, found.applied if found else {}, found.replay_from if found else {}, records)
        self._consumer: Consumer = reader(self._client)
        self._paused: set[Stream] = set()
        self._merge: TimeMerge[Stream, _Raw] = TimeMerge([])

    def run(self, stop: threading.Event) -> None:
        """Until stopped. See `run_learner` for what it raises."""
        try:
            assigned = self._assign()
            log.info("learner_started", snapshot=self._parent, labels=self._progress.model.labels_learned)
            published_at = metadata_at = time.monotonic()
            while not stop.is_set():
                self._read()
                for raw in self._released():
                    self._apply(raw, stop)
                    if self._fresh_labels() >= self._policy.every_labels:
                        self._publish()
                        published_at = time.monotonic()
                now = time.monotonic()
                if self._due(now - published_at):
                    self._publish()
                    published_at = now
                if now - metadata_at >= METADATA_S:
                    self._refuse_new_partitions(assigned)
                    metadata_at = now
            if self._fresh_labels():
                self._publish()
        finally:
            self._consumer.close()
            log.info("learner_stopped", labels=self._progress.model.labels_learned, **self._progress.ledger.counts)

    def _assign(self) -> int:
        found = partitions(self._consumer, list(self._topics))
        missing = set(self._topics) - {tp.topic for tp in found}
        if missing:
            raise ConfigurationError(
                f"missing topics: {', '.join(sorted(missing))}; create them with `leadstream topics --create`"
            )
        held = watermarks(self._client, list(self._topics))
        for tp in found:
            stream = self._stream(tp.topic, tp.partition)
            included = self._progress.applied.get(stream, 0)
            if included > held[tp.topic, tp.partition][1]:
                raise ConfigurationError(
                    f"{tp.topic}-{tp.partition} holds fewer records than the newest model has learned from ({included}): "
                    "the topic was made anew. Make the models topic anew, too, to begin without that model"
                )
            tp.offset = self._progress.start(stream) or OFFSET_BEGINNING
        self._merge = TimeMerge(self._stream(tp.topic, tp.partition) for tp in found)
        self._consumer.assign(found)
        return len(found)

    def _refuse_new_partitions(self, assigned: int) -> None:
        try:
            now = len(partitions(self._consumer, list(self._topics)))
        except EdgeDown:
            return  # the consumer waits for the broker by itself
        if now != assigned:
            raise FatalError(f"decisions and outcomes have {now} partitions, not {assigned}: restart to read all of them")

    def _stream(self, topic: str, partition: int) -> Stream:
        return self._topics[topic], partition

    def _read(self) -> None:
        for message in self._consumer.consume(BATCH, 0.2):
            error = message.error()
            if error is None:
                self._push(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  the client's own name for it
                self._merge.end(self._stream(message.topic(), message.partition()))
            elif error.fatal() or not error.retriable():
                raise FatalError(f"reading failed: {error.str()}")
        self._set_pace()

    def _push(self, message: Message) -> None:
        stream = self._stream(message.topic(), message.partition())
        raw = _Raw(stream, message.offset(), message.timestamp()[1], message.value())
        self._merge.push(stream, self._progress.order(stream, raw.offset, raw.timestamp_ms), raw)

    def _set_pace(self) -> None:
        """Pause partitions that run far ahead of the others, so that waiting records stay bounded."""
        topics = {name: topic for topic, name in self._topics.items()}
        for stream in self._merge.streams:
            depth, here = self._merge.depth(stream), TopicPartition(topics[stream[0]], stream[1])
            if depth > DEEP and stream not in self._paused:
                self._consumer.pause([here])
                self._paused.add(stream)
            elif depth < SHALLOW and stream in self._paused:
                self._consumer.resume([here])
                self._paused.discard(stream)

    def _released(self) -> Iterator[_Raw]:
        while (raw := self._merge.pop()) is not None:
            yield raw

    def _apply(self, raw: _Raw, stop: threading.Event) -> None:
        value = self._decode(raw, stop)
        if value is not None:
            self._progress.apply(Entry(raw.stream, raw.offset, raw.timestamp_ms, value))
        elif not stop.is_set():
            self._progress.skip(raw.stream, raw.offset)

    def _decode(self, raw: _Raw, stop: threading.Event) -> dict[str, Any] | None:
        """The record; None for a tombstone, for what cannot be read (logged), and when stopped while the registry is down."""
        while raw.value is not None and not stop.is_set():
            try:
                if raw.stream[0] == "decisions":
                    return self._codec.read_own(raw.value, "decision")
                return self._codec.decode(raw.value, "outcome")
            except BadRecord as bad:
                log.warning(
                    "record_passed_over", stream=raw.stream[0], partition=raw.stream[1], offset=raw.offset, reason=bad.reason
                )
                return None
            except EdgeDown as error:
                log.warning("learner_waits", why=str(error))
                stop.wait(RETRY_S)
        return None

    def _fresh_labels(self) -> int:
        """Labels not published yet; 0 while there are too few for any snapshot."""
        learned = self._progress.model.labels_learned
        return learned - self._published_labels if learned >= self._policy.first_labels else 0

    def _due(self, waited_s: float) -> bool:
        if self._fresh_labels():
            return waited_s >= self._policy.every_s
        enough = self._progress.model.labels_learned >= self._policy.first_labels
        return enough and waited_s >= self._policy.records_s and self._progress.records.state() != self._published_records

    def _publish(self) -> None:
        snapshot = Snapshot.of(self._progress, self._parent)
        if self._publisher.publish(snapshot):
            self._parent, self._published_labels = snapshot.version, snapshot.serving.labels_learned
            self._published_records = snapshot.serving.records().state()
