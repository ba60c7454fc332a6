"""Records read again from where they stand, and the last ones remembered. The only place where the reviser holds contact data."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cachetools import LRUCache
from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition

from app.edges.kafka.reading import SILENCE_S, come, ended, headers_of, partitions, reader
from app.errors import EdgeDown
from app.pipeline.dead_letter import Header
from app.pipeline.source import Position

REMEMBERED_BYTES: Final = 64_000_000
NEAR: Final = 300  # records: so far ahead reading on is quicker than asking anew
_OVERHEAD: Final = 600  # bytes that a remembered record costs beside its value
_TP = tuple[str, int]
_FETCH: Final = {
    "fetch.message.max.bytes": 65_536,
    "queued.max.messages.kbytes": 4_096,
    "fetch.queue.backoff.ms": 5,  # else a full client would wait a second before it asks on
    "fetch.wait.max.ms": 10,
}


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as Kafka has it."""

    value: bytes
    headers: tuple[Header, ...]


class Values:
    """Gets records by position.

    Args:
        client: confluent-kafka settings.
        topics: Where from. Their partitions stay the client's and stand still; to take and leave them costs a second each time.
        remembered: Bytes of records that are not read again.
    """

    def __init__(self, client: dict[str, Any], topics: Sequence[str], remembered: int = REMEMBERED_BYTES) -> None:
        self._topics, self._assigned = topics, False
        self._known: LRUCache[Position, Raw] = LRUCache(remembered, getsizeof=lambda raw: len(raw.value) + _OVERHEAD)
        self._consumer: Consumer = reader(client, **_FETCH)
        self.reread = 0  # records, for metrics

    def keep(self, where: Position, raw: Raw) -> None:
        """Remember one that was just read or written."""
        if len(raw.value) + _OVERHEAD < self._known.maxsize:
            self._known[where] = raw

    def drop(self, places: Iterable[Position]) -> None:
        """Remember them no longer."""
        for where in places:
            self._known.pop(where, None)

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
        rows: defaultdict[_TP, deque[int]] = defaultdict(deque)
        for where in sorted(missing, key=lambda one: one.offset):
            rows[where.topic, where.partition].append(where.offset)
        found: dict[Position, Raw] = {}
        try:
            for tp, row in rows.items():
                self._go(tp, row[0])
            self._collect(rows, found)
        finally:
            self._consumer.pause([TopicPartition(*tp) for tp in rows])
        return found

    def _collect(self, rows: defaultdict[_TP, deque[int]], found: dict[Position, Raw]) -> None:
        """Until nothing is wanted any more: from each partition what comes, and on to the next that is wanted."""
        wanted = {tp: row for tp, row in rows.items() if row}
        deadline = time.monotonic() + SILENCE_S
        while wanted:
            for message in come(self._consumer, NEAR, 0.5):
                tp, at, end = (message.topic(), message.partition()), message.offset(), ended(message)
                row = wanted.get(tp)
                if row is None:
                    continue
                deadline = time.monotonic() + SILENCE_S
                while row and (end or row[0] < at):  # what the partition has left behind is not kept any more
                    row.popleft()
                if row and row[0] == at:
                    row.popleft()
                    found[Position(*tp, at)] = raw = Raw(message.value() or b"", tuple(headers_of(message)))
                    self.keep(Position(*tp, at), raw)
                if not row:
                    del wanted[tp]
                    self._consumer.pause([TopicPartition(*tp)])
                elif row[0] > at + NEAR:
                    self._go(tp, row[0])
            if time.monotonic() > deadline:
                raise EdgeDown(f"Kafka does not answer: records asked for by position did not come within {SILENCE_S} s")

    def _go(self, tp: _TP, offset: int) -> None:
        """Read the partition from there. The client needs a moment after its partitions were given to it."""
        if not self._assigned:
            self._consumer.assign(partitions(self._consumer, self._topics, OFFSET_END))
            self._assigned = True
        place, deadline = TopicPartition(*tp, offset), time.monotonic() + SILENCE_S
        while True:
            try:
                self._consumer.seek(place)
                break
            except KafkaException as error:
                if error.args[0].code() != KafkaError._STATE or time.monotonic() > deadline:  # noqa: SLF001  its own name
                    raise
                self._consumer.poll(0.05)
        self._consumer.resume([TopicPartition(*tp)])
