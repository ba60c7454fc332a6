"""`leadstream fairness`: is every group of leads treated alike, and does it come to the same?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import orjson
import structlog
import typer
from rich.console import Console

from app.commands.audit import moment
from app.edges.kafka.inbound import records
from app.errors import BadRecord
from app.fairness.facts import Facts
from app.fairness.report import Report
from app.fairness.report import audit as judge
from app.wiring import Installation

Tool = Callable[..., Installation]
log = structlog.get_logger(__name__)


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def fairness(
        since: Annotated[
            str | None, typer.Option(help="Leads from: 2026-11-01, 2026-11-01T08:00, or so long ago: 24h, 28d.")
        ] = None,
        until: Annotated[str | None, typer.Option(help="Leads before: as --since.")] = None,
        by: Annotated[
            list[str] | None,
            typer.Option(help="Only by this: source, country, language, device, interest, sensitive, or a sensitive attribute."),
        ] = None,
        last: Annotated[int, typer.Option(min=1, help="Look at so many of the newest decisions, at most.")] = 1_000_000,
        as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
        fail_on_breach: Annotated[bool, typer.Option("--fail-on-breach", help="Exit 1 if a limit is passed.")] = False,
    ) -> None:
        """Hold scores, routing and outcomes of each group of leads against those of all others.

        Reads leads.decisions and leads.outcomes, writes nothing. Limits are those of fairness.yaml; a breach is beyond its limit
        and beyond chance, all tests together. Segments with a long way to the win are shown apart. No personal data.

        Example: leadstream fairness --since 28d --by country --fail-on-breach
        """
        from app.ops.fairness_table import tables

        now = datetime.now(UTC)
        report = read(
            tool(), moment(since, now, "--since"), moment(until, now, "--until"), last, by or (), int(now.timestamp() * 1000)
        )
        if as_json:
            sys.stdout.write(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2).decode() + "\n")
        else:
            out().print(tables(report))
        if fail_on_breach and report.breaches:
            raise typer.Exit(1)


def read(
    one: Installation, since: int | None, until: int | None, last: int, by: list[str] | tuple[str, ...], now_ms: int
) -> Report:
    """The audit of what the topics hold.

    Args:
        since, until: Arrival of the leads, milliseconds UTC.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    facts, names, client = Facts(last), one.names, one.kafka.client()
    for record, topic in (("decision", names.decisions), ("outcome", names.outcomes)):
        for event in records(client, topic, since=since, last=last if record == "decision" else None):
            if event.value is None:
                continue
            try:
                value = one.codec.decode(event.value, record)
            except BadRecord as bad:
                log.error("record_unreadable", topic=topic, reason=bad.reason)
                continue
            if record == "decision":
                facts.decided(value)
            else:
                facts.reported(value)
    return judge(facts.leads(since, until), one.inventory.fairness, now_ms, since_ms=since, by=by)
