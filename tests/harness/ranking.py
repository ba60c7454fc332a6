"""How well scores rank leads."""

from __future__ import annotations

from collections.abc import Sequence


def auc(scored: Sequence[tuple[float, bool]]) -> float:
    """Area under the ROC curve by ranks (Mann and Whitney); ties count half."""
    won = sorted(chance for chance, label in scored if label)
    lost = sorted(chance for chance, label in scored if not label)
    below = equal = total = 0
    for chance in won:
        while below < len(lost) and lost[below] < chance:
            below += 1
        equal = max(equal, below)
        while equal < len(lost) and lost[equal] <= chance:
            equal += 1
        total += below + equal
    return total / 2 / (len(won) * len(lost))
