"""What `leadstream dlq` is asked: which letters."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, get_args

import orjson
import typer

from app.commands.audit import moment
from app.errors import Stage
from app.replay.selection import Filter

STAGES: Final = get_args(Stage)
State = Literal["waiting", "replayed", "all"]

Sources = Annotated[list[str] | None, typer.Option("--source", help="Of this source; may be given again.")]
Stages = Annotated[list[str] | None, typer.Option("--stage", help="Which failed at this stage; may be given again.")]
Reasons = Annotated[list[str] | None, typer.Option("--reason", help="With this reason; may be given again.")]
Since = Annotated[
    str | None,
    typer.Option(help="Which became dead letters since: 2026-11-01, 2026-11-01T08:00 (UTC), or so long ago (24h, 7d)."),
]
Until = Annotated[str | None, typer.Option(help="Before; as --since.")]
Repairable = Annotated[
    bool | None,
    typer.Option("--repairable/--unrepairable", help="Which a change of mapping, schema or configuration could mend, or not."),
]
Attempt = Annotated[int | None, typer.Option(min=1, help="Which came so often: 2 is what failed again after a replay.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, an object a line.")]
States = Annotated[State, typer.Option("--state", help="Not sent in again yet; sent in again; or both.")]


def filter_of(
    leads: Iterable[str] = (),
    *,
    source: list[str] | None,
    stage: list[str] | None,
    reason: list[str] | None,
    since: str | None,
    until: str | None,
    repairable: bool | None,
    attempt: int | None,
) -> Filter:
    """What the options name.

    Raises:
        typer.BadParameter: One of them cannot be.
    """
    if wrong := sorted(set(stage or ()) - set(STAGES)):
        raise typer.BadParameter(f"no stage {wrong[0]!r}: they are {', '.join(STAGES)}", param_hint="--stage")
    now = datetime.now(UTC)
    return Filter(
        frozenset(leads),
        frozenset(source or ()),
        frozenset(stage or ()),
        frozenset(reason or ()),
        moment(since, now, "--since"),
        moment(until, now, "--until"),
        repairable,
        attempt,
    )


def lead_ids(named: Iterable[str]) -> list[str]:
    """The ids; `-` reads them from standard input, one a line, as such or as the lines of `list --json`.

    Raises:
        typer.BadParameter: One is no lead id.
    """
    found: list[str] = []
    for name in named:
        found += map(_of_line, filter(None, map(str.strip, sys.stdin))) if name == "-" else [name]
    for one in found:
        if not re.fullmatch(r"ld_[0-9a-f]{20}", one):
            raise typer.BadParameter(f"{one[:40]!r} is no lead id: those are ld_ and 20 hex digits", param_hint="LEAD")
    return found


def _of_line(line: str) -> str:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line
    return str(told.get("lead_id")) if isinstance(told, dict) else line
