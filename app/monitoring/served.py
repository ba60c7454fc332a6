"""How good were the probabilities that were served? The log loss of each, less that of the source's plain won share.

Most of a loss is luck that both have in common, and a won share that moves moves both; what is left rises when the scores tell
less than they did. Leads that end soon are other leads than those that end late, so ends are compared at like ages. Every moment
is tried as the one at which it began to be worse, as ADWIN does; the test is a difference of means by strata.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from app.learning.quality import loss
from app.monitoring.cohorts import AGES
from app.monitoring.ends import End

PER_BLOCK, BLOCKS = 50, 80  # ends; so many blocks are kept
FURTHEST: Final = 4.0  # nats: one confident mistake is no drift
SHARE_MEMORY: Final = 500  # ends that the won share is taken from
LEAST_BEFORE: Final = 10  # ends of an age, so that others of it can be held against them

Table = npt.NDArray[np.float64]


class _Block:
    def __init__(self, begin_ms: int) -> None:
        self.begin_ms, self.ends = begin_ms, 0
        self.sums = np.zeros((3, AGES))  # of 1, x, x² by age


@dataclass(frozen=True, slots=True)
class Rises:
    """For each moment in `at_ms`: ends since and before, the usual excess loss (nats), by how much it rose, with what
    variance."""

    at_ms: npt.NDArray[np.int64]
    since: Table
    before: Table
    usual: Table
    rise: Table
    variance: Table


class Served:
    """Of one source.

    Args:
        length_ms: The unit of ages.
    """

    def __init__(self, length_ms: int) -> None:
        self._length = length_ms
        self._blocks = deque[_Block](maxlen=BLOCKS)
        self._won, self._ends = 0.5, 5.0  # as if of five ends half a one had been won
        self._from_ms = 0

    def ended(self, end: End, at_ms: int) -> None:
        """An end became known."""
        score = end.served.score
        if score is None or at_ms < self._from_ms:
            return
        share = self._won / self._ends
        excess = max(-FURTHEST, min(FURTHEST, loss(score, end.won) - loss(share, end.won)))
        fade = 1.0 - 1.0 / SHARE_MEMORY
        self._won, self._ends = self._won * fade + end.won, self._ends * fade + 1
        if not self._blocks or self._blocks[-1].ends >= PER_BLOCK:
            self._blocks.append(_Block(at_ms))
        block = self._blocks[-1]
        block.ends += 1
        age = min(AGES - 1, (end.age_ms // self._length).bit_length())
        block.sums[:, age] += (1.0, excess, excess * excess)

    def cut(self, before_ms: int) -> None:
        """Forget what was known before then."""
        self._from_ms = max(self._from_ms, before_ms)
        while self._blocks and self._blocks[0].begin_ms < before_ms:
            self._blocks.popleft()

    def rises(self, at_ms: npt.NDArray[np.int64] | None = None, usual_to_ms: int | None = None) -> Rises:
        """Hold the ends since each moment against those before it.

        Args:
            at_ms: The moments; not given: the beginning of each block.
            usual_to_ms: What came later is not what they are held against.
        """
        starts = np.asarray([one.begin_ms for one in self._blocks], dtype=np.int64)
        moments = starts if at_ms is None else at_ms
        if not self._blocks or not len(moments):
            none = np.zeros(len(moments))
            return Rises(moments, none, none, none, none, none)
        sums = np.vstack([np.zeros((1, 3, AGES)), np.cumsum([one.sums for one in self._blocks], axis=0)])
        place = np.searchsorted(starts, moments)
        usual_to = place if usual_to_ms is None else np.minimum(place, np.searchsorted(starts, usual_to_ms))
        before, since = sums[usual_to], sums[-1] - sums[place]
        alike = (before[:, 0] >= LEAST_BEFORE) & (since[:, 0] > 0)
        m, n = np.where(alike, before[:, 0], 1.0), np.where(alike, since[:, 0], 0.0)
        usual = np.where(alike, before[:, 1] / m, 0.0)
        rise = np.where(alike, since[:, 1] / np.maximum(n, 1.0) - usual, 0.0)
        total = sums[-1].sum(axis=1)
        spread = max(total[2] / total[0] - (total[1] / total[0]) ** 2, 1e-4)
        of = np.maximum(n.sum(axis=1), 1.0)
        return Rises(
            moments,
            n.sum(axis=1),
            np.where(alike, m, 0.0).sum(axis=1),
            (n * usual).sum(axis=1) / of,
            (n * rise).sum(axis=1) / of,
            spread * (n + n * n / m).sum(axis=1) / of**2,
        )
