"""`leadstream models`: which model scores, which contend for its place, and what people order of them."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, NoReturn

import orjson
import typer
from rich.console import Console, RenderableType

from app.commands.arguments import By
from app.commands.models_shown import Picture, comparison, detail, overview
from app.edges.kafka.model_records import read_models
from app.edges.kafka.orders import give, outcome
from app.errors import EdgeDown
from app.learning.orders import Order
from app.learning.snapshot import signing_key
from app.wiring import Installation

Tool = Callable[..., Installation]
WAIT_S: Final = 30.0


Why = Annotated[str, typer.Option("--why", help="For people who look later; becomes part of the lineage.")]
Force = Annotated[bool, typer.Option("--force", help="Even if the gate refuses; the lineage says so.")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the learner; 0: only order it.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as a JSON object.")]
Which = Annotated[str, typer.Argument(metavar="NAME", help="A contender's name or a version, as `list` prints them.")]


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the commands."""
    app.add_typer(_models(tool, out), name="models", rich_help_panel=panel)


def _models(tool: Tool, out: Callable[[], Console]) -> typer.Typer:
    models = typer.Typer(
        no_args_is_help=True,
        help="The champion that scores, the challengers that learn beside it, the versions that are kept: see, compare, "
        "promote, roll back.\n\nAn order takes effect in all workers within seconds, without a restart.",
    )

    def show_(data: Any, shown: RenderableType, *, as_json: bool) -> None:
        if as_json:
            print(orjson.dumps(data).decode())
        else:
            out().print(shown)

    @models.command("list")
    def listed(as_json: AsJson = False) -> None:
        """Champion and challengers with their quality on the last labels, the versions kept, what was moved and why."""
        picture = _picture(tool())
        show_(picture.data, overview(picture), as_json=as_json)

    @models.command()
    def show(name: Which, as_json: AsJson = False) -> None:
        """One contender or version: where it comes from, how good it is, what the gate says. Exit 1 if there is none."""
        picture = _picture(tool())
        one = picture.find(name)
        if one is None:
            _fail(f"no contender or version is named {name}; there are {', '.join(picture.names)}")
        show_(one, detail(one), as_json=as_json)

    @models.command()
    def compare(
        a: Annotated[str, typer.Argument(help="A contender or version, judged as if it were the champion.")],
        b: Annotated[str, typer.Argument(help="The one that would take its place.")],
        as_json: AsJson = False,
    ) -> None:
        """What the gate would say if B were to take A's place: paired where both contend, else by their own last labels."""
        picture = _picture(tool())
        for name in (a, b):
            if picture.find(name) is None:
                _fail(f"no contender or version is named {name}; there are {', '.join(picture.names)}")
        data = picture.compared(a, b)
        show_(data, comparison(data), as_json=as_json)

    @models.command()
    def promote(name: Which, why: Why, by: By, force: Force = False, wait: Wait = WAIT_S, as_json: AsJson = False) -> None:
        """Have a contender, or a version that is kept, score from now on.

        The gate must let it pass: not worse in log loss, AUC and calibration, no source or group harmed, fast enough. Its
        predecessor stands by, and comes back by itself if the new champion is worse with confidence.

        Exit 1 where it is refused, with the reason. Exit 70 where no learner answers; the order stays and is carried out as
        soon as one runs.
        """
        _order(tool(), "promote", name, why, by, force=force, wait_s=wait, as_json=as_json)

    @models.command()
    def rollback(
        why: Why,
        by: By,
        version: Annotated[str | None, typer.Argument(help="A version that is kept; without it the champion before.")] = None,
        force: Force = False,
        wait: Wait = WAIT_S,
        as_json: AsJson = False,
    ) -> None:
        """Have the champion before this one, or a version that is kept, score again.

        The gate is asked here, too; --force goes back whatever it says. A kept version has been judged by no label since, and
        always needs --force. Exit codes as for `promote`.
        """
        _order(tool(), "rollback", version, why, by, force=force, wait_s=wait, as_json=as_json)

    return models


def _key(one: Installation) -> bytes | None:
    return signing_key(one.secret)


def _picture(one: Installation) -> Picture:
    key = _key(one)
    return Picture.of(read_models(one.kafka, one.names, key), key)


def _order(
    one: Installation,
    do: Literal["promote", "rollback"],
    target: str | None,
    why: str,
    by: str,
    *,
    force: bool,
    wait_s: float,
    as_json: bool,
) -> None:
    key, client = _key(one), one.kafka.client()
    offset = read_models(one.kafka, one.names, key).next_offset
    order = Order(uuid.uuid4().hex, do, target, why, by, force, int(time.time() * 1000))
    give(one.kafka.producer(), one.names.models, order, key)
    if not wait_s:
        print("ordered; the learner carries it out", file=sys.stderr)
        return
    move = outcome(client, one.names.models, offset, order, key, wait_s)
    if move is None:
        raise EdgeDown(
            f"no learner carried it out within {wait_s:g} s: is `leadstream learner` running, and has it learned enough for a "
            f"first version? The order stays on {one.names.models} and is carried out as soon as it can be"
        )
    if as_json:
        print(orjson.dumps(move.to_json()).decode())
    elif move.cause != "refused":
        print(f"{move.champion} scores from now on, {move.before} stands by: {move.why}")
    if move.cause == "refused":
        _fail(f"refused: {move.why}")


def _fail(why: str) -> NoReturn:
    print(f"leadstream: {why}", file=sys.stderr)
    raise typer.Exit(1)
