"""A history of leads in the order they came, with what became of each and when that was known."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

from app.backtest.description import Description, NotDescribed
from app.backtest.errors import CannotJudge
from app.backtest.outcome import Outcome, outcome_of
from app.backtest.table import Column, Table
from app.backtest.values import moments, numbers, sort_keys

FEWEST: Final = 50  # labelled rows
FEWEST_OF_A_KIND: Final = 5  # won, and not won
USUAL_DELAY: Final = 500  # events, or a twentieth of a short history
DAY_MS: Final = 86_400_000
USUAL_HORIZON_MS: Final = 90 * DAY_MS


@dataclass(frozen=True, slots=True)
class History:
    """Rows in the order of time.

    Attributes:
        table: All columns, ordered.
        outcome: What became of each row.
        due: Row → the row before which its label is learned; len(table) and above: never in this history.
        label_delay: In events; None where dates say it.
        moments: When each lead came, in milliseconds, never falling; None: nobody says.
        cost: What each lead cost; None where nobody says.
        plumbing: Columns with a part in the replay itself: outcome, dates, cost. Nothing that scoring may look at.
        notes: What a reader of the results should know.
    """

    table: Table
    outcome: Outcome
    due: list[int]
    label_delay: int | None
    moments: list[int] | None
    cost: list[float] | None
    plumbing: frozenset[str]
    notes: tuple[str, ...]

    @property
    def won(self) -> list[bool | None]:
        return self.outcome.won

    def __len__(self) -> int:
        return len(self.table)


def history_of(table: Table, said: Description) -> History:
    """What the file and its description make.

    Raises:
        HistoryError: A column is missing or cannot be read as what it is said to be; all ended alike; too few rows.
    """
    notes: list[str] = []
    outcome_column = table.named(said.outcome, "--outcome")
    lead_date = table.named(said.lead_date, "--lead-date") if said.lead_date else None
    outcome_date = table.named(said.outcome_date, "--outcome-date") if said.outcome_date else None
    cost = table.named(said.cost, "--cost") if said.cost else None
    order = table.named(said.order, "--order") if said.order else lead_date
    if order is not None:
        table = table.ordered(_order(table.columns[order], order, "--order" if said.order else "--lead-date"))
        if not said.order:
            notes.append(f"rows are ordered by {order!r}")
    outcome = outcome_of(table.columns[outcome_column], outcome_column, said.positive or None)
    _enough(outcome)
    if outcome.told != "named":
        why = "the rarer value" if outcome.told == "rarer" else "by its name"
        notes.append(f"won is {' or '.join(map(repr, outcome.positive))} of {outcome_column!r}, {why}; --positive says otherwise")
    came = None if lead_date is None else _never_falling(_moments(table.columns[lead_date], lead_date, "--lead-date"))
    delay: int | None = None
    if came is not None and outcome_date is not None:
        known = _moments(table.columns[outcome_date], outcome_date, "--outcome-date")
        due = _by_dates(came, known, outcome.won, said.horizon_days, notes)
    else:
        delay = min(USUAL_DELAY, len(table) // 20) if said.label_delay is None else said.label_delay
        due = [row + delay + 1 for row in range(len(table))]
        if said.label_delay is None:
            notes.append(f"labels are learned {delay} leads late: say how late they come, --label-delay N or --outcome-date")
    plumbing = {one for one in (outcome_column, lead_date, outcome_date, cost) if one is not None}
    costs = _costs(table, cost, said.cost_per_lead)
    return History(table, outcome, due, delay, came, costs, frozenset(plumbing), tuple(notes))


def _enough(outcome: Outcome) -> None:
    labelled = [won for won in outcome.won if won is not None]
    won = sum(labelled)
    if len(labelled) < FEWEST or min(won, len(labelled) - won) < FEWEST_OF_A_KIND:
        raise CannotJudge(
            f"{len(labelled):,} leads with an outcome, {won:,} of them won: a history needs {FEWEST} with an outcome, and "
            f"{FEWEST_OF_A_KIND} of each kind"
        )


def _order(column: Column, name: str, option: str) -> list[int]:
    keys = sort_keys(column)
    if keys is None:
        raise NotDescribed(f"{option}: column {name!r} holds neither numbers nor dates that could order the rows")
    filled: list[float] = []
    for key in keys:  # a row without one stays behind the row it stands behind
        filled.append(key if key is not None else filled[-1] if filled else float("-inf"))
    return sorted(range(len(filled)), key=filled.__getitem__)


def _moments(column: Column, name: str, option: str) -> list[int | None]:
    read = moments(column)
    filled = sum(text is not None for text in column)
    if not filled or sum(at is not None for at in read) < filled / 2:
        raise NotDescribed(f"{option}: column {name!r} holds no dates; write them as 2026-11-23 or 2026-11-23T18:00Z")
    return read


def _never_falling(read: Sequence[int | None]) -> list[int]:
    latest = next((at for at in read if at is not None), 0)
    rising = []
    for at in read:
        latest = latest if at is None else max(latest, at)
        rising.append(latest)
    return rising


def _by_dates(
    came: Sequence[int], known: Sequence[int | None], won: Sequence[bool | None], horizon_days: float | None, notes: list[str]
) -> list[int]:
    """An outcome without a date, or with one before its lead, is known once the horizon has passed."""
    took = [None if at is None or at < came[row] - DAY_MS else max(0, at - came[row]) for row, at in enumerate(known)]
    horizon = _usual_horizon([ms for ms in took if ms is not None]) if horizon_days is None else int(horizon_days * DAY_MS)
    if without := sum(ms is None and won[row] is not None for row, ms in enumerate(took)):
        notes.append(f"{without:,} outcomes have no date: known {horizon / DAY_MS:.3g} days after the lead came (--horizon-days)")
    return [
        max(row + 1, bisect_left(came, came[row] + (horizon if took_ms is None else took_ms))) for row, took_ms in enumerate(took)
    ]


def _usual_horizon(took: Sequence[int]) -> int:
    """As long as nearly all outcomes with a date took, at most USUAL_HORIZON_MS: an older lead is taken for lost."""
    return min(USUAL_HORIZON_MS, int(quantiles(took, n=20)[-1])) if len(took) >= FEWEST else USUAL_HORIZON_MS


def _costs(table: Table, column: str | None, each: float | None) -> list[float] | None:
    if column is None:
        return None if each is None else [each] * len(table)
    read = numbers(table.columns[column])
    if read is None:
        raise NotDescribed(f"--cost: column {column!r} holds no amounts")
    return [(each or 0.0) if value is None else value for value in read]
