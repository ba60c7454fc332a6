"""`leadstream flags`: which modules are switched on, and switching them."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Annotated, Any, Final, TypeVar

import orjson
import typer
from rich.console import Console

from app.commands.arguments import By, Why
from app.commands.flags_shown import detail, differing, overview, row, rows, told_history
from app.edges.flags.arriving import Arriving
from app.edges.flags.changing import change, history
from app.edges.flags.records import read_changed
from app.flags.catalogue import CATALOGUE
from app.flags.definition import Definition, FlagError, known, parse
from app.flags.edits import Order, differences, edited, named
from app.flags.states import Changed, States
from app.inventory.problems import did_you_mean
from app.wiring import Installation

Tool = Callable[..., Installation]
Made = TypeVar("Made")
Wanted = Callable[[States], Mapping[str, Definition | None]]
WAIT_S: Final = 5.0
LAST: Final = 30
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def _for(text: str) -> int:
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if found is None or not int(found[1]):
        raise typer.BadParameter(f"{text!r} is no time: write it as 30m, 2h or 1d")
    return int(found[1]) * _SECONDS[found[2]]


def _flag(text: str) -> str:
    return _or_wrong_usage(lambda: known(text))


Flags = Annotated[list[str], typer.Argument(metavar="FLAG…", help="Flags, or `all` for every switch (not automation).")]
One = Annotated[str, typer.Argument(metavar="FLAG", help="As `list` prints it.", parser=_flag)]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Only leads of this source; may be given again.")]
Teams = Annotated[list[str] | None, typer.Option("--team", help="Only leads of this team; routing.by_score and automation.")]
For = Annotated[int | None, typer.Option("--for", metavar="TIME", help="Runs out after 30m, 2h, 1d.", parser=_for)]
Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Watch so many seconds who has it; 0: do not.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as JSON.")]


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the commands."""
    app.add_typer(_flags(tool, out), name="flags", rich_help_panel=panel)


def _flags(tool: Tool, out: Callable[[], Console]) -> typer.Typer:
    flags = typer.Typer(
        no_args_is_help=True,
        help="Which modules are switched on: see, switch, roll back.\n\nA change is in force in all workers within 2 seconds, "
        "without a restart. The AI off at once: `leadstream flags off all --by … --why …` (docs/toggles.md).",
    )

    @flags.command("list")
    def listed(as_json: AsJson = False) -> None:
        """Every flag: how it stands, since when, who said so and why."""
        one = tool()
        states = _states(one)
        if as_json:
            _print({"version": states.version, "flags": rows(states)})
        else:
            _warn_of_another(one)
            out().print(overview(states))

    @flags.command()
    def show(flag: One, as_json: AsJson = False) -> None:
        """One flag: what on and off mean, its definition, how it stands for each source."""
        one = tool()
        states = _states(one)
        if as_json:
            _print(row(flag, states))
        else:
            out().print(detail(flag, states, sorted(one.inventory.sources)))

    @flags.command()
    def off(
        names: Flags,
        by: By,
        why: Why,
        source: Sources = None,
        team: Teams = None,
        lasts: For = None,
        dry: Dry = False,
        wait: Wait = WAIT_S,
    ) -> None:
        """Switch off: leads go the plainer way that `show` tells. Without --source and --team for all, whatever rules said."""
        _order(tool(), out(), names, 0.0, source, team, lasts, by, why, dry=dry, wait_s=wait)

    @flags.command()
    def on(
        names: Flags,
        by: By,
        why: Why,
        source: Sources = None,
        team: Teams = None,
        lasts: For = None,
        dry: Dry = False,
        wait: Wait = WAIT_S,
    ) -> None:
        """Switch on. Without --source and --team for all, whatever rules said."""
        _order(tool(), out(), names, 100.0, source, team, lasts, by, why, dry=dry, wait_s=wait)

    @flags.command("set")
    def set_(
        names: Flags,
        by: By,
        why: Why,
        percent: Annotated[float | None, typer.Option(min=0, max=100, help="On for this percentage of the subjects.")] = None,
        definition: Annotated[str | None, typer.Option(help="A whole definition as JSON, instead.")] = None,
        source: Sources = None,
        team: Teams = None,
        lasts: For = None,
        dry: Dry = False,
        wait: Wait = WAIT_S,
    ) -> None:
        """On for a percentage, always of the same subjects (a larger one keeps who is in); or any definition."""
        if (percent is None) == (definition is None):
            raise typer.BadParameter("say either --percent or --definition")
        if percent is not None:
            _order(tool(), out(), names, percent, source, team, lasts, by, why, dry=dry, wait_s=wait)
            return
        if source or team or lasts:
            raise typer.BadParameter("--definition says all of it itself: rules for sources and teams, until (ms)")
        said = {flag: _or_wrong_usage(lambda flag=flag: parse(flag, definition or "")) for flag in _named(names)}  # type: ignore[misc]
        _change(tool(), out(), lambda _: said, by, why, dry=dry, wait_s=wait)

    @flags.command()
    def reset(names: Flags, by: By, why: Why, dry: Dry = False, wait: Wait = WAIT_S) -> None:
        """Back to what flags.yaml says."""
        said = dict.fromkeys(_named(names))
        _change(tool(), out(), lambda _: said, by, why, dry=dry, wait_s=wait)

    @flags.command("history")
    def history_(
        flag: Annotated[str | None, typer.Argument(metavar="[FLAG]", help="Only this one.", parser=_flag)] = None,
        last: Annotated[int, typer.Option("--last", min=1, help="The newest so many.")] = LAST,
        as_json: AsJson = False,
    ) -> None:
        """Who changed what, when and why; the newest last."""
        one = tool()
        found = list(history(one.kafka.client(), one.names, one.codec, flag))[-last:]
        if as_json:
            _print(found)
        else:
            out().print(told_history(found))

    return flags


def _states(one: Installation) -> States:
    changed: Mapping[str, Changed] = read_changed(one.kafka.client(), one.names.flags, one.codec.decode)
    return States(one.inventory.flags, changed, int(time.time() * 1000))


def _named(names: list[str]) -> list[str]:
    return _or_wrong_usage(lambda: named(names))


def _order(
    one: Installation,
    out: Console,
    names: list[str],
    percent: float,
    sources: list[str] | None,
    teams: list[str] | None,
    lasts_s: int | None,
    by: str,
    why: str,
    *,
    dry: bool,
    wait_s: float,
) -> None:
    flags = _named(names)
    _refuse_unknown(sources, one.sources_now, "--source")
    _refuse_unknown(teams, lambda: list(one.inventory.teams), "--team")
    until = None if lasts_s is None else int((time.time() + lasts_s) * 1000)
    order = Order(percent, tuple(sources or ()), tuple(teams or ()), until)
    _change(one, out, lambda states: {flag: edited(flag, states, order) for flag in flags}, by, why, dry=dry, wait_s=wait_s)


def _change(one: Installation, out: Console, wanted: Wanted, by: str, why: str, *, dry: bool, wait_s: float) -> None:
    _warn_of_another(one)
    if dry:
        before = _states(one)
        said = _or_wrong_usage(lambda: wanted(before))
        now_ms = int(time.time() * 1000)
        changed = {flag: Changed(flag, definition, 0, by, why, now_ms) for flag, definition in said.items()}
        after = States(one.inventory.flags, before.changed | changed, now_ms)
    else:
        with closing(Arriving(one.kafka.client(), one.names, one.codec)) as arriving:
            before, after = _or_wrong_usage(
                lambda: change(one.kafka, one.names, one.codec, one.inventory.flags, wanted, by=by, why=why)
            )
            if after.version != before.version and wait_s:
                out.print(f"changed: {after.version}")
                _watch(arriving, after.version, wait_s, out)
    found = list(differences(before, after, sorted(one.inventory.sources), sorted(one.inventory.teams)))
    definitions = [flag for flag in CATALOGUE if before.definition(flag) != after.definition(flag)]
    if not definitions:
        out.print("nothing changes: it stands so already")
        return
    out.print(differing(found, definitions, after, would=dry))


def _warn_of_another(one: Installation) -> None:
    if one.app.flags_provider:
        asked = f"LEADSTREAM_FLAGS_PROVIDER is set: workers ask {one.app.flags_provider}, and not what is shown and changed here"
        print(f"leadstream: {asked}", file=sys.stderr)


def _watch(arriving: Arriving, version: str, within_s: float, out: Console) -> None:
    seen = arriving.watch(version, within_s)
    if not seen.partitions:
        out.print(f"no lead was decided within {within_s:g} s, so nothing shows who has it; workers take it in as they run")
    elif seen.having < seen.partitions:
        out.print(
            f"{seen.having} of {seen.partitions} inbound partitions decide by it; of the others no lead came since, or their "
            "worker cannot read the flags topic: see leadstream_flags_info"
        )
    else:
        out.print(f"in force {seen.after_s:.1f} s later on all {seen.partitions} inbound partitions that had leads meanwhile")


def _refuse_unknown(names: list[str] | None, there: Callable[[], list[str]], hint: str) -> None:
    found = there() if names else []
    for name in names or ():
        if name not in found:
            raise typer.BadParameter(f"{name!r} is none: {did_you_mean(name, found)}", param_hint=hint)


def _or_wrong_usage(make: Callable[[], Made]) -> Made:
    try:
        return make()
    except FlagError as wrong:
        raise typer.BadParameter(str(wrong)) from None


def _print(data: Any) -> None:
    sys.stdout.write(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n")
