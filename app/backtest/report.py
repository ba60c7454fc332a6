"""The answer: one dictionary of plain values, of which the JSON, the terminal and the page are made.

docs/backtest.md has its keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.backtest.baselines import recent_won_share
from app.backtest.business import Desk, captured_at_capacity, dealings
from app.backtest.description import Description
from app.backtest.direction import newest_first
from app.backtest.errors import CannotJudge, listed
from app.backtest.history import History
from app.backtest.judged import Judged, deciles, judged, measures, over_time
from app.backtest.leaks import Leak
from app.backtest.replay import Replayed
from app.backtest.source import Scored, as_yaml
from app.inventory.models import Inventory
from app.learning import quality
from app.learning.quality import Floats
from app.pipeline.confidence import PENALTIES

VERSION: Final = 1  # of the report's shape; raised when a key changes its meaning or goes
SORTED: Final = 0.95  # AUC of a row's place from which the rows look sorted by outcome
FIFO: Final = "first_come_first_served"
_NO_RANKING: Final = {"auc": 0.5, "log_loss": None, "ece": None, "brier": None, "lift_top_decile": 1.0}  # who says nothing


@dataclass(frozen=True, slots=True)
class Backtest:
    """All that a report is made of.

    Attributes:
        ignored: Columns left out by name, or as leaks.
        leaks: Found, left out or not.
        identity: Whether persons were told.
    """

    said: Description
    history: History
    scored: Scored
    ignored: tuple[str, ...]
    leaks: list[Leak]
    identity: bool
    replayed: Replayed
    inventory: Inventory


def report(one: Backtest, others: Mapping[str, Floats], seconds: float) -> dict[str, Any]:
    """The report.

    Args:
        one: What was replayed.
        others: Further baselines: name → predictions for the judged rows.
        seconds: How long all of it took.

    Raises:
        CannotJudge: The rows that count ended alike, or there are none.
    """
    history, said, replayed = one.history, one.said, one.replayed
    rows = judged(history, replayed, said.skip)
    if not len(rows) or rows.won.min() == rows.won.max():
        raise CannotJudge(
            f"after the first {said.skip:.0%} of the rows {len(rows):,} leads have an outcome, all the same: see --skip"
        )
    desk = Desk(said.capacity, said.window)
    half = rows.since(len(history) // 2)
    ways: dict[str, Floats] = {"static_rules": rows.by_rules, "recent_won_share": recent_won_share(history, rows.rows), **others}
    return {
        "version": VERSION,
        **measures(rows.probability, rows.won),
        **replayed.microseconds(),
        "leads": len(rows),
        "won": int(rows.won.sum()),
        "won_share": float(rows.won.mean()),
        "file": _file(history, replayed),
        "outcome": {"column": said.outcome, "positive": list(history.outcome.positive), "told": history.outcome.told},
        "labels": {
            "delay": history.label_delay,
            "by_dates": history.label_delay is None,
            "learned": replayed.labels,
            "versions": replayed.versions,
        },
        "skip": said.skip,
        "features": list(one.scored.features),
        "fields": one.scored.fields,
        "ignored": list(one.ignored),
        "identity": one.identity,
        "leaks": [
            {"column": leak.column, "kind": leak.kind, "auc": leak.auc, "why": leak.why, "excluded": leak.column in one.ignored}
            for leak in one.leaks
        ],
        "warnings": _warnings(one),
        "notes": list(history.notes),
        "drifts": [{"row": drift.row, "labels": drift.labels} for drift in replayed.drifts],
        "windows": over_time(rows),
        "calibration": [
            {"predicted": part.predicted, "won_share": part.won, "leads": part.leads}
            for part in quality.calibration(rows.probability, rows.won)
        ],
        "deciles": deciles(rows.probability, rows.won),
        "baselines": {FIFO: _NO_RANKING} | {name: measures(scores, rows.won) for name, scores in ways.items()},
        "captured_at_capacity": _captured(one, rows, half, ways, desk),
        "business": _business(one, rows, ways, desk),
        "seconds": seconds,
        "source_yaml": as_yaml(one.scored),
    }


def _file(history: History, replayed: Replayed) -> dict[str, Any]:
    reading, fates = history.table.reading, Counter(row.fate for row in replayed.rows)
    return {
        "rows": reading.rows,
        "without_outcome": sum(won is None for won in history.won),
        "ragged": reading.ragged,
        "blank": reading.blank,
        "renamed_columns": list(reading.renamed),
        "encoding": reading.encoding,
        "separator": reading.separator,
        "duplicates": fates["duplicate"],
        "dead_letters": dict(replayed.reasons),
    }


def _warnings(one: Backtest) -> list[str]:
    told = []
    for leak in one.leaks:
        if leak.column in one.ignored:
            told.append(f"column {leak.column!r} left out: {leak.why}")
        else:
            remedy = f"{'--drop-leaks or ' if leak.sure else ''}--ignore {_option(leak.column)}"
            told.append(f"column {leak.column!r}: {leak.why}. If nobody knew it when the lead came: {remedy}")
    labelled = [(row, won) for row, won in enumerate(one.history.won) if won is not None]
    place = quality.auc([float(row) for row, _ in labelled], [won for _, won in labelled]) or 0.5
    if max(place, 1 - place) >= SORTED:
        told.append("the rows look sorted by outcome, not by time: --order COLUMN")
    if one.history.moments is None and one.said.order is None:
        dated = newest_first((name, one.history.table.columns[name]) for name in one.scored.features)
        if dated is not None:
            told.append(f"the rows look newest first, by {dated!r}: --order {_option(dated)}, or --lead-date {_option(dated)}")
    reading = one.history.table.reading
    if reading.ragged:
        told.append(f"{reading.ragged:,} rows have more or fewer cells than the header: read as far as they go")
    if one.scored.left_out:
        told.append(f"more columns than scoring looks at; left out, the weakest: {listed(one.scored.left_out)}")
    if lost := sum(one.replayed.reasons.values()):
        told.append(f"{lost:,} rows are dead letters ({', '.join(one.replayed.reasons)}), counted and not judged")
    return told


def _option(column: str) -> str:
    return f"'{column}'" if " " in column else column


def _captured(one: Backtest, rows: Judged, half: Judged, ways: Mapping[str, Floats], desk: Desk) -> dict[str, Any]:
    """Of the history's second half."""
    offset = len(rows) - len(half)
    return {
        "capacity": desk.capacity,
        "window": desk.window,
        "leads": len(half),
        "won": int(half.won.sum()),
        **captured_at_capacity(half, half.probability, desk),
        FIFO: captured_at_capacity(half, None, desk),
        **{name: captured_at_capacity(half, scores[offset:], desk) for name, scores in ways.items()},
    }


def _business(one: Backtest, rows: Judged, ways: Mapping[str, Floats], desk: Desk) -> dict[str, Any]:
    history = one.history
    unit = "call" if history.cost is None else f"column {one.said.cost}" if one.said.cost else "cost per lead"
    return {
        "capacity": desk.capacity,
        "window": desk.window,
        "cost_unit": unit,
        "left_to_people": _left_to_people(one, rows),
        "by_score": dealings(rows, rows.probability, desk, history.cost, history.moments),
        FIFO: dealings(rows, None, desk, history.cost, history.moments),
        **{name: dealings(rows, scores, desk, history.cost, history.moments) for name, scores in ways.items()},
    }


def _left_to_people(one: Backtest, rows: Judged) -> float:
    """The share below the confidence that routing asks for. A history without contacts is not held to have some."""
    usual = 1.0 if one.scored.has_contacts else PENALTIES["uncontactable"]
    limit = one.inventory.routing.review_below_confidence * usual
    return sum(one.replayed.rows[row].confidence < limit for row in rows.rows) / len(rows)
