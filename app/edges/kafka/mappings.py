"""What people said about the sources' mappings: read from the compacted topic and followed while running, and written to it.

News are one assignment of an immutable `Confirmed`, so a record sees one state. A source's revision is the place of its newest
confirmation in the topic (its offset, and one): compaction keeps the newest of each path, so all readers, whenever they
began, name the same number for the same state.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, Message, Producer

from app.edges.kafka.following import START_S, Following, News
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.errors import BadRecord, EdgeDown
from app.inventory.checks import FINDABLE
from app.inventory.paths import PathError, parse
from app.pipeline.ladder.confirmed import Confirmation, Confirmed
from app.settings import KafkaSettings

RECORD: Final = "mapping_verdict"
PATH_CHARS: Final = 2_000  # ten times what a lead keeps of a path

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
        self._decode = decode
        self._said: dict[tuple[str, str], Confirmation] = {}
        self._confirmed = Confirmed()
        self._following = Following(
            kafka.client(),
            names.mappings,
            self._read,
            name="mappings",
            wait_s=wait_s,
            consequence="mapped without what people confirmed, until it is read",
        )

    def current(self) -> Confirmed:
        """What was said by now; the same object until something new is."""
        return self._confirmed

    def close(self) -> None:
        """Stop following; `current` keeps answering."""
        self._following.close()

    def _read(self, news: News) -> None:
        said, behind = dict[tuple[str, str], Confirmation](), True
        for message in news:
            if message is None:
                behind = False
                if said != self._said:
                    self._swap(said)
                continue
            one = confirmation(message, self._decode)
            if one is not None:
                said.pop((one.source, one.path), None)
                said[one.source, one.path] = one
                if not behind:  # before the end, older states would pass by
                    self._swap(said)

    def _swap(self, said: dict[tuple[str, str], Confirmation]) -> None:
        self._said = dict(said)
        self._confirmed = Confirmed(self._said.values())
        log.info("mappings_read", count=len(said))


def confirmation(message: Message, decode: Decode) -> Confirmation | None:
    """What a record of the topic says; None for what is no verdict, and for a tombstone: to take something back, say none.

    A path that is none, or a field that leads do not have, would stop every worker at the source's next record: so both are
    looked at here.
    """
    if message.value() is None:
        return None
    try:
        told = decode(message.value(), RECORD)
        _check(told["path"], told["field"])
    except (BadRecord, PathError) as bad:
        log.error(
            "mapping_unreadable", offset=message.offset(), reason=bad.reason if isinstance(bad, BadRecord) else "no_mapping"
        )
        return None
    said = (told["source"], told["path"], told["field"], told["label"] or told["path"], told["kind"], told["by"], told["at"])
    return Confirmation(*said, number=message.offset() + 1)


def _check(path: str, field: str | None) -> None:
    """Raises PathError where no source can be mapped so."""
    if len(path) > PATH_CHARS:
        raise PathError(f"a path of more than {PATH_CHARS} characters")
    if field is not None and field not in FINDABLE:
        raise PathError("a field that leads do not have")
    try:
        parse(path)
    except ValueError:  # an index of thousands of digits is no PathError, and as bad
        raise PathError("no path") from None


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
