"""Two things to remember for a while: who was contacted, and how far back what is still open began."""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush
from typing import Final

_SPAN_MS: Final = 24 * 3_600_000
_MINUTE_MS: Final = 60_000


class Lately:
    """Numbers that were met within the last `keep_ms`, and up to a day more: forgotten by the day, not one by one."""

    def __init__(self, keep_ms: int) -> None:
        self._keep_ms = keep_ms
        self._spans: dict[int, set[int]] = {}

    def add(self, number: int, at_ms: int) -> None:
        """It was met at `at_ms`."""
        self._spans.setdefault(at_ms // _SPAN_MS, set()).add(number)

    def __contains__(self, number: int) -> bool:
        return any(number in span for span in self._spans.values())

    def __len__(self) -> int:
        return sum(map(len, self._spans.values()))

    def forget(self, now_ms: int) -> None:
        """Let go of what is too old."""
        for span in [span for span in self._spans if (span + 1) * _SPAN_MS < now_ms - self._keep_ms]:
            del self._spans[span]


class Oldest:
    """The time of the oldest member of a changing crowd, to the minute: not later than it."""

    def __init__(self) -> None:
        self._count: Counter[int] = Counter()
        self._order: list[int] = []

    def add(self, at_ms: int) -> None:
        """One of this time joins."""
        minute = at_ms // _MINUTE_MS
        if not self._count[minute]:
            heappush(self._order, minute)
        self._count[minute] += 1

    def remove(self, at_ms: int) -> None:
        """One of this time leaves."""
        self._count[at_ms // _MINUTE_MS] -= 1

    @property
    def at_ms(self) -> int | None:
        """None: nobody is there."""
        while self._order and not self._count[self._order[0]]:
            del self._count[heappop(self._order)]
        return self._order[0] * _MINUTE_MS if self._order else None
