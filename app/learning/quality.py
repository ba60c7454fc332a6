"""How good were predictions? Over pairs of the probability that was given and what became of the lead.

AUC is the chance that a won lead had the higher score of two, ties counting half (Mann and Whitney, 1947). Log loss is the mean
negative log-likelihood in nats. The expected calibration error is the mean distance of score and won share over bins of equally
many leads, weighted alike (Naeini and others, 2015). Lift is
the won share among the leads with the highest scores over that of all leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

BINS: Final = 10
LOWEST: Final = 1e-6  # a prediction of 0 or 1 that fails costs this much and no more

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """Leads of like score: the mean of what was predicted, the share that was won, and how many they are."""

    predicted: float
    won: float
    leads: int


@dataclass(frozen=True, slots=True)
class Quality:
    """All measures of one set of predictions; `auc` and `lift_top_decile` are None where all leads ended alike."""

    leads: int
    won: int
    auc: float | None
    log_loss: float
    ece: float
    brier: float
    lift_top_decile: float | None


def quality(probabilities: Sequence[float], won: Sequence[bool]) -> Quality:
    """All measures at once.

    Raises:
        ValueError: No predictions, or not as many ends as predictions.
    """
    p, y = _arrays(probabilities, won)
    return Quality(len(y), int(y.sum()), auc(p, y), log_loss(p, y), ece(p, y), float(np.mean((p - y) ** 2)), lift(p, y, 0.1))


def auc(probabilities: Sequence[float] | Floats, won: Sequence[bool] | Floats) -> float | None:
    """In [0, 1], .5 for guessing; None where all leads ended alike."""
    p, y = _arrays(probabilities, won)
    positive = int(y.sum())
    if positive in (0, len(y)):
        return None
    _, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]  # of ties the mean
    return float((ranks[y > 0].sum() - positive * (positive + 1) / 2.0) / (positive * (len(y) - positive)))


def log_loss(probabilities: Sequence[float] | Floats, won: Sequence[bool] | Floats) -> float:
    """Mean, in nats."""
    return float(np.mean(losses(probabilities, won)))


def losses(probabilities: Sequence[float] | Floats, won: Sequence[bool] | Floats) -> Floats:
    """The log loss of each prediction, in nats, at most -log(LOWEST)."""
    p, y = _arrays(probabilities, won)
    return np.asarray(-np.log(np.clip(np.where(y > 0, p, 1.0 - p), LOWEST, 1.0)), dtype=np.float64)


def loss(probability: float, won: bool) -> float:
    """Of one prediction, in nats."""
    return -log(max(LOWEST, probability if won else 1.0 - probability))


def ece(probabilities: Sequence[float] | Floats, won: Sequence[bool] | Floats, bins: int = BINS) -> float:
    """The expected calibration error, in [0, 1]."""
    p, y = _arrays(probabilities, won)
    return sum(abs(one.predicted - one.won) * one.leads for one in calibration(p, y, bins)) / len(y)


def calibration(probabilities: Sequence[float] | Floats, won: Sequence[bool] | Floats, bins: int = BINS) -> list[Bin]:
    """The calibration curve: bins of equally many leads, by rising score."""
    p, y = _arrays(probabilities, won)
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return [Bin(float(p[part].mean()), float(y[part].mean()), len(part)) for part in parts]


def lift(probabilities: Sequence[float] | Floats, won: Sequence[bool] | Floats, share: float) -> float | None:
    """Won share among the `share` of leads with the highest scores, over that of all; None where nothing was won."""
    p, y = _arrays(probabilities, won)
    if not y.sum():
        return None
    return captured(p, y, share) / (max(1, round(share * len(y))) / len(y))


def captured(probabilities: Sequence[float] | Floats, won: Sequence[bool] | Floats, share: float) -> float:
    """The share of all won leads that is among the `share` of leads with the highest scores; of equal scores the first come."""
    p, y = _arrays(probabilities, won)
    top = np.argsort(-p, kind="stable")[: max(1, round(share * len(y)))]
    return float(y[top].sum() / max(1.0, y.sum()))


def _arrays(probabilities: Sequence[float] | Floats, won: Sequence[bool] | Floats) -> tuple[Floats, Floats]:
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(won, dtype=np.float64)
    if len(p) != len(y) or not len(p):
        raise ValueError(f"{len(p)} predictions for {len(y)} ends; both must be the same number, and some")
    return p, y
