"""Who is absent and how much members take: read from the compacted topic and followed while running, and written to it.

News are one assignment of an immutable roster, so a batch of leads sees one state.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import structlog
from confluent_kafka import Message

from app.desk.capacity import Capacity
from app.desk.roster import Roster
from app.edges.kafka import changes
from app.edges.kafka.changes import Change
from app.edges.kafka.following import START_S, Following, News
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.errors import BadRecord
from app.settings import KafkaSettings

RECORD: Final = "capacity"

log = structlog.get_logger(__name__)

Decode = Callable[[bytes, str], dict[str, Any]]
Encode = Callable[[str, dict[str, Any]], bytes]
Words = dict[str, Capacity]  # by the record's key, team/member


class KafkaCapacity:
    """The roster of now, with one background thread.

    Args:
        kafka: How to reach Kafka.
        names: The topics.
        decode: Reads a capacity.
        configured: The roster as the configuration has it.
        wait_s: How long to wait for the end of the topic before answering with what was read until then.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, decode: Decode, configured: Roster, wait_s: float = START_S) -> None:
        self._decode, self._configured, self._roster = decode, configured, configured
        self._following = Following(
            kafka.client(),
            names.capacity,
            self._read,
            name="capacity",
            wait_s=wait_s,
            consequence="leads go to members as configured, until it is read: some of them may be absent",
        )

    def current(self) -> Roster:
        """Who works, by what was said until now; the same object until something new is."""
        return self._roster

    def close(self) -> None:
        """Stop following; `current` keeps answering."""
        self._following.close()

    def _read(self, news: News) -> None:
        words, behind = Words(), True
        for message in news:
            if message is None:
                behind = False
            else:
                _take(words, message, self._decode)
            if not behind:  # before the end, older states would pass by
                self._swap(words)

    def _swap(self, words: Words) -> None:
        roster = self._configured.changed(words.values())
        if roster.words != self._roster.words:
            self._roster = roster
            log.info("capacity_read", count=len(roster.words), version=roster.version)


def _take(words: Words, message: Message, decode: Decode) -> None:
    """The newest word under each key; what cannot be read leaves the last good one."""
    key, value = message.key(), message.value()
    if not isinstance(key, bytes):
        return
    if value is None:
        words.pop(key.decode("utf-8", "replace"), None)
        return
    try:
        words[key.decode("utf-8", "replace")] = _word(decode(value, RECORD))
    except BadRecord as bad:
        log.error("capacity_unreadable", offset=message.offset(), reason=bad.reason)


def _word(told: Mapping[str, Any]) -> Capacity:
    weight, per_day = told["weight"], told["per_day"]
    return Capacity(
        told["team"],
        told["member"],
        told["available"],
        told["absent_from"],
        told["absent_until"],
        None if per_day is None else max(0, per_day),
        weight if weight and 0.001 <= weight <= 1000 else None,  # HR tools send 0 for "none today": that is per_day
        told["by"],
        told["why"],
        told["changed_at"],
    )


def read_capacity(client: dict[str, Any], topic: str, decode: Decode) -> Words:
    """team/member → everything that holds now.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    words = Words()
    for message in read_to_end(client, [topic]):
        _take(words, message, decode)
    return words


def say(client: Mapping[str, Any], names: Topics, encode: Encode, one: Capacity, before: Capacity | None) -> Capacity:
    """Publish a word, and who changed what for the audit, in one transaction; as it stands then.

    Args:
        client: confluent-kafka settings of a producer.
        before: What held until now.

    Raises:
        EdgeDown: Kafka did not take it.
    """
    one = replace(one, changed_at_ms=one.changed_at_ms or int(time.time() * 1000))
    key = f"{one.team}/{one.member}"
    change = Change(
        "capacity", key, None if before is None else _state(before), _state(one), one.by, one.why or "", one.changed_at_ms
    )
    changes.write(client, encode, names.capacity, key, encode(RECORD, _value(one)), names.changes, change)
    return one


def _value(one: Capacity) -> dict[str, Any]:
    told = asdict(one)
    for field in ("absent_from", "absent_until", "changed_at"):
        told[field] = told.pop(f"{field}_ms")
    return told


def _state(one: Capacity) -> dict[str, Any]:
    return {name: value for name, value in _value(one).items() if name not in ("team", "member", "by", "why", "changed_at")}
