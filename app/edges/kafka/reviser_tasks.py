"""What is to be done about records that were read, and how far everything before was done.

A task that waits (its original is not there yet) holds its partition's position back; the tasks behind it are done all the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.pipeline.revision.records import Kept
from app.pipeline.revision.verdict import Verdict
from app.pipeline.source import Position

MOST: Final = 10_000  # tasks that wait; more work is read only when there are fewer
LONGEST_S: Final = 600.0  # a worker that crashed is back by then; a lead that never comes is given up
AGAIN_S: Final = 0.5
_TP = tuple[str, int]


@dataclass(slots=True, eq=False)
class Task:
    """A duplicate's knowledge to be merged, or a verdict to be carried out.

    Attributes:
        came: When it was read, in monotonic seconds.
    """

    where: Position
    about: Kept | Verdict
    came: float = field(default_factory=time.monotonic)

    @property
    def old(self) -> bool:
        """Whether it has waited too long."""
        return time.monotonic() - self.came > LONGEST_S


class Tasks:
    """Open tasks, the oldest first."""

    def __init__(self) -> None:
        self._fresh: list[Task] = []
        self._waiting: list[Task] = []
        self._tried_at = 0.0

    def add(self, task: Task) -> None:
        """One more."""
        self._fresh.append(task)

    @property
    def full(self) -> bool:
        return len(self) >= MOST

    @property
    def waiting(self) -> Sequence[Task]:
        """Those that were tried, and wait for something."""
        return self._waiting

    def due(self) -> list[Task]:
        """Those to try now: the new ones, and after a while the others again."""
        now = time.monotonic()
        if now - self._tried_at >= AGAIN_S:
            self._tried_at = now
            return [*self._waiting, *self._fresh]
        return list(self._fresh)

    def settle(self, done: Iterable[Task]) -> None:
        """These are done; what else was new waits from now on."""
        gone = set(map(id, done))
        self._waiting = [one for one in (*self._waiting, *self._fresh) if id(one) not in gone]
        self._fresh = []

    def positions(self, done: Iterable[Task], at: Mapping[_TP, int]) -> dict[_TP, int]:
        """Up to where all is done once these are, given up to where all was read."""
        gone, positions = set(map(id, done)), dict(at)
        for one in (*self._waiting, *self._fresh):
            tp = one.where.topic, one.where.partition
            if tp in positions and id(one) not in gone:
                positions[tp] = min(positions[tp], one.where.offset)
        return positions

    def __len__(self) -> int:
        return len(self._waiting) + len(self._fresh)
