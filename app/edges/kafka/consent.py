"""A change of consent goes onto its topic, and is waited for until every worker heeds it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer

from app.edges.kafka.consent_keeper import CHANGE
from app.edges.kafka.lane import TRANSACTION_MS
from app.edges.kafka.reading import positions, read_to_end
from app.edges.kafka.suppressions import FRESH_S, take
from app.errors import EdgeDown
from app.pipeline.suppressing import Table
from app.settings import KafkaSettings

HEEDED_S: Final = FRESH_S + TRANSACTION_MS / 1000
"""After so long nothing that was decided without knowing of a suppression can be committed any more: a worker that has not read
it lets its leads wait, and Kafka aborts what was under way."""
_ANSWER_S: Final = 10.0
_POLL_S: Final = 0.2

Encode = Callable[[str, Mapping[str, Any]], bytes]
Decode = Callable[[bytes, str], dict[str, Any]]


def say(
    client: Mapping[str, Any], topic: str, encode: Encode, changes: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, int], int]:
    """Publish them; from where on they are taken in: (topic, partition) → offset behind the last.

    Raises:
        EdgeDown: Kafka did not take them.
    """
    refused: list[KafkaError] = []
    behind: dict[tuple[str, int], int] = {}

    def told(error: KafkaError | None, message: Message) -> None:
        if error is not None:
            refused.append(error)
        else:
            where = message.topic(), message.partition()
            behind[where] = max(behind.get(where, 0), message.offset() + 1)

    producer = Producer(dict(client) | {"acks": "all", "enable.idempotence": True})
    for change in changes:
        producer.produce(topic, encode(CHANGE, change), on_delivery=told)
    if producer.flush(_ANSWER_S) or refused:
        why = refused[0].str() if refused else f"no answer within {_ANSWER_S:.0f} s"
        raise EdgeDown(f"{topic} did not take it: {why}; create the topics with `leadstream topics --create`")
    return behind


def taken_in(client: dict[str, Any], group: str, behind: Mapping[tuple[str, int], int], wait_s: float) -> bool:
    """Whether the role privacy has passed these offsets, within so many seconds."""
    deadline = time.monotonic() + wait_s
    while True:
        at = positions(client, group, sorted({topic for topic, _ in behind}))
        if all(at.get(where, -1) >= offset for where, offset in behind.items()):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)


def standing(kafka: KafkaSettings, topic: str, decode: Decode) -> Table:
    """What people do not want, as the topic says now.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    table = Table()
    for message in read_to_end(kafka.client(), [topic]):
        take(table, message, decode)
    return table
