"""A backtest for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_NAMES = {
    "by_score": "leadstream",
    "first_come_first_served": "first come, first served",
    "static_rules": "static rules",
    "recent_won_share": "recent won share",
    "lightgbm": "LightGBM, retrained",
}
_BARS = " ▁▂▃▄▅▆▇█"


def table(report: Mapping[str, Any], name: str) -> RenderableType:
    """All of the report but its details: those are in the JSON and the page."""
    return Group(*_parts(report, name))


def _parts(report: Mapping[str, Any], name: str) -> Iterator[RenderableType]:
    labels = report["labels"]
    late = "at its date" if labels["by_dates"] else f"{labels['delay']} leads late"
    yield Text(
        f"{name}: {report['file']['rows']:,} leads, {report['leads']:,} judged (the first {report['skip']:.0%} not counted), "
        f"{report['won']:,} won ({report['won_share']:.1%}). Each label was learned {late}, after the lead was scored."
    )
    yield _quality(report)
    yield _business(report)
    captured = report["captured_at_capacity"]
    yield Text(
        f"Of the second half's conversions the best {captured['capacity']:.0%} hold {captured['overall']:.1%} overall, "
        f"{captured['per_window']:.1%} within each {captured['window']} leads, {captured['as_they_come']:.1%} as they come "
        f"(first come, first served: {captured['first_come_first_served']['as_they_come']:.1%})."
    )
    windows = report["windows"]
    yield Text(f"AUC over time  {_spark([one['auc'] for one in windows], 0.5, 1.0)}  .5 to 1, rows {_rows(windows)}")
    yield Text(f"won share      {_spark([one['won_share'] for one in windows], 0.0, None)}")
    yield Text(f"log loss       {_spark([one['log_loss'] for one in windows], 0.0, None)}")
    yield Text("lift by decile " + "  ".join(f"{one['lift']:.1f}" for one in report["deciles"]))
    drifts = ", ".join(f"{one['row']:,}" for one in report["drifts"])
    yield Text(f"The model found the world changed before row {drifts}." if drifts else "The model found no change of the world.")
    yield Text(
        f"Scoring took {report['microseconds_per_lead'] or 0:.0f} µs a lead (median), the whole pipeline "
        f"{report['pipeline_microseconds_per_lead']:.0f} µs; all of it {report['seconds']:.0f} s."
    )
    for warning in report["warnings"]:
        yield Text(f"! {warning}", style="yellow")
    for note in report["notes"]:
        yield Text(f"  {note}")
    yield Text("\nAs a source of the stream, to begin with (deploy/config/sources/my-leads.yaml):\n")
    yield Text(report["source_yaml"])


def _quality(report: Mapping[str, Any]) -> Table:
    shown = Table("", *("AUC", "log loss", "calibration error", "lift top tenth"))
    for way, one in ({"by_score": report} | report["baselines"]).items():
        shown.add_row(_NAMES[way], _n(one["auc"]), _n(one["log_loss"]), _n(one["ece"]), f"{_n(one['lift_top_decile'], 1)}×")
    return shown


def _business(report: Mapping[str, Any]) -> Table:
    told = report["business"]
    people = f"{told['left_to_people']:.1%} left to people"
    title = f"Sales call {told['capacity']:.0%} as they come; {people}; cost: {told['cost_unit']}"
    shown = Table("", "called", "conversions", "of all", "calls each", "cost each", "wait (leads)", title=title)
    for way in ("by_score", *report["baselines"]):
        one = told[way]
        shown.add_row(
            _NAMES[way], f"{one['called']:,}", f"{one['conversions']:,}", f"{one['conversions_share']:.1%}",
            _n(one["calls_per_conversion"], 1), _n(one["cost_per_acquisition"], 2), _n(one["wait_of_won_leads"], 0),
        )  # fmt: skip
    return shown


def _spark(values: list[float | None], low: float, high: float | None) -> str:
    told = [value for value in values if value is not None]
    top = high if high is not None else max(told, default=1.0) or 1.0
    steps = len(_BARS) - 1
    return "".join(
        " " if value is None else _BARS[max(0, min(steps, round((value - low) / (top - low) * steps)))] for value in values
    )


def _rows(windows: list[Mapping[str, Any]]) -> str:
    return f"{windows[0]['from_row']:,} to {windows[-1]['to_row']:,}"


def _n(value: float | None, digits: int = 4) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
