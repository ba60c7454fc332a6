"""The share of won leads: what somebody would expect of any lead who knew nothing about it."""

from __future__ import annotations

from math import log
from typing import Any, Final

BASE: Final = 0.10  # before any outcome
WEIGHT: Final = 20.0  # labels that BASE is worth
FADE: Final = 0.999  # per label: 1,000 labels are remembered, so a share that changes is believed again


class WonShare:
    """Fading counts of won and all labels, drawn towards BASE as by pseudo-counts (the mean of a beta posterior).

    Args:
        counts: (won, all), from an earlier `state()`.
    """

    def __init__(self, counts: Any = (0.0, 0.0)) -> None:
        self._won, self._all = (float(count) for count in counts)

    def learn(self, won: bool) -> None:
        """Count one label."""
        self._won, self._all = self._won * FADE + won, self._all * FADE + 1.0

    @property
    def log_odds(self) -> float:
        """ln(p / (1 - p)) of the share, which is never 0 or 1."""
        share = (self._won + WEIGHT * BASE) / (self._all + WEIGHT)
        return log(share / (1.0 - share))

    def state(self) -> list[float]:
        """As JSON can hold it."""
        return [self._won, self._all]
