"""How leads end with age, where many have not ended yet: "not won yet" is not "lost".

Two ends compete, won and lost; who is open is known only up to the present age. The share that has ended is estimated as Kaplan
and Meier (1958) do, the share won by each age as Aalen and Johansen (1978) do, which is the same where nobody is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Course:
    """How a set of leads ends.

    Attributes:
        leads, won, lost: Counted.
        eventual: The share that is won in the end, as far as the ages seen go.
        median_days: The age at which half of `eventual` is won; None where nothing is won.
        open: The share that has not ended by the oldest age seen.
    """

    leads: int
    won: int
    lost: int
    eventual: float
    median_days: float | None
    open: float


def course(leads: Iterable[tuple[float, bool | None]]) -> Course:
    """Estimate it.

    Args:
        leads: For each lead its age in days (at its end, or now), and whether it was won; None: open.
    """
    ends = sorted(leads, key=lambda one: one[0])
    at_risk, open_share, won_share = len(ends), 1.0, 0.0
    steps: list[tuple[float, float]] = []
    place = 0
    while place < len(ends):
        age, n = ends[place][0], place
        while n < len(ends) and ends[n][0] == age:
            n += 1
        won = sum(1 for one in ends[place:n] if one[1] is True)
        ended = sum(1 for one in ends[place:n] if one[1] is not None)
        if ended:
            won_share += open_share * won / at_risk
            open_share *= 1 - ended / at_risk
            steps.append((age, won_share))
        at_risk -= n - place
        place = n
    median = next((age for age, share in steps if share >= won_share / 2), None) if won_share > 0 else None
    total = sum(1 for one in ends if one[1] is True)
    return Course(len(ends), total, sum(1 for one in ends if one[1] is False), won_share, median, open_share)
