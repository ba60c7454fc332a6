"""Aborted work: records that were written in a transaction and never committed. Readers of our topics never see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.edges.kafka.reading import consumed, ended, partitions, read_to_end, reader


def aborted(client: dict[str, Any], topics: Sequence[str]) -> int:
    """How many such records the topics hold."""
    return _written(client, topics) - sum(1 for _ in read_to_end(client, topics))


def _written(client: dict[str, Any], topics: Sequence[str]) -> int:
    consumer, count = reader(client, **{"isolation.level": "read_uncommitted"}), 0
    try:
        assigned = partitions(consumer, topics)
        waiting = {(tp.topic, tp.partition) for tp in assigned}
        consumer.assign(assigned)
        while waiting:
            for message in consumed(consumer):
                if ended(message):
                    waiting.discard((message.topic(), message.partition()))
                else:
                    count += 1
        return count
    finally:
        consumer.close()
