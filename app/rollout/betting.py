"""Does the candidate's arm do harm? A bet against its innocence, which may be looked at after every lead and stopped at any time.

Each lead that counts is a hit (re-routed, a duplicate, …) or not, and is the candidate's with a chance that the rollout itself
has set. Innocence says: the candidate's rate is at most `ratio` times the other arm's, plus `points`. A bet on a certain pair
of rates multiplies its wealth, for each lead, by the likelihood of what was seen under that pair over that under the nearest
innocent pair. Innocent pairs form a convex set (the limit is linear in the rates), so that the nearest one by Kullback-Leibler
divergence gives an e-variable whatever the true rates are, also where they change from lead to lead: Grünwald, de Heide,
Koolen, *Safe testing* (JRSS B, 2024); for two streams of Bernoulli trials Turner, Ly, Grünwald, *Generic e-variables for exact
sequential k-sample tests* (2024), and Turner, Grünwald, *Exact anytime-valid confidence intervals for contingency tables and
beyond* (2023). By Ville's inequality an innocent candidate's wealth ever reaches 1/alpha with a chance of at most alpha.

Several bets run side by side, on small and on great harm, and share the money. What turns bad late must be found, too, when
earlier bets are long lost: the money is laid out over days, day j gets 1/(j(j+1)) of it (a mixture over the time of change,
which is still one bet; compare Shin, Ramdas, Rinaldo, *E-detectors*, 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Any, Final, NamedTuple

STEPS: Final = (0.5, 1.0, 2.0, 3.0)  # log odds above (below) the limit: what the bets are on
PRIOR_WEIGHT: Final = 10.0  # leads that the configured usual rate counts for
RECENT: Final = 600.0  # of the baseline: what is older counts half, so that the bets follow the season
SETTLED: Final = 10  # leads counted between two looks at the rates that bets are on
_LEAST, _MOST = 1e-4, 1 - 1e-4  # no bet is on a rate nearer to 0 or 1
_HALVINGS: Final = 42  # of the range in which it lies: no bet gains by what is left
_TOP: Final = 1e15  # wealth beyond which nothing more need be known


class Limit(NamedTuple):
    """What is no harm.

    Attributes:
        up: More hits are harm; False: fewer are.
        ratio, points: The candidate's rate may be `ratio` times the baseline's plus (up) or less (not up) `points`.
            With ratio 0 it may be `points`, whatever the baseline does.
    """

    up: bool
    ratio: float
    points: float

    def of(self, baseline: float) -> float:
        """The candidate's rate that is just no harm."""
        return self.ratio * baseline + (self.points if self.up else -self.points)

    def breached(self, candidate: float, baseline: float) -> bool:
        """Whether these rates are harm."""
        return candidate > self.of(baseline) if self.up else candidate < self.of(baseline)


class Factors(NamedTuple):
    """What a lead multiplies the wealth of one bet by."""

    candidate_hit: float
    candidate_miss: float
    baseline_hit: float
    baseline_miss: float

    def of(self, *, candidate: bool, hit: bool) -> float:
        return self[(0 if candidate else 2) + (not hit)]


IDLE: Final = Factors(1.0, 1.0, 1.0, 1.0)  # where there is nothing to bet on


@dataclass(slots=True)
class Bets:
    """The wealth of all bets of one guardrail.

    Attributes:
        wealth: Of each of STEPS, of 1/len(STEPS) that it gets in all.
        day: Days that have been given their part.
        recent_hits, recent: Of the baseline, the old ones counted half.
        chance: That the bets were chosen for.
        factors: What they multiply wealth by.
        settled: Leads counted since they were chosen.
    """

    wealth: list[float] = field(default_factory=lambda: [0.0] * len(STEPS))
    day: int = 0
    recent_hits: float = 0.0
    recent: float = 0.0
    chance: float = 0.0
    factors: tuple[Factors, ...] = ()
    settled: int = 0

    @property
    def value(self) -> float:
        """The e-value: 1 at the start; by chance above x once in x innocent rollouts at most."""
        return sum(self.wealth) / len(STEPS) + 1.0 / (self.day + 1)

    def begin_day(self) -> None:
        """Another day's part of the money goes into the bets."""
        self.day += 1
        part = 1.0 / (self.day * (self.day + 1))
        self.wealth = [one + part for one in self.wealth]

    def look(self, limit: Limit, chance: float, usual: float, *, candidate: bool, hit: bool) -> None:
        """A lead counts.

        Args:
            limit: What is no harm.
            chance: Of this lead being the candidate's, as the rollout stood when it came; 1 where only those are looked at.
            usual: Rate of hits to be expected before any were seen.
            candidate: Its arm; not: the baseline.
            hit: Whether it is one.
        """
        if not self.factors or self.settled >= SETTLED or chance != self.chance:
            expected = (self.recent_hits + PRIOR_WEIGHT * usual) / (self.recent + PRIOR_WEIGHT)
            self.factors = tuple(bet(limit, chance, expected, step) for step in STEPS)
            self.chance, self.settled = chance, 0
        self.settled += 1
        for n, one in enumerate(self.factors):
            self.wealth[n] = min(_TOP, self.wealth[n] * one.of(candidate=candidate, hit=hit))
        if not candidate:
            self.learn(hit=hit)

    def learn(self, *, hit: bool) -> None:
        """What the baseline is like, from a lead that nobody bets on."""
        self.recent_hits, self.recent = self.recent_hits + hit, self.recent + 1
        if self.recent > RECENT:
            self.recent_hits, self.recent = self.recent_hits / 2, self.recent / 2

    def to_json(self) -> list[Any]:
        """The state; the same bets go on from it."""
        factors = [list(one) for one in self.factors]
        return [self.wealth, self.day, self.recent_hits, self.recent, self.chance, factors, self.settled]

    @classmethod
    def from_json(cls, state: Sequence[Any]) -> Bets:
        """What `to_json` gave."""
        wealth, day, hits, recent, chance, factors, settled = state
        return cls(list(wealth), day, hits, recent, chance, tuple(Factors(*one) for one in factors), settled)


def bet(limit: Limit, chance: float, baseline: float, step: float) -> Factors:
    """A bet on the baseline's rate and one of the candidate's that is `step` log odds beyond the limit."""
    baseline = _inside(baseline)
    edge = limit.of(baseline)
    if not _LEAST <= edge <= _MOST:
        if limit.up != (edge < _LEAST):
            return IDLE  # all that can happen is innocent
        edge = _inside(edge)
    candidate = _inside(1.0 / (1.0 + exp(-(log(edge / (1 - edge)) + (step if limit.up else -step)))))
    if not limit.breached(candidate, baseline):
        return IDLE
    innocent = nearest(limit, chance, candidate, baseline)
    allowed = min(1.0, max(0.0, limit.of(innocent)))
    if not 0.0 < allowed < 1.0 or not 0.0 < innocent < 1.0:
        return IDLE
    return Factors(candidate / allowed, (1 - candidate) / (1 - allowed), baseline / innocent, (1 - baseline) / (1 - innocent))


def nearest(limit: Limit, chance: float, candidate: float, baseline: float) -> float:
    """The baseline's rate of the innocent pair that is nearest to a harmful one.

    Minimises chance · KL(candidate, limit(x)) + (1 - chance) · KL(baseline, x) over x, which is convex: its slope is 0 between
    the baseline's rate, whose limit the candidate's breaches, and the rate whose limit is the candidate's own.
    """
    if limit.ratio == 0.0:
        return baseline
    low, high = sorted((baseline, _touching(limit, candidate)))
    for _ in range(_HALVINGS):
        x = (low + high) / 2
        allowed = limit.of(x)
        if allowed <= 0.0:
            low = x  # only in a range where more is allowed can it lie
            continue
        if allowed >= 1.0:
            high = x
            continue
        slope = chance * limit.ratio * (allowed - candidate) / (allowed * (1 - allowed)) + (1 - chance) * (x - baseline) / (
            x * (1 - x)
        )
        low, high = (x, high) if slope < 0 else (low, x)
    return (low + high) / 2


def _touching(limit: Limit, candidate: float) -> float:
    """The baseline's rate at which the candidate's is just no harm."""
    return _inside((candidate - limit.points if limit.up else candidate + limit.points) / limit.ratio)


def _inside(rate: float) -> float:
    return min(_MOST, max(_LEAST, rate))
