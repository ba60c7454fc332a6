"""Two models on the same leads: is one better, by how much, and how sure is that?

- The mean of paired differences (of log losses) with a standard error that holds where neighbours resemble each other, as they do
  while models learn: Diebold and Mariano (Comparing predictive accuracy, 1995) with the variance of Newey and West (1987).
- The difference of two AUCs on the same leads: DeLong, DeLong and Clarke-Pearson (1988), by midranks as Sun and Xu (2014) do it.
- Many questions at once: Holm (1979).
- One question asked again and again: `spent` shares the allowed error out over the looks, so that all looks together, for ever,
  are wrong with at most that chance, whatever they have in common (Bonferroni's inequality over 1/(k(k+1)), which sums to 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from app.learning.quality import Floats

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Difference:
    """An estimate and its standard error."""

    mean: float
    error: float

    def upper(self, alpha: float) -> float:
        """The truth is above with a chance of at most `alpha`."""
        return self.mean + _z(alpha) * self.error

    def lower(self, alpha: float) -> float:
        """The truth is below with a chance of at most `alpha`."""
        return self.mean - _z(alpha) * self.error

    @property
    def chance_if_none(self) -> float:
        """How likely so great a mean would be if the truth were 0 or less: the one-sided p-value."""
        if self.error <= 0.0:
            return 0.0 if self.mean > 0.0 else 1.0
        return 1.0 - _NORMAL.cdf(self.mean / self.error)


def mean_of(values: Floats) -> Difference:
    """The mean of a series in its order; of fewer than two values nothing is known."""
    n = len(values)
    if n < 2:
        return Difference(float(values.mean()) if n else 0.0, float("inf"))
    mean = float(values.mean())
    rest = values - mean
    variance = float(rest @ rest)
    lags = min(n - 1, int(4 * (n / 100) ** (2 / 9)))
    for lag in range(1, lags + 1):
        variance += 2.0 * (1.0 - lag / (lags + 1)) * float(rest[:-lag] @ rest[lag:])
    return Difference(mean, float(np.sqrt(max(0.0, variance) / n / (n - 1))))


def rise(before: Floats, after: Floats) -> Difference:
    """By how much the mean of a series rose from one stretch of it to the next."""
    old, new = mean_of(before), mean_of(after)
    return Difference(new.mean - old.mean, float(np.hypot(old.error, new.error)))


def auc_gain(ours: Floats, theirs: Floats, won: Floats) -> Difference | None:
    """AUC of `theirs` less that of `ours`; None where fewer than two leads were won, or lost."""
    hits = won > 0
    m, n = int(hits.sum()), int((~hits).sum())
    if min(m, n) < 2:
        return None
    placed = [_placements(p[hits], p[~hits]) for p in (ours, theirs)]
    areas = [float(of_won.mean()) for of_won, _ in placed]
    of_won, of_lost = placed[1][0] - placed[0][0], placed[1][1] - placed[0][1]
    return Difference(areas[1] - areas[0], float(np.sqrt(of_won.var(ddof=1) / m + of_lost.var(ddof=1) / n)))


def holm(chances: Sequence[float]) -> list[float]:
    """p-values, each corrected for all being asked at once; in the order given."""
    corrected, highest = [1.0] * len(chances), 0.0
    for rank, at in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[at]))
        corrected[at] = highest
    return corrected


def spent(alpha: float, look: int) -> float:
    """How much error the `look`-th look may make, of `alpha` for all; the first is 1."""
    return alpha / (look * (look + 1))


def _placements(won: Floats, lost: Floats) -> tuple[Floats, Floats]:
    """For each won lead the share of lost ones it stands above, for each lost one the share of won ones that stand above it."""
    m, n = len(won), len(lost)
    among_all = _midranks(np.concatenate([won, lost]))
    of_won = (among_all[:m] - _midranks(won)) / n
    return of_won, 1.0 - (among_all[m:] - _midranks(lost)) / m


def _midranks(values: Floats) -> Floats:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2.0)[inverse], dtype=np.float64)


def _z(alpha: float) -> float:
    return _NORMAL.inv_cdf(1.0 - alpha)
