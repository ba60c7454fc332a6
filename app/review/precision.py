"""How right machines are: of the sampled leads that people decided, how many they left as the machine proposed.

Unbiased, for the sample is drawn by lead id alone from all leads that machines may decide, and only leads that nothing else held
count. Interval: Wilson's score interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.fairness.intervals import Share, wilson
from app.review.queue import Judged


@dataclass(frozen=True, slots=True)
class Precision:
    """Attributes:
    source: None: all together.
    decided, agreed: Sampled leads that people decided; those that they left as they were proposed.
    waiting: Sampled leads that nobody has decided yet. Many of them: the figure tells of those that people pick first.
    precision, low, high: Share, and its 95 % interval; None where nothing was decided.
    """

    source: str | None
    decided: int
    agreed: int
    waiting: int
    precision: float | None
    low: float | None
    high: float | None


def precision(rows: Sequence[Judged]) -> list[Precision]:
    """All together first, then each source."""
    total = (sum(row.decided for row in rows), sum(row.agreed for row in rows), sum(row.open for row in rows))
    return [_of(None, *total), *(_of(row.source, row.decided, row.agreed, row.open) for row in rows)]


def _of(source: str | None, decided: int, agreed: int, waiting: int) -> Precision:
    if not decided:
        return Precision(source, 0, 0, waiting, None, None, None)
    found = wilson(Share(agreed, decided))
    return Precision(source, decided, agreed, waiting, found.value, found.low, found.high)
