"""A member that looks back: boosted steps over the labels of the recent past, fitted anew every so often.

The other members go forward, label by label, and never weigh two features against each other again. This one keeps the terms of
the last labels, newer ones counting more, and fits a sum of one function per feature to them by gradient boosting with stumps
(Friedman, 2001; second-order gains as Chen and Guestrin, 2016; one feature per step, so that the sum stays additive: Lou, Caruana
and Gehrke, 2012). Few small steps, so that only what is plain in the data is learned. What comes out is one weight per term.
"""

from __future__ import annotations

from base64 import b85decode, b85encode
from collections.abc import Mapping, Sequence
from math import inf, log
from typing import Any, Final, NamedTuple
from zlib import compress, decompress
from zlib import error as ZlibError  # noqa: N812

import numpy as np
import numpy.typing as npt

from app.learning.share import BASE
from app.learning.terms import SPLIT, Terms

WINDOW: Final = 6_000  # labels kept
HALF_LIFE: Final = 2_000.0  # labels after which one counts half
FIRST: Final = 250  # labels before the first fit
SETTLED: Final = 1_000  # labels from which on it has its whole say
EVERY: Final = 500  # labels between later fits
STEPS: Final = 60
RATE: Final = 0.15
RIDGE: Final = 5.0  # added to the second derivatives: a group of few labels moves little
LEAST: Final = 2.0  # second derivatives that either side of a split must have
PRIOR: Final = 20.0  # labels that BASE is worth
MAX_FEATURES: Final = 96  # first come; bounds the time of a fit
DIGITS: Final = 6
STEP: Final = "^"

Codes = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float64]


def step(term: str) -> str:
    """The name under which this member knows a term."""
    return f"{term}{SPLIT}{STEP}"


class Boosted:
    """Remembers labels, and fits itself to them."""

    def __init__(self) -> None:
        self.bias = _log_odds(BASE)
        self._weights: dict[str, float] = {}
        self._columns: list[list[str]] = []  # per feature its terms; the code of a term is its place, from 1: 0 is none of them
        self._codes: dict[str, tuple[int, int]] = {}  # term → column, code
        self._of: dict[str, int] = {}  # feature → column
        self._rows: list[tuple[tuple[int, int], ...]] = []
        self._won: list[bool] = []
        self._until_fit = FIRST

    def log_odds(self, terms: Terms) -> float:
        """Of winning; each term's factor is 1."""
        weights, z = self._weights, self.bias
        for term, _ in terms:
            z += weights.get(term, 0.0)
        return z

    def learn(self, terms: Terms, won: bool) -> None:
        """Remember one label."""
        self._rows.append(tuple(code for term, _ in terms if (code := self._code(term))))
        self._won.append(won)
        if len(self._rows) >= WINDOW + EVERY:
            del self._rows[:EVERY], self._won[:EVERY]
        self._until_fit -= 1
        if not self._until_fit:
            self._until_fit = FIRST if len(self._rows) < EVERY else EVERY
            self._fit()

    def weights(self) -> dict[str, float]:
        """Term → weight."""
        return dict(self._weights)

    def grow(self, term: str, below: str, above: str | None, share: float) -> None:
        """A new knot says what the one below says, until the next fit."""
        if step(below) in self._weights:
            self._weights[step(term)] = self._weights[step(below)]

    @property
    def experience(self) -> float:
        """In [0, 1]: how much of what it takes to be listened to it has seen; 0 before the first fit."""
        return min(1.0, len(self._rows) / SETTLED) if self._weights else 0.0

    def forget(self) -> None:
        """The world has changed: keep only the newest labels, and fit anew as soon as there are enough of them."""
        del self._rows[:-FIRST], self._won[:-FIRST]
        self._until_fit = FIRST

    def _code(self, term: str) -> tuple[int, int] | None:
        code = self._codes.get(term)
        if code is None:
            feature = term.partition(SPLIT)[0]
            if feature not in self._of:
                if len(self._columns) >= MAX_FEATURES:
                    return None
                self._of[feature] = len(self._columns)
                self._columns.append([])
            column = self._of[feature]
            self._columns[column].append(term)
            code = self._codes[term] = column, len(self._columns[column])
        return code

    def _matrix(self) -> Codes:
        matrix = np.zeros((len(self._rows), len(self._columns)), dtype=np.uint16)
        for at, row in enumerate(self._rows):
            for column, code in row:
                matrix[at, column] = code
        return matrix

    def _fit(self) -> None:
        age = np.arange(len(self._rows) - 1, -1, -1)
        weight = np.exp2(-age / HALF_LIFE)
        orders, sizes = [_order(one) for one in self._columns], [1 + len(one) for one in self._columns]
        self.bias, functions = boost(self._matrix(), np.asarray(self._won, np.float64), weight, sizes, orders)
        self._weights = {
            term: round(float(value), DIGITS)
            for terms, function in zip(self._columns, functions, strict=True)
            for term, value in zip(terms, function[1:], strict=True)
            if value
        }

    def state(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "bias": self.bias,
            "weights": dict(self._weights),
            "columns": [list(terms) for terms in self._columns],
            "rows": b85encode(compress(self._matrix().tobytes(), 1)).decode(),
            "won": b85encode(np.packbits(np.asarray(self._won, bool)).tobytes()).decode(),
            "labels": len(self._rows),
            "until_fit": self._until_fit,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """
        Raises:
            KeyError, TypeError, ValueError: This is no such state.
        """
        self.bias, self._until_fit = float(state["bias"]), int(state["until_fit"])
        self._weights = {term: float(weight) for term, weight in state["weights"].items()}
        self._columns = [list(terms) for terms in state["columns"]]
        self._codes = {term: (at, n) for at, terms in enumerate(self._columns) for n, term in enumerate(terms, 1)}
        self._of = {terms[0].partition(SPLIT)[0]: at for at, terms in enumerate(self._columns)}
        labels = int(state["labels"])
        try:
            matrix = np.frombuffer(decompress(b85decode(state["rows"])), np.uint16).reshape(labels, len(self._columns))
        except (ZlibError, ValueError) as error:
            raise ValueError("the labels that a member looks back on are damaged") from error
        self._rows = [tuple((at, int(code)) for at, code in enumerate(row) if code) for row in matrix]
        won = np.unpackbits(np.frombuffer(b85decode(state["won"]), np.uint8), count=labels)
        self._won = [bool(one) for one in won]


def boost(
    codes: Codes, won: Floats, weight: Floats, sizes: Sequence[int], orders: Sequence[Sequence[int] | None]
) -> tuple[float, list[Floats]]:
    """Fit a bias and one function per column.

    Args:
        codes: labels × columns.
        won, weight: Of each label.
        sizes: Codes of each column, 0 included.
        orders: Per column its codes in the order of what they stand for; None: they have none.

    Returns:
        The bias, and per column the weight of each code, in log-odds.
    """
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    columns = len(sizes)
    cells = int(starts[-1])
    flat = (codes.astype(np.int64) + starts[:-1]).ravel()
    bias = _log_odds(float((weight @ won + PRIOR * BASE) / (weight.sum() + PRIOR)))
    z = np.full(len(won), bias)
    functions = [np.zeros(size) for size in sizes]
    for _ in range(STEPS if columns else 0):
        p = 1.0 / (1.0 + np.exp(-z))
        slope, bend = weight * (won - p), weight * p * (1.0 - p)
        slopes: Floats = np.bincount(flat, np.repeat(slope, columns), cells).astype(np.float64)
        bends: Floats = np.bincount(flat, np.repeat(bend, columns), cells).astype(np.float64)
        cut = zip(starts[:-1], starts[1:], orders, strict=True)
        found = [_split(slopes[low:high], bends[low:high], order) for low, high, order in cut]
        at = max(range(columns), key=lambda one: found[one].gain)
        if found[at].gain <= 0.0:
            break
        change = np.full(sizes[at], RATE * found[at].outside)
        change[found[at].group] = RATE * found[at].inside
        functions[at] += change
        z += change[codes[:, at]]
    return bias, functions


class Split(NamedTuple):
    """Two groups of one column's codes: what is gained, one of the groups, what it should move by and what the other."""

    gain: float
    group: npt.NDArray[np.int64]
    inside: float
    outside: float


def _split(slopes: Floats, bends: Floats, order: Sequence[int] | None) -> Split:
    """The best split of one column; see `boost` for `order`."""
    line = np.asarray(order, np.int64) if order is not None else np.argsort(slopes / (bends + RIDGE), kind="stable")
    if len(line) < 2:
        return Split(0.0, line, 0.0, 0.0)
    slope, bend = np.cumsum(slopes[line])[:-1], np.cumsum(bends[line])[:-1]
    all_slope, all_bend = slopes.sum(), bends.sum()
    gains = slope**2 / (bend + RIDGE) + (all_slope - slope) ** 2 / (all_bend - bend + RIDGE) - all_slope**2 / (all_bend + RIDGE)
    gains[(bend < LEAST) | (all_bend - bend < LEAST)] = 0.0
    at = int(np.argmax(gains))
    inside, outside = slope[at] / (bend[at] + RIDGE), (all_slope - slope[at]) / (all_bend - bend[at] + RIDGE)
    return Split(float(gains[at]), line[: at + 1], float(inside), float(outside))


def _order(terms: Sequence[str]) -> list[int] | None:
    """The codes of a number's terms, from none and lacking over low to high; None for a category's."""
    places: list[tuple[float, int]] = [(-inf, 0)]
    for code, term in enumerate(terms, 1):
        value = term.split(SPLIT)[1]
        try:
            places.append((-inf if value == "?" else float(value), code))
        except ValueError:
            return None
    return [code for _, code in sorted(places)]


def _log_odds(share: float) -> float:
    return log(share / (1.0 - share))
