"""Since when a position has not moved although records wait behind it: the same for all roles."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from app.ops import metrics_progress as metrics
from app.ops.health import Health

STUCK_S: Final = 300.0  # longer than anything that is not stuck takes, on a busy machine, with large records

TP = tuple[str, int]


@dataclass(slots=True)
class _Place:
    position: int
    moved_at: float  # for people
    blamed_from: float  # for the watchdog: waiting on purpose does not count


class Progress:
    """Where a role stands in what it works off.

    Args:
        health: Is told; its watchdog ends the process when a position stands still for `stuck_s`.
        doing: What the role does with records, for the log: "reading", "revising".
        clock: As of `health`.
    """

    def __init__(self, health: Health, doing: str, stuck_s: float = STUCK_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._health, self._doing, self._stuck_s, self._clock = health, doing, stuck_s, clock
        self._places: dict[TP, _Place] = {}

    def look(self, positions: Mapping[TP, int], ends: Mapping[TP, int], waiting: Collection[TP] = ()) -> None:
        """Compare with the last look. Call it every few seconds; it touches no edge.

        Args:
            positions: The next offset to account for, of each partition that is ours.
            ends: Where partitions end; those that did not answer are missing, and not judged.
            waiting: Partitions that wait on purpose: for an edge that is down, for a place in memory.
        """
        now, waits = self._clock(), 0
        for gone in self._places.keys() - positions.keys():
            del self._places[gone]
        for tp, position in positions.items():
            place = self._places.get(tp)
            if place is None or position != place.position or position >= ends.get(tp, position + 1):
                place = self._places[tp] = _Place(position, now, now)
            elif tp in waiting or tp not in ends:
                place.blamed_from = now
            waits += max(0, ends.get(tp, position) - position)
        slowest = min(self._places.items(), key=lambda one: one[1].moved_at, default=None)
        blamed = min(self._places.items(), key=lambda one: one[1].blamed_from, default=None)
        self._health.progress(
            {
                "waiting": waits,
                "seconds_without_progress": round(now - slowest[1].moved_at, 1) if slowest else 0.0,
                "slowest": _name(slowest[0]) if slowest and waits else None,
            }
        )
        since, where = (blamed[1].blamed_from, f"{self._doing} {_name(blamed[0])}") if blamed else (now, self._doing)
        self._health.stands("progress", since, self._stuck_s, where)
        metrics.show_progress({tp: (one.position, ends.get(tp), now - one.moved_at) for tp, one in self._places.items()})


def _name(tp: TP) -> str:
    return f"{tp[0]}-{tp[1]}"
