"""`leadstream capacity`: who is absent, how many leads a day members take, and their weight; shown and changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.console import Console
from rich.table import Table

from app.commands.arguments import By, Why
from app.desk.capacity import Capacity
from app.desk.roster import NO_LIMIT, Roster
from app.edges.kafka.capacity import Words, read_capacity, say
from app.edges.redis.connecting import connect
from app.edges.redis.desk import RedisDesk
from app.errors import EdgeDown
from app.inventory.models import Inventory, Team
from app.inventory.people import Member
from app.inventory.problems import did_you_mean
from app.wiring import Installation

Tool = Callable[..., Installation]
AS_CONFIGURED: Final = "configured"
MOST_A_DAY: Final = 1_000_000


Whom = Annotated[str, typer.Argument(metavar="TEAM/MEMBER", help="As `capacity show` prints it: dach-sales/dach-1.")]
From = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="Absent from 2026-12-24 or 2026-12-24T12:00, by their clock.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Back at this time; a date is its midnight. None: nobody knows.")
]
Back = Annotated[bool, typer.Option("--back", help="No absence, and not gone.")]
Gone = Annotated[bool, typer.Option("--gone", help="Gets no leads until somebody says --back.")]
PerDay = Annotated[
    str | None, typer.Option("--per-day", metavar="N", help="Leads a day at most; `configured`: as teams.yaml says.")
]
Weight = Annotated[
    str | None, typer.Option("--weight", metavar="W", help="Against the others'; `configured`: as teams.yaml says.")
]
AsJson = Annotated[bool, typer.Option("--json", help="The same as a JSON array.")]


class Asked(NamedTuple):
    """What `set` was asked for; what is not named stays as it is."""

    since: str | None
    until: str | None
    back: bool
    gone: bool
    per_day: str | None
    weight: str | None


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the commands."""
    app.add_typer(_capacity(tool, out), name="capacity", rich_help_panel=panel)


def _capacity(tool: Tool, out: Callable[[], Console]) -> typer.Typer:
    capacity = typer.Typer(
        no_args_is_help=True,
        help="Members of teams: who is absent, how many leads a day they take, their weight: see and change.\n\n"
        "It takes effect in all workers within two seconds, without a restart. HR and CRM tools may write the same topic.",
    )

    @capacity.command()
    def show(team: Annotated[str, typer.Argument(help="Only this team.")] = "", as_json: AsJson = False) -> None:
        """Who takes leads now, how much, how many they have today, and what was said about them."""
        one = tool()
        if team and team not in one.inventory.teams:
            raise typer.BadParameter(f"no team {team!r}: {did_you_mean(team, one.inventory.teams)}", param_hint="TEAM")
        words = read_capacity(one.kafka.client(), one.names.capacity, one.codec.decode)
        rows = list(_rows(one, words, team))
        if as_json:
            print(orjson.dumps(rows).decode())
        else:
            out().print(_table(rows))

    @capacity.command("set")
    def set_(
        whom: Whom,
        by: By,
        why: Why,
        since: From = None,
        until: Until = None,
        back: Back = False,
        gone: Gone = False,
        per_day: PerDay = None,
        weight: Weight = None,
    ) -> None:
        """Say what changed about a member. What is not named stays as it was said before."""
        one = tool()
        team, member = _found(one.inventory, whom)
        asked = Asked(since, until, back, gone, per_day, weight)
        before = read_capacity(one.kafka.client(), one.names.capacity, one.codec.decode).get(whom)
        told = replace(_changed(before or Capacity(team.name, member.name), asked, team, member), by=by, why=why, changed_at_ms=0)
        told = say(one.kafka.producer(), one.names, one.codec.encode, told, before)
        print(f"{whom}: {_said(told)}")

    return capacity


def _found(inventory: Inventory, whom: str) -> tuple[Team, Member]:
    known = {f"{team.name}/{member.name}": (team, member) for team in inventory.teams.values() for member in team.members}
    if whom not in known:
        raise typer.BadParameter(f"no member {whom!r}: {did_you_mean(whom, known)}", param_hint="TEAM/MEMBER")
    return known[whom]


def _changed(word: Capacity, asked: Asked, team: Team, member: Member) -> Capacity:
    if asked.back and (asked.gone or asked.since or asked.until):
        raise typer.BadParameter("back ends an absence: name it alone", param_hint="--back")
    if not any(asked):
        raise typer.BadParameter("names no change", param_hint="--from, --until, --back, --gone, --per-day or --weight")
    if asked.back:
        word = replace(word, available=True, absent_from_ms=None, absent_until_ms=None)
    if asked.gone:
        word = replace(word, available=False)
    if asked.since or asked.until:
        hours = member.hours or team.hours
        zone = ZoneInfo(member.time_zone or (hours.time_zone if hours else "UTC"))
        since = word.absent_from_ms if asked.since is None else _time(asked.since, zone)
        until = None if asked.until is None else _time(asked.until, zone)
        if since is not None and until is not None and until <= since:
            raise typer.BadParameter("is not after --from", param_hint="--until")
        word = replace(word, absent_from_ms=since, absent_until_ms=until)
    if asked.per_day is not None:
        word = replace(word, per_day=_number(asked.per_day, "--per-day", 0, MOST_A_DAY, int))
    if asked.weight is not None:
        word = replace(word, weight=_number(asked.weight, "--weight", 0.001, 1000, float))
    return word


def _number(text: str, option: str, least: float, most: float, kind: type[int] | type[float]) -> Any:
    if text == AS_CONFIGURED:
        return None
    try:
        told = kind(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number, nor {AS_CONFIGURED}", param_hint=option) from None
    if not least <= told <= most:
        raise typer.BadParameter(f"lies between {least:g} and {most:g}", param_hint=option)
    return told


def _time(text: str, zone: ZoneInfo) -> int:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-12-24 or 2026-12-24T12:00") from None
    return int((told if told.tzinfo else told.replace(tzinfo=zone)).timestamp() * 1000)


def _rows(one: Installation, words: Words, only: str) -> Iterator[dict[str, Any]]:
    now_ms, roster = int(1000 * time.time()), Roster(one.inventory.teams, words.values())
    for name in roster.teams:
        shift = roster.shift(name, now_ms)
        if only not in ("", name) or shift is None:
            continue
        taken, weights = _taken(one, roster, name), {member.name: member.weight for member in one.inventory.teams[name].members}
        for row in shift.rows:
            day, count = taken.get(row.member, (row.day, 0)) if taken is not None else (row.day, None)
            word = roster.words.get((name, row.member))
            yield {
                "team": name,
                "member": row.member,
                "now": row.here if row.here != "in" or count is None or count < row.limit else "full",
                "today": 0 if day < row.day else count,
                "per_day": None if row.limit == NO_LIMIT else row.limit,
                "weight": weights[row.member] if word is None or word.weight is None else word.weight,
                "date": str(date.fromordinal(_EPOCH + row.day)),
                "said": None if word is None else asdict(word),
            }


def _taken(one: Installation, roster: Roster, team: str) -> dict[str, tuple[int, int]] | None:
    """Leads of today, as the desk counts them; None where it cannot tell."""
    try:
        return RedisDesk(connect(one.redis, text=False), one.names.prefix, lambda: roster).taken(team)
    except EdgeDown:
        return None


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("member", "now", "leads today", "a day", "weight", "said"):
        table.add_column(column, justify="right" if column in ("leads today", "a day", "weight") else "left")
    for row in rows:
        said = "" if row["said"] is None else _told(Capacity(**row["said"]))
        numbers = ["?" if row["today"] is None else str(row["today"]), "" if row["per_day"] is None else str(row["per_day"])]
        now = str(row["now"]).replace("_", " ")
        table.add_row(f"{row['team']}/{row['member']}", now, *numbers, f"{row['weight']:g}", said)
    if not rows:
        table.add_row("no team has members: each team is a queue (teams.yaml)")
    return table


def _told(word: Capacity) -> str:
    when = datetime.fromtimestamp(word.changed_at_ms / 1000, UTC)
    return f"{_said(word)} ({word.by}, {when:%Y-%m-%d %H:%M} UTC{': ' + word.why if word.why else ''})"


def _said(word: Capacity) -> str:
    parts = [] if word.available else ["gone until somebody says --back"]
    if word.is_absence:
        parts.append(
            f"absent{_at(' from ', word.absent_from_ms)}{_at(' until ', word.absent_until_ms) or ', nobody knows until when'}"
        )
    if word.per_day is not None:
        parts.append(f"{word.per_day} leads a day")
    if word.weight is not None:
        parts.append(f"weight {word.weight:g}")
    return ", ".join(parts) or "as teams.yaml says"


def _at(before: str, at_ms: int | None) -> str:
    return "" if at_ms is None else f"{before}{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


_EPOCH: Final = date(1970, 1, 1).toordinal()
