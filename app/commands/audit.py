"""`leadstream audit`: how good is what the sources send? `leadstream inventory`: what is declared, and how does it flow?"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import Progress, TextColumn

from app.wiring import Installation

Tool = Callable[..., Installation]
_AGO = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the commands."""

    @app.command(rich_help_panel=panel)
    def audit(
        sources: Annotated[
            list[str] | None, typer.Argument(help="Sources; without any: all of the inventory, and those that nobody declared.")
        ] = None,
        since: Annotated[str | None, typer.Option(help="From: 2026-11-01, 2026-11-01T08:00, or so long ago: 24h, 7d.")] = None,
        until: Annotated[str | None, typer.Option(help="Before: as --since.")] = None,
        last: Annotated[int, typer.Option(min=1, help="Look at so many of each source's newest records, at most.")] = 20_000,
        as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
        html: Annotated[Path | None, typer.Option(help="Write a report with plots into this file.")] = None,
    ) -> None:
        """Judge the quality of what sources sent: completeness, validity, uniqueness, timeliness, consistency, drift of fields.

        Reads inbound topics and normalises each record as a worker would; writes to no topic. Values are masked. One source alone
        is shown in detail.

        Example: leadstream audit web-form --since 24h --html audit.html
        """
        from app.auditing import audit as judge
        from app.ops.audit_page import page
        from app.ops.audit_table import detail, overview

        now = datetime.now(UTC)
        from_ms, to_ms = moment(since, now, "--since"), moment(until, now, "--until")
        one = tool()
        with Progress(TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as progress:
            shown = progress.add_task("reading")

            def tell(source: str, done: int) -> None:
                progress.update(shown, description=f"{source}: {done:,} records")

            found = judge(one, sources or (), since=from_ms, until=to_ms, last=last, progress=tell)
        if html is not None:
            html.write_text(page(found, now), encoding="utf-8")
            print(f"{html}: written", file=sys.stderr)
        if as_json:
            sys.stdout.write(orjson.dumps(found.as_dict(), option=orjson.OPT_INDENT_2).decode() + "\n")
            return
        out().print(overview(found))
        if sources and len(sources) == 1 and found.sources[0].records:
            out().print(detail(found.sources[0]))

    @app.command(rich_help_panel=panel)
    def inventory(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
        """List sources and sinks: formats, expected rates, topics, owners, how each is joined on. Without any cluster."""
        from app.ops.inventory_table import listing, table

        one = tool(reach=False)
        found = listing(one.inventory, one.names)
        if as_json:
            sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
        else:
            out().print(table(found))


def moment(text: str | None, now: datetime, option: str) -> int | None:
    """`2026-11-01`, `2026-11-01T08:00` (UTC where no zone is told) or `24h` ago, as milliseconds.

    Raises:
        typer.BadParameter: It is neither.
    """
    if text is None:
        return None
    if ago := _AGO.fullmatch(text):
        return int((now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})).timestamp() * 1000)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time: write 2026-11-01, 2026-11-01T08:00 or 24h", param_hint=option) from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
