"""The review queue in a terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape as without_markup
from rich.table import Table

Told = Mapping[str, Any]


def escape(text: str) -> str:
    """What a stranger typed, as text: no markup, and no signs that would steer the terminal."""
    return without_markup("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text))


def listed(page: Told) -> RenderableType:
    """Held leads, one a line."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("lead", "band", "team", "source", "waits", "due", "reasons", "claimed by"):
        table.add_column(name, overflow="fold" if name == "reasons" else "ignore", no_wrap=name != "reasons")
    for one in page["items"]:
        marks = [*one["reasons"], *(f"first said: {said['by']} {said['says']}" for said in one["approvals"])]
        if one["pending"]:
            marks.append("a verdict is on its way")
        due = min((at for at in (one["due_at"], one["expires_at"]) if at is not None), default=None)
        row = (one["lead_id"], one["band"], one["team"], one["source"], _since(one["received_at"]), _until(due))
        table.add_row(*map(escape, row), escape(" ".join(marks)), escape(one["claimed_by"] or ""))
    notes = [] if page["claims_known"] else ["Redis does not answer: nobody knows who has claimed what"]
    if page["next"]:
        notes.append("there are more: --limit, or --all")
    return Group(table, *notes)


def counted(counts: Told) -> RenderableType:
    """How much of what."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("by", "value", "leads"):
        table.add_column(name, justify="right" if name == "leads" else "left")
    table.add_row("all", "", str(counts["total"]))
    for name in ("band", "reason", "checkpoint", "source", "team", "age"):
        for value, count in sorted(counts[name].items(), key=lambda pair: (-pair[1], pair[0])):
            table.add_row(name, escape(value), str(count))
    return table


def opened(lead: Told) -> RenderableType:
    """All of one lead."""
    parts: list[RenderableType] = [_head(lead), "", _fields(lead)]
    if lead["attributes"]:
        parts += ["", "[bold]Beside the fields[/bold]", *(f"  {escape(k)}: {escape(v)}" for k, v in lead["attributes"].items())]
    parts += ["", _proposal(lead["proposal"])]
    if lead["possible_duplicate"] is not None:
        parts += ["", _duplicate(lead["possible_duplicate"])]
    return Group(*parts)


def measured(told: Told) -> RenderableType:
    """How right machines are."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("source", "decided", "left as proposed", "precision", "95 % interval", "waiting"):
        table.add_column(name, justify="left" if name == "source" else "right")
    for one in told["measured"]:
        share = "" if one["precision"] is None else f"{one['precision']:.1%}"
        interval = "" if one["low"] is None else f"{one['low']:.1%} to {one['high']:.1%}"
        row = (str(one["decided"]), str(one["agreed"]), share, interval, str(one["waiting"]))
        table.add_row(escape(one["source"] or "all"), *row)
    note = f"Sampled leads of {told['days']:g} days; review.yaml samples {told['sample']:.2%} of what machines may decide."
    return Group(table, note)


def _head(lead: Told) -> RenderableType:
    lines = [
        f"[bold]{lead['lead_id']}[/bold]  {lead['state']}, from {escape(lead['source'])}, waits {_since(lead['received_at'])}"
    ]
    lines.append(f"held for: {escape(', '.join(lead['reasons']))}" + (f" ({lead['checkpoint']})" if lead["checkpoint"] else ""))
    if lead["expires_at"] is not None:
        lines.append(f"goes on without people in {_until(lead['expires_at'])}: {escape(lead['then'] or '')}")
    if lead["second_person"]:
        lines.append(f"two people must agree ({lead['second_person']})")
    lines += [f"said first: {escape(one['by'])} {escape(one['says'])}" for one in lead["approvals"]]
    if lead["claimed_by"]:
        lines.append(f"claimed by {escape(lead['claimed_by'])} for {_until(lead['claimed_until'])}")
    return "\n".join(lines)


def _fields(lead: Told) -> RenderableType:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("field", "value", "wrong", "mended", "from"):
        table.add_column(name, overflow="fold")
    for one in lead["fields"]:
        sure = "" if one["confidence"] is None else f" {one['confidence']:.2f}"
        came = f"{one['path'] or ''} ({one['rung']}{sure})" if one["rung"] else ""
        cells = (one["name"], _value(one["name"], one["value"]), " ".join(one["violations"]), " ".join(one["repairs"]), came)
        table.add_row(*map(escape, cells))
    return table


def _proposal(one: Told) -> RenderableType:
    score = "" if one["score"] is None else f", score {one['score']:.2f} ({one['band']}), confidence {one['confidence']:.2f}"
    lines = [f"[bold]Proposed[/bold] {escape(one['team'])} by rule {escape(one['rule'])}{score}"]
    lines += [f"  {escape(reason)}" for reason in one["reasons"]]
    if one["counterfactual"]:
        lines.append(f"  {escape(one['counterfactual'])}")
    lines += [
        f"  passed over {escape(no['team'])} ({escape(no['rule'])}): {escape(no['why'])}"
        for no in one["considered"]
        if not no["passed"]
    ]
    return "\n".join(lines)


def _duplicate(one: Told) -> RenderableType:
    where = {"routed": f"with team {one['team']}", "review": "held, too", None: "no longer kept"}.get(
        one["stands"], one["stands"]
    )
    head = f"[bold]May be[/bold] {one['lead_id']} ({escape(str(where))}), {one['probability']:.0%}, else {one['nearest']}"
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("field", "this lead", "that lead"):
        table.add_column(name, overflow="fold")
    for pair in one["side_by_side"]:
        values = (_value(pair["field"], value) for value in (pair["this"], pair["other"]))
        table.add_row(escape(pair["field"]), *map(escape, values))
    told = [f"  {escape(said['field'])} {escape(said['level'])}: {said['weight']:+.1f} bits" for said in one["evidence"]]
    return Group(head, table, *told)


def _value(field: str, value: Any) -> str:
    """As people read it: times are milliseconds in the API, and nothing that anybody compares."""
    if value is None:
        return ""
    if field.endswith("_at"):
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(" ", "seconds")
    return str(value)


def _since(at_ms: int) -> str:
    return _span(time.time() - at_ms / 1000)


def _until(at_ms: int | None) -> str:
    if at_ms is None:
        return ""
    left = at_ms / 1000 - time.time()
    return _span(left) if left >= 0 else f"{_span(-left)} ago"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def at(at_ms: int) -> str:
    """A time for people, UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
