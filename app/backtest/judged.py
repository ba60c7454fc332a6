"""What is judged of a replay: the rows after the first part that have a label and a score, and their measures over time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from app.backtest.history import History
from app.backtest.replay import Replayed
from app.learning import quality
from app.learning.quality import Floats

WINDOWS: Final = 20  # over time, at most …
SMALLEST: Final = 100  # … of so many leads at least
DECILES: Final = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """Predictions and ends, in the order of time.

    Attributes:
        rows: Their places in the history.
        probability, by_rules, won: One for each.
    """

    rows: list[int]
    probability: Floats
    by_rules: Floats
    won: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def since(self, row: int) -> Judged:
        """Those from a row of the history on."""
        at = next((place for place, one in enumerate(self.rows) if one >= row), len(self.rows))
        return Judged(self.rows[at:], self.probability[at:], self.by_rules[at:], self.won[at:])


def judged(history: History, replayed: Replayed, skip: float) -> Judged:
    """Rows before `skip` of the history are learned and not judged."""
    first = int(skip * len(history))
    rows = [
        row
        for row, one in enumerate(replayed.rows)
        if row >= first and history.won[row] is not None and one.probability is not None
    ]
    scores = np.array([replayed.rows[row].probability for row in rows], dtype=np.float64)
    by_rules = np.array([replayed.rows[row].by_rules for row in rows], dtype=np.float64)
    return Judged(rows, scores, by_rules, np.array([history.won[row] for row in rows], dtype=np.float64))


def measures(probability: Floats, won: Floats) -> dict[str, Any]:
    """AUC, log loss, calibration error, Brier score and lift."""
    told = asdict(quality.quality(probability.tolist(), [bool(one) for one in won]))
    return {name: told[name] for name in ("auc", "log_loss", "ece", "brier", "lift_top_decile")}


def over_time(one: Judged) -> list[dict[str, Any]]:
    """The same for windows of equally many leads, with the share that was won and what was predicted of it."""
    parts = np.array_split(np.arange(len(one)), max(1, min(WINDOWS, len(one) // SMALLEST)))
    found = []
    for part in parts:
        p, y = one.probability[part], one.won[part]
        found.append(
            {
                "from_row": one.rows[int(part[0])],
                "to_row": one.rows[int(part[-1])],
                "leads": len(part),
                "won_share": float(y.mean()),
                "predicted": float(p.mean()),
                "auc": quality.auc(p, y),
                "log_loss": quality.log_loss(p, y),
                "by_rules_auc": quality.auc(one.by_rules[part], y),
            }
        )
    return found


def deciles(probability: Floats, won: Floats) -> list[dict[str, Any]]:
    """Tenths of the leads by falling score: how many were won, and how many times the share of all that is."""
    order = np.argsort(-probability, kind="stable")
    mean = max(float(won.mean()), 1e-12)
    return [
        {"decile": n, "leads": len(part), "won": int(won[part].sum()), "lift": float(won[part].mean()) / mean}
        for n, part in enumerate(np.array_split(order, min(DECILES, len(order))), start=1)
    ]
