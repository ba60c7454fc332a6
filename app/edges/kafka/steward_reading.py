"""What the steward reads: decisions, outcomes, verdicts and rollouts, and from where on it has to read them again.

The group's position in a topic is not how far was read, but the first record that still matters: that of the oldest lead that is
open. So a restart reads what it needs, and no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from app.edges.kafka.lane import GroupOffsets
from app.edges.kafka.marks import Marks
from app.edges.kafka.reading import METADATA_S, come, partitions, reader, settled
from app.edges.kafka.reviser_reading import DECISIONS_MS
from app.errors import ConfigurationError, EdgeDown, FatalError

BATCH: Final = 2_000
POLL_S: Final = 0.1
LOOK_S: Final = 60.0  # how often to look for new partitions

TP = tuple[str, int]


class StewardReading:
    """One consumer of all of it.

    Args:
        client: confluent-kafka settings.
        topics: Whose positions are kept.
        whole: Topics that are read from their beginning each time; compacted ones.
        offsets: The positions.
        now_ms: Where no position was ever kept, this less 45 days is where reading begins.

    Attributes:
        at: Partition → the next offset.
        behind: Partitions whose end was not met yet.

    Raises:
        ConfigurationError: A topic is missing.
        EdgeDown: Kafka does not answer.
    """

    def __init__(
        self, client: dict[str, Any], topics: Sequence[str], whole: Sequence[str], offsets: GroupOffsets, now_ms: int
    ) -> None:
        self._topics, self._offsets, self._whole = [*topics, *whole], offsets, frozenset(whole)
        self._consumer: Consumer = reader(client)
        assigned = partitions(self._consumer, self._topics)
        if missing := set(self._topics) - {tp.topic for tp in assigned}:
            self._consumer.close()
            names = ", ".join(sorted(missing))
            raise ConfigurationError(f"missing topics: {names}; create them with `leadstream topics --create`")
        self.at: dict[TP, int] = {(tp.topic, tp.partition): 0 for tp in assigned}
        self.behind = set(self.at)
        self._looked_at = time.monotonic()
        self._marks = {tp: Marks() for tp in self.at if tp[0] not in self._whole}
        self._begin(assigned, now_ms)

    def read(self) -> list[Message]:
        """What came since.

        Raises:
            EdgeDown: Nothing but errors.
            FatalError: An error that the client cannot go on from, or partitions were added.
        """
        self._refuse_new_partitions()
        found, refused = list[Message](), list[KafkaError]()
        for message in come(self._consumer, BATCH, POLL_S):
            tp, error = (message.topic(), message.partition()), message.error()
            if error is None:
                self.at[tp] = message.offset() + 1
                if tp in self._marks:
                    self._marks[tp].read(message.timestamp()[1], message.offset())
                found.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  the library names it so
                self.at[tp] = message.offset()
                self.behind.discard(tp)
            elif error.fatal():
                raise FatalError(f"reading failed: {error.str()}")
            else:
                refused.append(error)
        if refused and not found:
            raise EdgeDown(f"Kafka does not let us read: {refused[0].str()}")
        return found

    def ends(self) -> dict[TP, int]:
        """Where the partitions end now. Those that do not answer are left out."""
        return self._offsets.ends(list(self.at))

    def passed(self, ends: dict[TP, int]) -> bool:
        """Whether everything before these ends was read."""
        return not self.behind and all(tp in ends and at >= ends[tp] for tp, at in self.at.items())

    def needed(self, since_ms: Callable[[str], int | None]) -> dict[TP, int]:
        """The positions from which on everything of a time and later is read; `since_ms`: topic → that time, None: now."""
        return {tp: self._first(tp, since_ms(tp[0])) for tp in self._marks}

    def close(self) -> None:
        """End the connection; nothing is committed by that."""
        self._consumer.close()

    def _begin(self, assigned: list[TopicPartition], now_ms: int) -> None:
        unknown = []
        for tp in assigned:
            if tp.topic in self._whole:
                continue
            position = self._offsets.committed(tp.topic, tp.partition)
            if position is None:
                unknown.append(TopicPartition(tp.topic, tp.partition, now_ms - DECISIONS_MS))
            else:
                tp.offset = position
        if unknown:
            places = settled(lambda: self._consumer.offsets_for_times(unknown, METADATA_S))
            first = {(tp.topic, tp.partition): tp.offset for tp in places}
            for tp in assigned:
                tp.offset = first.get((tp.topic, tp.partition), tp.offset)
        for tp in assigned:
            if tp.offset >= 0 and tp.topic not in self._whole:
                self.at[tp.topic, tp.partition] = tp.offset
                self._marks[tp.topic, tp.partition] = Marks(tp.offset)
        self._consumer.assign(assigned)

    def _first(self, tp: TP, since_ms: int | None) -> int:
        if since_ms is None:
            self._marks[tp].forget()
            return self.at[tp]
        first = self._marks[tp].since(since_ms)
        return self.at[tp] if first is None else first

    def _refuse_new_partitions(self) -> None:
        if time.monotonic() - self._looked_at >= LOOK_S:
            self._looked_at = time.monotonic()
            now = len(partitions(self._consumer, self._topics))
            if now != len(self.at):
                raise FatalError(f"the topics have {now} partitions, not {len(self.at)}: restart to read all of them")
