"""How long a lead may stay without an end before it counts as not won: declared for its source, or learned from its wins.

What is learned is the time within which CERTAIN of a source's wins were reported, in bins that grow by a fifth. It holds once
there are ENOUGH wins, and the source has been seen for twice that time: before, the slow wins cannot have come yet, and the quick
ones alone would make it too short. Until then all sources together answer in the same way, and until those can, the default.

With the few wins that come after the horizon a mistake is made, and corrected when they come. Both labels are in the model then,
so it takes p for p / (1 + p (1 - CERTAIN)): where 10 % are won that is .4 % of it too low. Waiting for certainty instead would
have the model learn months late.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from math import ceil, log
from typing import Any, Final

DAY_MS: Final = 86_400_000
HORIZON_MS: Final = 90 * DAY_MS  # default: as long as an ordinary sales cycle takes at most
CERTAIN: Final = 0.96
ENOUGH: Final = 50
SHORTEST_MS: Final = 7 * DAY_MS  # a CRM's week-end, and its weekly export
LONGEST_MS: Final = 365 * DAY_MS
MAX_SOURCES: Final = 1_000  # with times of their own; anybody who can make topics can name a source

_FIRST_MS: Final = 3_600_000
_GROWS: Final = 1.2
_BINS: Final = 1 + ceil(log(LONGEST_MS / _FIRST_MS) / log(_GROWS))
_EDGES: Final = tuple(int(_FIRST_MS * _GROWS**n) for n in range(_BINS))
_FULL: Final = 2_000.0  # wins at which all counts are halved, so that a source may change
_ALL: Final = ""  # no source has this name


class Horizons:
    """The horizon of each source.

    Args:
        declared: Source → milliseconds.
        default_ms: Where neither declared nor learned; None: such a lead never counts as not won.
        state: From an earlier `state()`.
    """

    def __init__(
        self,
        declared: Mapping[str, int] | None = None,
        default_ms: int | None = HORIZON_MS,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self._declared, self._default_ms = dict(declared or {}), default_ms
        self._since: dict[str, int] = {}  # source → its first lead's time
        self._took: dict[str, list[float]] = {}  # source → wins, by bin
        self._learned: dict[str, int] = {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state()`."""
        self._since = {name: int(at) for name, at in state["since"].items()}
        self._took = {name: [float(count) for count in counts] for name, counts in state["took"].items()}
        self._learned = {name: int(ms) for name, ms in state["learned"].items()}

    def of(self, source: str) -> int | None:
        """Milliseconds."""
        declared = self._declared.get(source)
        if declared is not None or self._default_ms is None:
            return declared
        return self._learned.get(source) or self._learned.get(_ALL) or self._default_ms

    def seen(self, source: str, at: int) -> None:
        """A lead of this source was decided."""
        self._since.setdefault(_ALL, at)
        if source not in self._since and len(self._since) <= MAX_SOURCES:
            self._since[source] = at

    def won(self, source: str, took_ms: int, now: int) -> bool:
        """A win was reported so long after its lead was decided. Whether a horizon is another one now."""
        before = dict(self._learned)
        for name in (source, _ALL):
            if name in self._since:
                self._count(name, took_ms, now)
        return self._learned != before

    def state(self) -> dict[str, Any]:
        """As JSON can hold it."""
        took = {name: _short(counts) for name, counts in sorted(self._took.items())}
        return {"since": dict(sorted(self._since.items())), "took": took, "learned": dict(sorted(self._learned.items()))}

    def _count(self, name: str, took_ms: int, now: int) -> None:
        counts = self._took.setdefault(name, [])
        here = _bin(took_ms)
        counts.extend([0.0] * (here + 1 - len(counts)))
        counts[here] += 1.0
        sums = list(accumulate(counts))
        if sums[-1] >= _FULL:
            self._took[name] = [count / 2.0 for count in counts]
        if sums[-1] >= ENOUGH:
            reached = next(n for n, total in enumerate(sums) if total >= CERTAIN * sums[-1])
            if now - self._since[name] >= 2 * _EDGES[reached]:
                self._learned[name] = min(LONGEST_MS, max(SHORTEST_MS, _EDGES[reached]))


def _bin(took_ms: int) -> int:
    """The first whose edge is not below it."""
    return next((n for n, edge in enumerate(_EDGES) if edge >= took_ms), _BINS - 1)


def _short(counts: list[float]) -> list[float | int]:
    return [int(count) if count.is_integer() else count for count in counts]
