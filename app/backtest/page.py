"""A backtest as one HTML file with plots: no scripts, nothing loaded from elsewhere, safe to pass around."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pygal
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup
from pygal.style import Style

_STYLE: Final = Style(
    background="transparent",
    plot_background="transparent",
    foreground="currentColor",
    foreground_strong="currentColor",
    foreground_subtle="#7b8794",
    guide_stroke_color="rgba(123, 135, 148, .35)",
    major_guide_stroke_color="rgba(123, 135, 148, .6)",
    colors=("#2a7fc0", "#e07a5f", "#5aa886", "#d9a441", "#9d4edd", "#8794a1"),
    font_family="system-ui, sans-serif",
    label_font_size=15,
    major_label_font_size=15,
    legend_font_size=16,
    title_font_size=18,
)
_SCRIPT: Final = re.compile(r"<script\b.*?</script>", re.DOTALL)  # pygal leaves its settings in one even where it draws without
_WAYS: Final = {
    "by_score": "leadstream",
    "first_come_first_served": "first come, first served",
    "static_rules": "static rules",
    "recent_won_share": "recent won share",
    "lightgbm": "LightGBM, retrained",
}


def page(report: Mapping[str, Any], name: str, made_at: str) -> str:
    """The report as HTML.

    Args:
        report: As `app.backtest.report.report` makes it.
        name: What the history is called.
        made_at: Told in the page.
    """
    environment = Environment(loader=PackageLoader("app.backtest", "pages"), autoescape=select_autoescape(["html"]))
    environment.filters["share"] = lambda value: "–" if value is None else f"{value:.1%}"
    environment.filters["number"] = lambda value, digits=3: "–" if value is None else f"{value:,.{digits}f}"
    ways = ["by_score", *report["baselines"]]
    plots = [
        ("Ranking over time (AUC)", _over_time(report)),
        ("Won, and what was predicted", _won_share(report)),
        ("Calibration: predicted and won", _calibration(report)),
        ("Lift by decile of score", _deciles(report)),
        ("Conversions that sales reach in the second half", _captured(report, ways)),
    ]
    return environment.get_template("backtest.html").render(
        r=report,
        name=name,
        made_at=made_at,
        plots=plots,
        names=_WAYS,
        ways=ways,
        quality={"by_score": report} | report["baselines"],
    )


def _over_time(report: Mapping[str, Any]) -> Markup:
    chart = pygal.Line(**_look(), range=(0.4, 1.0))
    chart.x_labels, chart.x_labels_major = _rows(report["windows"])
    chart.add("leadstream", [one["auc"] for one in report["windows"]])
    chart.add("static rules", [one["by_rules_auc"] for one in report["windows"]])
    return _drawn(chart)


def _won_share(report: Mapping[str, Any]) -> Markup:
    chart = pygal.Line(**_look(), min_scale=4, formatter=lambda value: f"{value:.0%}")
    chart.x_labels, chart.x_labels_major = _rows(report["windows"])
    chart.add("predicted", [one["predicted"] for one in report["windows"]])
    chart.add("won", [one["won_share"] for one in report["windows"]])
    return _drawn(chart)


def _rows(windows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    labels = [f"{one['from_row']:,}" for one in windows]
    return labels, labels[:: max(1, len(labels) // 4)]


def _calibration(report: Mapping[str, Any]) -> Markup:
    points = [(one["predicted"], one["won_share"]) for one in report["calibration"]]
    highest = max(max(point) for point in points) or 1.0
    chart = pygal.XY(**_look() | {"show_minor_x_labels": True}, xrange=(0, highest), range=(0, highest))
    chart.value_formatter = chart.x_value_formatter = lambda value: f"{value:.0%}"
    chart.add("won of predicted", points)
    chart.add("perfect", [(0, 0), (highest, highest)], show_dots=False, stroke_style={"dasharray": "6, 6"})
    return _drawn(chart)


def _deciles(report: Mapping[str, Any]) -> Markup:
    chart = pygal.Bar(**_look(), show_legend=False, formatter=lambda value: f"{value:.1f}×")
    chart.x_labels = [str(one["decile"]) for one in report["deciles"]]
    chart.add("lift", [one["lift"] for one in report["deciles"]])
    return _drawn(chart)


def _captured(report: Mapping[str, Any], ways: Sequence[str]) -> Markup:
    told = report["captured_at_capacity"]
    chart = pygal.HorizontalBar(**_look(), range=(0, 1), formatter=lambda value: f"{value:.0%}")
    chart.x_labels = [_WAYS[way] for way in reversed(ways)]
    parts = [told if way == "by_score" else told[way] for way in reversed(ways)]
    for key, label in (("overall", "of all"), ("per_window", "of each day"), ("as_they_come", "as they come")):
        chart.add(label, [part[key] for part in parts])
    return _drawn(chart)


def _look() -> dict[str, object]:
    return {
        "style": _STYLE,
        "height": 380,
        "width": 640,
        "js": (),
        "disable_xml_declaration": True,
        "explicit_size": False,
        "legend_at_bottom": True,
        "show_minor_x_labels": False,
        "no_data_text": "nothing to show",
        "truncate_legend": 30,
        "truncate_label": 30,
        "dots_size": 3,
    }


def _drawn(chart: Any) -> Markup:
    return Markup(_SCRIPT.sub("", chart.render(is_unicode=True)))  # noqa: S704  pygal escapes its labels
