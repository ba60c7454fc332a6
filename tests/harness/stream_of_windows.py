"""Makes the closed windows of one simulated source, without making each of its leads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import cos, log, pi, tau

import numpy as np

from app.monitoring.sketch import PER_LOGIT, SCORE, Cell, Sketch
from app.monitoring.windows import BUCKETS_PER_E, Window

HOUR_MS = 3_600_000


@dataclass
class Mood:
    """What a source is like at a moment: a multiple of its rate, and shares in [0, 1]."""

    rate: float = 1.0
    duplicates: float = 0.08
    dead: float = 0.03
    without_email: float = 0.04
    latency_s: float = 0.4
    score: float = 0.15


class Stream:
    """One source, Poisson with a rhythm of the day (peak to trough 9:1) and bursts of campaigns.

    Args:
        per_window: Mean records per window.
        window_s: Length of a window.
        bursts: How often per hour a burst starts; it lasts one to three hours and multiplies the rate by 2.5 to 5.
    """

    def __init__(self, seed: int, per_window: float, window_s: float, bursts: float = 0.02, depth: float = 0.8) -> None:
        self._rng, self._mean, self._bursts, self._depth = np.random.default_rng(seed), per_window, bursts, depth
        self._window_ms = int(window_s * 1000)
        self._burst_end, self._burst = 0, 1.0

    def window(self, number: int, mood: Mood | None = None, source: str = "shop") -> Window:
        """The window with this number, counted from midnight of the first day."""
        mood = mood or Mood()
        start = number * self._window_ms
        rate = self._mean * (1 - self._depth * cos(tau * (start / HOUR_MS - 3) / 24)) * self._bursting(start) * mood.rate
        rng, n = self._rng, int(self._rng.poisson(rate))
        window = Window(source, start, start + self._window_ms, records=n)
        if not n:
            return window
        dead, twice = int(rng.binomial(n, mood.dead)), int(rng.binomial(n, mood.duplicates))
        window.fates = Counter(dead_letter=dead, duplicate=min(twice, n - dead))
        window.dedupe = Counter(same_event=min(twice, n - dead))
        window.missing = Counter(email=int(rng.binomial(n - dead, mood.without_email)))
        buckets = np.round(np.log(rng.lognormal(log(mood.latency_s * 1000), 0.8, n) + 1) * BUCKETS_PER_E).astype(int)
        window.latency = Counter(buckets.tolist())
        scores = rng.beta(mood.score * 6, (1 - mood.score) * 6, n - dead)
        window.scored = n - dead
        bins, leads = np.unique(np.round(np.log(scores / (1 - scores)) * PER_LOGIT), return_counts=True)
        cells: dict[Cell, float] = dict(zip(bins.astype(int).tolist(), leads.tolist(), strict=True))
        window.sketch = Sketch(n - dead, {SCORE: cells} if cells else {}, n - dead, float(scores.sum()))
        window.last_at_ms = start + int(self._window_ms * (1 - rng.random() ** 2 * min(1.0, pi / n)))
        return window

    def _bursting(self, at_ms: int) -> float:
        if at_ms >= self._burst_end:
            self._burst = 1.0
            if self._rng.random() < self._bursts * self._window_ms / HOUR_MS:
                self._burst_end = at_ms + int(self._rng.uniform(1, 3) * HOUR_MS)
                self._burst = float(self._rng.uniform(2.5, 5))
        return self._burst
