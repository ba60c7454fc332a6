"""`leadstream rollout`: what is rolled out in stages, how both arms do, and what people order of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console, RenderableType

from app.commands.arguments import By, Why
from app.commands.rollout_shown import data, detail, overview
from app.commands.rollout_targets import ready
from app.edges.kafka.rollouts import RolloutWriter, read_rollouts
from app.inventory.problems import did_you_mean
from app.inventory.rolling import Plan, RolloutKind, Stage
from app.inventory.undeclared import is_slug
from app.rollout.orders import Do, ordered, started
from app.rollout.plan import Rollout, RolloutError
from app.wiring import Installation

Tool = Callable[..., Installation]


def _slug(text: str) -> str:
    if not is_slug(text):
        raise typer.BadParameter(f"{text!r} is no name of a rollout: a-z, 0-9 and -, at most 41 characters")
    return text


def _stages(text: str) -> tuple[float, ...]:
    try:
        shares = tuple(float(one) / 100 for one in text.split(","))
    except ValueError:
        shares = ()
    if not shares or list(shares) != sorted(set(shares)) or not 0 <= shares[0] <= shares[-1] <= 1:
        raise typer.BadParameter("rising percentages with commas between them: 0,5,25,100", param_hint="--stages")
    return shares


Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the rollout.", parser=_slug)]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Only leads of this source; may be given again.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as JSON.")]


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the commands."""
    app.add_typer(_rollout(tool, out), name="rollout", rich_help_panel=panel)


def _rollout(tool: Tool, out: Callable[[], Console]) -> typer.Typer:
    rollout = typer.Typer(
        no_args_is_help=True,
        help="What is rolled out in stages: see, start, stop.\n\nIt goes from stage to stage, and back, by itself: the role "
        "steward watches its guardrails. An order is in force in all workers within two seconds (docs/rollout.md).",
    )

    def show_(told: Any, shown: RenderableType, *, as_json: bool) -> None:
        if as_json:
            print(orjson.dumps(told).decode())
        else:
            out().print(shown)

    @rollout.command("list")
    def listed(
        everything: Annotated[bool, typer.Option("--all", help="Those that were ended, too.")] = False, as_json: AsJson = False
    ) -> None:
        """Every rollout: what it is, where it stands, since when, who said so and why."""
        found = [one for one in _read(tool()).values() if everything or one.status != "ended"]
        show_([data(one) for one in found], overview(found), as_json=as_json)

    @rollout.command()
    def show(name: Name, as_json: AsJson = False) -> None:
        """One rollout: its stages, and for each guardrail the figures of both arms and how far harm is proven. Exit 1: none."""
        one = _found(_read(tool()), name)
        show_(data(one, figures=True), detail(one), as_json=as_json)

    @rollout.command()
    def start(
        name: Name,
        kind: Annotated[RolloutKind, typer.Argument(help="What is rolled out.")],
        target: Annotated[
            str, typer.Argument(help="A source; the name of a file in the folder candidates; a kept version of the model.")
        ],
        by: By,
        why: Why,
        stages: Annotated[
            str | None, typer.Option(metavar="0,5,25,100", help="Percentages; rollouts.yaml has those usually taken.")
        ] = None,
        control: Annotated[float | None, typer.Option(min=0, max=50, help="Percentage that is held back throughout.")] = None,
        source: Annotated[
            list[str] | None, typer.Option("--source", help="Only leads of this source; may be given again.")
        ] = None,
        by_hand: Annotated[bool, typer.Option("--by-hand", help="Go on to the next stage only by `advance`.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Begin: a source's automation, candidate routing rules, or a version of the model.

        Stages, guardrails and the control arm are those of rollouts.yaml, as it is now. Exit 1 where it cannot begin: it is under
        way, another one of its kind has the same leads, there is no such source, file or version.
        """
        one = tool()
        writer, rollouts = _writing(one)
        shares = None if stages is None else _stages(stages)
        plan = _plan(one, kind, shares, source or [], by_hand=by_hand)
        held = one.inventory.rolling.control if control is None else control / 100
        before = rollouts.get(name)
        with _refusals():
            ready(one, kind, target)
            after = started(before, name, kind, target, plan, held, by, why, _now_ms())
            _alone(after, rollouts)
        writer.write(before, after)
        show_(data(after), detail(after), as_json=as_json)

    def order(name: str, do: Do, by: str, why: str, *, as_json: bool) -> None:
        writer, rollouts = _writing(tool())
        before = _found(rollouts, name)
        with _refusals():
            after = ordered(before, do, by, why, _now_ms())
        writer.write(before, after)
        show_(data(after), f"{name}: {after.status}, {after.share:.0%} are in; workers know within two seconds", as_json=as_json)

    @rollout.command()
    def advance(name: Name, by: By, why: Why, as_json: AsJson = False) -> None:
        """Go on to the next stage now, whatever the least time and leads. Guardrails go on."""
        order(name, "advance", by, why, as_json=as_json)

    @rollout.command()
    def pause(name: Name, by: By, why: Why, as_json: AsJson = False) -> None:
        """Stay at this share until `resume`. Guardrails go on."""
        order(name, "pause", by, why, as_json=as_json)

    @rollout.command()
    def resume(name: Name, by: By, why: Why, as_json: AsJson = False) -> None:
        """Go on where it was paused."""
        order(name, "resume", by, why, as_json=as_json)

    @rollout.command()
    def back(name: Name, by: By, why: Why, as_json: AsJson = False) -> None:
        """Take it back at once: nobody is in any more; a source's leads go to people."""
        order(name, "back", by, why, as_json=as_json)

    @rollout.command()
    def end(name: Name, by: By, why: Why, as_json: AsJson = False) -> None:
        """Have no rollout any more: the configuration alone holds. First put what was rolled out into it."""
        order(name, "end", by, why, as_json=as_json)

    return rollout


@contextmanager
def _refusals() -> Iterator[None]:
    """What cannot be done is said, with exit code 1."""
    try:
        yield
    except RolloutError as error:
        _fail(str(error))


def _plan(one: Installation, kind: RolloutKind, shares: tuple[float, ...] | None, sources: list[str], *, by_hand: bool) -> Plan:
    for name in sources:
        if name not in one.inventory.sources:
            raise typer.BadParameter(f"no source {name!r}: {did_you_mean(name, one.inventory.sources)}", param_hint="--source")
    if sources and kind == "source":
        raise typer.BadParameter("is for routing and model: the target is the source", param_hint="--source")
    plan = one.inventory.rolling.plan(kind, tuple(sources))
    if shares is not None:
        usual = {stage.share: stage for stage in one.inventory.rolling.stages}
        stages = tuple(usual.get(share) or Stage(share=share) for share in shares)
        plan = plan.model_copy(update={"stages": stages})
    return plan.model_copy(update={"by_itself": False}) if by_hand else plan


def _alone(after: Rollout, rollouts: dict[str, Rollout]) -> None:
    for other in rollouts.values():
        if after.rivals(other):
            raise RolloutError(
                f"{other.name} is a rollout of the same kind over the same leads: nobody could say which of the two did what; "
                "end it first, or name other sources"
            )


def _writing(one: Installation) -> tuple[RolloutWriter, dict[str, Rollout]]:
    """A writer, and what holds: read after the writer began, so that nobody else's change is lost."""
    return RolloutWriter(one.kafka, one.names, one.codec.encode), _read(one)


def _read(one: Installation) -> dict[str, Rollout]:
    return read_rollouts(one.kafka.client(), one.names.rollouts, one.codec.read_own)


def _found(rollouts: dict[str, Rollout], name: str) -> Rollout:
    if name not in rollouts:
        _fail(f"no rollout {name!r}: {did_you_mean(name, rollouts)}")
    return rollouts[name]


def _now_ms() -> int:
    return int(time.time() * 1000)


def _fail(why: str) -> NoReturn:
    print(f"leadstream: {why}", file=sys.stderr)
    raise typer.Exit(1)
