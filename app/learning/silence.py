"""Leads that nothing final was reported of, until their horizon has passed: by the time of decisions, whichever source's."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from app.learning.horizons import Horizons


class Silence:
    """Who waits for an end. No clock: time passes with decisions, so a source that falls silent expires by those of others.

    Args:
        horizons: How long.

    Attributes:
        now: The greatest time of a decision yet; 0: none.
    """

    def __init__(self, horizons: Horizons) -> None:
        self.horizons, self.now = horizons, 0
        self._lines: dict[
            tuple[int, str], deque[tuple[int, int, str]]
        ] = {}  # partition, source → (offset, time, lead), by offset
        self._soonest = inf  # nobody is due earlier

    def add(self, partition: int, source: str, offset: int, since: int, lead_id: str) -> None:
        """A lead was decided, or has nothing told of it any more."""
        line = self._lines.setdefault((partition, source), deque())
        item = offset, since, lead_id
        if not line or line[-1][0] < offset:
            line.append(item)
        else:
            place = bisect_left(line, offset, key=lambda one: one[0])
            if line[place][0] != offset:
                line.insert(place, item)
        if line[0] is item and (horizon := self.horizons.of(source)) is not None:
            self._soonest = min(self._soonest, since + horizon)

    def forget(self, partition: int, source: str, offset: int) -> None:
        """Leads of this source up to this offset are remembered no longer."""
        line = self._lines.get((partition, source))
        while line and line[0][0] <= offset:
            self._pop(partition, source)

    def won(self, source: str, took_ms: int) -> None:
        """A win was reported so long after its lead was decided."""
        if self.horizons.won(source, took_ms, self.now):
            self._soonest = -inf

    def due(self, at: int) -> Iterator[tuple[int, int, str]]:
        """Time has come to `at`: (partition, offset, lead) of those whose horizon has passed, the longest overdue first."""
        self.now = max(self.now, at)
        while self._soonest <= self.now:
            self._soonest, (partition, source) = self._first()
            if self._soonest <= self.now:
                offset, _, lead_id = self._pop(partition, source)
                yield partition, offset, lead_id

    def state(self) -> dict[str, Any]:
        """What the leads alone do not tell, as JSON can hold it."""
        return {"now": self.now, "horizons": self.horizons.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state()`, with the leads that were added anew."""
        self.now, self._soonest = int(state["now"]), -inf
        self.horizons.restore(state["horizons"])

    def _first(self) -> tuple[float, tuple[int, str]]:
        first: tuple[float, tuple[int, str]] = (inf, (0, ""))
        for where, line in self._lines.items():
            horizon = self.horizons.of(where[1])
            if horizon is not None:
                first = min(first, (line[0][1] + horizon, where))
        return first

    def _pop(self, partition: int, source: str) -> tuple[int, int, str]:
        line = self._lines[partition, source]
        item = line.popleft()
        if not line:
            del self._lines[partition, source]
        return item
