"""Has the model become worse? ADWIN (Bifet and Gavaldà, 2007; River's) over its loss on outcomes as they came.

The model hands in its loss less that of the plain won share. Most of a loss is luck that no model could have foreseen, and which
both have in common; without it a drift shows after a few hundred labels, where it else may not show at all.

River's detector cannot be saved other than by pickle, so this one keeps the losses that its state follows from: a bounded list,
from which a restart builds the same detector again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from river.drift import ADWIN

WINDOW: Final = 3_000  # losses kept at most; when full, the older half is forgotten
DIGITS: Final = 4  # of a loss: keeps snapshots small


class LossDrift:
    """Watches a loss. Falling losses are learning, not drift: only a rise counts.

    Args:
        losses: What it has seen since it last started over, from an earlier `state()`.
        delta: ADWIN's significance.
    """

    def __init__(self, losses: Iterable[float] = (), delta: float = 0.002) -> None:
        self._delta = delta
        self._losses: list[float] = []
        self._start(list(losses))

    def _start(self, losses: list[float]) -> None:
        self._adwin = ADWIN(delta=self._delta)
        self._losses = losses
        for loss in losses:
            self._adwin.update(loss)

    def update(self, loss: float) -> bool:
        """Take one loss in; True when they have risen, upon which the watch starts over."""
        loss = round(loss, DIGITS)
        before = self._adwin.estimation
        self._adwin.update(loss)
        self._losses.append(loss)
        if self._adwin.drift_detected and self._adwin.estimation > before:
            self._start([])
            return True
        if len(self._losses) >= WINDOW:
            self._start(self._losses[WINDOW // 2 :])
        return False

    def state(self) -> list[float]:
        """As JSON can hold it."""
        return list(self._losses)
