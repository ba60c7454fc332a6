"""How well leads were matched, where it is known who they are: over pairs of leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """Pairs of leads of one person, in truth and as found.

    Attributes:
        right: Pairs found that are true.
        found: Pairs found: all within a group, so that one wrong merge of two groups counts as often as it does harm.
        true: Pairs in truth.
    """

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are true; 1 where none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were found; 1 where there is none."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def quality(groups: Sequence[Hashable], truth: Sequence[Hashable]) -> Quality:
    """Compare the group of each lead with who it truly is."""
    return Quality(
        _pairs(Counter(zip(groups, truth, strict=True)).values()),
        _pairs(Counter(groups).values()),
        _pairs(Counter(truth).values()),
    )


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
