"""A lane: one input partition while this worker owns it. **Here, and nowhere else, an offset is committed.**

Faust only reads. A lane owns the partition's position and its transactional producer, and accounts for every record by one
Kafka transaction that carries the record's outputs and the new position together. Whatever breaks, the partition stands
where its last committed transaction left it, and its records are read again; read_committed consumers see each fate once.

What each rule is for is told in docs/failure-scenarios.md; tests/faults breaks every one of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from app.edges.kafka.reading import settled
from app.errors import EdgeDown, ExitCode, FatalError
from app.pipeline.delivery import Outgoing
from app.pipeline.fate import Fate
from app.pipeline.source import InboundEvent
from app.settings import MAX_RECORD_BYTES

log = structlog.get_logger(__name__)

STEP_S = 10  # one call to the broker; as long as the transaction may stay open, because after that the broker aborts it
TRANSACTION_MS = 10_000
DELIVERY_S = 3 * STEP_S  # begin + send offsets + commit, each within STEP_S: later than that, something is stuck
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.05, 2.0  # between tries at an edge that is down

# So many lanes compute at once (decide, encode), the others wait for the broker or for their turn. Lanes share one interpreter:
# sixteen at work together are each sixteen times slower, which keeps transactions open four times as long, answers of Redis
# waiting, and all their leads in memory. Two, because one of them waits for Redis at times.
_turn = threading.Semaphore(2)

Process = Callable[[Sequence[InboundEvent]], list[Fate]]
Outgo = Callable[[Fate], list[Outgoing]]


class AbandonedError(Exception):
    """The lane's partition is no longer ours; whatever it was doing does not count."""


class GroupOffsets:
    """Reads the group's committed positions and lets transactions commit them.

    A consumer of the group that never subscribes: its metadata carries no generation, so the transactional id's epoch
    alone fences (one id per input partition, see Lane).
    """

    def __init__(self, client: dict[str, Any], group: str) -> None:
        self._client = client
        self._consumer = Consumer(client | {"group.id": group, "enable.auto.commit": False})
        self.metadata = self._consumer.consumer_group_metadata()

    def committed(self, topic: str, partition: int) -> int | None:
        """The next offset to account for, or None where none was ever committed."""
        (found,) = settled(lambda: self._consumer.committed([TopicPartition(topic, partition)], STEP_S))
        if found.error:
            raise KafkaException(found.error)
        return found.offset if found.offset >= 0 else None

    def beginning(self, topic: str, partition: int) -> int:
        """The oldest offset that the broker still has."""
        low, _ = settled(lambda: self._consumer.get_watermark_offsets(TopicPartition(topic, partition), STEP_S))
        return int(low)

    def ends(self, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The next offset that a read_committed consumer could come to, for those of the partitions that answer."""
        found: dict[tuple[str, int], int] = {}
        for tp in partitions:
            with suppress(KafkaException):  # asked again later; a broker that is away is noticed elsewhere
                found[tp] = int(self._consumer.get_watermark_offsets(TopicPartition(*tp), STEP_S)[1])
        return found

    def first_committed_record(self, topic: str, partition: int, offset: int) -> int | None:
        """Offset of the first record at or after `offset` that a read_committed consumer gets; None if none comes in time."""
        probe = Consumer(self._client | {"group.id": "leadstream-probe", "enable.auto.commit": False})
        try:
            probe.assign([TopicPartition(topic, partition, offset)])
            deadline = time.monotonic() + STEP_S
            while time.monotonic() < deadline:
                message = probe.poll(0.5)
                if message is not None and not message.error():
                    return int(message.offset())
            return None
        finally:
            probe.close()


def producer_settings(client: dict[str, Any], transactional_id: str) -> dict[str, Any]:
    """What a lane's producer is made with. `client` holds connection, security, partitioner."""
    return client | {
        "transactional.id": transactional_id,
        "transaction.timeout.ms": TRANSACTION_MS,
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

    Blocking; runs in a thread. One call at a time.

    Args:
        topic, partition: The input.
        group: The consumer group; with topic and partition it makes the transactional id.
        offsets: The group's positions.
        client: confluent-kafka settings of a producer: connection, security, partitioner.
        process: The pipeline: events to fates.
        outgoing: A fate to the records that tell it.

    Raises:
        KafkaException: The predecessor could not be fenced or the position not be read.
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
    ) -> None:
        self.topic, self.partition = topic, partition
        self.abandoned = threading.Event()
        self.delivering_since: float | None = None  # monotonic seconds while a transaction is under way, for the watchdog
        self._offsets, self._process, self._outgoing = offsets, process, outgoing
        self._producer = Producer(producer_settings(client, f"{group}-{topic}-{partition}"))
        # Fence the predecessor, and only then read where it got to: otherwise its last commit could land after our reading.
        self._producer.init_transactions(STEP_S)
        position, oldest = offsets.committed(topic, partition), offsets.beginning(topic, partition)
        self.next = oldest if position is None else max(position, oldest)
        if position is not None and position < oldest:
            # Retention was faster than we were. They are gone whatever we do; standing still would lose more.
            log.critical("records_deleted_unread", topic=topic, partition=partition, count=oldest - position)
        if position != self.next:
            # Faust does not seek back to an offset that was never committed: what it had fetched before a rebalance would
            # be skipped. So there always is one.
            self._deliver([])

    def account(self, events: Sequence[InboundEvent]) -> list[Fate]:
        """Decide and deliver the events: all of them, or none.

        1. Leave out what was delivered before; make sure that nothing was skipped.
        2. Decide each record's fate. An edge that is down is waited for: the partition stands still, nothing is dropped.
        3. Deliver all fates and the new position in one transaction.
        4. Only then move on.

        Returns:
            The fates of the events that were not delivered before.

        Raises:
            AbandonedError: The partition was taken away meanwhile.
            FatalError: Records are missing between the position and these events (exit code GAP).
            KafkaException: Fenced, late or refused. The process must end; nothing was committed.
        """
        # Step 1.
        fresh, position = [], self.next
        for event in events:
            if event.position.offset < position:
                continue
            if event.position.offset > position:
                self._prove_gap(position, event.position.offset)
            fresh.append(event)
            position = event.position.offset + 1
        if not fresh:
            return []
        # Step 2.
        fates = self._decide(fresh)
        # Step 3.
        if self.abandoned.is_set():
            raise AbandonedError
        self._deliver(fates, position)
        # Step 4.
        self.next = position
        return fates

    def _decide(self, events: Sequence[InboundEvent]) -> list[Fate]:
        wait = _FIRST_WAIT_S
        while not self.abandoned.is_set():
            try:
                with _turn:
                    return self._process(events)
            except EdgeDown as down:
                log.warning("edge_down", topic=self.topic, partition=self.partition, why=str(down), waiting_s=wait)
                self.abandoned.wait(wait)
                wait = min(2 * wait, _LONGEST_WAIT_S)
        raise AbandonedError

    def _deliver(self, fates: Sequence[Fate], position: int | None = None) -> None:
        """1. begin, 2. outputs, 3. the input position, 4. commit: all or nothing.

        The producer is never closed here, nor under an open transaction anywhere: fencing or the time limit ends that.
        """
        with _turn:
            self.delivering_since = time.monotonic()
            # Step 1.
            self._producer.begin_transaction()
            # Step 2.
            for fate in fates:
                for record in self._outgoing(fate):
                    self._produce(record)
        # Step 3.
        where = TopicPartition(self.topic, self.partition, self.next if position is None else position)
        self._producer.send_offsets_to_transaction([where], self._offsets.metadata, STEP_S)
        # Step 4. Flushes first, and raises if the broker refused any of the outputs.
        self._producer.commit_transaction(STEP_S)
        self.delivering_since = None

    def _produce(self, record: Outgoing) -> None:
        deadline = time.monotonic() + STEP_S
        while True:
            try:
                self._producer.produce(record.topic, record.value, record.key, headers=record.headers)
                return
            except BufferError:  # the client's buffer is full: it empties while we wait
                if time.monotonic() > deadline:
                    raise FatalError(f"{record.topic}: the client's buffer stayed full for {STEP_S} s") from None
                self._producer.poll(0.1)

    def _prove_gap(self, expected: int, got: int) -> None:
        """Offsets may legally be missing: transaction markers, aborted records, compaction. Ask the broker before going on."""
        first = self._offsets.first_committed_record(self.topic, self.partition, expected)
        if first != got:
            where = f"{self.topic}-{self.partition}"
            raise FatalError(f"{where}: expected offset {expected}, got {got}, the broker has {first}", ExitCode.GAP)
