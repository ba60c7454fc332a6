"""KPIs as tables for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isinf
from typing import Final

from rich.console import Group as Parts
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from app.fairness.intervals import Interval
from app.inventory.measuring import Kpi
from app.kpi.figures import SHARES, Figures
from app.kpi.report import Contrast, Judged, Report

NAMES: Final[dict[Kpi, str]] = {
    "cost_per_acquisition": "cost per acquisition",
    "conversion_rate": "conversion rate",
    "manual_share": "handled by people",
    "hot_response_median": "first contact, hot: median",
    "hot_response_p90": "first contact, hot: p90",
    "response_median": "first contact: median",
    "response_p90": "first contact: p90",
    "default_owner_share": "left to the catch-all team",
    "reroute_rate": "moved to another team",
    "duplicate_share": "duplicates",
    "precision": "automation right (sample)",
    "velocity": "qualified leads: growth",
}
_COLUMNS: Final[tuple[Kpi, ...]] = (
    "conversion_rate",
    "cost_per_acquisition",
    "manual_share",
    "response_median",
    "hot_response_median",
    "default_owner_share",
    "reroute_rate",
)
_COLOURS: Final = {"on track": "green", "missed": "bold red", "missed, within chance": "yellow"}


def tables(report: Report) -> RenderableType:
    """All leads, a table per dimension, the arms side by side, the targets."""
    if not report.total.records:
        return Text("no leads were decided in this time")
    parts: list[RenderableType] = [_total(report)]
    parts += [_groups(name, groups, report.currency) for name, groups in report.groups.items() if groups]
    parts += [_contrast(one, report.currency) for one in report.contrasts]
    if report.judged:
        parts.append(_targets(report))
    return Parts(*parts)


def value(kpi: Kpi, one: Interval | None, currency: str) -> str:
    """A figure with its 95 % interval, in its own unit."""
    if one is None:
        return "–"
    form = _form(kpi, currency)
    return f"{form(one.value)} [{form(one.low)}, {form(one.high)}]"


def _total(report: Report) -> Table:
    total = report.total
    table = Table(title=f"{total.leads:,} leads, {total.won:,} won, {total.qualified:,} qualified", show_header=False)
    for kpi, name in NAMES.items():
        table.add_row(name, value(kpi, total.kpis.get(kpi), report.currency))
    table.add_row("spend", f"{total.spend + report.unclaimed:,.0f} {report.currency}")
    table.add_row("value of the wins", f"{total.revenue:,.0f}")
    saved = f"{total.duplicates:,}: {total.saved:,.0f} {report.currency} of people's time, {total.billed:,.0f} billed by vendors"
    table.add_row("duplicates avoided", saved)
    for currency, amount in report.foreign.items():
        table.add_row("not counted", f"{amount:,.0f} {currency}")
    table.caption = "95 % intervals; times from arrival to first contact"
    return table


def _groups(name: str, groups: Mapping[str, Figures], currency: str) -> Table:
    table = Table(title=f"by {name}")
    table.add_column("")
    for column in ("leads", "won", *(NAMES[kpi] for kpi in _COLUMNS)):
        table.add_column(column, justify="right")
    for group, one in groups.items():
        shown = [value(kpi, one.kpis.get(kpi), currency) for kpi in _COLUMNS]
        table.add_row(group, f"{one.leads:,}", f"{one.won:,}", *shown)
    return table


def _contrast(one: Contrast, currency: str) -> Table:
    title = f"{one.one} ({one.one_figures.leads:,} leads) against {one.other} ({one.other_figures.leads:,})"
    table = Table(title=title if one.name == "split" else f"rollout {one.name}: {title}")
    for column in ("", one.one, one.other, "change"):
        table.add_column(column, justify="left" if not column else "right")
    for kpi, name in NAMES.items():
        moved = one.of(kpi)
        if moved is None:
            continue
        first, second = (value(kpi, each.kpis.get(kpi), currency) for each in (one.one_figures, one.other_figures))
        relative = moved.relative
        said = "–" if relative is None else f"{relative.value:+.0%} [{_percent(relative.low)}, {_percent(relative.high)}]"
        table.add_row(name, first, second, said)
    return table


def _targets(report: Report) -> Table:
    table = Table(title="targets")
    for column in ("", "wanted", "found", "stands"):
        table.add_column(column)
    for one in report.judged:
        table.add_row(f"{NAMES[one.target.kpi]}{f' ({one.about})' if one.about else ''}", *_target(one, report.currency))
    table.caption = "on track, missed: all of the 95 % interval says so"
    return table


def _target(one: Judged, currency: str) -> tuple[str, str, Text]:
    limit, least = one.target.limit
    form = _percent if one.target.of_arms else _form(one.target.kpi, currency)
    found = "–" if one.found is None else f"{form(one.found.value)} [{form(one.found.low)}, {form(one.found.high)}]"
    return f"{'at least' if least else 'at most'} {form(limit)}", found, Text(one.state, _COLOURS.get(one.state, ""))


def _form(kpi: Kpi, currency: str) -> Callable[[float], str]:
    if kpi in SHARES:
        return lambda number: f"{number:.1%}"
    if kpi == "velocity":
        return _percent
    if kpi == "cost_per_acquisition":
        return lambda number: f"{number:,.0f} {currency}"
    return _minutes


def _percent(number: float) -> str:
    return "∞" if isinf(number) else f"{number:+.0%}"


def _minutes(number: float) -> str:
    if isinf(number):
        return "∞"
    if number < 120:
        return f"{number:.0f} min"
    return f"{number / 60:.1f} h" if number < 48 * 60 else f"{number / 1440:.1f} d"
