"""The shape of a number's effect: a bent line between knots that lie where its values are.

Knots are quantiles of recent values; a value that many leads share (0, -1 for never) is a knot of its own, and a number with few
values has a knot for each. Knots are only ever added, and take over what the line says at their place, so that a column that was
constant for months and comes alive later is seen. Between knots the factor is shared by distance (linear B-splines; de Boor,
1978).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from typing import Any, Final

SPLIT: Final = "\x1f"
RECENT: Final = 256  # values kept
AIM: Final = 10  # knots that quantiles are taken for
MAX_KNOTS: Final = 16
FEW: Final = 12  # a number with at most so many values has a knot for each
FIRST: Final = 20  # labels before the first knots
EVERY: Final = 1_000  # labels between later looks
Z_LIMIT: Final = 4.0  # standard deviations: one outlier must not throw the weights
Z_SCALE: Final = 0.5
MEMORY: Final = 5_000  # labels that mean and variance remember


class Knots:
    """One number's mean, variance and knots."""

    __slots__ = ("_next", "_recent", "at", "count", "inverse", "lacking", "mean", "name", "slope", "terms", "variance")

    def __init__(self, name: str) -> None:
        self.name, self.lacking, self.slope = name, f"{name}{SPLIT}?", f"{name}{SPLIT}/"
        self.count, self.mean, self.variance, self.inverse = 0, 0.0, 0.0, 0.0
        self.at: list[float] = []
        self.terms: list[str] = []
        self._recent: list[float] = []
        self._next = FIRST

    def learn(self, value: float, room: bool) -> list[tuple[str, str, str | None, float]]:
        """Take one value in; see `Encoding.learn` for what it returns."""
        self.count += 1
        weight = 1.0 / min(self.count, MEMORY)
        off = value - self.mean
        self.mean += weight * off
        self.variance += weight * ((value - self.mean) * off - self.variance)
        self.inverse = Z_SCALE * self.variance**-0.5 if self.variance > 1e-18 else 0.0  # else as good as constant
        if len(self._recent) < RECENT:
            self._recent.append(value)
        else:
            self._recent[self.count % RECENT] = value
        if self.count < self._next:
            return []
        self._next = self._next * 2 if self._next < EVERY else self._next + EVERY
        return self._grow() if room else []

    def _grow(self) -> list[tuple[str, str, str | None, float]]:
        found = _candidates(self._recent)
        if not self.at:
            self.at = found
            self._name()
            return []
        values, grown = sorted(self._recent), []
        for value in found:
            if len(self.at) >= MAX_KNOTS:
                break
            at = bisect_left(self.at, value)
            if at < len(self.at) and self.at[at] == value:
                continue
            rank = _rank(values, value)
            below = rank - _rank(values, self.at[at - 1]) if at else 1.0
            above = _rank(values, self.at[at]) - rank if at < len(self.at) else 1.0
            if min(below, above) < 0.5 / AIM:
                continue
            low = self.at[at - 1] if at else self.at[0]
            high = self.at[at] if 0 < at < len(self.at) else None
            share = (value - low) / (high - low) if high is not None else 0.0
            grown.append((self.term(value), self.term(low), None if high is None else self.term(high), share))
            insort(self.at, value)
        self._name()
        return grown

    def term(self, knot: float) -> str:
        """The name of a knot's term."""
        return f"{self.name}{SPLIT}{knot!r}"

    def _name(self) -> None:
        self.terms = [self.term(knot) for knot in self.at]

    def place(self, value: float, terms: list[tuple[str, float]]) -> str:
        """Add the terms of a value; the term of the knot at or below it."""
        z = (value - self.mean) * self.inverse
        limit = Z_LIMIT * Z_SCALE
        terms.append((self.slope, -limit if z < -limit else limit if z > limit else z))
        at = bisect_right(self.at, value)
        if at == 0 or at == len(self.at):
            term = self.terms[at - 1 if at else 0]
            terms.append((term, 1.0))
            return term
        low = self.at[at - 1]
        share = (value - low) / (self.at[at] - low)
        term = self.terms[at - 1]
        terms.append((term, 1.0 - share))
        if share > 0.0:
            terms.append((self.terms[at], share))
        return term

    def state(self) -> list[Any]:
        """As JSON can hold it."""
        return [self.count, self.mean, self.variance, self._next, list(self.at), list(self._recent)]

    @classmethod
    def restore(cls, name: str, state: Any) -> Knots:
        """
        Raises:
            TypeError, ValueError: This is no such state.
        """
        knots = cls(name)
        count, mean, variance, following, at, recent = state
        knots.count, knots.mean, knots.variance, knots._next = int(count), float(mean), float(variance), int(following)
        knots.at, knots._recent = [float(one) for one in at], [float(one) for one in recent]
        knots.inverse = Z_SCALE * knots.variance**-0.5 if knots.variance > 1e-18 else 0.0
        knots._name()
        return knots


def _candidates(recent: list[float]) -> list[float]:
    counts = Counter(recent)
    if len(counts) <= FEW:
        return sorted(counts)
    found = {value for value, count in counts.items() if count * AIM >= len(recent)}
    rest = sorted(value for value in recent if value not in found)
    parts = max(4, AIM - len(found))
    return sorted(found | {rest[min(len(rest) - 1, int((part + 0.5) * len(rest) / parts))] for part in range(parts)})


def _rank(values: list[float], value: float) -> float:
    return (bisect_left(values, value) + bisect_right(values, value)) / (2.0 * len(values))
