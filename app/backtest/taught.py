"""The learning half of a replay: ledger and model, as the learner joins them, and labels that come when they were known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.backtest.history import History
from app.backtest.served import Clock
from app.learning.ledger import PENDING, Ledger
from app.learning.lessons import Label, Outcome
from app.learning.model import OnlineModel
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed
from app.ports import Model


@dataclass(frozen=True, slots=True)
class Drift:
    """The model found that the world had changed: before which row, after how many labels."""

    row: int
    labels: int


class Learner:
    """Ledger and model.

    Args:
        history: Labels, and when each is known.
        clock: Nanoseconds.

    Attributes:
        drifts: In order.
        labels: How many were learned, …
        fresh: … and how many of them since the last version.
        versions: How many were made.
        spent_ns: On all labels together.
    """

    def __init__(self, history: History, clock: Clock) -> None:
        self._history, self._clock = history, clock
        self._ledger = Ledger(_remembered(history), len(history) + 1, None)
        self._model = OnlineModel()
        self._leads: list[str] = []
        labelled = (row for row, won in enumerate(history.won) if won is not None)
        self._queue = sorted(labelled, key=lambda row: (history.due[row], row))
        self._next = 0
        self.drifts: list[Drift] = []
        self.labels = self.fresh = self.versions = self.spent_ns = 0

    def decided(self, row: int, fate: Fate) -> None:
        """What was decided of a row goes to the ledger."""
        self._leads.append(fate.event.position.lead_id)
        if (decision := _decision(fate)) is not None:
            for lesson in self._ledger.decided(0, row, decision):
                self._teach(lesson)

    def learn_until(self, row: int) -> None:
        """All labels that are known when this row comes."""
        began, drifts = self._clock(), self._model.drifts
        due, won = self._history.due, self._history.won
        while self._next < len(self._queue) and due[self._queue[self._next]] <= row:
            told = self._queue[self._next]
            what = "won" if won[told] else "lost"
            for lesson in self._ledger.reported(Outcome(0, self._next, self._leads[told], what, self._next, f"row {told}")):
                self._teach(lesson)
                if self._model.drifts != drifts:
                    drifts = self._model.drifts
                    self.drifts.append(Drift(row, self._model.labels_learned))
            self._next += 1
        self.spent_ns += self._clock() - began
        self.labels = self._model.labels_learned

    def export(self) -> Model:
        """What workers would load now."""
        self.versions += 1
        self.fresh = 0
        return self._model.export(f"backtest-{self._model.labels_learned}")

    def _teach(self, lesson: object) -> None:
        if isinstance(lesson, Label):
            self._model.learn(lesson.numbers, lesson.categories, lesson.won)
            self.fresh += 1


def _remembered(history: History) -> int:
    """Leads that the ledger must know until their label comes: as many as in a worker's partition, and the delay's."""
    return len(history) + 1 if history.label_delay is None else PENDING + history.label_delay


def _decision(fate: Fate) -> dict[str, Any] | None:
    """What the ledger reads of a decision."""
    match fate:
        case Routed(score=score, lead=lead) | Review(score=score, lead=lead):
            features = {"numbers": score.numbers, "categories": score.categories}
            return {"lead_id": lead.lead_id, "fate": "routed", "source": lead.source, "received_at": lead.received_at, **features}
        case Duplicate(lead=lead):
            merged = {"fate": "duplicate", "duplicate_of": fate.of, "duplicate_kind": fate.kind}
            return {"lead_id": lead.lead_id, "source": lead.source, "received_at": lead.received_at, **merged}
        case DeadLetter():
            return None
