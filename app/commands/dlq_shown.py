"""What `leadstream dlq` shows people. No personal data, but where bytes are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Group as Parts
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from app.edges.kafka.replay_letters import Whole
from app.ops.payload import header_shown, shown
from app.replay.groups import Group
from app.replay.hints import hint
from app.replay.letter import Letter
from app.replay.rehearsal import Outlook
from app.replay.selection import SAID, Selection


def letters_table(letters: Iterable[Letter], replayed: Mapping[str, Mapping[str, Any]]) -> Table:
    """A line each."""
    table = Table("Lead", "Source", "Stage", "Reason", "Detail", "Repairable", "Attempt", "Dead since", "Sent in again")
    for one in letters:
        row = (one.lead_id, one.source, one.stage, one.reason, one.detail, "yes" if one.repairable else "no", str(one.attempt))
        again = replayed.get(one.lead_id)
        table.add_row(*map(escape, row), time(one.failed_ms), "" if again is None else time(again["replayed_at"]))
    return table


def groups_shown(groups: Iterable[Group]) -> RenderableType:
    """A line each; then what to do, once for each reason."""
    table = Table("Source", "Stage", "Reason", "Attempt", "Letters", "Repairable", "First", "Last", "For example")
    todo: dict[str, str] = {}
    for one in groups:
        source, stage, reason, attempt = one.alike
        table.add_row(
            *map(escape, (source, stage, reason, str(attempt))),
            f"{one.count:,}",
            f"{one.repairable:,}",
            time(one.first_ms),
            time(one.last_ms),
            one.examples[0],
        )
        todo[f"{stage}: {reason}"] = hint(reason, stage)
    return Parts(table, *(escape(f"{what}: {mend}") for what, mend in todo.items()))


def whole_shown(whole: Whole, replayed: Mapping[str, Any] | None) -> str:
    """One letter: where from, why, what to do, and what came, masked."""
    one, headers = whole.letter, whole.headers
    lines = [
        f"{one.lead_id}  dead letter: {one.reason} at stage {one.stage}",
        "",
        f"  came from     {one.source} ({one.src.topic}, partition {one.src.partition}, offset {one.src.offset})",
        f"  received      {time(one.received_ms)}",
        f"  dead since    {time(one.failed_ms)}, leadstream {one.app_version}",
        f"  attempt       {one.attempt}" + (f", a replay of {one.first}" if one.attempt > 1 else ""),
        f"  why           {one.detail or one.reason}",
        f"  repairable    {'yes' if one.repairable else 'no'}: {hint(one.reason, one.stage)}",
    ]
    if one.cut:
        lines += ["  cut           yes: what is missing cannot be sent again; ask the sender for it"]
    if replayed is not None:
        lines += [f"  sent again    {time(replayed['replayed_at'])} by {replayed['by']}: {replayed['why']} ({replayed['batch']})"]
    key = dict(headers[one.headers :]).get("leadstream.key")
    lines += ["", "  key and headers, masked", f"    key: {header_shown(key)}"]
    lines += [f"    {name[:60]}: {header_shown(value)}" for name, value in headers[: one.headers][:50]]
    lines += ["", "  payload, masked", *(f"    {line}" for line in shown(whole.value).splitlines())]
    return "\n".join(lines)


def outlook_shown(outlook: Outlook, selection: Selection) -> RenderableType:
    """What a replay would do: per fate, then per group before and after."""
    counts = ", ".join(f"{fate.replace('_', ' ')} {n:,}" for fate, n in outlook.fates.most_common()) or "nothing"
    table = Table("Letters that failed as", "Letters", "Would be", "Letters", "For example")
    for its, found in outlook.groups.items():
        before = f"{its.source}: {its.stage}: {its.reason}, attempt {its.attempt}"
        for n, (would, count) in enumerate(found.most_common()):
            first = (before, f"{found.total():,}") if n == 0 else ("", "")
            table.add_row(*map(escape, first), escape(str(would)), f"{count:,}", outlook.examples[its, would][0])
    text = f"A replay of {outlook.letters:,} letters, by today's configuration: {counts}. Nothing was sent."
    return Parts(text, table, *left_out(selection))


def left_out(selection: Selection) -> list[str]:
    """What would not be sent, and why."""
    return [f"left out: {count:,} {SAID[why]}" for why, count in selection.left_out.most_common()]


def time(ms: int) -> str:
    """UTC, to the second."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
