"""Does a file begin with its newest rows? Many exports do, and a replay from the end backwards proves nothing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from app.backtest.table import Column
from app.backtest.values import MOSTLY, moments, number_style

SAMPLE: Final = 2_000  # rows, spread evenly
SOME: Final = 0.2  # of the steps from row to row must change the date, …
RISES: Final = 0.02  # … and so few of them rise


def newest_first(columns: Iterable[tuple[str, Column]]) -> str | None:
    """A column of dates that fall from row to row; None where there is none."""
    for name, column in columns:
        cells: Column = [cell for cell in column[:: max(1, len(column) // SAMPLE)] if cell is not None]
        if len(cells) < 2 or number_style(cells) is not None:
            continue
        if sum(at is not None for at in moments(cells[:50])) < MOSTLY * len(cells[:50]):
            continue
        told = [at for at in moments(cells) if at is not None]
        steps = [later - earlier for earlier, later in pairwise(told)]
        changes = sum(step != 0 for step in steps)
        if changes > SOME * len(steps) and sum(step > 0 for step in steps) <= RISES * changes:
            return name
    return None
