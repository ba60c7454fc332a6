"""A person's order goes onto the models topic, and what the learner did with it comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer, TopicPartition

from app.edges.kafka.reading import reader
from app.errors import EdgeDown
from app.learning.moves import Move
from app.learning.orders import Order
from app.learning.snapshot import LEARNING, SnapshotError, verified

_ANSWER_S: Final = 10.0


def give(client: dict[str, Any], topic: str, order: Order, key: bytes | None) -> None:
    """Publish it.

    Args:
        client: confluent-kafka settings of a producer.
        key: For the signature; the learner refuses an order that is not signed as its snapshots are.

    Raises:
        EdgeDown: Kafka did not take it.
    """
    errors: list[KafkaError | None] = []

    def told(error: KafkaError | None, _: Message) -> None:
        errors.append(error)

    producer = Producer(client | {"acks": "all", "enable.idempotence": True})
    producer.produce(topic, order.sealed(key), order.key, on_delivery=told)
    producer.flush(_ANSWER_S)
    if not errors or errors[0] is not None:
        why = errors[0].str() if errors and errors[0] else f"no answer within {_ANSWER_S:.0f} s"
        raise EdgeDown(f"{topic} did not take the order: {why}; create the topics with `leadstream topics --create`")


def outcome(
    client: dict[str, Any],
    topic: str,
    offset: int,
    order: Order,
    key: bytes | None,
    wait_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> Move | None:
    """What the learner did with an order; None: nothing within the time.

    Args:
        client: confluent-kafka settings of a consumer.
        offset: In the topic's one partition, at or before where the order was given.
    """
    consumer, deadline = reader(client), clock() + wait_s
    try:
        consumer.assign([TopicPartition(topic, 0, offset)])
        while (left := deadline - clock()) > 0:
            message = consumer.poll(min(left, 0.5))
            if message is None or message.error() is not None or message.key() != LEARNING:
                continue
            for move in _moves(message.value(), key):
                if move.order == order.id:
                    return move
        return None
    finally:
        consumer.close()


def _moves(value: bytes | None, key: bytes | None) -> list[Move]:
    try:
        return [Move.from_json(move) for move in verified(value, key)["learner"]["moves"]]
    except (SnapshotError, KeyError, TypeError, ValueError):
        return []  # whoever wrote that, it is no answer
