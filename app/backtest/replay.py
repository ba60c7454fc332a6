"""The replay: each row is a record that comes in, is scored by the model of that moment, and taught when its label was known.

The stages are the workers', the ledger and the model the learner's, the exported model the one that workers load. Rows are
processed in batches of as many as there are labels between two versions of the model: a batch is scored by one version, which
has learned every label that was known before the batch's first row came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from statistics import fmean, median
from typing import Final

from app.backtest.history import History
from app.backtest.served import Clock, Served
from app.backtest.taught import Drift, Learner
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed, Score
from app.pipeline.process import Pipeline
from app.pipeline.scoring import RULES
from app.pipeline.source import InboundEvent

FIRST_LABELS: Final = 20  # until then the rules score, as in the learner's policy
EVERY: Final = 1_000  # rows between two calls of `progress`


@dataclass(slots=True)
class Row:
    """One row as it was scored; `probability` None: the pipeline made no lead of it."""

    fate: str
    probability: float | None = None
    by_rules: float = 0.0
    confidence: float = 0.0
    sureness: float = 0.0


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
    """

    rows: list[Row] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    versions: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    labels: int = 0
    predict_ns: list[int] = field(default_factory=list)
    pipeline_ns: int = 0
    learn_ns: int = 0

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
    out, learner = Replayed(), Learner(history, clock)
    told = 0
    for start in range(0, len(history), publish_every):
        learner.learn_until(start)
        if learner.fresh and learner.labels >= FIRST_LABELS:
            stages.served.serve(learner.export())
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
    out.predict_ns, out.learn_ns = stages.served.spent, learner.spent_ns
    out.drifts, out.versions, out.labels = learner.drifts, learner.versions, learner.labels
    return out


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
