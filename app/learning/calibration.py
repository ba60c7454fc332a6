"""Online calibration: log-odds × slope + shift, learned by the labels (Platt, 1999), by a filter that forgets.

It learns from what weights of some time ago say of a lead (`blend.py`), so it mends what is wrong when leads are scored.
"""

from __future__ import annotations

from math import exp
from typing import Any, Final

SLOPE_SPREAD, SHIFT_SPREAD = 0.003, 0.0006  # prior variances: slow, for a quick one moves leads of different weeks apart
UNREST: Final = (1e-7, 1e-8)  # variance gained at each label: of the slope, of the shift (members follow a moving base rate)
CENTRE: Final = -1.5  # log-odds about which the slope turns
MOST_SLOPE: Final = (0.3, 2.0)
LEAST_SPREAD: Final = 0.01


class Calibration:
    """Two weights and how sure they are, with what they have in common."""

    def __init__(self) -> None:
        self.slope, self.turn = 1.0, 0.0
        self._variance = [SLOPE_SPREAD, 0.0, SHIFT_SPREAD]

    @property
    def shift(self) -> float:
        """What is added after the slope."""
        return self.turn + CENTRE * (1.0 - self.slope)

    def of(self, log_odds: float) -> float:
        """Calibrated log-odds."""
        return self.slope * log_odds + self.shift

    def learn(self, log_odds: float, won: bool) -> None:
        """One step of the filter."""
        x = log_odds - CENTRE
        p = 1.0 / (1.0 + exp(-max(-12.0, min(12.0, self.of(log_odds)))))
        a, b, c = self._variance
        a, c = min(SLOPE_SPREAD, a + UNREST[0]), min(SHIFT_SPREAD, c + UNREST[1])
        gain_slope, gain_shift = a * x + b, b * x + c
        weight = max(LEAST_SPREAD, p * (1.0 - p))
        shrink = 1.0 + weight * (gain_slope * x + gain_shift)
        step, loss = (won - p) / shrink, weight / shrink
        self.slope = min(MOST_SLOPE[1], max(MOST_SLOPE[0], self.slope + gain_slope * step))
        self.turn += gain_shift * step
        self._variance = [a - gain_slope**2 * loss, b - gain_slope * gain_shift * loss, c - gain_shift**2 * loss]

    def doubt(self) -> None:
        """The world has changed: as unsure as at first."""
        self.slope, self.turn = 1.0, 0.0
        self._variance = [SLOPE_SPREAD, 0.0, SHIFT_SPREAD]

    def state(self) -> list[float]:
        """As JSON can hold it."""
        return [self.slope, self.turn, *self._variance]

    def load(self, state: Any) -> None:
        """
        Raises:
            TypeError, ValueError: This is no such state.
        """
        self.slope, self.turn, *self._variance = (float(one) for one in state)
