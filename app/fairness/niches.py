"""Segments whose leads take long to be won: what they will come to in the end, and whether they are treated accordingly.

A segment has a long cycle where half of its wins take several times as long as those of all others. It is starved where its leads
are treated as hot or warm much less often than the others, beside what they are worth: the share that is won in the end times the
mean value of a win.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, inf, log, sqrt
from statistics import fmean, pvariance
from typing import Final

from app.fairness.facts import Lead
from app.fairness.intervals import Interval, quantile
from app.fairness.measures import LEVEL
from app.fairness.waiting import Course, course
from app.inventory.models import Fairness

LEAST_WON: Final = 5  # fewer say nothing of how long it takes


@dataclass(frozen=True, slots=True)
class Niche:
    """A segment with a long cycle.

    Attributes:
        so_far: The share that is won by now; what a look at today's numbers shows.
        here, elsewhere: How leads end, of the segment and of the rest.
        treated, treated_elsewhere: Share of leads that are hot or warm.
        worth: What a lead is worth in the end, over what one of the rest is.
        fair: Treatment, over that of the rest, for the same worth; 1: as much as it deserves. With bounds at 95 %.
        p: Of so little, or less, if it were treated by its worth.
        judged: Whether it is large enough.
        beyond: Whether the limit is passed, whatever chance has to do with it.
    """

    dimension: str
    value: str
    so_far: float
    here: Course
    elsewhere: Course
    treated: float
    treated_elsewhere: float
    worth: float
    fair: Interval
    p: float
    judged: bool
    beyond: bool


def niche(dimension: str, value: str, group: Sequence[Lead], rest: Sequence[Lead], now_ms: int, rules: Fairness) -> Niche | None:
    """The segment, where its cycle is long; else None."""
    here, elsewhere = (course(one.course(now_ms) for one in leads) for leads in (group, rest))
    if here.median_days is None or not elsewhere.median_days or min(here.won, elsewhere.won) < LEAST_WON:
        return None
    if here.median_days < rules.long_cycle_from * elsewhere.median_days:
        return None
    treated, treated_elsewhere = _treated(group), _treated(rest)
    value_here, noise_here = _value(group)
    value_elsewhere, noise_elsewhere = _value(rest)
    worth = here.eventual * value_here / (elsewhere.eventual * value_elsewhere)
    error = sqrt(
        noise_here
        + noise_elsewhere
        + 1 / here.won
        + 1 / elsewhere.won
        + _noise(treated, len(group))
        + _noise(treated_elsewhere, len(rest))
    )
    least = 0.5 / len(group)  # of none at all half a lead is taken
    fair = max(treated, least) / max(treated_elsewhere, 0.5 / len(rest)) / worth
    half = quantile(LEVEL) * error
    judged = min(len(group), len(rest)) >= rules.least_leads and min(here.won, elsewhere.won) >= rules.least_won
    return Niche(
        dimension, value, here.won / here.leads, here, elsewhere, treated, treated_elsewhere, worth,
        Interval(fair, fair * exp(-half), fair * exp(half) if half < 700 else inf),
        0.5 * erfc(-log(fair) / error / sqrt(2)), judged, fair < rules.starved_below,
    )  # fmt: skip


def _treated(leads: Sequence[Lead]) -> float:
    return sum(one.band in ("hot", "warm") for one in leads) / len(leads)


def _noise(share: float, of: int) -> float:
    """Variance of the logarithm of a share."""
    hits = max(share * of, 0.5)
    return max(0.0, 1 / hits - 1 / of)


def _value(leads: Sequence[Lead]) -> tuple[float, float]:
    """The mean value of a win, and the variance of its logarithm; (1, 0) where no value is told."""
    told = [one.value for one in leads if one.won and one.value is not None and one.value > 0]
    if len(told) < LEAST_WON:
        return 1.0, 0.0
    mean = fmean(told)
    return mean, pvariance(told) / len(told) / mean**2
