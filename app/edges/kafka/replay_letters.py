"""Reading the DLQ and what was replayed of it: for the tools, for a replay, and for whoever shows dead letters to people."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, NamedTuple

from confluent_kafka import Message, TopicPartition

from app.edges.kafka.inbound import event_of
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import consumed, ended, headers_of, read_to_end, reader
from app.pipeline.source import InboundEvent
from app.replay.letter import Letter, original, read
from app.replay.selection import Filter, in_order

RECORD: Final = "replay"
_EVERY: Final = 1_000  # records between two calls of `progress`
_AHEAD: Final = {"queued.max.messages.kbytes": 16_384}  # of each partition; letters may be megabytes

Decode = Callable[[bytes, str], dict[str, Any]]
Progress = Callable[[int], None]


class Whole(NamedTuple):
    """A letter with what came."""

    letter: Letter
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


@dataclass(slots=True)
class Box:
    """The letters that are meant.

    Attributes:
        letters: Lead id → letter, those that were erased left out.
        foreign: Records of the DLQ that are no letters of ours: not written by this version, or by somebody else.
    """

    letters: dict[str, Letter] = field(default_factory=dict)
    foreign: int = 0


class DeadLetters:
    """The DLQ of an installation. Reads with connections of its own, read_committed, and writes nothing.

    Args:
        client: As of `KafkaSettings.client()`.
        names: The topics.
        decode: Reads our own records.
    """

    def __init__(self, client: Mapping[str, Any], names: Topics, decode: Decode) -> None:
        self._client, self._names, self._decode = dict(client), names, decode

    def read(self, wanted: Filter = Filter(), progress: Progress = lambda done: None) -> Box:  # noqa: B008  frozen
        """The letters that are meant, without their bytes: about 600 bytes of memory each.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        found = Box()
        for n, message in enumerate(read_to_end(self._client, [self._names.dlq])):
            if n % _EVERY == 0:
                progress(n)
            letter = _letter(message)
            if letter is not None and self._ours(letter):
                if wanted.takes(letter):
                    found.letters[letter.lead_id] = letter
            elif message.value() is None and message.key() is not None:
                found.letters.pop(message.key().decode("utf-8", "replace"), None)  # erased
            else:
                found.foreign += 1
        return found

    def find(self, lead_id: str) -> Whole | None:
        """One letter with its bytes; None where there is none, or no longer.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        found: Whole | None = None
        for message in read_to_end(self._client, [self._names.dlq]):
            if message.key() != lead_id.encode():
                continue
            letter = _letter(message)
            known = letter is not None and self._ours(letter)
            found = Whole(letter, message.value(), list(headers_of(message))) if letter is not None and known else None
        return found

    def replayed(self) -> dict[str, dict[str, Any]]:
        """Lead id of a letter → the record of its replay (schemas/replay).

        Raises:
            EdgeDown: Kafka does not answer.
        """
        found: dict[str, dict[str, Any]] = {}
        for message in read_to_end(self._client, [self._names.replays]):
            lead_id = (message.key() or b"").decode("utf-8", "replace")
            if message.value() is None:
                found.pop(lead_id, None)
            else:
                found[lead_id] = self._decode(message.value(), RECORD)
        return found

    def records(self, chosen: Mapping[str, Letter]) -> Iterator[tuple[Letter, InboundEvent]]:
        """The records of these letters as a replay sends them, about in the order in which they became letters.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        ends: dict[int, tuple[int, int]] = {}
        for partition, offset in (letter.where for letter in chosen.values()):
            low, high = ends.get(partition, (offset, offset))
            ends[partition] = min(low, offset), max(high, offset)
        streams: list[Any] = [self._partition(chosen, partition, *span) for partition, span in sorted(ends.items())]
        try:
            for _, letter, message in heapq.merge(*streams, key=itemgetter(0)):
                yield letter, original(letter, message.value(), headers_of(message))
        finally:
            for stream in streams:
                stream.close()

    def _partition(
        self, chosen: Mapping[str, Letter], partition: int, first: int, last: int
    ) -> Iterator[tuple[tuple[int, str, int, int], Letter, Message]]:
        with closing(reader(self._client, **_AHEAD)) as consumer:
            consumer.assign([TopicPartition(self._names.dlq, partition, first)])
            while True:
                for message in consumed(consumer):
                    if ended(message) or message.offset() > last:
                        return
                    letter = chosen.get((message.key() or b"").decode("utf-8", "replace"))
                    if letter is not None and letter.where == (partition, message.offset()):
                        yield in_order(letter), letter, message

    def _ours(self, letter: Letter) -> bool:
        """Whether it came from an inbound topic of this installation: nothing may be sent anywhere else for it."""
        return self._names.slug_of(letter.src.topic) is not None


def _letter(message: Message) -> Letter | None:
    event = event_of(message)
    return read(event.key, event.value, event.headers, event.timestamp_ms, (event.position.partition, event.position.offset))
