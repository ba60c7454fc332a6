"""The role `learner`: decisions and outcomes in, model snapshots out. One instance; a second one fences the first.

What a restart finds. A snapshot holds the model and, for every partition, the offset that it includes and the oldest offset that
its ledger still needs. The learner loads the newest good snapshot, re-reads from those oldest offsets without learning, and
learns on from the first record that the model does not include. Nothing is committed to a consumer group: the snapshot is the
position, and both are one record, so they cannot disagree. Without any snapshot it learns again from the oldest records kept.

The order in which records are applied is a function of the records alone (app/edges/kafka/ordered.py), and so is what the ledger
holds after re-reading. So the state after a restart, a kill or a fencing is, bit for bit, that of a run that nothing disturbed on
the same records. It costs a second: a partition that is silent must be known to be silent before the others' records are applied.

Decisions come in revisions, in their order, since a lead's stand in one partition: the newest holds (app/learning/ledger.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from app.edges.kafka.herald import Herald, challengers_of
from app.edges.kafka.model_alert import ModelAlert
from app.edges.kafka.model_records import read_models
from app.edges.kafka.names import Topics
from app.edges.kafka.ordered import OrderedReader, Raw
from app.edges.kafka.publisher import SnapshotPublisher
from app.edges.kafka.reading import watermarks
from app.edges.registry.codec import AvroCodec
from app.edges.registry.configured import codec_for
from app.edges.timing import predict_us
from app.errors import BadRecord, ConfigurationError, EdgeDown, FatalError
from app.learning.contest import Contest
from app.learning.horizons import HORIZON_MS
from app.learning.ledger import PENDING, Ledger
from app.learning.moves import Rules
from app.learning.progress import Entry, Progress, StreamName
from app.learning.recipes import Recipe
from app.learning.snapshot import signing_key
from app.ops import metrics
from app.ops.health import Health
from app.ops.progress import Progress as Standing
from app.settings import AppSettings, KafkaSettings, RegistrySettings

METADATA_S: Final = 60.0  # how often to look for new partitions
LOOK_S: Final = 5.0  # how often to ask where the partitions end
RETRY_S: Final = 1.0
BEAT_S: Final = 180.0  # a batch of labels, a version that Kafka does not take, a question to a broker on the move

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
        horizon_ms: A lead without an end for so long counts as not won; None: never. Where nothing better is known:
        declared: Source → the same, as the inventory declares it.
        rules: The contest's.
    """

    first_labels: int = 20
    every_labels: int = 500
    every_s: float = 5.0
    records_s: float = 60.0
    pending: int = PENDING
    horizon_ms: int | None = HORIZON_MS
    declared: Mapping[str, int] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)


def run_learner(
    kafka: KafkaSettings,
    app: AppSettings,
    names: Topics,
    stop: threading.Event,
    *,
    codec: AvroCodec | None = None,
    policy: Policy | None = None,
    health: Health | None = None,
) -> None:
    """Learn until `stop` is set, then publish what was learned last.

    Raises:
        ConfigurationError: A topic is missing, or was made anew under a snapshot that includes more records than it has.
        EdgeDown: Kafka does not answer at the start.
        FatalError: Another learner took over, or partitions were added: restart.
    """
    codec, challengers = codec or codec_for(app.schema_dir, RegistrySettings()), challengers_of(app.challengers)
    key = signing_key(app.pepper.get_secret_value().encode() if app.pepper else None)
    publisher = SnapshotPublisher(kafka, names, f"{app.group}-learner", key)  # first: from here on we are the only one
    found = read_models(kafka, names, key)
    alert = ModelAlert(kafka.client(), names.alerts, codec.encode, app.runbook_url)
    with closing(Herald(kafka, names, publisher, key, found, alert)) as herald:
        Learner(kafka, names, codec, herald, policy or Policy(), challengers, health or Health()).run(stop)


class Learner:
    """Joins the consumer, the merge, the ledger and the contest.

    Args:
        kafka, names: Where.
        codec: Reads decisions and outcomes.
        herald: Knows what is published, publishes, brings orders.
        policy: When, how much.
        challengers: Recipes that contend with the standard one.
        health: Is told of progress.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        names: Topics,
        codec: AvroCodec,
        herald: Herald,
        policy: Policy,
        challengers: Sequence[Recipe],
        health: Health,
    ) -> None:
        self._health, self._standing = health, Standing(health, "learning")
        self._client, self._codec, self._herald, self._policy = kafka.client(), codec, herald, policy
        self._topics: dict[str, StreamName] = {names.decisions: "decisions", names.outcomes: "outcomes"}
        found = herald.published
        contest = found.contest(policy.rules, predict_us) if found else Contest.of(challengers, policy.rules, predict_us)
        contest.field(challengers)
        remembered = found.ledger if found else None
        ledger = Ledger(policy.pending, horizon_ms=policy.horizon_ms, declared=policy.declared, state=remembered)
        records = found.serving.records() if found else None
        self._progress = Progress(ledger, contest, found.applied if found else {}, found.replay_from if found else {}, records)
        self._looked_at = 0.0
        self._reader = OrderedReader(self._client, self._topics, self._progress.order)

    def run(self, stop: threading.Event) -> None:
        """Until stopped. See `run_learner` for what it raises."""
        try:
            assigned = self._assign()
            log.info("learner_started", snapshot=self._herald.version, labels=self._progress.model.labels_learned)
            published_at = metadata_at = time.monotonic()
            self._health.set("model", ok=True)
            while not stop.is_set():
                self._health.beat("learner", BEAT_S, "reading, applying and publishing")
                self._look()
                for raw in self._reader.read():
                    self._apply(raw, stop)
                    if self._fresh_labels() >= self._policy.every_labels or self._moved():
                        self._publish()
                        published_at = time.monotonic()
                ledger = self._progress.ledger
                if not ledger.rebuilding:
                    metrics.show_ledger(ledger.counts, len(ledger), ledger.waiting, self._reader.late)
                now = time.monotonic()
                if self._orders_obeyed() or self._due(now - published_at):
                    self._publish()
                    published_at = now
                if now - metadata_at >= METADATA_S:
                    self._refuse_new_partitions(assigned)
                    metadata_at = now
            if self._fresh_labels():
                self._publish()
        finally:
            self._reader.close()
            log.info("learner_stopped", labels=self._progress.model.labels_learned, **self._progress.ledger.counts)

    def _assign(self) -> int:
        if self._reader.missing:
            raise ConfigurationError(
                f"missing topics: {', '.join(self._reader.missing)}; create them with `leadstream topics --create`"
            )
        for (topic, partition), (_, end) in watermarks(self._client, list(self._topics)).items():
            included = self._progress.applied.get((self._topics[topic], partition), 0)
            if included > end:
                raise ConfigurationError(
                    f"{topic}-{partition} holds fewer records than the newest model has learned from ({included}): "
                    "the topic was made anew. Make the models topic anew, too, to begin without that model"
                )
        streams = self._reader.streams
        self._reader.begin({stream: self._progress.start(stream) for stream in streams})
        return len(streams)

    def _refuse_new_partitions(self, assigned: int) -> None:
        try:
            now = self._reader.partitions_now()
        except EdgeDown:
            return  # the consumer waits for the broker by itself
        if now != assigned:
            raise FatalError(f"decisions and outcomes have {now} partitions, not {assigned}: restart to read all of them")

    def _look(self) -> None:
        """Now and then, whether all of it is read on."""
        if time.monotonic() - self._looked_at >= LOOK_S:
            self._looked_at = time.monotonic()
            ends = self._reader.ends()
            self._health.set(
                "kafka", ok=bool(ends), why="Kafka does not answer", todo="bring it back; nothing is lost, labels wait"
            )
            if not ends:
                self._health.waits()
            self._standing.look(self._reader.at, ends, self._reader.paused)

    def _apply(self, raw: Raw[StreamName], stop: threading.Event) -> None:
        value = self._decode(raw, stop)
        if value is not None:
            self._progress.apply(Entry(raw.stream, raw.offset, raw.timestamp_ms, value))
        elif not stop.is_set():
            self._progress.skip(raw.stream, raw.offset)

    def _decode(self, raw: Raw[StreamName], stop: threading.Event) -> dict[str, Any] | None:
        """The record; None for a tombstone, for what cannot be read (logged), and when stopped while the registry is down."""
        while raw.value is not None and not stop.is_set():
            try:
                if raw.stream[0] == "decisions":
                    return self._codec.read_own(raw.value, "decision")
                outcome = self._codec.decode(raw.value, "outcome")
                self._health.set("edges", ok=True)
                return outcome
            except BadRecord as bad:
                log.warning(
                    "record_passed_over", stream=raw.stream[0], partition=raw.stream[1], offset=raw.offset, reason=bad.reason
                )
                return None
            except EdgeDown as error:
                log.warning("learner_waits", why=str(error))
                self._health.set("edges", ok=False, why=str(error), todo="bring it back; labels wait")
                self._health.waits()
                self._health.beat("learner", BEAT_S, "waiting for the schema registry")
                stop.wait(RETRY_S)
        return None

    def _enough(self) -> bool:
        """Whether there are labels enough for any snapshot."""
        return self._progress.model.labels_learned >= self._policy.first_labels

    def _fresh_labels(self) -> int:
        """Labels not published yet; 0 while there are too few for any snapshot."""
        return self._progress.model.labels_learned - self._herald.labels if self._enough() else 0

    def _moved(self) -> bool:
        """Whether somebody else scores, or an order was refused, and nobody was told."""
        return self._enough() and self._progress.model.moved > self._herald.moved

    def _orders_obeyed(self) -> bool:
        """Carry out what people ordered; whether there is something to publish."""
        return self._enough() and (self._herald.obey(self._progress.model) or self._moved())

    def _due(self, waited_s: float) -> bool:
        if self._fresh_labels():
            return waited_s >= self._policy.every_s
        news = self._progress.records.state() != self._herald.records
        return self._enough() and waited_s >= self._policy.records_s and news

    def _publish(self) -> None:
        self._herald.publish(self._progress)
