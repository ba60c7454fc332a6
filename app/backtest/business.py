"""What the ranking would have done for sales that cannot call everybody.

The desk: leads arrive one after the other, and with each of them sales gain `capacity` of a call; whenever a whole call is
there, one waiting lead is called: the one with the highest score, or, first come first served, the one that waits longest. After
`window` leads the day ends, and who still waits is not called. Nobody looks ahead. The wait of a lead is how many leads arrived
until its call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from statistics import median
from typing import Any

import numpy as np

from app.backtest.judged import Judged
from app.learning import quality
from app.learning.quality import Floats

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Desk:
    """Share of leads that sales can call, and leads that share one day's capacity."""

    capacity: float
    window: int

    def calls(self, scores: Sequence[float] | Floats | None, leads: int) -> list[int | None]:
        """For each lead the arrival at which it is called; None: never. Without scores first come first served."""
        called: list[int | None] = [None] * leads
        heap: list[tuple[float, int]] = []
        line: deque[int] = deque()
        credit = 0.0
        for at in range(leads):
            if at % self.window == 0:
                heap.clear()
                line.clear()
                credit = 0.0
            if scores is None:
                line.append(at)
            else:
                heappush(heap, (-float(scores[at]), at))
            credit += self.capacity
            while credit > 1.0 - 1e-9 and (heap or line):
                credit -= 1.0
                called[line.popleft() if scores is None else heappop(heap)[1]] = at
        return called


def captured_at_capacity(one: Judged, scores: Floats | None, desk: Desk) -> dict[str, float]:
    """The share of all won leads among those that capacity reaches, counted in three ways.

    overall: the capacity's share of all these leads, by score. per_window: of each window, by score, as if all of a day were
    known when the calls begin. as_they_come: by the desk, which knows nothing of what comes. Without scores first come first
    served, which cannot save calls for another day: its overall is its per_window.
    """
    if not len(one):
        return dict.fromkeys(("overall", "per_window", "as_they_come"), 0.0)
    won = max(1.0, float(one.won.sum()))
    ranks = -np.arange(len(one), dtype=np.float64) if scores is None else scores
    per_window = 0.0
    for start in range(0, len(one), desk.window):
        part = slice(start, start + desk.window)
        per_window += quality.captured(ranks[part], one.won[part], desk.capacity) * float(one.won[part].sum())
    called = desk.calls(scores, len(one))
    return {
        "overall": per_window / won if scores is None else quality.captured(ranks, one.won, desk.capacity),
        "per_window": per_window / won,
        "as_they_come": sum(float(end) for end, at in zip(one.won, called, strict=True) if at is not None) / won,
    }


def dealings(
    one: Judged, scores: Floats | None, desk: Desk, costs: Sequence[float] | None, moments: Sequence[int] | None
) -> dict[str, Any]:
    """Calls, conversions, cost per acquisition and waits of one way to rank.

    Args:
        one: The leads.
        scores: Of each; None: first come first served.
        costs: Of each row of the history. All are paid, whoever is called; without them a call costs 1.
        moments: Of each row of the history, in milliseconds.
    """
    called = desk.calls(scores, len(one))
    reached = [place for place, at in enumerate(called) if at is not None]
    caught = [place for place in reached if one.won[place]]
    waits = [at - place for place in caught if (at := called[place]) is not None]
    hours = None
    if moments is not None:
        spans = [moments[one.rows[at]] - moments[one.rows[place]] for place in caught if (at := called[place]) is not None]
        hours = median(spans) / HOUR_MS if spans else None
    spent = len(reached) if costs is None else sum(costs[row] for row in one.rows)
    return {
        "called": len(reached),
        "conversions": len(caught),
        "conversions_share": len(caught) / max(1.0, float(one.won.sum())),
        "calls_per_conversion": len(reached) / len(caught) if caught else None,
        "cost_per_acquisition": spent / len(caught) if caught else None,
        "wait_of_won_leads": median(waits) if waits else None,
        "wait_of_won_hours": hours,
    }
