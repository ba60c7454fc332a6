"""What is normal, learned from the windows just past: levels and their scatter, shares, means.

Nothing here forgets on its own account of time: a baseline holds the last windows it was given, and it is only given
windows in which nothing was wrong.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Set
from itertools import pairwise
from math import log, sqrt
from statistics import fmean, median

MIN_WINDOWS = 8  # below this a baseline has no opinion
MAX_LEVEL_WINDOWS = 15
LEVEL_SPAN_S = 2 * 3600.0  # the level must not lag the rhythm of the day by more than about an hour
MEMORY_S = 6 * 3600.0  # twice a campaign burst, so that its end is not taken for a drop
MIN_MEMORY, MAX_MEMORY = 60, 360  # windows
HOUR_S = 3600.0
MIN_HOUR = 4  # windows that stand for an hour where windows are long
MIN_SEASONED = 24  # windows, and at least four hours or a full short memory: a start in a burst must not end as a drop
BURST_HOURS = 4  # a burst is over by then
DECLINE = 0.6  # what an evening hour may keep of the hour before
DAY_S = 24 * 3600.0


class Level:
    """How many records a window holds.

    Args:
        window_s: Length of a window, seconds (of the traffic's own time, where that runs faster).
    """

    def __init__(self, window_s: float) -> None:
        self._counts: deque[int] = deque(maxlen=min(MAX_MEMORY, max(MIN_MEMORY, int(MEMORY_S / window_s))))
        self._day = max(float(MIN_MEMORY), DAY_S / window_s)
        self._hour = max(MIN_HOUR, int(HOUR_S / window_s))
        self._since_yesterday: deque[float] = deque(maxlen=int(self._day) + self._hour)  # one per window, in or out of order
        self._daily, self._learned, self._scatter = 0.0, 0, 1.5
        self._recent = min(MAX_LEVEL_WINDOWS, max(3, int(LEVEL_SPAN_S / window_s)))

    @property
    def ready(self) -> bool:
        return len(self._counts) >= MIN_WINDOWS

    def learn(self, records: int) -> None:
        if not records and not self._counts:
            return  # what came before the source's first record says nothing about it
        self._counts.append(records)
        self._since_yesterday.append(records)
        self._learned += 1
        self._daily += (records - self._daily) / min(self._learned, self._day)
        self._scatter = self._scattered()

    def pass_over(self) -> None:
        """A window that was out of order: not learned, but time went by."""
        if self._counts:
            self._since_yesterday.append(self.level)

    def forget(self) -> None:
        self._counts.clear()
        self._since_yesterday.clear()
        self._learned = 0

    @property
    def level(self) -> float:
        """The usual number now: the median of the most recent windows."""
        return median(list(self._counts)[-self._recent :])

    @property
    def high(self) -> float:
        """The most that is usual: the level, or the mean of the day, so that a burst at dawn is not held against the night."""
        return max(self.level, self._daily)

    @property
    def low(self) -> float:
        """The least that may be expected now: no more than the level, than the two last windows would allow (a source
        may fall asleep gently), and than the lower quartile of the memory (a burst may end)."""
        last = max(list(self._counts)[-2:])
        quartile = sorted(self._counts)[len(self._counts) // 4]
        return min(self.level, last + 2 * sqrt(self._scatter * last) + 2, quartile)

    @property
    def seasoned(self) -> bool:
        """Whether the memory reaches back beyond a burst."""
        return len(self._counts) >= max(MIN_SEASONED, min(MIN_MEMORY, self._hour * BURST_HOURS))

    @property
    def floor(self) -> float:
        """The mean of the lowest hour in memory, no more than `low`."""
        return min(self.low, self.level, *self._hours())

    @property
    def knows_the_day(self) -> bool:
        return len(self._since_yesterday) == self._since_yesterday.maxlen

    @property
    def after_a_burst(self) -> float:
        """What may be left when a burst ends that hid the decline of an evening: no more than the floor and than the lower of
        the two hours around this time yesterday; before a day is known, than the last hours less the steepest decline."""
        if self.knows_the_day:
            yesterday = list(self._since_yesterday)[: 2 * self._hour]
            return min(self.floor, fmean(yesterday[: self._hour]), fmean(yesterday[self._hour :]))
        return min([self.floor, *(hour * DECLINE**age for age, hour in enumerate(self._hours()[:BURST_HOURS]))])

    def _hours(self) -> list[float]:
        """The mean of each hour in memory, the latest first."""
        latest_first, size = list(reversed(self._counts)), self._hour
        hours = [latest_first[i : i + size] for i in range(0, len(latest_first), size)]
        return [fmean(hour) for hour in hours if len(hour) > size // 2]

    def _scattered(self) -> float:
        """Variance over mean, 1 for Poisson, never below: from successive differences, which neither the rhythm of the
        day nor a burst's plateau enters (von Neumann's estimator), the largest tenth left out for the burst's edges."""
        counts = list(self._counts)
        ratios = sorted((b - a) ** 2 / (a + b) for a, b in pairwise(counts) if a + b)
        if len(ratios) < MIN_WINDOWS - 1:
            return 1.5
        kept = ratios[: max(1, len(ratios) * 9 // 10)]
        return max(1.0, fmean(kept) / 0.6)  # the lowest 90 % of a chi-square(1) have mean 0.60

    def evidence(self, observed: int, expected: float) -> float:
        """How improbable `observed` is, as -ln of Chernoff's bound on the Poisson tail, tempered by the scatter and by
        the level being an estimate itself (a median of n has 1.6/n of the variance)."""
        expected = max(expected, 0.5)
        deviance = expected - observed + (observed * log(observed / expected) if observed else 0.0)
        return deviance / (self._scatter * (1 + 1.6 / max(1, min(len(self._counts), self._recent))))


class Shares:
    """Which share of a source's records has some property; several properties side by side."""

    WINDOWS = 30
    MIN_RECORDS = 50
    PRIOR = (0.5, 10.0)  # as if 0.5 of 10 records had had it: a share never seen is not impossible
    TRUST = 100.0  # a window is weighed like at most so many records: shares differ from hour to hour by more than chance

    def __init__(self) -> None:
        self._windows: deque[tuple[int, dict[str, float]]] = deque(maxlen=self.WINDOWS)

    @property
    def ready(self) -> bool:
        return len(self._windows) >= MIN_WINDOWS and sum(n for n, _ in self._windows) >= self.MIN_RECORDS

    def learn(self, records: int, counts: Counter[str], without: Set[str]) -> None:
        """Take in a window; the properties `without` are out of order and learned as if they had been usual."""
        if records:
            usual = {name: self.share(name) * records for name in without}
            self._windows.append((records, {**counts, **usual}))

    def share(self, name: str) -> float:
        """The usual share of a property."""
        have, of = self.PRIOR
        return (have + sum(c.get(name, 0) for _, c in self._windows)) / (of + sum(n for n, _ in self._windows))

    def evidence(self, having: int, of: int, name: str) -> float:
        """How improbable it is that so many had it, as -ln of Chernoff's bound on the binomial tail; 0 if not above usual."""
        usual, seen = self.share(name), having / of
        if seen <= usual:
            return 0.0
        divergence = seen * log(seen / usual) + ((1 - seen) * log((1 - seen) / (1 - usual)) if seen < 1 else 0.0)
        return divergence * of / (1 + of / self.TRUST)


class Means:
    """A quantity of which each window has one value."""

    WINDOWS = 30

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=self.WINDOWS)

    @property
    def ready(self) -> bool:
        return len(self._values) >= MIN_WINDOWS

    def learn(self, value: float) -> None:
        self._values.append(value)

    @property
    def usual(self) -> float:
        return median(self._values)
