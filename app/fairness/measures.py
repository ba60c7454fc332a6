"""One group of leads against the rest: shares, their ratios, calibration, and what each is worth as evidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from math import erfc, sqrt
from statistics import median
from typing import Final

from app.fairness.facts import Lead
from app.fairness.intervals import Interval, Share, p_value, quantile, ratio
from app.inventory.models import Fairness, Measure
from app.learning.quality import ece

LEVEL: Final = 0.95  # of the intervals that are shown
LEAST_FOR_ECE: Final = 100
HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted of a set of leads.

    Attributes:
        score_sum: Of the scored.
        ended: Scored leads with an end; `predicted` the sum of their scores, `residuals` of won less score, with their squares.
    """

    leads: int
    scored: int
    score_sum: float
    hot: int
    warm: int
    first_class: int
    review: int
    won: int
    won_hot: int
    ended: int
    predicted: float
    residuals: float
    squares: float

    def less(self, part: Counts) -> Counts:
        """Those that do not belong to a part."""
        return Counts(*(getattr(self, one.name) - getattr(part, one.name) for one in fields(Counts)))

    @property
    def score(self) -> float:
        """Mean."""
        return self.score_sum / self.scored if self.scored else 0.0

    @property
    def residual(self) -> float:
        """Mean of won less score: above 0 the group is underrated."""
        return self.residuals / self.ended if self.ended else 0.0

    @property
    def noise(self) -> float:
        """Variance of that mean."""
        return max(0.0, self.squares / self.ended - self.residual**2) / self.ended if self.ended > 1 else 0.25

    def share(self, measure: Measure) -> Share:
        """The share that a measure looks at. Not calibration, which is none."""
        match measure:
            case "hot":
                return Share(self.hot, self.scored)
            case "first_class":
                return Share(self.first_class, self.leads)
            case "review":
                return Share(self.review, self.leads)
            case "opportunity":
                return Share(self.won_hot, self.won)
        raise ValueError(f"{measure} is no share")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A group's measure against that of the rest.

    Attributes:
        effect: Ratio of two shares; of calibration the difference of two gaps. With bounds at 95 %.
        p: Of an effect like this, or a larger one, if there were none.
        judged: Whether it is held to the limits.
        beyond: Whether the limit is passed, whatever chance has to do with it.
    """

    measure: Measure
    group: float
    rest: float
    effect: Interval
    p: float
    judged: bool
    beyond: bool


def counts(leads: Sequence[Lead], first_class: Collection[str]) -> Counts:
    """Count."""
    scored = [one for one in leads if one.score is not None]
    ended = [(one.score or 0.0, float(bool(one.won))) for one in scored if one.won is not None]
    won = [one for one in leads if one.won]
    return Counts(
        leads=len(leads),
        scored=len(scored),
        score_sum=sum(one.score or 0.0 for one in scored),
        hot=sum(one.band == "hot" for one in scored),
        warm=sum(one.band == "warm" for one in scored),
        first_class=sum(one.team in first_class for one in leads),
        review=sum(one.review for one in leads),
        won=len(won),
        won_hot=sum(one.band == "hot" for one in won),
        ended=len(ended),
        predicted=sum(score for score, _ in ended),
        residuals=sum(end - score for score, end in ended),
        squares=sum((end - score) ** 2 for score, end in ended),
    )


def compare(group: Counts, rest: Counts, rules: Fairness, judged: Collection[Measure]) -> list[Comparison]:
    """All measures. A group that is too small, or has too few wins, is judged by none that needs them."""
    large = min(group.leads, rest.leads) >= rules.least_leads
    many_won = min(group.won, rest.won) >= rules.least_won
    found = []
    for measure in ("hot", "first_class", "review", "opportunity"):
        if measure == "first_class" and not rules.first_class:
            continue
        one, other = group.share(measure), rest.share(measure)
        effect = ratio(one, other, LEVEL)
        low = effect.value < rules.least_ratio
        beyond = effect.value > 1 / rules.least_ratio if measure == "review" else low
        able = large and measure in judged and (many_won or measure != "opportunity")
        found.append(Comparison(measure, one.value, other.value, effect, p_value(one, other), able, beyond))
    found.append(_calibration(group, rest, rules, judged=large and "calibration" in judged and many_won))
    return found


def _calibration(group: Counts, rest: Counts, rules: Fairness, *, judged: bool) -> Comparison:
    """Won share less mean score of those that ended, against that of the rest: above 0 the group is underrated."""
    gap = group.residual - rest.residual
    error = sqrt(group.noise + rest.noise)
    half = quantile(LEVEL) * error
    p = erfc(abs(gap) / error / sqrt(2)) if error > 0 and group.ended and rest.ended else 1.0
    beyond = gap > rules.calibration_gap  # an overrated group is told by those it stands before
    return Comparison("calibration", group.residual, rest.residual, Interval(gap, gap - half, gap + half), p, judged, beyond)


def calibration_error(leads: Sequence[Lead]) -> float | None:
    """The expected calibration error of those that ended; None where they are too few."""
    ended = [(one.score, one.won) for one in leads if one.score is not None and one.won is not None]
    if len(ended) < LEAST_FOR_ECE:
        return None
    return ece([score for score, _ in ended], [won for _, won in ended])


def first_contact_h(leads: Sequence[Lead]) -> float | None:
    """The median of hours from arrival to first contact, of those who were contacted."""
    hours = [(one.contacted_ms - one.at_ms) / HOUR_MS for one in leads if one.contacted_ms is not None]
    return median(hours) if hours else None
