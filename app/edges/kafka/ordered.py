"""Reads all partitions of some topics in one order that is a function of the records alone, however they are fetched.

The order is by the records' time stamps (`app/learning/merge.py`). The topics carry the broker's own time (LogAppendTime), so
within a partition it never goes back, and nobody's clock can spoil it. What remains is to know, of a partition that has nothing
more, that nothing older than the others' records will come of it. That is asked, not guessed:

1. The newest record of the others was received HOLD_S ago or more; call its time T. Every broker's clock has passed T by now.
2. After that the leader of the silent partition says where its log ends, records of open transactions included, and it has been
   read up to there. Whatever is appended now gets a later time than T.

So records up to T may be applied. HOLD_S is what brokers' clocks, and a follower's lag, may differ by; it is also the most that
waiting for silent partitions costs. A record that breaks this all the same (clocks further apart; a topic with the senders' own
time, CreateTime, one of whom is late) is passed on at once and counted as late: only then does the order depend on arrival.

While a transaction is open in a partition the others wait for its end, as every reader of committed records does in that
partition. While a broker is away they wait, too.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Generic, NamedTuple, TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, IsolationLevel, KafkaError, Message, TopicPartition

from app.edges.kafka.group_offsets import Ends
from app.edges.kafka.reading import partitions, reader
from app.errors import FatalError
from app.learning.merge import Key, TimeMerge

BATCH: Final = 500
WAIT_S: Final = 0.2
DEEP: Final = 5_000  # records of one partition held back while another lags: above, its reading pauses, …
SHALLOW: Final = 1_000  # … below, it goes on
HOLD_S: Final = 1.0

Name = TypeVar("Name", bound=str)


class Raw(NamedTuple, Generic[Name]):
    """One record as it was read; `stream`: the topic's short name, and the partition."""

    stream: tuple[Name, int]
    offset: int
    timestamp_ms: int
    value: bytes | None


class OrderedReader(Generic[Name]):
    """Reads on and on.

    Args:
        client: As of `KafkaSettings.client()`.
        topics: Topic → short name.
        order: (stream, offset, time stamp) → the merge key; its first two numbers are 0 for what is only read again, else 1, and
            the time stamp.
        hold_s: See above.

    Attributes:
        missing: Topics that do not exist.
        at: (topic, partition) → up to where it was read, of those of which anything was heard.
    """

    def __init__(
        self,
        client: dict[str, Any],
        topics: Mapping[str, Name],
        order: Callable[[tuple[Name, int], int, int], Key],
        hold_s: float = HOLD_S,
    ) -> None:
        self._topics, self._order, self._hold_s = dict(topics), order, hold_s
        self._names = {short: topic for topic, short in self._topics.items()}
        self._consumer: Consumer = reader(client)
        self._asking = Ends(client)
        found = partitions(self._consumer, list(self._topics))
        self.missing = sorted(set(self._topics) - {tp.topic for tp in found})
        self._streams = [(self._topics[tp.topic], tp.partition) for tp in found]
        self._merge: TimeMerge[tuple[Name, int], Raw[Name]] = TimeMerge(self._streams)
        self._ends: dict[tuple[Name, int], int] = {}  # read up to here, and nothing more then
        self.at: dict[tuple[str, int], int] = {}
        self._paused: set[tuple[Name, int]] = set()
        self._seen: deque[tuple[float, int]] = deque()  # (received, the greatest time stamp until then)
        self._newest = self._held = -1  # the greatest time stamp; of what was received at least `hold_s` ago

    @property
    def streams(self) -> list[tuple[Name, int]]:
        """All partitions, as they were found."""
        return list(self._streams)

    @property
    def late(self) -> int:
        """How many records came too late for their place in the order."""
        return self._merge.late

    def begin(self, offsets: Mapping[tuple[Name, int], int]) -> None:
        """Read from these offsets on; where there is none, or 0, from the oldest record."""
        self._consumer.assign([self._at(stream, offsets.get(stream) or OFFSET_BEGINNING) for stream in self._streams])

    def partitions_now(self) -> int:
        """How many there are by now.

        Raises:
            EdgeDown: The broker does not answer.
        """
        return len(partitions(self._consumer, list(self._topics)))

    def read(self) -> Iterator[Raw[Name]]:
        """Wait for what comes, for a moment; then all that has its place in the order.

        Raises:
            FatalError: The topics cannot be read.
        """
        for message in self._consumer.consume(BATCH, WAIT_S):
            error = message.error()
            if error is None:
                self._push(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  the client's own name for it
                self._ends[self._topics[message.topic()], message.partition()] = message.offset()
                self.at[message.topic(), message.partition()] = message.offset()
            elif error.fatal() or not error.retriable():
                raise FatalError(f"reading failed: {error.str()}")
        if not self._seen or self._newest > self._seen[-1][1]:
            self._seen.append((time.monotonic(), self._newest))
        self._promise()
        self._set_pace()
        while (raw := self._merge.pop()) is not None:
            yield raw

    def ends(self) -> dict[tuple[str, int], int]:
        """(topic, partition) → where it ends now; without those that do not answer."""
        return {(self._names[name], number): end for (name, number), end in self._log_ends(self._streams).items()}

    @property
    def paused(self) -> set[tuple[str, int]]:
        """Partitions that wait for others, which must be applied first."""
        return {(self._names[name], number) for name, number in self._paused}

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def _push(self, message: Message) -> None:
        stream = self._topics[message.topic()], message.partition()
        raw = Raw(stream, message.offset(), message.timestamp()[1], message.value())
        self._ends.pop(stream, None)
        self.at[message.topic(), message.partition()] = raw.offset + 1
        self._merge.push(stream, self._order(stream, raw.offset, raw.timestamp_ms), raw)
        self._newest = max(self._newest, raw.timestamp_ms)

    def _promise(self) -> None:
        """Ask whether partitions without a record have none indeed, when others wait for them."""
        now = time.monotonic()
        while self._seen and self._seen[0][0] <= now - self._hold_s:
            self._held = self._seen.popleft()[1]
        wanting = self._merge.wanting
        if not wanting or any(stream not in self._ends for stream in wanting):
            return
        key = (1, self._held + 1)  # below all keys of later times, above all of this one
        if self._merge.promised(wanting) >= key:
            return
        for stream, end in self._log_ends(wanting).items():
            if end == self._ends[stream]:
                self._merge.promise(stream, key)

    def _log_ends(self, streams: list[tuple[Name, int]]) -> dict[tuple[Name, int], int]:
        """Where the leaders' logs end, records of open transactions included; without those that do not answer."""
        asked = [(self._names[name], number) for name, number in streams]
        found = self._asking.of(asked, IsolationLevel.READ_UNCOMMITTED)  # who does not answer is asked again with the next turn
        return {(self._topics[topic], number): end for (topic, number), end in found.items()}

    def _set_pace(self) -> None:
        """Pause partitions that run far ahead of the others, so that waiting records stay bounded."""
        for stream in self._streams:
            depth = self._merge.depth(stream)
            if depth > DEEP and stream not in self._paused:
                self._consumer.pause([self._at(stream)])
                self._paused.add(stream)
            elif depth < SHALLOW and stream in self._paused:
                self._consumer.resume([self._at(stream)])
                self._paused.discard(stream)

    def _at(self, stream: tuple[Name, int], *offset: int) -> TopicPartition:
        return TopicPartition(self._names[stream[0]], stream[1], *offset)
