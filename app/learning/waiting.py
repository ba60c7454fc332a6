"""Outcomes that came before the decision on their lead, or are of leads that nobody knows."""

from __future__ import annotations

from bisect import bisect_left, insort

from app.learning.lessons import Outcome


class Waiting:
    """What waits, the oldest of each partition first in line to be given up.

    Args:
        limit: How many may wait, of each partition of the outcomes topic.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._for: dict[str, list[Outcome]] = {}  # lead → its outcomes
        self._line: dict[int, list[tuple[int, str]]] = {}  # partition → (offset, lead), by offset

    def __len__(self) -> int:
        return sum(map(len, self._line.values()))

    def add(self, lead_id: str, outcome: Outcome) -> Outcome | None:
        """Let it wait for this lead; the one that must be given up for it, if any."""
        self._for.setdefault(lead_id, []).append(outcome)
        line = self._line.setdefault(outcome.partition, [])
        insort(line, (outcome.offset, lead_id))
        if len(line) <= self._limit:
            return None
        offset, oldest = line[0]
        gone = next(one for one in self._for[oldest] if (one.partition, one.offset) == (outcome.partition, offset))
        self._drop(oldest, gone)
        return gone

    def take(self, lead_id: str) -> list[Outcome]:
        """What waited for this lead, in the order in which it happened; waits no longer."""
        found = sorted(self._for.get(lead_id, ()), key=lambda one: one.order)
        for outcome in found:
            self._drop(lead_id, outcome)
        return found

    def _drop(self, lead_id: str, outcome: Outcome) -> None:
        line = self._line[outcome.partition]
        del line[bisect_left(line, (outcome.offset, lead_id))]
        left = self._for[lead_id]
        left.remove(outcome)
        if not left:
            del self._for[lead_id]
