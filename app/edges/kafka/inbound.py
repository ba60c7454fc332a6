"""Reading inbound topics for the tools that look at what sources send: by time, or the newest so many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message, TopicPartition

from app.edges.kafka.reading import METADATA_S, consumed, ended, headers_of, partitions, reader, settled
from app.pipeline.replayed import received_ms
from app.pipeline.source import InboundEvent, Position


def event_of(message: Message) -> InboundEvent:
    """A record as the pipeline takes it."""
    kind, at = message.timestamp()
    position, headers = Position(message.topic(), message.partition(), message.offset()), tuple(headers_of(message))
    at_ms = 0 if kind == TIMESTAMP_NOT_AVAILABLE else received_ms(headers, at, position.topic)
    return InboundEvent(position, message.key(), message.value(), headers, at_ms)


def records(
    client: Mapping[str, Any], topic: str, *, since: int | None = None, until: int | None = None, last: int | None = None
) -> Iterator[InboundEvent]:
    """The committed records of a topic, partition by partition in order; to where it ends now.

    Args:
        client: As of `KafkaSettings.client()`.
        since, until: CreateTime in milliseconds UTC, from and before; None: open.
        last: At most so many of the newest, shared out evenly over the partitions.

    Raises:
        EdgeDown: The broker does not answer.
    """
    consumer = reader(dict(client))
    try:
        assigned = partitions(consumer, [topic])
        starts: dict[int, int] = {}
        ends: dict[int, int] = {}
        for tp in assigned:
            low, high = settled(lambda tp=tp: consumer.get_watermark_offsets(tp, METADATA_S))  # type: ignore[misc]
            starts[tp.partition], ends[tp.partition] = low, high
        if since is not None and assigned:
            asked = [TopicPartition(topic, tp.partition, since) for tp in assigned]
            for tp in settled(lambda: consumer.offsets_for_times(asked, METADATA_S)):
                starts[tp.partition] = tp.offset if tp.offset >= 0 else ends[tp.partition]
        if last is not None and assigned:
            each = -(-last // len(assigned))
            starts = {partition: max(low, ends[partition] - each) for partition, low in starts.items()}
        waiting = {partition for partition, low in starts.items() if low < ends[partition]}
        consumer.assign([TopicPartition(topic, partition, starts[partition]) for partition in waiting])
        while waiting:
            for message in consumed(consumer):
                partition = message.partition()
                if ended(message):
                    waiting.discard(partition)
                    continue
                if partition not in waiting:
                    continue
                if message.offset() >= ends[partition] - 1:
                    waiting.discard(partition)
                at = message.timestamp()[1]
                if message.offset() < ends[partition] and (until is None or at < until) and (since is None or at >= since):
                    yield event_of(message)
    finally:
        consumer.close()
