"""Learning and how far it has come: the models, the ledger, and the position in every partition that both are true for.

A snapshot holds the models, the positions, and of the ledger what the records alone do not tell. The rest of it is built again
by reading the topics from `replay_from` without learning, so a snapshot stays small however many leads wait for their outcome,
and a restart goes on exactly where the snapshot was taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.learning.contest import Contest
from app.learning.ledger import Ledger
from app.learning.lessons import Moved, Outcome
from app.learning.merge import Key
from app.learning.model import OnlineModel
from app.learning.reliability import Records

StreamName = Literal["decisions", "outcomes"]
Stream = tuple[StreamName, int]  # name, partition


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of either topic.

    Attributes:
        stream: Topic and partition.
        offset: In the partition.
        timestamp_ms: The record's own time; orders records across partitions.
        value: Decoded; a Decision or an Outcome.
    """

    stream: Stream
    offset: int
    timestamp_ms: int
    value: Mapping[str, Any]


class Progress:
    """Applies records in order; knows what a snapshot must say.

    Args:
        ledger: A new one.
        model: The contest, new or restored; a single model contends with nobody.
        applied: Stream → the offset after the last one that `model` includes.
        replay: Stream → the offset from which the ledger must be rebuilt.
        records: What is remembered of the sources; not given: nothing yet.
    """

    def __init__(
        self,
        ledger: Ledger,
        model: OnlineModel | Contest,
        applied: Mapping[Stream, int],
        replay: Mapping[Stream, int],
        records: Records | None = None,
    ) -> None:
        self.ledger, self.records = ledger, Records() if records is None else records
        self.model = model if isinstance(model, Contest) else Contest.alone(model)
        self._included = dict(applied)
        self.applied = dict(applied)
        self._replay = dict(replay)

    def start(self, stream: Stream) -> int:
        """Where to begin reading; 0 means the oldest record there is."""
        return self._replay.get(stream, self._included.get(stream, 0))

    def is_replay(self, stream: Stream, offset: int) -> bool:
        """Whether the model includes this record already, so that only the ledger wants it."""
        return offset < self._included.get(stream, 0)

    def order(self, stream: Stream, offset: int, timestamp_ms: int) -> Key:
        """The merge key: what rebuilds the ledger first, then by time, a decision before an outcome of the same moment."""
        name, partition = stream
        return (0 if self.is_replay(stream, offset) else 1, timestamp_ms, 0 if name == "decisions" else 1, partition, offset)

    def apply(self, entry: Entry) -> int:
        """Take one record in; how many labels were learned from it."""
        (name, partition), value = entry.stream, entry.value
        replayed = self.is_replay(entry.stream, entry.offset)
        if not replayed:
            self.ledger.rebuilt()
        revises = name == "decisions" and (value.get("revision") or 1) > 1
        known, before = value["lead_id"] in self.ledger, self.ledger.good(value["lead_id"])
        if name == "decisions":
            lessons = list(self.ledger.decided(partition, entry.offset, value, entry.timestamp_ms))
        else:
            event_id, at = value.get("event_id"), value["occurred_at"]
            what = value["lead_id"], value["outcome"], at, event_id
            lessons = list(self.ledger.reported(Outcome(partition, entry.offset, *what, entry.timestamp_ms)))
        if replayed:
            return 0
        if revises and known:
            self.records.revised(value["source"], before, self.ledger.good(value["lead_id"]))
        elif name == "decisions" and not known and not revises:  # else replayed on purpose: the same lead of the same source
            self.records.decided(value)
        labels = 0
        for lesson in lessons:
            if isinstance(lesson, Moved):
                self.records.moved(lesson.source, lesson.to, lesson.won)
                continue
            labels += 1
            self.model.take(lesson)
            self.records.ended(lesson.categories.get("source", ""), lesson.won, lesson.corrects)
        self.applied[entry.stream] = entry.offset + 1
        return labels

    def skip(self, stream: Stream, offset: int) -> None:
        """Pass over a record that cannot be decoded."""
        if not self.is_replay(stream, offset):
            self.applied[stream] = offset + 1

    def replay_from(self) -> dict[Stream, int]:
        """For the snapshot: stream → the oldest offset that the ledger still needs."""
        needed = self._replay if self.ledger.rebuilding else self.ledger.oldest_needed()
        return {stream: needed.get(stream, following) for stream, following in self.applied.items()}
