"""What-if as tables for a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from app.whatif.report import Load, Report

_MOVES = 15


def tables(report: Report) -> RenderableType:
    """The leads that move, what each team gets, and single leads to look at."""
    if not report.leads:
        return Text("no leads were decided in this time, or their records are older than the topics keep")
    moved = sum(report.moved.values())
    head = (
        f"{report.leads:,} leads decided again; {moved:,} ({moved / report.leads:.1%}) would go elsewhere, "
        f"{report.owners:,} more to another owner of their team.\n"
        f"Left to people: {report.held[0]:,} now, {report.held[1]:,} then. "
        f"Today's configuration, replayed, says of {report.repeats:.1%} what was decided."
    )
    parts: list[RenderableType] = [Text(head), _teams(report)]
    if moved:
        parts.append(_moves(report))
    if report.looks:
        parts.append(_looks(report))
    return Group(*parts)


def _teams(report: Report) -> Table:
    table = Table(title="teams: now → then")
    for name in ("team", "leads", "hot", "queued", "fullest day", "expected wins", "with its record", "too late"):
        table.add_column(name, justify="left" if name == "team" else "right")
    for team in sorted({*report.now, *report.then}):
        now, then = report.now.get(team, NONE), report.then.get(team, NONE)
        table.add_row(
            team,
            _change(now.leads, then.leads),
            _change(now.hot, then.hot),
            _change(now.queued, then.queued),
            _change(_fullest(now), _fullest(then)),
            _change(now.expected, then.expected),
            _change(now.conversions, then.conversions),
            _change(now.breaches, then.breaches),
        )
    return table


NONE = Load(0, 0, 0, None, 0.0, 0.0, 0.0)


def _fullest(load: Load) -> int:
    return load.fullest[1] if load.fullest else 0


def _change(now: float, then: float) -> Text:
    told = [f"{one:,}" if isinstance(one, int) else f"{one:,.1f}" for one in (now, then)]
    return Text(told[0]) if told[0] == told[1] else Text(" → ".join(told), style="bold")


def _moves(report: Report) -> Table:
    table = Table(title="who would get them instead")
    for name in ("now", "then", "leads"):
        table.add_column(name, justify="right" if name == "leads" else "left")
    rows = list(report.moved.items())
    for (now, then), leads in rows[:_MOVES]:
        table.add_row(now, then, f"{leads:,}")
    if len(rows) > _MOVES:
        table.add_row(f"{len(rows) - _MOVES} more", "", f"{sum(leads for _, leads in rows[_MOVES:]):,}")
    return table


def _looks(report: Report) -> Table:
    table = Table(title="look at these (leadstream explain LEAD)")
    for name in ("lead", "score", "now", "then", "why"):
        table.add_column(name, justify="right" if name == "score" else "left")
    for one in report.looks:
        table.add_row(one.lead, f"{one.score:.2f}", one.now, one.then, one.why)
    return table
