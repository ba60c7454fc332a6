"""Keeps the match index: fills it when it lost its data, forgets what has ended, tells links that wait, and counts.

One thread in each process that asks the index; between them the index shares out the work: one restores, and each step of the
sweep is told to one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Final

from app.edges.redis.keeping import EVERY_S, Keeper
from app.edges.redis.match_index import RedisMatchIndex
from app.match_index import Standing
from app.ops import metrics

COUNT_EVERY: Final = 10  # turns
STEPS: Final = 20  # of the sweep in one turn: for 8,000 leads a second, of 2 to 15 ms of Redis each
_HELD: Final = ("leads", "bytes")
_COUNTED: Final = ("same", "crowded", "left_out", "missed", "late", "expired")


class MatchKeeper(Keeper):
    """See the module.

    Args:
        index: What is kept.
        standing: Tells all leads that stand, from where they are recorded; begins when it is iterated.
        tell: Tells the index the links that wait (`Identity.tell`), for times without batches.
        heard: Told with each turn why the index cannot tell; None where it can.
        clock: Unix time.
    """

    def __init__(
        self,
        index: RedisMatchIndex,
        standing: Callable[[], Iterable[Standing | None]],
        *,
        tell: Callable[[], None] = lambda: None,
        heard: Callable[[str | None], None] = lambda _: None,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__("match_index", heard=heard, every_s=every_s)
        self._index, self._standing, self._tell, self._clock = index, standing, tell, clock
        self._turns = 0

    def turn(self) -> None:
        """One turn of the work.

        Raises:
            EdgeDown: The index does not answer, or another process restores it.
        """
        self._index.restore(self.told(self._standing))
        self._fills(now=False)
        self.complete(now=True)
        self._tell()
        horizon = self._index.horizon(int(1000 * self._clock()), STEPS)
        for _ in range(horizon.steps if horizon.now_ms else 0):
            self._index.sweep(horizon.now_ms)
        if self._turns % COUNT_EVERY == 0:
            counts = asdict(self._index.counts())
            for held in _HELD:
                metrics.match_index_held.labels(held).set(counts[held])
            for counted in _COUNTED:
                metrics.match_index_counted.labels(counted).set(counts[counted])
        self._turns += 1

    def complete(self, *, now: bool) -> None:
        """It is known whether it can answer."""
        metrics.match_index_complete.set(now)

    def filling(self, *, now: bool) -> None:
        """It is filled from here, or not any more."""
        metrics.match_index_restoring.set(now)

    def consequence(self) -> str:
        """What it means for leads that it is away."""
        return "leads wait" if self._index.wait else "leads go on; who is a duplicate is found out later"
