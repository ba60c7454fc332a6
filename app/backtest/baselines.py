"""What the scores are compared with: fixed ways to rank the same rows, with the same labels known at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

import numpy as np

from app.backtest.history import History
from app.learning.quality import Floats
from app.learning.share import BASE

RECENT: Final = 500  # labels that the recent won share is of
PRIOR: Final = 20.0  # labels that it begins with, at an ordinary share


def known_before(history: History) -> Iterator[list[int]]:
    """For each row those whose label became known since the row before."""
    labelled = (row for row, won in enumerate(history.won) if won is not None)
    queue = deque(sorted(labelled, key=lambda row: (history.due[row], row)))
    for row in range(len(history)):
        known = []
        while queue and history.due[queue[0]] <= row:
            known.append(queue.popleft())
        yield known


def recent_won_share(history: History, rows: list[int]) -> Floats:
    """For each of these rows the won share of the last RECENT labels known by then: a forecast without a look at the lead."""
    recent: deque[bool] = deque(maxlen=RECENT)
    shares: list[float] = []
    for known in known_before(history):
        recent.extend(bool(history.won[row]) for row in known)
        shares.append((sum(recent) + PRIOR * BASE) / (len(recent) + PRIOR) if known or not shares else shares[-1])
    return np.array([shares[row] for row in rows], dtype=np.float64)
