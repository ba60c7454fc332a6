"""Shares, their ratios, and what chance can bring about.

Share: the score interval (Wilson, 1927). Ratio of two: on the log scale (Katz and others, 1978), a half added to each count where
one is 0 (Walter, 1975). Whether two differ: Fisher's exact test, twice the smaller tail, where few are to be expected; else the
normal test with Yates's correction. Many tests at once: Holm (1979), which holds the chance of any false alarm among all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, inf, lgamma, log, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

FEW: Final = 5.0  # to be expected in a cell; below that the test is exact


class Share(NamedTuple):
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else 0.0


class Interval(NamedTuple):
    """An estimate and its bounds."""

    value: float
    low: float
    high: float


def quantile(level: float) -> float:
    """How many standard errors a two-sided interval of this level reaches."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(share: Share, level: float = 0.95) -> Interval:
    """The score interval of a share; [0, 1] where nothing was seen."""
    if not share.of:
        return Interval(0.0, 0.0, 1.0)
    z, n, p = quantile(level), share.of, share.value
    middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(p, max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale))


def ratio(one: Share, other: Share, level: float = 0.95) -> Interval:
    """Of two independent shares: one over other; (1, 0, inf) where one of them was never looked at."""
    if not one.of or not other.of:
        return Interval(1.0, 0.0, inf)
    a, n, b, m = float(one.hits), float(one.of), float(other.hits), float(other.of)
    value = 1.0 if a == b == 0 else inf if b == 0 else (a / n) / (b / m)
    if a == 0 or b == 0:
        a, n, b, m = a + 0.5, n + 0.5, b + 0.5, m + 0.5
    middle, error = log((a / n) / (b / m)), sqrt(max(0.0, 1 / a - 1 / n + 1 / b - 1 / m))
    half = quantile(level) * error
    return Interval(value, exp(middle - half), exp(middle + half))


def p_value(one: Share, other: Share) -> float:
    """Of two independent shares being as different as they are, or more, if they were alike; two-sided."""
    n, m, hits = one.of, other.of, one.hits + other.hits
    total = n + m
    if not n or not m or hits in (0, total):
        return 1.0
    least = min(n, m) * min(hits, total - hits) / total
    if least < FEW:
        return _fisher(one, other)
    p = hits / total
    gap = max(0.0, abs(one.value - other.value) - 0.5 * (1 / n + 1 / m))
    return erfc(gap / sqrt(p * (1 - p) * (1 / n + 1 / m)) / sqrt(2))


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p-value as it counts among all of them."""
    adjusted, worst = [1.0] * len(p_values), 0.0
    for rank, n in enumerate(sorted(range(len(p_values)), key=lambda n: p_values[n])):
        worst = max(worst, min(1.0, p_values[n] * (len(p_values) - rank)))
        adjusted[n] = worst
    return adjusted


def _fisher(one: Share, other: Share) -> float:
    """Twice the smaller tail of the hypergeometric distribution; summed over the shorter side, which is short where few are."""
    total, hits, n = one.of + other.of, one.hits + other.hits, one.of
    low, high = max(0, hits - other.of), min(hits, n)
    whole = _log_choose(total, n)

    def term(k: int) -> float:
        return exp(_log_choose(hits, k) + _log_choose(total - hits, n - k) - whole)

    if one.hits - low <= high - one.hits:
        below = sum(term(k) for k in range(low, one.hits + 1))
        above = 1.0 - below + term(one.hits)
    else:
        above = sum(term(k) for k in range(one.hits, high + 1))
        below = 1.0 - above + term(one.hits)
    return min(1.0, 2 * max(0.0, min(below, above)))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
