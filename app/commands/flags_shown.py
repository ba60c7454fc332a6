"""What `leadstream flags` shows: toggles as data, and as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from app.flags.catalogue import CATALOGUE
from app.flags.definition import Definition
from app.flags.edits import Difference, spoken
from app.flags.states import States


def row(flag: str, states: States) -> dict[str, Any]:
    """One flag as data; `changed` null: as configured."""
    about, definition, changed = CATALOGUE[flag], states.definition(flag), states.changed.get(flag)
    told = None
    if changed is not None and states.is_changed(flag):
        told = {"by": changed.by, "why": changed.why, "at": changed.at_ms, "version": changed.version}
    return {
        "flag": flag,
        "stage": about.stage,
        "on": about.on,
        "off": about.off,
        "definition": definition.data(),
        "configured": states.configured[flag].data(),
        "changed": told,
    }


def rows(states: States) -> list[dict[str, Any]]:
    """All flags as data."""
    return [row(flag, states) for flag in CATALOGUE]


def overview(states: States) -> RenderableType:
    """All flags, a line each."""
    table = Table("Flag", "Stands", "Since", "By", "Why")
    for flag in CATALOGUE:
        definition, changed = states.definition(flag), states.changed.get(flag)
        said = _words(flag, definition)
        if changed is None or not states.is_changed(flag):
            table.add_row(flag, said, "", "flags.yaml", "")
        else:
            until = f", until {moment(definition.until)}" if definition.until else ""
            table.add_row(flag, said + until, moment(changed.at_ms), escape(changed.by), escape(changed.why))
    return Group(table, f"version {states.version}")


def detail(flag: str, states: States, sources: Sequence[str]) -> RenderableType:
    """One flag, with every source."""
    about = row(flag, states)
    lines = [
        f"{flag} (stage {about['stage']})",
        f"  on:  {about['on']}",
        f"  off: {about['off']}",
        f"  stands: {_words(flag, states.definition(flag))}",
        f"  definition: {escape(states.definition(flag).text())}",
    ]
    if (changed := about["changed"]) is not None:
        who = escape(f"{changed['by']} at {moment(changed['at'])}: {changed['why']}")
        lines.append(f"  changed ({changed['version']} times so far) by {who}")
    lines.append(f"  flags.yaml: {escape(states.configured[flag].text())}")
    table = Table("Source", "Stands")
    for source in sources:
        table.add_row(source, spoken(states.share(flag, source)))
    return Group("\n".join(lines), table)


def differing(found: Iterable[Difference], flags: Sequence[str], after: States, *, would: bool) -> RenderableType:
    """What a change means, for whom."""
    table = Table("Flag", "Source", "Team", "Before", "After")
    by_flag: dict[str, list[Difference]] = {}
    for one in found:
        by_flag.setdefault(one.flag, []).append(one)
    for flag in flags:
        some = by_flag.get(flag, [])
        if not some:
            table.add_row(flag, "no source in the inventory", "", "", _words(flag, after.definition(flag)))
        if len({(one.team, one.before, one.after) for one in some}) == 1 and len(some) > 1:
            table.add_row(flag, f"{len(some)} sources", some[0].team or "", spoken(some[0].before), spoken(some[0].after))
        else:
            for one in some:
                table.add_row(flag, one.source, one.team or "", spoken(one.before), spoken(one.after))
    states = {flag: [after.definition(flag), *after.definition(flag).rules] for flag in flags}
    off = [f"{flag} off: {CATALOGUE[flag].off}" for flag in flags if min(one.state for one in states[flag]) < 1.0]
    return Group("this would change:" if would else "changed:", table, *off)


def told_history(found: Iterable[Mapping[str, Any]]) -> RenderableType:
    """Changes, a line each."""
    table = Table("At", "Flag", "Before", "After", "By", "Why")
    for one in found:
        sides = [_words(one["name"], Definition.model_validate(one[side])) if one[side] else "" for side in ("before", "after")]
        table.add_row(moment(one["changed_at"]), one["name"], *sides, escape(one["by"]), escape(one["why"]))
    return table


def moment(at_ms: int) -> str:
    """A time, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _words(flag: str, definition: Definition) -> str:
    share = CATALOGUE[flag].share
    said = ["sources' own shares" if share and definition.enabled else spoken(definition.state)]
    for rule in definition.rules:
        whom = " ".join([*(rule.sources or ()), *(f"team {team}" for team in rule.teams or ())])
        said.append(f"{whom}: {'own share' if share and rule.enabled else spoken(rule.state)}")
    return "; ".join(said)
