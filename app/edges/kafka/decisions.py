"""Finding one decision again, and waiting for its next revision."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

from confluent_kafka import TopicPartition

from app.edges.kafka.reading import ended, headers_of, read_to_end, reader, watermarks
from app.pipeline.replayed import REPLAY_OF
from app.ports import Codec
from app.replay.letter import position_of


def find(client: dict[str, Any], topic: str, codec: Codec, lead_id: str) -> dict[str, Any] | None:
    """The newest decision on a lead, or None."""
    found = history(client, topic, codec, lead_id)
    return found[-1][1] if found else None


def history(client: dict[str, Any], topic: str, codec: Codec, lead_id: str) -> list[tuple[int, dict[str, Any]]]:
    """All decisions on a lead by revision, with the time of each record (ms). Reads the decisions topic through; only a matching
    key is decoded."""
    key, found = lead_id.encode(), list[tuple[int, dict[str, Any]]]()
    records: Any = read_to_end(client, [topic])
    with closing(records):
        for message in records:
            if message.key() == key and (value := message.value()) is not None:
                found.append((message.timestamp()[1], codec.decode(value, "decision")))
    return sorted(found, key=lambda one: int(one[1]["revision"]))


def attempts(client: dict[str, Any], topic: str, codec: Codec, first: str) -> list[dict[str, Any]]:
    """The newest decision on each attempt of a record that became a dead letter.

    Args:
        first: The input record (topic-partition-offset) that it was at first.
    """
    position, found = position_of(first), dict[str, dict[str, Any]]()
    key, told = position.lead_id.encode() if position else None, first.encode()
    records: Any = read_to_end(client, [topic])
    with closing(records):
        for message in records:
            if message.key() == key or dict(headers_of(message)).get(REPLAY_OF) == told:
                decision = codec.decode(message.value(), "decision")
                earlier = found.get(decision["lead_id"])
                if earlier is None or decision["revision"] > earlier["revision"]:
                    found[decision["lead_id"]] = decision
    return list(found.values())


class Awaiting:
    """Waits for a lead's next decision; made before whatever makes somebody take it.

    Raises:
        EdgeDown: The broker does not answer.
    """

    def __init__(self, client: dict[str, Any], topic: str, codec: Codec, lead_id: str) -> None:
        self._codec, self._key = codec, lead_id.encode()
        self._consumer = reader(client)
        ends = watermarks(client, [topic])
        self._consumer.assign([TopicPartition(*tp, high) for tp, (_, high) in ends.items()])

    def next(self, within_s: float, verdict_id: str = "") -> dict[str, Any] | None:
        """The decision; None where none came in time.

        Args:
            verdict_id: Only one that this verdict changed; empty: any.
        """
        deadline = time.monotonic() + within_s
        while (left := deadline - time.monotonic()) > 0:
            message = self._consumer.poll(min(left, 0.5))
            if message is not None and not ended(message) and message.key() == self._key:
                decision = self._codec.decode(message.value(), "decision")
                if not verdict_id or verdict_id in decision["verdict_ids"]:
                    return decision
        return None

    def close(self) -> None:
        """End the connection."""
        self._consumer.close()
