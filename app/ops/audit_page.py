"""An audit as one HTML file with plots: no scripts, nothing loaded from elsewhere, safe to pass around."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pygal
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup
from pygal.style import Style

from app.audit.findings import Audit, SourceFindings

_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#1f2933",
    foreground_strong="#1f2933",
    foreground_subtle="#7b8794",
    colors=("#2a6f97", "#e07a5f", "#81b29a", "#f2cc8f", "#9d4edd", "#6c757d"),
    font_family="system-ui, sans-serif",
)
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)  # pygal leaves its settings in one even where it draws without
_DIMENSIONS = ("completeness", "validity", "uniqueness", "timeliness", "consistency")


def page(audit: Audit, made_at: datetime) -> str:
    """The report as HTML.

    Args:
        audit: What was found.
        made_at: Told in the report.
    """
    environment = Environment(loader=PackageLoader("app.ops", "pages"), autoescape=select_autoescape(["html"]))
    environment.filters["share"] = lambda value: "–" if value is None else f"{value:.1%}"
    environment.filters["moment"] = _moment
    with_records = [one for one in audit.sources if one.records]
    return environment.get_template("audit.html").render(
        audit=audit,
        sources=with_records,
        silent=[one.source for one in audit.sources if not one.records],
        made_at=made_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        overview=_overview(with_records),
        plots={one.source: (_fields(one), _volume(one)) for one in with_records},
        dimensions=_DIMENSIONS,
    )


def _overview(sources: list[SourceFindings]) -> Markup:
    chart = pygal.HorizontalBar(**_look(height=120 + 70 * len(sources)), range=(0, 1), title="Quality by source")
    chart.x_labels = [one.source for one in reversed(sources)]
    for dimension in _DIMENSIONS:
        chart.add(dimension, [getattr(one, dimension) for one in reversed(sources)])
    return _drawn(chart)


def _fields(one: SourceFindings) -> Markup:
    chart = pygal.HorizontalBar(**_look(height=120 + 34 * len(one.fields)), range=(0, 1), title="Fields: filled and valid")
    chart.x_labels = [field.field for field in reversed(one.fields)]
    chart.add("filled", [field.filled for field in reversed(one.fields)])
    chart.add("valid", [field.valid for field in reversed(one.fields)])
    return _drawn(chart)


def _volume(one: SourceFindings) -> Markup:
    chart = pygal.Bar(**_look(height=220), show_legend=False, title="Leads over the range")
    chart.add("leads", list(one.per_slice))
    return _drawn(chart)


def _look(height: int) -> dict[str, object]:
    return {
        "style": _STYLE,
        "height": height,
        "width": 900,
        "js": (),
        "disable_xml_declaration": True,
        "explicit_size": False,
        "no_data_text": "nothing to show",
        "truncate_label": 40,
    }


def _drawn(chart: Any) -> Markup:
    return Markup(_SCRIPT.sub("", chart.render(is_unicode=True)))  # noqa: S704  pygal escapes its labels


def _moment(at: int | None) -> str:
    return "–" if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
