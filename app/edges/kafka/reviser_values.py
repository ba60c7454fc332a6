"""Records read again from where they stand, and the last ones remembered. The only place where the reviser holds contact data."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from cachetools import LRUCache
from confluent_kafka import Consumer, Message, TopicPartition

from app.edges.kafka.reading import SILENCE_S, ended, reader
from app.errors import EdgeDown
from app.pipeline.dead_letter import Header
from app.pipeline.source import Position

REMEMBERED_BYTES: Final = 64_000_000
NEAR: Final = 300  # records: so far ahead reading on is quicker than asking anew
_OVERHEAD: Final = 600  # bytes that a remembered record costs beside its value
_FETCH = {"fetch.message.max.bytes": 65_536, "queued.max.messages.kbytes": 4_096, "queued.min.messages": 1}


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as Kafka has it."""

    value: bytes
    headers: tuple[Header, ...]


class Values:
    """Gets records by position.

    Args:
        client: confluent-kafka settings.
    """

    def __init__(self, client: dict[str, Any], remembered: int = REMEMBERED_BYTES) -> None:
        self._known: LRUCache[Position, Raw] = LRUCache(remembered, getsizeof=lambda raw: len(raw.value) + _OVERHEAD)
        self._consumer: Consumer = reader(client, **_FETCH)
        self.reread = 0  # records, for metrics

    def keep(self, where: Position, raw: Raw) -> None:
        """Remember one that was just read or written."""
        if len(raw.value) + _OVERHEAD < self._known.maxsize:
            self._known[where] = raw

    def one(self, where: Position) -> Raw | None:
        """The record; None where it is no longer kept.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        return self.several([where]).get(where)

    def several(self, wanted: Iterable[Position]) -> dict[Position, Raw]:
        """Those of them that are kept; of all partitions at once."""
        places = set(wanted)
        found = {where: raw for where in places if (raw := self._known.get(where)) is not None}
        missing = places - found.keys()
        if missing:
            found |= self._read(missing)
            self.reread += len(missing)
        return found

    def close(self) -> None:
        """End the connection."""
        self._consumer.close()

    def _read(self, missing: Iterable[Position]) -> dict[Position, Raw]:
        rows: defaultdict[tuple[str, int], deque[int]] = defaultdict(deque)
        for where in sorted(missing, key=lambda one: one.offset):
            rows[where.topic, where.partition].append(where.offset)
        found: dict[Position, Raw] = {}
        while rows:
            self._round(rows, found)
        self._consumer.unassign()
        return found

    def _round(self, rows: defaultdict[tuple[str, int], deque[int]], found: dict[Position, Raw]) -> None:
        """From each partition the next that is wanted, and those near behind it."""
        self._consumer.assign([TopicPartition(*tp, row[0]) for tp, row in rows.items()])
        open_ones, deadline = set(rows), time.monotonic() + SILENCE_S
        while open_ones:
            if time.monotonic() > deadline:
                raise EdgeDown(f"Kafka does not answer: records asked for by position did not come within {SILENCE_S} s")
            for message in come(self._consumer, NEAR, 0.5):
                tp = message.topic(), message.partition()
                if tp not in open_ones:
                    continue
                row, at, end = rows[tp], message.offset(), ended(message)
                while row and (end or row[0] < at):  # what the partition has left behind is not kept any more
                    row.popleft()
                if row and row[0] == at:
                    row.popleft()
                    raw = Raw(message.value() or b"", tuple(message.headers() or ()))
                    found[Position(*tp, at)] = raw
                    self.keep(Position(*tp, at), raw)
                if not row:
                    del rows[tp]
                    open_ones.discard(tp)
                elif row[0] > at + NEAR:
                    open_ones.discard(tp)


def come(consumer: Consumer, most: int, wait_s: float) -> list[Message]:
    """What is there, and a wait only for the first: `consume` alone would wait for as many as asked for."""
    first = consumer.poll(wait_s)
    return [] if first is None else [first, *consumer.consume(most - 1, 0)]
