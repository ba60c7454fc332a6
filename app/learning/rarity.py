"""How unusual a lead is: the sum over its features of -log of the share of leads that have this value.

It is told against the sums of recent leads.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import Final

from app.learning.rates import Rates

RECENT: Final = 200  # leads held against
STEPS: Final = 20  # quantiles told
DIGITS: Final = 4


def rarity(rates: Rates, term: str) -> float:
    """-log of the share of remembered leads that have this term, nats."""
    return -log((rates.seen(term) + 1.0) / (rates.totals[-1][1] + 2.0))


class Rarities:
    """The last leads' sums.

    Args:
        sums: Oldest first, from an earlier `state()`.
    """

    def __init__(self, sums: Iterable[float] = ()) -> None:
        self._sums = [float(one) for one in sums]

    def add(self, total: float) -> None:
        """One lead more."""
        self._sums.append(round(total, DIGITS))
        if len(self._sums) > RECENT:
            del self._sums[0]

    def quantiles(self) -> list[float]:
        """Rising; empty before any lead."""
        ordered = sorted(self._sums)
        return [ordered[min(len(ordered) - 1, step * len(ordered) // STEPS)] for step in range(STEPS + 1)] if ordered else []

    def state(self) -> list[float]:
        """As JSON can hold it."""
        return list(self._sums)
