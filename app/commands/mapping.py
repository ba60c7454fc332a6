"""`leadstream mapping`: what the ladder is not sure of, and what people say to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from app.audit.profile import uncertain
from app.auditing import newest
from app.commands.arguments import LAST, NONE, By, Field, Last, PayloadPath, Slug
from app.edges.kafka.mappings import read_confirmed, say
from app.pipeline.ladder.confirmed import Confirmation
from app.wiring import Installation

Tool = Callable[..., Installation]


def register(app: typer.Typer, tool: Tool, panel: str) -> None:
    """Add the command."""
    app.add_typer(_mapping(tool), name="mapping", rich_help_panel=panel)


def _mapping(tool: Tool) -> typer.Typer:
    mapping = typer.Typer(
        no_args_is_help=True,
        help="What people confirmed of the sources' mappings: list it, see what is open, confirm or correct it.\n\n"
        "It takes effect in all workers within seconds, without a restart.",
    )

    @mapping.command("list")
    def listed(source: Annotated[str, typer.Argument(help="Only this source.")] = "") -> None:
        """What was confirmed: source, path, field, who said so."""
        one = tool()
        for said in read_confirmed(one.kafka.client(), one.names.mappings, one.codec.decode).examples:
            if source in ("", said.source):
                print(said.source, said.path, said.field or NONE, said.by, sep="\t")

    @mapping.command()
    def pending(source: Slug, last: Last = LAST) -> None:
        """What the ladder is not sure of: what it mapped below the limit, then what it left an attribute and has an idea of.

        A line each, separated by tabs: path, field, confidence, rung, share of records, masked example, mapped or open.
        """
        one = tool()
        _, _, profile = newest(one, source, last)
        for found in uncertain(profile, one.inventory.ladder.certain_from):
            told = (f"{found.confidence:.2f}", found.rung, f"{found.share:.0%}", found.example)
            print(found.path, found.field, *told, "mapped" if found.mapped else "open", sep="\t")

    @mapping.command()
    def confirm(source: Slug, path: PayloadPath, by: By) -> None:
        """Confirm a path as what the ladder has it for in the newest records: what `pending` prints beside it."""
        one = tool()
        _, _, profile = newest(one, source, LAST)
        fields = [found.field for found in (*profile.found(), *profile.suggested()) if found.path == path and found.field]
        if not fields or fields[0] is None:
            raise typer.BadParameter(
                f"the ladder has no field for {path} in the newest records: `leadstream mapping correct` names one",
                param_hint="PATH",
            )
        _say(one, source, path, fields[0], by)

    @mapping.command()
    def correct(source: Slug, path: PayloadPath, field: Field, by: By) -> None:
        """Say which lead field a path is, or none, whatever the ladder thinks."""
        _say(tool(), source, path, field, by)

    return mapping


def _say(one: Installation, source: str, path: str, field: str, by: str) -> None:
    label = path.rsplit(".", 1)[-1]
    told = Confirmation(source, path, None if field == NONE else field, label, None, by, 0)
    told = say(one.kafka.client(), one.names.mappings, one.codec.encode, told)
    print(f"{source}: {path} is {field} from now on (revision {told.number})")
