"""Columns that nobody can have known when the lead came: they tell the outcome, or were filled in by it.

Each column is judged alone. Its values become codes, the won share of the value among the *other* half of the rows (so that an
id, which never comes again, tells nothing), and the AUC of the codes says how well they tell the outcome. It is a suspicion and
no proof: what was known when is known by who keeps the file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from app.backtest.table import Column
from app.backtest.values import numbers
from app.learning.quality import auc

TELLS: Final = 0.98  # AUC of a column that tells the outcome by itself
SUPPORT: Final = 10  # leads of either end, below which nothing is said
FILLED: Final = (0.2, 0.01)  # filled in for at least so many leads of one end, and at most so many of the other
STRONG: Final = 0.75  # AUC from which the strongest column is suspicious, …
AHEAD: Final = 0.05  # … where it is so far ahead of the second
BINS: Final = 32  # of a column of numbers
PRIOR: Final = 5.0  # leads that a value's won share starts with, at the share of all

Kind = Literal["tells_outcome", "filled_by_outcome", "strongest"]


@dataclass(frozen=True, slots=True)
class Leak:
    """A column that is suspicious.

    Attributes:
        kind: It tells the outcome nearly perfectly; it is filled in for one end alone; it is the strongest by far.
        auc: Of the column alone.
        why: In words.
    """

    column: str
    kind: Kind
    auc: float
    why: str

    @property
    def sure(self) -> bool:
        """Whether --drop-leaks leaves it out: the strongest column may as well be an honest one."""
        return self.kind != "strongest"


def find_leaks(columns: Iterable[tuple[str, Column]], won: Sequence[bool | None]) -> tuple[list[Leak], dict[str, float]]:
    """Leaks, the strongest first, and every column's AUC alone. Rows without a label are left out."""
    rows = [row for row, label in enumerate(won) if label is not None]
    labels = np.array([bool(won[row]) for row in rows])
    found: list[Leak] = []
    alone: dict[str, float] = {}
    for name, column in columns:
        cells = [column[row] for row in rows]
        alone[name] = single_auc(cells, labels.tolist())
        if min(labels.sum(), len(labels) - labels.sum()) < SUPPORT:
            continue
        if (leak := _filled(name, cells, labels, alone[name]) or _telling(name, alone[name])) is not None:
            found.append(leak)
    honest = sorted((value, name) for name, value in alone.items() if name not in {leak.column for leak in found})
    if len(honest) > 1 and honest[-1][0] >= max(STRONG, honest[-2][0] + AHEAD):
        strength, name = honest[-1]
        why = f"alone it ranks leads with an AUC of {strength:.2f}, the next column with {honest[-2][0]:.2f}"
        found.append(Leak(name, "strongest", strength, f"suspicious: strongest single column; {why}"))
    return sorted(found, key=lambda leak: -leak.auc), alone


def single_auc(cells: Column, won: Sequence[bool]) -> float:
    """How well a column alone tells the outcome, in [.5, 1]."""
    keys = _keys(cells)
    halves: tuple[dict[object, list[int]], dict[object, list[int]]] = ({}, {})
    for row, (key, label) in enumerate(zip(keys, won, strict=True)):
        seen = halves[row % 2].setdefault(key, [0, 0])
        seen[0] += label
        seen[1] += 1
    codes = np.empty(len(won))
    shares = [sum(won[half::2]) / max(1, len(won[half::2])) for half in (0, 1)]
    for row, key in enumerate(keys):
        other = 1 - row % 2
        wins, met = halves[other].get(key, (0, 0))
        codes[row] = (wins - met * shares[other]) / (met + PRIOR)  # above the share of all; 0 of what was never met
    return max(0.5, auc(codes, list(won)) or 0.5)


def _keys(cells: Column) -> Sequence[object]:
    read = numbers(cells)
    if read is None:
        return cells
    values = np.array([value for value in read if value is not None])
    if len(np.unique(values)) <= BINS:
        return cells
    edges = sorted({float(edge) for edge in np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1])})
    return [cell if value is None else bisect_right(edges, value) for cell, value in zip(cells, read, strict=True)]


def _filled(name: str, cells: Column, won: np.ndarray[tuple[int], np.dtype[np.bool_]], alone: float) -> Leak | None:
    filled = np.array([cell is not None for cell in cells])
    of_won, of_others = float(filled[won].mean()), float(filled[~won].mean())
    most, least = FILLED
    if filled.sum() >= SUPPORT and max(of_won, of_others) >= most and min(of_won, of_others) <= least:
        whom = "won leads" if of_won > of_others else "leads that were not won"
        share, other = max(of_won, of_others), min(of_won, of_others)
        why = f"filled in for {whom} alone ({share:.0%} of them, {other:.1%} of the others): known after the outcome"
        return Leak(name, "filled_by_outcome", alone, why)
    return None


def _telling(name: str, alone: float) -> Leak | None:
    why = f"alone it tells the outcome (AUC {alone:.3f}): known after the outcome, or made from it"
    return Leak(name, "tells_outcome", alone, why) if alone >= TELLS else None
