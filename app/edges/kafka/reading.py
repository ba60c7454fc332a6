"""Reading topics outside a consumer group: to their end once, or on and on; records always read_committed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import methodcaller
from typing import Any, TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from app.errors import EdgeDown

METADATA_S = 10
SILENCE_S = 30  # without a record and without an end of a partition: the broker is away
# A new topic or group, or a leader or coordinator on the move: asking again helps, and the client leaves that to us.
_SETTLING = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)

Answer = TypeVar("Answer")


def reader(client: dict[str, Any], **extra: Any) -> Consumer:
    """A consumer that commits nothing and sees only what was committed."""
    return Consumer(
        client
        | {
            "group.id": f"leadstream-reader-{uuid.uuid4().hex[:8]}",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 100,
        }
        | extra
    )


# The client returns headers and an error at once where a name is not UTF-8. A call that Python has optimised does not look for
# the error, which then comes up anywhere; one through `methodcaller` always does.
_headers = methodcaller("headers")


def headers_of(message: Message) -> list[tuple[str, bytes | None]]:
    """A record's headers; none where a name is not UTF-8: the client cannot tell such ones."""
    try:
        return _headers(message) or []
    except (SystemError, UnicodeDecodeError):
        return []


def partitions(consumer: Consumer, topics: Sequence[str], offset: int = OFFSET_BEGINNING) -> list[TopicPartition]:
    """All partitions of those of the topics that exist, positioned at `offset`.

    Raises:
        EdgeDown: The broker does not answer.
    """
    known = settled(lambda: consumer.list_topics(timeout=METADATA_S)).topics
    return [TopicPartition(topic, p, offset) for topic in topics if topic in known for p in sorted(known[topic].partitions)]


def read_to_end(client: dict[str, Any], topics: Sequence[str]) -> Iterator[Message]:
    """Every committed record that the topics hold now, partition by partition in order.

    Raises:
        EdgeDown: The broker does not answer.
    """
    consumer = reader(client)
    try:
        assigned = partitions(consumer, topics)
        waiting = {(tp.topic, tp.partition) for tp in assigned}
        consumer.assign(assigned)
        while waiting:
            for message in consumed(consumer):
                if ended(message):
                    waiting.discard((message.topic(), message.partition()))
                else:
                    yield message
    finally:
        consumer.close()


def consumed(consumer: Consumer, most: int = 1_000) -> list[Message]:
    """The next records and ends of partitions; at least one.

    Raises:
        EdgeDown: None came within SILENCE_S.
    """
    found = come(consumer, most, 1.0)
    deadline = time.monotonic() + SILENCE_S
    while not found:
        if time.monotonic() > deadline:
            raise EdgeDown(f"Kafka does not answer: asked for more, and heard nothing for {SILENCE_S} s")
        found = come(consumer, most, 1.0)
    return found


def come(consumer: Consumer, most: int, wait_s: float) -> list[Message]:
    """What is there, and a wait only for the first: `consume` alone would wait for as many as asked for."""
    first = consumer.poll(wait_s)
    return [] if first is None else [first, *consumer.consume(most - 1, 0)]


def ended(message: Message) -> bool:
    """Whether this is no record but the news that its partition has been read to the end.

    Raises:
        EdgeDown: It is an error instead.
    """
    error = message.error()
    if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001  the library names it so
        raise EdgeDown(f"Kafka does not let us read {message.topic() or 'on'}: {error.str()}")
    return error is not None


def watermarks(client: dict[str, Any], topics: Sequence[str]) -> dict[tuple[str, int], tuple[int, int]]:
    """(topic, partition) → (oldest offset, next offset)."""
    consumer = reader(client)
    try:
        found = {}
        for tp in partitions(consumer, topics):
            found[tp.topic, tp.partition] = settled(partial(consumer.get_watermark_offsets, tp, METADATA_S))
        return found
    finally:
        consumer.close()


def positions(client: dict[str, Any], group: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
    """(topic, partition) → the group's committed offset; -1001 where it has none.

    What an open transaction is about to commit does not count yet. Waiting until none is open, as read_committed would, can
    take forever on a busy group: the broker tells all partitions or none.
    """
    consumer = Consumer(client | {"group.id": group, "enable.auto.commit": False, "isolation.level": "read_uncommitted"})
    try:
        assigned = partitions(consumer, topics)
        told = settled(lambda: consumer.committed(assigned, METADATA_S)) if assigned else []
        return {(tp.topic, tp.partition): tp.offset for tp in told}
    finally:
        consumer.close()


def settled(ask: Callable[[], Answer], timeout_s: float = METADATA_S) -> Answer:
    """What the broker answers once it has settled.

    Raises:
        EdgeDown: It does not, within the timeout.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in _SETTLING or time.monotonic() > deadline:
                raise EdgeDown(f"Kafka does not answer: {error.args[0].str()}") from error
            time.sleep(0.1)
