"""The role `behaviour`: what visitors do in the shop, kept as journeys for their leads. As many instances as partitions, at most.

The position in the topic is kept with the journeys, in one write; nothing is committed to Kafka. The consumer group only shares
the partitions out. A partition is *placed* when the store has told where to go on. Whatever comes between (the store is down,
has lost its data, or somebody else went on from the same position) the partition is displaced, and the store asked again:
from there the records are read again. So an event counts once however often it is delivered, and a store that was emptied is
filled again from the topic's beginning.

A record that is no event, or that names nobody, is counted and logged by its offset, and passed over. It is not copied to the
dead letters: it stays in the topic as long as the others, and each refilling would copy it again.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any, Final, Protocol

import structlog
from confluent_kafka import OFFSET_BEGINNING, OFFSET_INVALID, Consumer, KafkaError, KafkaException, Message, TopicPartition

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import METADATA_S, partitions, reader, settled
from app.edges.kafka.stepping import step_or_wait
from app.errors import BadRecord, ConfigurationError, EdgeDown, FatalError
from app.ops import metrics
from app.ops.health import Health
from app.ops.progress import Progress
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.steps import Steps
from app.ports import JourneyStore
from app.settings import AppSettings, KafkaSettings

BATCH: Final = 500  # records of all partitions kept at once: 5 ms of the store's time
POLL_S: Final = 0.1  # a batch that is not full waits so long
LOOK_S: Final = 2.0  # how often the store is asked whether it still has everything, and Kafka how much is left to read
AHEAD_KB: Final = 16_384  # what the client may hold of what was not kept yet
BEAT_S: Final = 60.0  # a step takes 20 s at most: two time limits of Kafka

log = structlog.get_logger(__name__)


class Decodes(Protocol):
    def decode(self, value: bytes, record: str) -> dict[str, Any]: ...


def run_behaviour(
    kafka: KafkaSettings,
    app: AppSettings,
    names: Topics,
    codec: Decodes,
    store: JourneyStore,
    pseudonyms: Pseudonyms,
    stop: threading.Event,
    *,
    health: Health | None = None,
) -> None:
    """Keep journeys until stopped.

    Raises:
        ConfigurationError: The topic is missing, or the role is switched off.
        EdgeDown: Kafka does not answer at the start.
        FatalError: Kafka will not let this process go on.
    """
    if not app.behaviour:
        raise ConfigurationError("LEADSTREAM_BEHAVIOUR is false: no worker would ask for what this role keeps")
    health = health or Health()
    with closing(Keeper(kafka, f"{app.group}-behaviour", names.behaviour, codec, store, pseudonyms)) as keeper:
        progress, seen = Progress(health, "keeping"), keeper.standing
        while not stop.is_set():
            step_or_wait(keeper.step, stop, health, "leads go on with what was kept until now")
            if keeper.standing is not seen:
                seen = keeper.standing
                progress.look(*seen)
            shared = {"why": "no partition is assigned", "todo": "there are more instances than partitions, or a rebalance"}
            health.set("partitions", ok=keeper.busy, degraded=True, **shared)
            health.beat("behaviour", BEAT_S)


class Keeper:
    """One member of the group, and where it stands.

    Attributes:
        standing: As of the last look: partition → read and kept up to here; where it ends.

    Args:
        kafka, group, topic: Where from.
        codec: Reads behaviour events.
        store: Where to.
        pseudonyms: How visitors and people are named there.

    Raises:
        ConfigurationError: The topic is missing.
        EdgeDown: Kafka does not answer.
    """

    def __init__(
        self, kafka: KafkaSettings, group: str, topic: str, codec: Decodes, store: JourneyStore, pseudonyms: Pseudonyms
    ) -> None:
        self._topic, self._codec, self._store, self._pseudonyms = topic, codec, store, pseudonyms
        self._mine: set[int] = set()
        self._at: dict[int, int | None] = {}  # of placed partitions: the next offset; None: the beginning
        self._ends: dict[int, int] = {}  # where the last record read stands at the end of its partition
        self._looked_at = 0.0
        self.standing: tuple[dict[tuple[str, int], int], dict[tuple[str, int], int]] = {}, {}
        self._consumer: Consumer = reader(kafka.client(), **{"group.id": group, "queued.max.messages.kbytes": AHEAD_KB})
        if not partitions(self._consumer, [topic]):
            self._consumer.close()
            raise ConfigurationError(f"missing topics: {topic}; create them with `leadstream topics --create`")
        self._consumer.subscribe([topic], on_assign=self._given, on_revoke=self._taken, on_lost=self._taken)

    @property
    def busy(self) -> bool:
        """Whether any partition is ours."""
        return bool(self._mine)

    def step(self) -> None:
        """Read what is there, keep it, and place what is not placed.

        Raises:
            EdgeDown: Store, Kafka or registry do not answer. Call again: what was read and not kept is read again.
            FatalError: See `run_behaviour`.
        """
        found = self._read()
        for place in list(found):
            try:
                self._keep(place, found[place])
            except EdgeDown:
                self._displace(*found)  # this one, and those after it; what was kept is told by the position
                raise
            del found[place]
        for place in sorted(self._mine - self._at.keys()):
            self._place(place)
        if time.monotonic() - self._looked_at >= LOOK_S:
            self._look()

    def close(self) -> None:
        self._consumer.close()

    def _read(self) -> dict[int, list[Message]]:
        """The next records of placed partitions, each partition's in order."""
        found: dict[int, list[Message]] = {}
        refused: KafkaError | None = None
        for message in self._consumer.consume(BATCH, POLL_S):
            place, error = message.partition(), message.error()
            if error is None:
                if place in self._at and message.offset() >= (self._at[place] or 0):
                    found.setdefault(place, []).append(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  the library names it so
                self._ends[place] = message.offset()
            else:
                refused = error
        if refused is not None:
            self._displace(*found)
            if refused.fatal():
                raise FatalError(f"reading {self._topic} failed: {refused.str()}")
            raise EdgeDown(f"Kafka does not let us read {self._topic}: {refused.str()}")
        return found

    def _keep(self, place: int, messages: Sequence[Message]) -> None:
        steps, passed = Steps(self._pseudonyms), Counter[str]()
        first: dict[str, int] = {}  # outcome → where it was met first
        for message in messages:
            outcome = self._add(message, steps)
            passed[outcome] += 1
            first.setdefault(outcome, message.offset())
        since, until = self._at[place], messages[-1].offset() + 1
        now = self._store.keep(place, since, until, steps.moved)
        if now != until:
            self._displace(place)
            _tell_displaced(place, since, now)
            return
        self._at[place] = until
        for outcome, count in passed.items():
            kept_or = outcome.partition(":")
            metrics.behaviour_events.labels(kept_or[0]).inc(count)
            if kept_or[0] in ("unreadable", "failed"):
                log.warning("behaviour_passed_over", partition=place, offset=first[outcome], count=count, reason=kept_or[2])

    def _add(self, message: Message, steps: Steps) -> str:
        """What became of the record: as `Steps.add` says, or `unreadable:reason`, `failed:error`."""
        value = message.value()
        if value is None:
            return "unreadable:null_value"
        try:
            return steps.add(self._codec.decode(value, "behaviour_event"), message.timestamp()[1])
        except BadRecord as bad:
            return f"unreadable:{bad.reason}"
        except (EdgeDown, MemoryError):
            raise
        except Exception as bug:  # ours, met by this record: it must not stop its partition for good
            return f"failed:{type(bug).__name__}"

    def _look(self) -> None:
        """Does the store still hold what we kept, and how much is left to read?"""
        lost = []
        read_to, end_at = dict[tuple[str, int], int](), dict[tuple[str, int], int]()
        for place, at in self._at.items():
            now = self._store.position(place)
            if now != at:
                _tell_displaced(place, at, now)
                lost.append(place)
            low, high = settled(partial(self._consumer.get_watermark_offsets, self._where(place), METADATA_S))
            read = max(now or low, low, self._ends.get(place, 0) if now == at else 0)
            metrics.behaviour_lag.labels(str(place)).set(max(0, high - read))
            read_to[self._topic, place], end_at[self._topic, place] = read, high
        self.standing = read_to, end_at
        self._displace(*lost)
        self._looked_at = time.monotonic()

    def _place(self, place: int) -> None:
        """Read on from where the store says."""
        at = self._store.position(place)
        try:
            self._consumer.resume([self._where(place)])
            self._consumer.seek(self._where(place, OFFSET_BEGINNING if at is None else at))  # what it holds until now is void
        except KafkaException as error:
            if error.args[0].code() == KafkaError._STATE:  # noqa: SLF001  just assigned: the client is not so far; the next step
                return
            raise
        self._at[place] = at
        log.info("behaviour_placed", partition=place, offset=at)

    def _displace(self, *places: int) -> None:
        """Stop reading these until the store has told where to go on. What the client holds of them is void."""
        if gone := [place for place in places if place in self._at]:
            for place in gone:
                del self._at[place]
                self._ends.pop(place, None)
            self._consumer.pause([self._where(place) for place in gone])

    def _given(self, consumer: Consumer, given: Sequence[TopicPartition]) -> None:
        self._mine, self._at, self._ends = {tp.partition for tp in given}, {}, {}
        self._looked_at = 0.0
        consumer.assign([self._where(tp.partition, OFFSET_BEGINNING) for tp in given])  # else it would look for a commit
        consumer.pause(given)  # nothing is read before the store was asked

    def _taken(self, consumer: Consumer, _: Sequence[TopicPartition]) -> None:
        self._mine, self._at, self._ends = set(), {}, {}
        metrics.behaviour_lag.clear()
        consumer.unassign()

    def _where(self, place: int, offset: int = OFFSET_INVALID) -> TopicPartition:
        return TopicPartition(self._topic, place, offset)


def _tell_displaced(place: int, since: int | None, now: int | None) -> None:
    if now is None:
        why = "the store holds no journeys of this partition: it is new, or lost its data; read again from the beginning"
        log.warning("journeys_lost", partition=place, offset=since, why=why)
    else:
        log.warning("journeys_moved_on", partition=place, offset=now, why="another instance keeps this partition, too")
