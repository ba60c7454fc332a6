"""How sure a figure is, and how sure the change from one group to another.

Ratio of means, such as spend to wins: the delta method on the log scale (Deng, Knoblich and Lu, 2018). Time to first contact,
of which many leads have none yet: the quantile of Kaplan and Meier's curve (1958), its interval by Brookmeyer and Crowley (1982)
with log-log limits. Change of two such figures, or of two shares: recovered from the limits of each (Zou and Donner, 2008); of
two shares' difference with Wilson's limits that is Newcombe's (1998, method 10).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, isinf, log, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from app.fairness.intervals import Interval, quantile

LEVEL: Final = 0.95
Floats = npt.NDArray[np.float64]


def ratio_of_means(over: Sequence[float], under: Sequence[float]) -> Interval | None:
    """Sum of `over` to sum of `under`, pairs being independent; None where it is not defined or nothing varies."""
    top, bottom = np.asarray(over, dtype=np.float64), np.asarray(under, dtype=np.float64)
    if len(top) < 2 or top.sum() <= 0 or bottom.sum() <= 0:
        return None
    relative = top / top.mean() - bottom / bottom.mean()
    half = quantile(LEVEL) * float(np.sqrt(relative.var(ddof=1) / len(top)))
    value = float(top.sum() / bottom.sum())
    return Interval(value, value * exp(-half), value * exp(half))


def time_until(ages: Sequence[float], ended: Sequence[bool], share: float) -> Interval | None:
    """The age by which a share of the leads has ended, whoever is open being known only up to the present age.

    Args:
        ages: Of each at its end, or now.
        share: In (0, 1): .5 for the median.

    Returns:
        None where so many have not ended yet; the upper limit is infinite where only it is out of sight.
    """
    at, of = np.asarray(ages, dtype=np.float64), np.asarray(ended, dtype=bool)
    if not len(at):
        return None
    times, place = np.unique(at, return_inverse=True)
    ends = np.bincount(place, weights=of, minlength=len(times))
    risk = len(at) - np.concatenate(([0], np.cumsum(np.bincount(place))[:-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        open_ = np.cumprod(1 - ends / risk)
        greenwood = np.cumsum(ends / (risk * (risk - ends)))
        spread = np.sqrt(greenwood) / np.abs(np.log(open_))
        limits = [np.exp(np.log(open_) * np.exp(sign * quantile(LEVEL) * spread)) for sign in (1.0, -1.0)]
    low, high = (np.where(np.isfinite(one), one, open_) for one in limits)
    value = _first(times, open_, 1 - share)
    if isinf(value):
        return None
    return Interval(value, min(value, _first(times, low, 1 - share)), max(value, _first(times, high, 1 - share)))


def change(one: Interval, other: Interval) -> Interval:
    """One over the other, less 1: -.25 is a quarter less. Independent, and the other above 0."""
    if one.value <= 0:
        return Interval(-1.0, -1.0, one.high / other.low - 1 if other.low > 0 else inf)
    middle = log(one.value / other.value)
    low = _away(one.value, one.low, other.high, other.value)
    high = _away(one.high, one.value, other.value, other.low)
    return Interval(exp(middle) - 1, exp(middle - low) - 1, _exp(middle + high) - 1)


def difference(one: Interval, other: Interval) -> Interval:
    """One less the other. Independent."""
    middle = one.value - other.value
    low = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    high = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Interval(middle, middle - low, middle + high)


def _away(upper: float, lower: float, other_upper: float, other_lower: float) -> float:
    """How far the change's limit is from its middle, on the log scale."""
    if lower <= 0 or other_lower <= 0 or isinf(upper) or isinf(other_upper):
        return inf
    return sqrt(log(upper / lower) ** 2 + log(other_upper / other_lower) ** 2)


def _first(times: Floats, curve: Floats, level: float) -> float:
    """When the curve first falls to the level."""
    there = np.flatnonzero(curve <= level + 1e-12)
    return float(times[there[0]]) if len(there) else inf


def _exp(power: float) -> float:
    return inf if power > 700 else exp(power)
