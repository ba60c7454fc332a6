"""`leadstream map`: what the mapping ladder makes of a payload, or of a bare field name, that nobody declared."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from app.audit.mask import masked
from app.errors import BadRecord
from app.inventory.undeclared import undeclared
from app.pipeline.ladder.naming import by_name
from app.pipeline.source import InboundEvent, Position
from app.wiring import Installation

Tool = Callable[..., Installation]


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the command."""

    @app.command(name="map", rich_help_panel=panel)
    def map_(
        file: Annotated[Path | None, typer.Argument(help="A file; - or nothing: standard input.")] = None,
        names: Annotated[bool, typer.Option("--names", help="Each line is a field's name, not a payload.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line, values included.")] = False,
        show: Annotated[bool, typer.Option("--show", help="Show values as they are; masked without it.")] = False,
    ) -> None:
        """Map payloads without any declaration: which field each value becomes, by which rung, how surely. Without any cluster.

        The file is one record (JSON, a form's body, a CSV line with its header, lines of names and values), or JSON lines, each a
        record. Fields below the certain limit are offered to people; what is not listed stays an attribute.

        Example: echo '{"Vorname": "Ada", "E-Mail-Adresse": "ada@example.com"}' | leadstream map
        """
        data = sys.stdin.buffer.read() if file is None or str(file) == "-" else file.read_bytes()
        one = tool(reach=False)
        if names:
            found = [_named(line.strip()) for line in data.decode("utf-8").splitlines() if line.strip()]
        else:
            found = list(_mapped(one, data))
        if as_json:
            for entry in found:
                sys.stdout.write(orjson.dumps(entry).decode() + "\n")
        elif names:
            out().print(_table(["name", "field", "rung", "confidence"], [list(entry.values()) for entry in found]))
        else:
            for entry in found:
                out().print(_of_payload(entry, show=show))


def _mapped(one: Installation, data: bytes) -> Iterator[dict[str, Any]]:
    source = undeclared("map", 0.5)
    normaliser = one.normaliser()
    for n, value in enumerate(_records(data)):
        event = InboundEvent(Position("map", 0, n), None, value, (), 0)
        try:
            result = normaliser.mapped(event, source)
        except BadRecord as bad:
            yield {"record": n, "dead_letter": bad.reason, "detail": bad.detail}
            continue
        fields = [
            {
                "field": origin.field,
                "value": str(result.fields[origin.field]),
                "path": origin.path,
                "rung": origin.rung,
                "confidence": origin.confidence,
                "certain": origin.confidence >= one.inventory.ladder.certain_from,
            }
            for origin in result.provenance
        ]
        yield {"record": n, "fields": fields, "attributes": result.attributes}


def _records(data: bytes) -> list[bytes]:
    """JSON lines are records of their own; anything else is one."""
    lines = [line for line in data.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}") for line in lines):
        return lines
    return [data]


def _named(name: str) -> dict[str, Any]:
    found = by_name(name)
    if found is None or found.field is None:
        return {
            "name": name,
            "field": None,
            "rung": found.rung if found else None,
            "confidence": found.confidence if found else 0.0,
        }
    return {"name": name, "field": found.field, "rung": found.rung, "confidence": round(found.confidence, 3)}


def _of_payload(entry: dict[str, Any], *, show: bool) -> Any:
    if "dead_letter" in entry:
        return f"record {entry['record']}: dead letter: {entry['dead_letter']}: {entry['detail']}"
    rows = []
    for one in entry["fields"]:
        value = one["value"][:60] if show else masked(one["value"])
        rows.append([one["field"], value, one["path"], one["rung"], one["confidence"], "" if one["certain"] else "offered"])
    return _table(["field", "value", "path", "rung", "confidence", ""], rows, f"{len(entry['attributes'])} attributes beside")


def _table(heads: list[str], rows: list[list[Any]], caption: str | None = None) -> Table:
    table = Table(*heads, caption=caption)
    for row in rows:
        table.add_row(*["–" if cell is None else f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row])
    return table
