"""`leadstream governance`: who looks at what, how often, and what is due."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from app.commands.arguments import MaybeBy, MaybeWhy
from app.errors import BadRecord
from app.inventory.governing import Routine
from app.inventory.problems import did_you_mean
from app.privacy.governing import KIND, Due, last_done, standing
from app.wiring import Installation

Tool = Callable[..., Installation]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def governance(
        done: Annotated[str | None, typer.Option("--done", metavar="ROUTINE", help="Write down that it was done now.")] = None,
        by: MaybeBy = None,
        why: MaybeWhy = None,
        as_json: AsJson = False,
    ) -> None:
        """What people look at again and again (governance.yaml): who, how often, in which report, what it shows now, what is due.

        Exit 1 where a routine is overdue. With --done, --by and --why it is written to leads.changes that one was done.
        """
        one = tool()
        routines = {routine.name: routine for routine in one.inventory.governance.routines}
        if done is not None:
            if done not in routines:
                raise typer.BadParameter(f"{done!r} is no routine: {did_you_mean(done, routines)}", param_hint="--done")
            if by is None or why is None:
                raise typer.BadParameter("say who did it, and what came of it", param_hint="--by, --why")
            _write(one, routines[done], by, why)
        found = _standing(one)
        figures = _figures(one)
        told = [_told(due, figures) for due in found]
        if as_json:
            print(orjson.dumps(told).decode())
        else:
            out().print(_table(told))
        if any(due.overdue for due in found):
            raise typer.Exit(1)


def _write(one: Installation, routine: Routine, by: str, why: str) -> None:
    from app.edges.kafka.changes import Change, note

    change = Change(KIND, routine.name, None, {"report": routine.report}, by, why, int(time.time() * 1000))
    note(one.kafka.producer(), one.codec.encode, one.names.changes, change)


def _standing(one: Installation) -> list[Due]:
    from app.edges.kafka.changes import RECORD
    from app.edges.kafka.reading import read_to_end

    changes = []
    for message in read_to_end(one.kafka.client(), [one.names.changes]):
        try:
            changes.append(one.codec.decode(message.value() or b"", RECORD))
        except BadRecord:
            continue  # somebody else's: `leadstream flags history` tells of it
    return standing(one.inventory.governance.routines, last_done(changes), int(time.time() * 1000))


def _figures(one: Installation) -> Mapping[str, str]:
    """Figure → what it is now."""
    from app.edges.flags.records import read_changed
    from app.edges.kafka import topics as admin
    from app.edges.kafka.consent import standing as suppressed
    from app.edges.kafka.erasures import open_requests
    from app.edges.kafka.reading import watermarks
    from app.edges.kafka.rollouts import read_rollouts

    client, names, codec = one.kafka.client(), one.names, one.codec
    letters = sum(high - low for low, high in watermarks(client, [names.dlq]).values())
    off = [name for name, flag in read_changed(client, names.flags, codec.decode).items() if flag.definition is not None]
    rollouts = read_rollouts(client, names.rollouts, codec.read_own)
    rolled = [name for name, rollout in rollouts.items() if rollout.going]
    report = admin.compare(client, admin.declare(one.inventory, names, one.app, one.kafka.replication_factor))
    wrong = len(report.missing) + len(report.differing)
    return {
        "dead_letters": f"{letters:,} kept",
        "toggles_off": f"{len(off)} changed" + (f": {', '.join(sorted(off))}" if off else ""),
        "rollouts": f"{len(rolled)} running" + (f": {', '.join(sorted(rolled))}" if rolled else ""),
        "erasures_open": f"{len(open_requests(client, names, codec))} open",
        "suppressions": f"{len(suppressed(one.kafka, names.suppressions, codec.read_own)):,} identifiers",
        "retention": f"{wrong} topics differ or are missing" if wrong else "as declared",
    }


def _told(due: Due, figures: Mapping[str, str]) -> dict[str, str | float | bool | None]:
    routine, last = due.routine, due.last
    return {
        "routine": routine.name,
        "asks": routine.asks,
        "who": routine.who,
        "every_days": routine.every_days,
        "report": routine.report,
        "now": figures.get(routine.figure or ""),
        "last": None if last is None else f"{datetime.fromtimestamp(last.at_ms / 1000, UTC):%Y-%m-%d} by {last.by}: {last.why}",
        "left_days": round(due.left_days, 1),
        "overdue": due.overdue,
    }


def _table(told: list[dict[str, str | float | bool | None]]) -> Table:
    table = Table("routine", "who", "every", "report", "now", "last done", "due")
    for one in told:
        left = float(one["left_days"] or 0.0)
        when = "never done" if one["last"] is None else f"{-left:.0f} d overdue" if one["overdue"] else f"in {left:.0f} d"
        style = "red" if one["overdue"] else None
        table.add_row(
            f"{one['routine']}\n[dim]{one['asks']}[/dim]",
            str(one["who"]),
            f"{one['every_days']} d",
            str(one["report"]),
            str(one["now"] or "see the report"),
            str(one["last"] or "-"),
            when,
            style=style,
        )
    return table
