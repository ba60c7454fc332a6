"""The replay: each row is a record that comes in, is scored by the model of that moment, and taught when its label was known.

The stages are the workers', the ledger and the model the learner's, the exported model the one that workers load. Rows are
processed in batches of as many as there are labels between two versions of the model: a batch is scored by one version, which
has learned every label that was known before the batch's first row came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from statistics import fmean, median
from typing import Any, Final

from app.backtest.history import History
from app.inventory.models import Source
from app.learning.ledger import PENDING, Ledger
from app.learning.lessons import Label, Outcome
from app.learning.model import OnlineModel
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed, Score
from app.pipeline.identified import Identified
from app.pipeline.lead import Lead
from app.pipeline.process import Pipeline
from app.pipeline.scoring import RULES
from app.pipeline.source import InboundEvent
from app.ports import Model, Prediction

FIRST_LABELS: Final = 20  # until then the rules score, as in the learner's policy
EVERY: Final = 1_000  # rows between two calls of `progress`

Clock = Callable[[], int]


class EachALead:
    """The stage identity where every row of a history is a lead of its own."""

    def of(self, leads: Sequence[tuple[Lead, Source]]) -> list[Identified]:
        """Nobody was here before."""
        return [Identified("new", "", None) for _ in leads]


class Served:
    """The model port: the version that serves now, its predictions timed.

    Args:
        clock: Nanoseconds, rising.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._model: Model = RULES
        self.version, self.labels_learned = RULES.version, RULES.labels_learned
        self.spent: list[int] = []  # nanoseconds, of each prediction of a learned model

    def serve(self, model: Model) -> None:
        """From now on this version."""
        self._model, self.version, self.labels_learned = model, model.version, model.labels_learned

    def current(self) -> Served:
        return self

    def reliability(self, source: str, prior: float | None) -> float:
        return self._model.reliability(source, prior)

    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction:
        began = self._clock()
        prediction = self._model.predict(numbers, categories)
        if self.labels_learned:
            self.spent.append(self._clock() - began)
        return prediction

    def changed(
        self,
        numbers: Mapping[str, float],
        categories: Mapping[str, str],
        prediction: Prediction,
        changes: Mapping[str, float | str],
    ) -> float:
        return self._model.changed(numbers, categories, prediction, changes)


@dataclass(slots=True)
class Row:
    """One row as it was scored; `probability` None: the pipeline made no lead of it."""

    fate: str
    probability: float | None = None
    by_rules: float = 0.0
    confidence: float = 0.0
    sureness: float = 0.0


@dataclass(frozen=True, slots=True)
class Drift:
    """The model found that the world had changed: before which row, after how many labels."""

    row: int
    labels: int


@dataclass(slots=True)
class Replayed:
    """What came of a replay.

    Attributes:
        rows: One for each row of the history.
        drifts: In order.
        versions: Models that were published.
        reasons: Why rows were dead-lettered → how many.
        labels: How many were learned.
        predict_ns: Of the scoring model alone, one for each lead.
        pipeline_ns: All stages, for all rows together, predicting included.
        learn_ns: All labels together.
        export_ns: All versions together.
    """

    rows: list[Row] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    versions: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    labels: int = 0
    predict_ns: list[int] = field(default_factory=list)
    pipeline_ns: int = 0
    learn_ns: int = 0
    export_ns: int = 0

    def microseconds(self) -> dict[str, float | None]:
        """Cost per lead, in microseconds."""
        spent = self.predict_ns
        return {
            "microseconds_per_lead": median(spent) / 1e3 if spent else None,
            "microseconds_per_lead_mean": fmean(spent) / 1e3 if spent else None,
            "pipeline_microseconds_per_lead": self.pipeline_ns / 1e3 / max(1, len(self.rows)),
            "learning_microseconds_per_label": self.learn_ns / 1e3 / max(1, self.labels),
        }


@dataclass(frozen=True, slots=True)
class Stages:
    """The pipeline, and what it needs here.

    Attributes:
        pipeline: As workers run it.
        alone: The same where every row is a lead of its own: scores rows that the pipeline merges with an earlier lead.
        served: The port that both ask for the model.
    """

    pipeline: Pipeline
    alone: Pipeline
    served: Served


def replay(
    history: History,
    records: Iterator[InboundEvent],
    stages: Stages,
    clock: Clock,
    *,
    publish_every: int,
    progress: Callable[[int], None] = lambda rows: None,
) -> Replayed:
    """Score and learn the whole history once, in order.

    Args:
        history: Labels, and when each is known.
        records: Its rows as inbound events.
        stages: The pipeline.
        clock: Nanoseconds.
        publish_every: Rows that one version of the model scores.
        progress: Told the rows done, every so often.
    """
    out, learner = Replayed(), _Learner(history, clock)
    told = 0
    for start in range(0, len(history), publish_every):
        learner.learn_until(start, out)
        if learner.fresh and out.labels >= FIRST_LABELS:
            stages.served.serve(learner.export(out))
        batch = list(islice(records, publish_every))
        began = clock()
        fates = stages.pipeline.process(batch)
        out.pipeline_ns += clock() - began
        for row, fate in enumerate(fates, start):
            out.rows.append(_row(fate, stages, out))
            learner.decided(row, fate)
        if len(out.rows) - told >= EVERY:
            told = len(out.rows)
            progress(told)
    out.predict_ns = stages.served.spent
    return out


class _Learner:
    """Ledger and model, as the learner joins them."""

    def __init__(self, history: History, clock: Clock) -> None:
        self._history, self._clock = history, clock
        self._ledger = Ledger(_remembered(history), len(history) + 1, None)
        self._model = OnlineModel()
        self._leads: list[str] = []
        labelled = (row for row, won in enumerate(history.won) if won is not None)
        self._queue = sorted(labelled, key=lambda row: (history.due[row], row))
        self._next = 0
        self.fresh = 0

    def decided(self, row: int, fate: Fate) -> None:
        """What was decided of a row goes to the ledger."""
        self._leads.append(fate.event.position.lead_id)
        if (decision := _decision(fate)) is not None:
            for lesson in self._ledger.decided(0, row, decision):
                self._teach(lesson)

    def learn_until(self, row: int, out: Replayed) -> None:
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
                    out.drifts.append(Drift(row, self._model.labels_learned))
            self._next += 1
        out.learn_ns += self._clock() - began
        out.labels = self._model.labels_learned

    def export(self, out: Replayed) -> Model:
        """What workers would load now."""
        began = self._clock()
        model = self._model.export(f"backtest-{self._model.labels_learned}")
        out.export_ns += self._clock() - began
        out.versions += 1
        self.fresh = 0
        return model

    def _teach(self, lesson: object) -> None:
        if isinstance(lesson, Label):
            self._model.learn(lesson.numbers, lesson.categories, lesson.won)
            self.fresh += 1


def _remembered(history: History) -> int:
    """Leads that the ledger must know until their label comes: as many as in a worker's partition, and the delay's."""
    return len(history) + 1 if history.label_delay is None else PENDING + history.label_delay


def _row(fate: Fate, stages: Stages, out: Replayed) -> Row:
    match fate:
        case Routed(score=score) | Review(score=score):
            return _scored("routed" if isinstance(fate, Routed) else "review", score)
        case Duplicate(event=event):
            again = stages.alone.process([event])[0]
            return _scored("duplicate", again.score) if isinstance(again, Routed | Review) else Row("duplicate")
        case DeadLetter(reason=reason):
            out.reasons[reason] += 1
            return Row("dead_letter")


def _scored(fate: str, score: Score) -> Row:
    by_rules = RULES.predict(score.numbers, score.categories).probability
    return Row(fate, score.probability, by_rules, score.confidence, score.sureness)


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
