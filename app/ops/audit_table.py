"""An audit as tables for a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from app.audit.findings import Audit, SourceFindings

_GOOD, _POOR = 0.95, 0.80
_MOST = 6  # of a list


def overview(audit: Audit) -> Table:
    """A line per source, the worst first."""
    names = (
        "source",
        "records",
        "quality",
        "complete",
        "valid",
        "unique",
        "in time",
        "consistent",
        "dead letters",
        "mostly wrong",
    )
    table = Table(*names)
    for one in audit.sources:
        name = one.source if one.declared else f"{one.source} (undeclared)"
        if not one.records:
            table.add_row(name, "0", *["–"] * 7, "nothing came in this range")
            continue
        parts = (one.quality, one.completeness, one.validity, one.uniqueness, one.timeliness, one.consistency)
        worst = next(iter(one.violations), "")
        table.add_row(name, f"{one.records:,}", *[_share(part) for part in parts], f"{sum(one.dead_letters.values()):,}", worst)
    return table


def detail(one: SourceFindings) -> RenderableType:
    """One source: its fields, what is wrong, what changed, the worst leads."""
    fields = Table("field", "filled", "valid", "repaired", "by rung", title=f"{one.source}: {one.records:,} records")
    for field in one.fields:
        rungs = ", ".join(f"{rung} {count:,}" for rung, count in field.rungs.items())
        name = f"{field.field} *" if field.required else field.field
        fields.add_row(name, _share(field.filled), _share(field.valid), f"{field.repaired:.1%}", rungs)
    parts: list[RenderableType] = [fields]
    for title, counts in (("violations", one.violations), ("repairs", one.repairs), ("dead letters", one.dead_letters)):
        if counts:
            shown = [f"{name} {count:,}" for name, count in list(counts.items())[:_MOST]]
            parts.append(Text(f"{title}: {', '.join(shown)}"))
    wrong = [f"{name} {bad:,} of {of:,}" for name, (bad, of) in one.contradictions.items() if bad]
    if wrong:
        parts.append(Text(f"contradictions: {', '.join(wrong)}"))
    if one.delay_p50_s is not None:
        parts.append(Text(f"event to arrival: {_time(one.delay_p50_s)} (p50), {_time(one.delay_p95_s)} (p95)"))
    parts += [Text(f"changed: {drift.path} {drift.before:.0%} → {drift.after:.0%}") for drift in one.drift[:_MOST]]
    for example in one.examples:
        values = ", ".join(f"{name}={value}" for name, value in example.values.items())
        parts.append(Text(f"{example.lead_id}: {', '.join(example.problems)}  [{values}]"))
    return Group(*parts)


def _share(value: float | None) -> Text:
    if value is None:
        return Text("–")
    return Text(f"{value:.1%}", "green" if value >= _GOOD else "red" if value < _POOR else "yellow")


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
