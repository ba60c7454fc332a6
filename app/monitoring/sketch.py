"""What a window's leads look like: for each feature how many leads have which value, in few cells, whatever values come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import asinh, isfinite, log, sinh
from typing import Final

Cell = int | str  # a bin of numbers, or a category's value

PER_UNIT: Final = 16  # bins of numbers per unit of asinh: a sixteenth near 0, steps of 6 % far from it
LAST_BIN: Final = 480  # beyond it (1e13) a number is one of the last bin
MAX_FEATURES: Final = 256  # of a window; more names are passed over
MAX_CELLS: Final = 200  # of a feature in a window; further values are REST
MAX_TEXT: Final = 40
REST: Final = "(others)"
LEAST_KEPT: Final = 0.01  # of a lead
PER_LOGIT: Final = 4  # bins of scores per unit of log-odds
LAST_LOGIT: Final = 8.0

# No traits of leads that drift: they follow the clock, or what we have learned of the source ourselves; they are a set of many
# words; or they change on purpose, as campaigns and their media do: what these bring shows in all the others.
NO_TRAIT: Final = frozenset(
    {"hour_sin", "hour_cos", "weekday_sin", "weekday_cos", "reliability", "words", "source", "campaign", "medium"}
)


def number_cell(value: float) -> int:
    """The bin of a number."""
    if not isfinite(value):
        return LAST_BIN
    return max(-LAST_BIN, min(LAST_BIN, round(asinh(value) * PER_UNIT)))


def score_cell(score: float) -> int:
    """The bin of a probability, by its log-odds."""
    p = min(max(score, 1e-9), 1 - 1e-9)
    return round(max(-LAST_LOGIT, min(LAST_LOGIT, log(p / (1 - p)))) * PER_LOGIT)


def in_words(first: Cell, last: Cell) -> str:
    """A cell, or a run of bins, for a person."""
    if isinstance(first, str) or isinstance(last, str):
        return str(first)
    low, high = (f"{sinh(one / PER_UNIT):.3g}" for one in (first, last))
    return low if low == high else f"{low} to {high}"


SCORE: Final = "score"  # kept like a feature, in bins of log-odds


@dataclass(slots=True)
class Sketch:
    """Counts of leads; those that lack a feature are not counted there.

    Attributes:
        leads: All that were counted.
        features: Name, or SCORE → cell → leads.
        scored, score_sum: Leads with a score, and the sum of the scores.
    """

    leads: float = 0
    features: dict[str, dict[Cell, float]] = field(default_factory=dict)
    scored: float = 0
    score_sum: float = 0.0

    def add(self, numbers: Mapping[str, float], categories: Mapping[str, str], score: float | None) -> None:
        """Count one lead."""
        self.leads += 1
        for name, number in numbers.items():
            if name not in NO_TRAIT:
                self._count(name, number_cell(number))
        for name, text in categories.items():
            if name not in NO_TRAIT:
                self._count(name, text[:MAX_TEXT])
        if score is not None:
            self.scored += 1
            self.score_sum += score
            self._count(SCORE, score_cell(score))

    def take_in(self, other: Sketch, weight: float = 1) -> None:
        """Add what another one counted, so many times."""
        self.leads += weight * other.leads
        self.scored += weight * other.scored
        self.score_sum += weight * other.score_sum
        for name, cells in other.features.items():
            for cell, count in cells.items():
                self._count(name, cell, weight * count)

    def fade(self, factor: float) -> None:
        """Forget a share of all counts; what hardly counts any more is dropped."""
        self.leads, self.scored, self.score_sum = self.leads * factor, self.scored * factor, self.score_sum * factor
        for name, cells in list(self.features.items()):
            kept = {cell: count * factor for cell, count in cells.items() if count * factor >= LEAST_KEPT}
            if kept:
                self.features[name] = kept
            else:
                del self.features[name]

    @property
    def score_mean(self) -> float:
        return self.score_sum / self.scored if self.scored else 0.0

    def _count(self, name: str, cell: Cell, leads: float = 1) -> None:
        cells = self.features.get(name)
        if cells is None:
            name = name[:MAX_TEXT]
            if len(self.features) >= MAX_FEATURES and name not in self.features:
                return
            cells = self.features.setdefault(name, {})
        if cell not in cells and len(cells) >= MAX_CELLS:
            cell = REST
        cells[cell] = cells.get(cell, 0) + leads
