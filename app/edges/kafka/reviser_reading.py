"""What the reviser reads: all topics that leads, decisions and verdicts stand on, without a consumer group.

First everything once, to learn where records stand (`catch_up`). Then on from where the group's positions say that work was
done: duplicates and verdicts are looked at again from there, and so are decisions whose links the match index was not told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from app.edges.kafka.lane import GroupOffsets
from app.edges.kafka.reading import METADATA_S, come, partitions, reader, settled, watermarks
from app.edges.kafka.topic_specs import DAY_MS
from app.errors import ConfigurationError, EdgeDown, FatalError

log = structlog.get_logger(__name__)

BATCH: Final = 500
POLL_S: Final = 0.1
DECISIONS_MS: Final = 45 * DAY_MS  # half as long again as a lead is kept anywhere: docs/revision.md
LOOK_S: Final = 60.0  # how often to look for new partitions
_TP = tuple[str, int]


class Reading:
    """One consumer of all of it.

    Args:
        client: confluent-kafka settings.
        topics: All.
        work: Those of them that have positions in the group.
        pausable: Those of these that nobody waits for.
        offsets: Those positions.
        decisions: The topic of which only the last days are read.

    Raises:
        ConfigurationError: A topic is missing.
        EdgeDown: Kafka does not answer.
    """

    def __init__(
        self,
        client: dict[str, Any],
        topics: Sequence[str],
        work: Sequence[str],
        pausable: Sequence[str],
        offsets: GroupOffsets,
        decisions: str,
    ) -> None:
        self._client, self._topics, self._offsets, self._pausable = client, list(topics), offsets, frozenset(pausable)
        self._consumer: Consumer = reader(client, **{"queued.max.messages.kbytes": 65_536})
        self._decisions = decisions
        assigned = partitions(self._consumer, topics)
        if missing := set(topics) - {tp.topic for tp in assigned}:
            self._consumer.close()
            raise ConfigurationError(
                f"missing topics: {', '.join(sorted(missing))}; create them with `leadstream topics --create`"
            )
        self._work = [(tp.topic, tp.partition) for tp in assigned if tp.topic in set(work)]
        self.committed: dict[_TP, int | None] = {tp: offsets.committed(*tp) for tp in self._work}
        self.at: dict[_TP, int] = {(tp.topic, tp.partition): 0 for tp in assigned}  # next offset of each partition
        self._behind = set(self.at)  # partitions whose end was not met yet
        self._paused, self._looked_at = set[_TP](), time.monotonic()
        # Where none matters yet, from where the partition ended before we asked: "the end" would be found only with the first
        # fetch, and a decision that came in between were never read.
        ended_at = {tp: high for tp, (_, high) in watermarks(client, [self._decisions]).items()}
        self._first = {tp: at if at >= 0 else ended_at.get(tp, at) for tp, at in self._lately().items()}
        for tp in assigned:
            tp.offset = self._first.get((tp.topic, tp.partition), tp.offset)
        self._consumer.assign(assigned)

    def catch_up(self, stop: threading.Event) -> Iterator[list[Message]]:
        """Everything that stands on the topics now; the work's topics then go on from their positions."""
        while self._behind and not stop.is_set():
            yield self._passed(come(self._consumer, BATCH * 4, 1.0))
        for tp in self._work:
            position = self.committed[tp]
            if position is not None and tp[0] in self._pausable and (oldest := self._offsets.beginning(*tp)) > position:
                log.critical("records_deleted_unread", topic=tp[0], partition=tp[1], count=oldest - position)
            start = self._first.get(tp, OFFSET_BEGINNING) if position is None else position
            self._consumer.seek(TopicPartition(*tp, start))
            self.at[tp] = max(0, start)

    def read(self) -> list[Message]:
        """What came since."""
        self._refuse_new_partitions()
        return self._passed(come(self._consumer, BATCH, POLL_S))

    @property
    def worked(self) -> dict[_TP, int]:
        """Up to where the work's topics were read."""
        return {tp: self.at[tp] for tp in self._work}

    @property
    def paused(self) -> Collection[_TP]:
        """Partitions that are not read for now, on purpose."""
        return self._paused

    def pace(self, *, full: bool) -> None:
        """No more duplicates and verdicts while too many wait; what they wait for is read on."""
        if full != bool(self._paused):
            paused = {tp for tp in self.at if tp[0] in self._pausable} if full else set[_TP]()
            (self._consumer.pause if full else self._consumer.resume)([TopicPartition(*tp) for tp in paused or self._paused])
            self._paused = paused

    def ends(self, of: Iterable[_TP] | None = None) -> dict[_TP, int]:
        """Where the partitions end now; all without `of`. Those that do not answer are left out.

        Asked by another connection: on this one each question would wait for a fetch.
        """
        return self._offsets.ends(list(self.at if of is None else of))

    def beginnings(self) -> dict[_TP, int]:
        """From where on they keep records that matter."""
        lows = {tp: low for tp, (low, _) in watermarks(self._client, self._topics).items()}
        return lows | {tp: at for tp, at in self._lately().items() if at >= 0}

    def passed(self, ends: dict[_TP, int]) -> bool:
        """Whether everything before these ends was read; of what is not read for now nothing is said."""
        return all(tp in self._paused or (tp in ends and at >= ends[tp]) for tp, at in self.at.items())

    def close(self) -> None:
        """End the connection; nothing is committed by that."""
        self._consumer.close()

    def _lately(self) -> dict[_TP, int]:
        """The first decisions that matter; the end's mark where there are none. Leads of older ones are not kept any more."""
        since = int(time.time() * 1000) - DECISIONS_MS
        places = [TopicPartition(*tp, since) for tp in self.at if tp[0] == self._decisions]
        found = settled(lambda: self._consumer.offsets_for_times(places, METADATA_S))
        return {(tp.topic, tp.partition): tp.offset for tp in found}

    def _passed(self, messages: Sequence[Message]) -> list[Message]:
        """The records among them. What stands beside an error was read, and is not read again.

        Raises:
            EdgeDown: Nothing but errors.
            FatalError: An error that the client cannot go on from.
        """
        found, refused = list[Message](), list[KafkaError]()
        for message in messages:
            tp, error = (message.topic(), message.partition()), message.error()
            if error is None:
                self.at[tp] = message.offset() + 1
                found.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  the library names it so
                self.at[tp] = message.offset()
                self._behind.discard(tp)
            elif error.fatal():
                raise FatalError(f"reading failed: {error.str()}")
            else:
                refused.append(error)
        if refused and not found:
            raise EdgeDown(f"Kafka does not let us read: {refused[0].str()}")
        return found

    def _refuse_new_partitions(self) -> None:
        if time.monotonic() - self._looked_at >= LOOK_S:
            self._looked_at = time.monotonic()
            now = len(partitions(self._consumer, self._topics))
            if now != len(self.at):
                raise FatalError(f"the topics have {now} partitions, not {len(self.at)}: restart to read all of them")
