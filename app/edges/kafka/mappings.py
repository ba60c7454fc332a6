"""What people said about the sources' mappings: read from the compacted topic and followed while running, and written to it.

News are one assignment of an immutable `Confirmed`, so a record sees one state. A source's revision is the place of its newest
confirmation in the topic (its offset, and one): compaction keeps the newest of each path, so all readers, whenever they
began, name the same number for the same state.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import partitions, read_to_end, reader
from app.errors import BadRecord, EdgeDown
from app.pipeline.ladder.confirmed import Confirmation, Confirmed
from app.settings import KafkaSettings

START_S: Final = 10.0  # how long a start waits for the end of the topic
RETRY_S: Final = 2.0
RECORD: Final = "mapping_verdict"

log = structlog.get_logger(__name__)

Decode = Callable[[bytes, str], dict[str, Any]]
Encode = Callable[[str, dict[str, Any]], bytes]


class KafkaMappings:
    """Implements `app.pipeline.ladder.confirmed.Mappings`, with one background thread.

    Args:
        kafka: How to reach Kafka.
        names: The topics.
        decode: Reads a mapping_verdict.
        wait_s: How long to wait for the end of the topic before answering with what was read until then.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, decode: Decode, wait_s: float = START_S) -> None:
        self._client, self._topic, self._decode = kafka.client(), names.mappings, decode
        self._said: dict[tuple[str, str], Confirmation] = {}
        self._confirmed = Confirmed()
        self._stop, self._caught_up = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="mappings", daemon=True)
        self._thread.start()
        if not self._caught_up.wait(wait_s):
            log.warning(
                "mappings_not_read", waited_s=wait_s, consequence="mapped without what people confirmed, until it is read"
            )

    def current(self) -> Confirmed:
        """What was said by now; the same object until something new is."""
        return self._confirmed

    def close(self) -> None:
        """Stop following; `current` keeps answering."""
        self._stop.set()
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (EdgeDown, KafkaException) as error:
                log.warning("mappings_unreachable", error=type(error).__name__)
            self._stop.wait(RETRY_S)

    def _follow(self) -> None:
        """Read the topic to its end, then on; returns when stopped, or at once when there is no such topic."""
        consumer = reader(self._client)
        try:
            assigned = partitions(consumer, [self._topic])
            if not assigned:
                self._caught_up.set()
                return
            behind, said = {tp.partition for tp in assigned}, dict[tuple[str, str], Confirmation]()
            consumer.assign(assigned)
            while not self._stop.is_set():
                message = consumer.poll(0.5)
                if message is None:
                    continue
                error = message.error()
                if error is None:
                    one = confirmation(message, self._decode)
                    if one is not None:
                        said.pop((one.source, one.path), None)
                        said[one.source, one.path] = one
                        if not behind:  # before the end, older states would pass by
                            self._swap(said)
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  the client's own name for it
                    behind.discard(message.partition())
                    if not behind:
                        if said != self._said:
                            self._swap(said)
                        self._caught_up.set()
                elif not error.retriable():
                    raise KafkaException(error)
        finally:
            consumer.close()

    def _swap(self, said: dict[tuple[str, str], Confirmation]) -> None:
        self._said = dict(said)
        self._confirmed = Confirmed(self._said.values())
        log.info("mappings_read", count=len(said))


def confirmation(message: Message, decode: Decode) -> Confirmation | None:
    """What a record of the topic says; None for what is no verdict, and for a tombstone: to take something back, say none."""
    if message.value() is None:
        return None
    try:
        told = decode(message.value(), RECORD)
    except BadRecord as bad:
        log.error("mapping_unreadable", offset=message.offset(), reason=bad.reason)
        return None
    said = (told["source"], told["path"], told["field"], told["label"] or told["path"], told["kind"], told["by"], told["at"])
    return Confirmation(*said, number=message.offset() + 1)


def read_confirmed(client: dict[str, Any], topic: str, decode: Decode) -> Confirmed:
    """Everything that was said until now.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    return Confirmed(_all(client, topic, decode))


def _all(client: dict[str, Any], topic: str, decode: Decode) -> Iterator[Confirmation]:
    for message in read_to_end(client, [topic]):
        one = confirmation(message, decode)
        if one is not None:
            yield one


def say(client: dict[str, Any], topic: str, encode: Encode, one: Confirmation) -> Confirmation:
    """Publish what a person says; as it stands in the topic then.

    Raises:
        EdgeDown: Kafka did not take it.
    """
    producer = Producer(client | {"acks": "all", "enable.idempotence": True})
    at = one.at or int(time.time() * 1000)
    value = encode(
        RECORD,
        {
            "source": one.source,
            "path": one.path,
            "label": one.label,
            "kind": one.kind,
            "field": one.field,
            "by": one.by,
            "at": at,
        },
    )
    answers: list[tuple[KafkaError | None, Message]] = []
    producer.produce(
        topic, value, f"{one.source}/{one.path}", on_delivery=lambda error, message: answers.append((error, message))
    )
    producer.flush(10)
    if not answers or answers[0][0] is not None:
        why = answers[0][0].str() if answers and answers[0][0] else "no answer within 10 s"
        raise EdgeDown(f"{topic} did not take the confirmation: {why}; create the topics with `leadstream topics --create`")
    return replace(one, at=at, number=answers[0][1].offset() + 1)
