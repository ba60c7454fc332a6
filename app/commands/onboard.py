"""`leadstream onboard`: the inventory entry that a source should have, from what it sends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from app.audit.proposal import data, proposal
from app.auditing import newest, profiled
from app.commands.arguments import LAST, Last, Slug
from app.pipeline.source import InboundEvent, Position
from app.wiring import Installation

Tool = Callable[..., Installation]


def register(app: typer.Typer, tool: Tool, panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def onboard(
        source: Slug,
        last: Last = LAST,
        file: Annotated[
            Path | None, typer.Option("--file", help="Read records from here, one a line, and not from Kafka.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="The same as data.")] = False,
    ) -> None:
        """Propose the inventory entry of a source from what it sends, declared or not.

        Prints YAML for deploy/config/sources: what is certain as fields, what is not as comments, each with its rung,
        confidence, share of records and a masked example. Time zone and order of dates come with their evidence: times
        without zone against their arrivals, days above 12. Exit 1 if no record can be read.
        """
        one = tool(reach=file is None)
        if file:
            known, format_, profile = profiled(one, source, _lines(one, source, file), one.normaliser())
        else:
            known, format_, profile = newest(one, source, last)
        if not profile.records:
            print(f"{source}: no record that can be read", file=sys.stderr)
            raise typer.Exit(1)
        if as_json:
            print(orjson.dumps(data(profile, format_), option=orjson.OPT_INDENT_2).decode())
        else:
            print(proposal(source, format_, profile, one.inventory.ladder.certain_from, known), end="")


def _lines(one: Installation, source: str, file: Path) -> Iterator[InboundEvent]:
    for n, line in enumerate(file.read_bytes().splitlines()):
        if line.strip():
            yield InboundEvent(Position(one.names.inbound(source), 0, n), None, line, (), 0)
