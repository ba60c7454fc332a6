"""`leadstream kpi`: what it comes to, in money, wins and time, and whether that is what was wanted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import structlog
import typer
from rich.console import Console

from app.commands.audit import moment
from app.edges.kafka.inbound import records
from app.errors import BadRecord
from app.kpi.facts import Facts
from app.kpi.report import DIMENSIONS, Dimension, report
from app.wiring import Installation

Tool = Callable[..., Installation]
log = structlog.get_logger(__name__)
RECORDS: Final = ("decision", "outcome", "spend")  # in this order: an outcome finds its lead


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def kpi(
        since: Annotated[
            str | None, typer.Option(help="Leads from: 2026-11-01, 2026-11-01T08:00, or so long ago: 24h, 28d.")
        ] = None,
        until: Annotated[str | None, typer.Option(help="Leads before: as --since.")] = None,
        by: Annotated[list[str] | None, typer.Option(help=f"Only by this: {', '.join(DIMENSIONS)}, or none.")] = None,
        split: Annotated[str | None, typer.Option(help="Hold leads from then on against those before: as --since.")] = None,
        within: Annotated[
            float | None, typer.Option(min=0.01, help="Count only wins within so many days, of leads that are so old.")
        ] = None,
        folder: Annotated[
            Path | None,
            typer.Option("--from", help="Read decisions.jsonl, outcomes.jsonl and spend.jsonl of this folder instead of topics."),
        ] = None,
        last: Annotated[int, typer.Option(min=1, help="Look at so many of the newest decisions, at most.")] = 1_000_000,
        as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
        fail_on_missed: Annotated[bool, typer.Option("--fail-on-missed", help="Exit 1 if a target is missed.")] = False,
    ) -> None:
        """Cost per acquisition, conversion rate, response time, manual work and more, each with its 95 % interval.

        By source, team, campaign, band and arm of each rollout; arms against the control arm; targets are those of kpi.yaml.
        Reads leads.decisions, leads.outcomes and leads.spend, writes nothing. No personal data.

        Example: leadstream kpi --since 28d --by source
        """
        from app.ops.kpi_table import tables

        wanted = _dimensions(by)
        facts, one, now = Facts(last), tool(reach=folder is None), datetime.now(UTC)
        now_ms = int(now.timestamp() * 1000)
        since_ms, until_ms = moment(since, now, "--since"), moment(until, now, "--until")
        if folder is None:
            _read_topics(facts, one, since_ms, last)
        else:
            now_ms = _read_files(facts, folder) or now_ms  # the past is judged as it was known then
        found = report(
            facts,
            one.inventory.measuring,
            now_ms,
            since_ms=since_ms,
            until_ms=until_ms,
            by=wanted,
            split_ms=moment(split, now, "--split"),
            within_days=within,
        )
        if as_json:
            sys.stdout.write(orjson.dumps(found.as_dict(), option=orjson.OPT_INDENT_2).decode() + "\n")
        else:
            out().print(tables(found))
        if fail_on_missed and any(each.state == "missed" for each in found.judged):
            raise typer.Exit(1)


def _dimensions(by: list[str] | None) -> tuple[Dimension, ...]:
    for name in by or ():
        if name not in (*DIMENSIONS, "none"):
            raise typer.BadParameter(f"{name!r}: write {', '.join(DIMENSIONS)} or none", param_hint="--by")
    return DIMENSIONS if not by else tuple(name for name in DIMENSIONS if name in by)


def _read_topics(facts: Facts, one: Installation, since: int | None, last: int) -> None:
    """What the topics hold.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    names, client = one.names, one.kafka.client()
    for record, topic in zip(RECORDS, (names.decisions, names.outcomes, names.spend), strict=True):
        start = None if record == "spend" else since  # a bill may be written before its period ends, or long after
        for event in records(client, topic, since=start, last=last if record == "decision" else None):
            if event.value is None:
                continue
            try:
                _take(facts, record, one.codec.decode(event.value, record))
            except BadRecord as bad:
                log.error("record_unreadable", topic=topic, reason=bad.reason)


def _read_files(facts: Facts, folder: Path) -> int | None:
    """What the files hold; the newest moment that they tell of, in milliseconds.

    Raises:
        typer.BadParameter: There are no decisions, or a line cannot be read.
    """
    newest = None
    for record, name in zip(RECORDS, ("decisions", "outcomes", "spend"), strict=True):
        path = folder / f"{name}.jsonl"
        if not path.exists():
            if record == "decision":
                raise typer.BadParameter(f"{path}: is not there; name a folder that holds decisions.jsonl", param_hint="--from")
            continue
        for number, value in _lines(path):
            try:
                _take(facts, record, value)
                at = value.get("received_at") or value.get("occurred_at") or value.get("period_end")
                newest = at if newest is None or (at is not None and at > newest) else newest
            except (KeyError, TypeError, ValueError) as error:
                raise typer.BadParameter(
                    f"{path}:{number}: no {record} as its schema has it: {error}", param_hint="--from"
                ) from None
    return newest


def _take(facts: Facts, record: str, value: Mapping[str, Any]) -> None:
    match record:
        case "decision":
            facts.decided(value)
        case "outcome":
            facts.reported(value)
        case _:
            facts.spent(value)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    value = orjson.loads(line)
                except orjson.JSONDecodeError as error:
                    raise typer.BadParameter(f"{path}:{number}: not JSON: {error}", param_hint="--from") from None
                if not isinstance(value, dict):
                    raise typer.BadParameter(f"{path}:{number}: not an object", param_hint="--from")
                yield number, value
