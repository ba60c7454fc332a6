"""The baseline LightGBM: trees trained anew every so often, on all labels known by then. Only where it is installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from app.backtest.baselines import known_before
from app.backtest.errors import HistoryError
from app.backtest.history import History
from app.backtest.values import numbers
from app.learning.quality import Floats
from app.learning.share import BASE

EVERY: Final = 1_000  # rows between two trainings
FEWEST: Final = 100  # labels that a training needs
MAX_VALUES: Final = 250  # of a column of texts; the others share a code
PARAMETERS: Final[dict[str, Any]] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "verbosity": -1,
    "seed": 1,
    "deterministic": True,
}
TREES: Final = 100


class NotInstalled(HistoryError):
    """A baseline was asked for that is not here."""


def check_installed() -> None:
    """
    Raises:
        NotInstalled: With what to do.
    """
    if find_spec("lightgbm") is None:
        remedy = "pip install 'leadstream[backtest]', or leave the option out"
        raise NotInstalled(f"--baseline lightgbm: it is not installed; {remedy}")


def by_trees(history: History, columns: Sequence[str], rows: list[int], progress: Callable[[int], None]) -> Floats:
    """For each of these rows the prediction of the last training before it.

    Args:
        columns: What scoring may look at, too.
        progress: Told the rows done.
    """
    lightgbm = import_module("lightgbm")
    matrix, texts = _matrix(history, columns)
    out = np.full(len(history), BASE)
    known: list[int] = []
    trained = None
    for row, fresh in enumerate(known_before(history)):
        known += fresh
        if row % EVERY:
            continue
        if len(known) >= FEWEST:
            labels = np.array([bool(history.won[one]) for one in known], dtype=np.float64)
            data = lightgbm.Dataset(matrix[known], labels, categorical_feature=texts, params={"verbosity": -1})
            trained = lightgbm.train(PARAMETERS, data, TREES)
        if trained is not None:
            out[row : row + EVERY] = trained.predict(matrix[row : row + EVERY])
        progress(row)
    return out[rows]


def _matrix(history: History, columns: Sequence[str]) -> tuple[Floats, list[int]]:
    """Numbers as they are; texts as codes in the order they are first met."""
    made, texts = [], []
    for place, name in enumerate(columns):
        cells = history.table.columns[name]
        read = numbers(cells)
        if read is None:
            codes: dict[str, int] = {}
            for cell in cells:
                if cell is not None and cell not in codes and len(codes) < MAX_VALUES:
                    codes[cell] = len(codes)
            read = [None if cell is None else float(codes.get(cell, MAX_VALUES)) for cell in cells]
            texts.append(place)
        made.append([np.nan if value is None else value for value in read])
    return np.array(made, dtype=np.float64).reshape(len(columns), len(history)).T, texts
