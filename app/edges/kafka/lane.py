"""A lane: one input partition while this worker owns it. **Here, and nowhere else, an offset is committed.**

Faust only reads. A lane owns the partition's position and its transactional producer, and accounts for every record by one
Kafka transaction that carries the record's outputs and the new position together. Whatever breaks, the partition stands
where its last committed transaction left it, and its records are read again; read_committed consumers see each fate once.

What each rule is for is told in docs/failure-scenarios.md; tests/faults breaks every one of them.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import structlog
from confluent_kafka import KafkaException, Producer, TopicPartition

from app.edges.kafka.caution import Caution
from app.edges.kafka.group_offsets import STEP_S as STEP_S
from app.edges.kafka.group_offsets import GroupOffsets as GroupOffsets
from app.edges.kafka.trouble import Refusals, trouble
from app.errors import EdgeDown, ExitCode, FatalError
from app.pipeline.delivery import Outgoing
from app.pipeline.fate import Fate
from app.pipeline.source import InboundEvent
from app.settings import MAX_RECORD_BYTES

log = structlog.get_logger(__name__)

PROCESS = secrets.token_hex(4)  # this process, in notes of records that it has under way
TRANSACTION_MS = 10_000
OPEN_S = 9 * STEP_S  # fencing waits for the predecessor's open transaction: up to 10 s, then position, beginning, first commit
DELIVERY_S = 4 * STEP_S  # offsets and commit, each within STEP_S, and a question: later than that, something is stuck
DECIDE_S, DECIDE_EACH_S = 30.0, 0.1  # a batch: its edges' time limits, and for each record 100 times what it costs

# So many lanes compute at once (decide, encode), the others wait for the broker or for their turn. Lanes share one interpreter:
# sixteen at work together are each sixteen times slower, which keeps transactions open four times as long, answers of Redis
# waiting, and all their leads in memory. Two, because one of them waits for Redis at times.
_turn = threading.Semaphore(2)

Process = Callable[[Sequence[InboundEvent]], list[Fate]]
Outgo = Callable[[Fate], list[Outgoing]]
SetAside = Callable[[InboundEvent, int], Fate]


class AbandonedError(Exception):
    """The lane's partition is no longer ours; whatever it was doing does not count."""


class Doing(NamedTuple):
    """What a lane is at.

    Attributes:
        what: opening, deciding or delivering.
        since: Monotonic seconds.
        within_s: Longer than this it cannot take.
    """

    what: str
    since: float
    within_s: float


def producer_settings(client: dict[str, Any], transactional_id: str) -> dict[str, Any]:
    """What a lane's producer is made with. `client` holds connection, security, partitioner."""
    return client | {
        "transactional.id": transactional_id,
        "transaction.timeout.ms": TRANSACTION_MS,
        "socket.timeout.ms": STEP_S * 1_000,  # the client waits that long for a coordinator, whatever a call's own limit says
        "message.max.bytes": MAX_RECORD_BYTES + 1_000_000,  # a dead letter's headers come on top
        "queue.buffering.max.kbytes": 1_048_576,
        # With more in flight, librdkafka can report a record as acknowledged that the broker never stored: refused
        # while a partition's leader moves, overtaken by the next, and then taken for a repetition of it.
        "max.in.flight.requests.per.connection": 1,
        "compression.type": "lz4",
        "linger.ms": 5,
    }


class Lane:
    """One input partition while we own it: the next offset not yet accounted for, and the producer that accounts for it.

    Blocking; runs in a thread. One call at a time. Waits for nobody: where Kafka or an edge is down it says so, and is called
    again. Then it begins anew, with a new producer that fences the one before, at the position that Kafka tells: so an answer
    that was lost, a commit that came late, and an output that Kafka refused all end the same way.

    Args:
        topic, partition: The input.
        group: The consumer group; with topic and partition it makes the transactional id.
        offsets: The group's positions.
        client: confluent-kafka settings of a producer: connection, security, partitioner.
        process: The pipeline: events to fates.
        outgoing: A fate to the records that tell it.
        set_aside: The fate of a record that ended the process so many times.
        name: This process, in notes of records that it has under way: 8 hex digits.

    Attributes:
        next: The next offset to account for; 0 until it is open.
        abandoned: Set it when the partition is taken away.
        renew: Set it when Kafka was away or has moved: the next call begins with a new producer. An old one that knows a
            coordinator that went down can wait for it for ever, whatever its time limit (librdkafka #5456, #5511).
        doing: What it is at now, for the watch; None: nothing, or it waits for its turn.
        opened: How often it was opened.
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        *,
        group: str,
        offsets: GroupOffsets,
        client: dict[str, Any],
        process: Process,
        outgoing: Outgo,
        set_aside: SetAside,
        name: str = PROCESS,
    ) -> None:
        self.topic, self.partition, self.next, self.opened = topic, partition, 0, 0
        self.abandoned, self.renew = threading.Event(), threading.Event()
        self.doing: Doing | None = None
        self._offsets, self._process, self._outgoing, self._set_aside = offsets, process, outgoing, set_aside
        self._refusals = Refusals()
        self._client = self._refusals.told_by(producer_settings(client, f"{group}-{topic}-{partition}"))
        self._producer: Producer | None = None
        self._caution: Caution | None = None
        self._name = name
        self._noted = False  # beside the position may stand that this process has records under way

    def open(self) -> None:
        """Fence whoever had the partition before, and read where it got to. Nothing happens while it is open.

        Raises:
            AbandonedError: The partition was taken away meanwhile.
            EdgeDown: Kafka does not answer, or refuses us; call again.
            FatalError: Another worker fenced this one (exit code FAILED).
        """
        if self._producer is not None:
            return
        if self.abandoned.is_set():
            raise AbandonedError  # to fence the new owner would help nobody
        with self._at("opening", OPEN_S), self._kafka():
            self._producer = Producer(self._client)
            # Fence the predecessor, and only then read where it got to: otherwise its last commit could land after our reading.
            self._producer.init_transactions(STEP_S)
            position, note = self._offsets.noted(self.topic, self.partition)
            oldest = self._offsets.beginning(self.topic, self.partition)
        self.opened += 1
        before, self.next = self.next, oldest if position is None else max(position, oldest)
        if self._caution is not None and self.next > before:
            self._caution.went_on(self.next - before)  # a commit that we were told had failed was made
        if position is not None and position < oldest:
            # Retention was faster than we were. They are gone whatever we do; standing still would lose more.
            log.critical("records_deleted_unread", topic=self.topic, partition=self.partition, count=oldest - position)
        self._heed(note)
        if position != self.next or note != self._heeded.note:
            # Faust does not seek back to an offset that was never committed: what it had fetched before a rebalance would
            # be skipped. So there always is one.
            self._deliver([])

    def account(self, events: Sequence[InboundEvent]) -> list[Fate]:
        """Decide and deliver the events: all of them, or none; only the first of them, where one may have ended a process.

        1. Leave out what was delivered before; make sure that nothing was skipped.
        2. Decide each record's fate.
        3. Deliver all fates and the new position in one transaction.
        4. Only then move on.

        Returns:
            The fates of the events that were delivered now. Call again while `left` has some.

        Raises:
            AbandonedError: The partition was taken away meanwhile.
            EdgeDown: Kafka, or an edge of the pipeline, is down, or an output is refused. Nothing was committed; call again.
            FatalError: Fenced (FAILED), or records are missing between the position and these events (GAP).
        """
        if self.renew.is_set():
            self.renew.clear()
            self._let_go()
        self.open()
        # Step 1.
        fresh = self._fresh(events)
        if not fresh:
            return []
        some = fresh[: self._heeded.most(len(fresh))]
        # Step 2.
        fates = self._decide(some)
        # Step 3.
        if self.abandoned.is_set():
            raise AbandonedError
        self._heeded.decided(len(some), len(fresh) - len(some))
        position = some[-1].position.offset + 1
        self._deliver(fates, position)
        # Step 4.
        self.next = position
        self._heeded.went_on(len(some))
        return fates

    def left(self, events: Sequence[InboundEvent]) -> list[InboundEvent]:
        """Those of the events that are not accounted for."""
        if not events or events[-1].position.offset < self.next:
            return []
        return [event for event in events if event.position.offset >= self.next]

    @property
    def suspects(self) -> int:
        """How many of its next records are under suspicion of having ended a process."""
        return self._caution.suspects if self._caution else 0

    @property
    def _heeded(self) -> Caution:
        assert self._caution is not None  # set when it was opened
        return self._caution

    def _fresh(self, events: Sequence[InboundEvent]) -> list[InboundEvent]:
        fresh, position = [], self.next
        for event in events:
            if event.position.offset < position:
                continue
            if event.position.offset > position:
                self._prove_gap(position, event.position.offset)
            fresh.append(event)
            position = event.position.offset + 1
        return fresh

    def _decide(self, events: Sequence[InboundEvent]) -> list[Fate]:
        if self._heeded.convicted:  # by now whoever ended by itself has said so
            with self._kafka():
                self._heeded.acquit(self._offsets.spared(self.topic, self.partition))
        if self._heeded.convicted:
            where, ends = events[0].position, self._heeded.ends
            log.critical("record_set_aside", topic=where.topic, partition=where.partition, offset=where.offset, count=ends)
            return [self._set_aside(events[0], ends)]
        if self._heeded.begins(len(events)):
            self._deliver([])
        try:
            with _turn, self._at("deciding", DECIDE_S + DECIDE_EACH_S * len(events)):
                return self._process(events)
        except EdgeDown:
            if self._heeded.survived():
                self._deliver([])
            raise

    def _deliver(self, fates: Sequence[Fate], position: int | None = None) -> None:
        """1. begin, 2. outputs, 3. the input position, 4. commit: all or nothing.

        The producer is never closed under an open transaction: fencing or the time limit ends that.
        """
        with self._kafka():
            assert self._producer is not None  # opened before
            with _turn, self._at("delivering", DELIVERY_S):
                # Step 1.
                self._producer.begin_transaction()
                # Step 2.
                for fate in fates:
                    for record in self._outgoing(fate):
                        self._produce(record)
            self._noted |= self._heeded.begun
            with self._at("delivering", DELIVERY_S):
                # Step 3.
                upto = self.next if position is None else position
                where = TopicPartition(self.topic, self.partition, upto, self._heeded.note)
                self._producer.send_offsets_to_transaction([where], self._offsets.metadata, STEP_S)
                # Step 4. Flushes first, and raises if the broker refused any of the outputs.
                self._producer.commit_transaction(STEP_S)
            self._noted = self._heeded.begun

    def _produce(self, record: Outgoing) -> None:
        assert self._producer is not None
        deadline = time.monotonic() + STEP_S
        while True:
            try:
                self._producer.produce(record.topic, record.value, record.key, headers=record.headers)
                self._refusals.wanted.add(record.topic)
                return
            except BufferError:  # the client's buffer is full: it empties while we wait
                if time.monotonic() > deadline:
                    raise EdgeDown(f"Kafka takes no records: the client's buffer stayed full for {STEP_S} s") from None
                self._producer.poll(0.1)

    @contextmanager
    def _kafka(self) -> Iterator[None]:
        """Whatever Kafka does not do ends the producer: what became of the transaction, the next opening tells."""
        try:
            yield
        except (KafkaException, EdgeDown) as error:
            told = trouble(error, self._producer, self._refusals)
            self._let_go()
            if isinstance(told, FatalError):
                log.warning("lane_fenced", topic=self.topic, partition=self.partition, why=str(told))
                self.spare()
            raise told from error

    def _let_go(self) -> None:
        """The next opening makes another producer. That this process began some records says nothing against them."""
        self._producer = None
        if self._caution is not None:
            self._caution.survived()

    @contextmanager
    def _at(self, what: str, within_s: float) -> Iterator[None]:
        self.doing = Doing(what, time.monotonic(), within_s)
        try:
            yield
        finally:
            self.doing = None

    def spare(self) -> None:
        """The partition is lost, and this process lives or ends by itself: what it had under way is not to blame for that."""
        if self._noted:
            with suppress(KafkaException, EdgeDown):  # then one end too many is counted
                self._offsets.spare(self.topic, self.partition, self._name)

    def _heed(self, note: str) -> None:
        """At the first opening the note tells of processes that ended; at a later one it is our own, and nobody ended."""
        if self._caution is None:
            with self._kafka():
                spared = self._offsets.spared(self.topic, self.partition) if note else set()
            self._caution = Caution(self._name, note, spared)
            if self._caution.suspects:
                count = self._caution.suspects
                log.warning("records_suspected", topic=self.topic, partition=self.partition, offset=self.next, count=count)

    def _prove_gap(self, expected: int, got: int) -> None:
        """Offsets may legally be missing: transaction markers, aborted records, compaction. Ask the broker before going on."""
        with self._kafka():
            first = self._offsets.first_committed_record(self.topic, self.partition, expected)
        if first != got:
            where = f"{self.topic}-{self.partition}"
            raise FatalError(f"{where}: expected offset {expected}, got {got}, the broker has {first}", ExitCode.GAP)
