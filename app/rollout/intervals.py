"""Within what bounds does a share lie, however often one looks?

The interval holds at all times at once with the level's confidence: all rates that a bet on any rate, laid out evenly over [0, 1]
(the Beta mixture: Robbins, 1970; Howard, Ramdas, McAuliffe, Sekhon, *Time-uniform, nonparametric, nonasymptotic confidence
sequences*, 2021), has not refuted by its wealth.
"""

from __future__ import annotations

from collections.abc import Callable
from math import lgamma, log
from typing import Final

LEVEL: Final = 0.95
_STEPS: Final = 40  # halvings of [0, 1]


def bounds(hits: int, of: int, level: float = LEVEL) -> tuple[float, float]:
    """Lowest and highest share that fit `hits` of `of`; (0, 1) where none were seen."""
    if not of:
        return 0.0, 1.0
    misses, seen = of - hits, hits / of
    mixed = lgamma(hits + 1) + lgamma(misses + 1) - lgamma(of + 2)
    needed = mixed + log(1 - level)  # log likelihood below which a rate is refuted

    def refuted(rate: float) -> bool:
        told = (hits * log(rate) if hits else 0.0) + (misses * log(1 - rate) if misses else 0.0)
        return told < needed

    return _edge(0.0, seen, refuted), _edge(1.0, seen, refuted)


def _edge(end: float, seen: float, refuted: Callable[[float], bool]) -> float:
    """Between an end of [0, 1] and the share seen: where refuting begins."""
    out, kept = end, seen
    if out == kept:
        return end
    for _ in range(_STEPS):
        middle = (out + kept) / 2
        out, kept = (middle, kept) if refuted(middle) else (out, middle)
    return out
