"""The audit of fairness as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group as Parts
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from app.fairness.measures import Comparison
from app.fairness.report import SENSITIVE, Group, Report

_LIMIT = "bold red"


def tables(report: Report) -> RenderableType:
    """A table per dimension, the niches, and the breaches in words."""
    if not report.leads:
        return Text("no leads were decided in this time")
    parts: list[RenderableType] = [Text(f"{report.leads:,} leads, {report.ended:,} of them won or lost")]
    breached = {one.name for one in report.breaches}
    for dimension, groups in groupby(report.groups, key=lambda one: one.dimension):
        parts.append(_dimension(dimension, list(groups), breached))
    if report.niches:
        parts.append(_niches(report, breached))
    parts += [
        Text(
            f"breach: {one.name}: {one.group:.1%}, all others {one.rest:.1%}; "
            f"{one.effect:.2f}, limit {one.limit:.2f}, p {one.p:.2g}"
        )
        for one in report.breaches
    ] or [Text(f"no breach in {report.tests} tests" if report.tests else "no group is large enough to be judged")]
    return Parts(*parts)


def _dimension(dimension: str, groups: Sequence[Group], breached: set[str]) -> Table:
    table = Table(title=f"by {dimension.removeprefix(SENSITIVE)}{' (sensitive)' if dimension.startswith(SENSITIVE) else ''}")
    for name in (
        "group",
        "leads",
        "score",
        "hot",
        "first class",
        "left to people",
        "won",
        "hot if won",
        "underrated by",
        "first contact",
    ):
        table.add_column(name, justify="left" if name == "group" else "right")
    for one in groups:
        by = {each.measure: each for each in one.comparisons}
        cells = [
            _cell(one, by.get(measure), breached) for measure in ("hot", "first_class", "review", "opportunity", "calibration")
        ]
        won = f"{one.won.value:.1%} [{one.won.low:.0%}, {one.won.high:.0%}]" if one.counts.ended else "–"
        contact = "–" if one.first_contact_h is None else f"{one.first_contact_h:.1f} h"
        score = f"{one.counts.score:.3f}" if one.counts.scored else "–"
        table.add_row(one.value, f"{one.counts.leads:,}", score, *cells[:3], won, *cells[3:], contact)
    table.caption = "share, and ratio to all others with its 95 % interval; red: beyond its limit, and beyond chance"
    return table


def _cell(group: Group, one: Comparison | None, breached: set[str]) -> Text:
    if one is None:
        return Text("–")
    effect = one.effect
    if one.measure == "calibration":
        text = f"{effect.value:+.1%} [{effect.low:+.0%}, {effect.high:+.0%}]" if group.counts.ended else "–"
    else:
        high = "∞" if effect.high > 99 else f"{effect.high:.2f}"
        text = f"{one.group:.1%} ×{effect.value:.2f} [{effect.low:.2f}, {high}]"
    return Text(text, _LIMIT if f"{group.dimension}={group.value}:{one.measure}" in breached else "")


def _niches(report: Report, breached: set[str]) -> Table:
    names = (
        "segment",
        "leads",
        "half of the wins after",
        "others",
        "won so far",
        "won in the end",
        "others",
        "hot or warm",
        "others",
        "for its worth",
    )
    table = Table(title="segments with a long way to the win: not won yet is not lost")
    for name in names:
        table.add_column(name, justify="left" if name == "segment" else "right")
    for one in report.niches:
        days = [f"{course.median_days:.1f} d" for course in (one.here, one.elsewhere) if course.median_days is not None]
        red = _LIMIT if f"{one.dimension}={one.value}:starved" in breached else ""
        table.add_row(
            f"{one.dimension} {one.value}", f"{one.here.leads:,}", *days, f"{one.so_far:.1%}", f"{one.here.eventual:.1%}",
            f"{one.elsewhere.eventual:.1%}", f"{one.treated:.1%}", f"{one.treated_elsewhere:.1%}",
            Text(f"×{one.fair.value:.2f} [{one.fair.low:.2f}, {one.fair.high:.2f}]", red),
        )  # fmt: skip
    return table
