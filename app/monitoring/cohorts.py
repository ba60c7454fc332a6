"""The won share by cohort: of the leads decided in one stretch of time, how many were won, how long after.

Wins come late, so young cohorts have fewer of them. A cohort is therefore held only to the ages that it has reached: the leads
before it say which share is won at each age (a table of life, ages by powers of two), and what it should have by now follows.
Whether that is too far off is asked exactly: of all wins before and since, the share that fell since is binomial if nothing has
changed (Przyborowski and Wilenski, 1940). Every moment is tried as the one at which the change began, as ADWIN does.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

AGES: Final = 24  # powers of two of a window's length: 2^23 minutes are 16 years
MOST: Final = 256  # cohorts; when full, the older half is put together two by two

Table = npt.NDArray[np.float64]


@dataclass(slots=True)
class Cohort:
    """The leads decided in [start_ms, end_ms); `seen_ms`: up to which age they were all remembered."""

    start_ms: int
    end_ms: int
    leads: int = 0
    won: list[int] = field(default_factory=lambda: [0] * AGES)
    seen_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Splits:
    """For each moment in `at_ms`: wins seen since, wins to be expected since by those before, and wins before."""

    at_ms: npt.NDArray[np.int64]
    seen: Table
    expected: Table
    before: Table


class Cohorts:
    """Of one source.

    Args:
        length_ms: Of a cohort, and the unit of ages.
    """

    def __init__(self, length_ms: int) -> None:
        self._length = length_ms
        self._cohorts: list[Cohort] = []
        self._starts: list[int] = []
        self._from_ms = 0

    def decided(self, at_ms: int) -> None:
        """A lead came."""
        if at_ms < self._from_ms:
            return
        cohort = self._of(at_ms)
        if cohort is None or at_ms >= cohort.end_ms:
            start = at_ms // self._length * self._length
            cohort = Cohort(start, start + self._length)
            place = bisect_right(self._starts, start)
            self._cohorts.insert(place, cohort)
            self._starts.insert(place, start)
            if len(self._cohorts) > MOST:
                self._put_together()
        cohort.leads += 1

    def won(self, at_ms: int, age_ms: int) -> None:
        """A lead that came then was won at that age."""
        cohort = self._of(at_ms)
        if cohort is not None and at_ms < cohort.end_ms:
            cohort.won[min(AGES - 1, (age_ms // self._length).bit_length())] += 1

    def forgotten(self, at_ms: int, age_ms: int) -> None:
        """A lead that came then will not be known when it is won later."""
        cohort = self._of(at_ms)
        if cohort is not None:
            cohort.seen_ms = age_ms if cohort.seen_ms is None else min(cohort.seen_ms, age_ms)

    def cut(self, before_ms: int) -> None:
        """Forget the cohorts that began before then."""
        self._from_ms = max(self._from_ms, before_ms)
        place = next((n for n, start in enumerate(self._starts) if start >= before_ms), len(self._starts))
        del self._cohorts[:place], self._starts[:place]

    def splits(self, known_ms: int, at_ms: npt.NDArray[np.int64] | None = None, usual_to_ms: int | None = None) -> Splits:
        """Hold what came since each moment against what came before it.

        Args:
            known_ms: Up to when outcomes are known.
            at_ms: The moments; not given: the beginning of each cohort.
            usual_to_ms: What came later is not what they are held against.
        """
        starts = np.asarray(self._starts, dtype=np.int64)
        moments = starts if at_ms is None else at_ms
        if not self._cohorts or not len(moments):
            none = np.zeros(len(moments))
            return Splits(moments, none, none, none)
        leads, won = self._tables(known_ms)
        place = np.searchsorted(starts, moments)
        sums = [np.vstack([np.zeros(AGES), np.cumsum(table, axis=0)]) for table in (leads, won)]
        usual_to = place if usual_to_ms is None else np.minimum(place, np.searchsorted(starts, usual_to_ms))
        leads_before, won_before = (table[usual_to] for table in sums)
        leads_since, won_since = (table[-1] - table[place] for table in sums)
        known = leads_before > 0
        rate = np.divide(won_before, leads_before, out=np.zeros_like(won_before), where=known)
        return Splits(moments, (won_since * known).sum(axis=1), (leads_since * rate).sum(axis=1), won_before.sum(axis=1))

    def _tables(self, known_ms: int) -> tuple[Table, Table]:
        """Cohort and age → leads that reached the end of that age while they were looked at, and wins among them at that age."""
        ends = np.asarray([one.end_ms for one in self._cohorts], dtype=np.float64)
        seen = np.asarray([np.inf if one.seen_ms is None else one.seen_ms for one in self._cohorts])
        reached = np.minimum(known_ms - ends, seen)
        done = reached[:, None] >= self._length * np.exp2(np.arange(AGES))[None, :]
        leads = np.asarray([one.leads for one in self._cohorts], dtype=np.float64)[:, None] * done
        return leads, np.asarray([one.won for one in self._cohorts], dtype=np.float64) * done

    def _of(self, at_ms: int) -> Cohort | None:
        place = bisect_right(self._starts, at_ms)
        return self._cohorts[place - 1] if place else None

    def _put_together(self) -> None:
        half = len(self._cohorts) // 4 * 2
        pairs = zip(self._cohorts[:half:2], self._cohorts[1:half:2], strict=True)
        self._cohorts = [*(_joined(a, b) for a, b in pairs), *self._cohorts[half:]]
        self._starts = [one.start_ms for one in self._cohorts]


def _joined(a: Cohort, b: Cohort) -> Cohort:
    seen = [one.seen_ms for one in (a, b) if one.seen_ms is not None]
    won = [x + y for x, y in zip(a.won, b.won, strict=True)]
    return Cohort(a.start_ms, b.end_ms, a.leads + b.leads, won, min(seen) if seen else None)
