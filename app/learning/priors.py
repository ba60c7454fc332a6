"""What to expect of a source before the model has seen enough: its share of won leads, pooled with that of all sources.

Never 0 or 1: every share is drawn towards the pooled one, and that towards BASE, as by pseudo-counts (the mean of a beta
posterior). Older outcomes fade, so a source that changes is believed again.
"""

from __future__ import annotations

from math import log
from typing import Any, Final

BASE: Final = 0.10  # won share of leads nobody knows anything about
WEIGHT: Final = 20.0  # labels that a prior is worth
FADE: Final = 0.999  # per label of the same source: 1,000 labels are remembered
MAX_SOURCES: Final = 1_000
POOLED: Final = "*"


class SourcePriors:
    """Fading counts of won and all labels per source.

    Args:
        counts: source → (won, all), from an earlier `state()`; `*` holds all sources together.
    """

    def __init__(self, counts: dict[str, Any] | None = None) -> None:
        self._counts: dict[str, tuple[float, float]] = {name: (won, total) for name, (won, total) in (counts or {}).items()}

    def learn(self, source: str, won: bool) -> None:
        """Count one label for its source and for all."""
        for name in (POOLED, source):
            if name in self._counts or len(self._counts) < MAX_SOURCES:
                won_before, all_before = self._counts.get(name, (0.0, 0.0))
                self._counts[name] = (won_before * FADE + won, all_before * FADE + 1.0)

    def log_odds(self, source: str) -> float:
        """ln(p / (1 - p)) of the source's expected share; the pooled one for sources not seen."""
        won, total = self._counts.get(POOLED, (0.0, 0.0))
        share = (won + WEIGHT * BASE) / (total + WEIGHT)
        won, total = self._counts.get(source, (0.0, 0.0)) if source != POOLED else (0.0, 0.0)
        share = (won + WEIGHT * share) / (total + WEIGHT)
        return log(share / (1.0 - share))

    def table(self) -> dict[str, float]:
        """source → log-odds, with `*` for every other source."""
        return {name: self.log_odds(name) for name in (POOLED, *self._counts)}

    def state(self) -> dict[str, list[float]]:
        """As JSON can hold it."""
        return {name: [won, total] for name, (won, total) in self._counts.items()}
