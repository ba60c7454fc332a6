"""`leadstream export`: a person asks what we hold about them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import Progress, TextColumn

from app.commands.subject import Customer, Email, Lead, Phone, Visitor, given
from app.edges.kafka.held import Holdings
from app.erasure import search
from app.wiring import Installation

Tool = Callable[..., Installation]


def register(app: typer.Typer, tool: Tool, panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def export(
        email: Email = None,
        phone: Phone = None,
        customer: Customer = None,
        visitor: Visitor = None,
        lead: Lead = None,
        out: Annotated[
            Path | None, typer.Option("--out", help="The file to write; it must not exist. Without: stdout.", dir_okay=False)
        ] = None,
    ) -> None:
        """Tell all that is held about a person, as JSON: every record of every topic, with its place and time.

        All identifiers that you give are taken for one person's; their leads are found as `leadstream erase` finds them. What
        is kept of visits and consent under these identifiers is told, too. Keys of the match index and other pseudonyms are told
        as they are. The file holds personal data: who may read it is up to you (it is made readable for you alone).

        An identifier on the command line stands in the shell's history: write `-` and it is asked for, or read from stdin.

        Example: leadstream export --email - --out ada.json
        """
        if out is not None and out.exists():
            raise typer.BadParameter(f"{out} is there already", param_hint="--out")
        one = tool()
        named = given(email, phone, customer, visitor, lead, one.sources_now)
        holdings = Holdings(one.kafka.client(), one.names, list(one.inventory.teams), one.codec, one.pseudonyms)
        with Progress(TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("reading")
            told: list[dict[str, Any]] = []
            for record in holdings.of(named.request(one.pseudonyms), search(one), one.sources_now()):
                if record is not None:
                    told.append(record)
                progress.update(task, description=f"reading: {holdings.found.read:,} records, {len(told)} are theirs")
        body = {"made_at": int(time.time() * 1000), "leads": sorted(holdings.found.leads), "records": told}
        _write(orjson.dumps(body, default=_text, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), out)
        print(f"{len(told)} records of {len(holdings.found.leads)} leads", file=sys.stderr)


def _write(body: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(body)
        return
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
