"""`leadstream onboard` and `leadstream mapping`: what a source sends, what the ladder makes of it, what people say to it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from app.audit.profile import Found, Profile, data, proposal, uncertain
from app.edges.kafka.mappings import KafkaMappings, read_confirmed, say
from app.errors import BadRecord
from app.inventory.checks import MAPPABLE
from app.inventory.models import Source
from app.inventory.paths import PathError, parse
from app.inventory.problems import did_you_mean
from app.inventory.undeclared import is_slug, undeclared
from app.pipeline.fate import DeadLetter
from app.pipeline.intake import decode
from app.pipeline.ladder.confirmed import Confirmation
from app.pipeline.normalise import Normaliser
from app.pipeline.source import InboundEvent, Position
from app.wiring import Installation

LAST = 1_000
Tool = Callable[..., Installation]
Slug = Annotated[str, typer.Argument(help="A source, declared or not.")]
Path_ = Annotated[str, typer.Argument(help="A path in its payload, as `onboard` and `pending` print it.")]
By = Annotated[str, typer.Option("--by", help="Who says so: a role or a user id, no name.")]
Last = Annotated[int, typer.Option("--last", min=1, help="Look at so many of the newest records.")]


def register(app: typer.Typer, tool: Tool, panel: str) -> None:
    """Add the commands."""

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
        confidence, share of records and a masked example. Exit 1 if no record can be read.
        """
        one = tool(reach=file is None)
        events = _lines(one, source, file) if file else _newest(one, source, last)
        known, format_, profile = _profiled(one, source, events, follow=file is None)
        if not profile.records:
            print(f"{source}: no record that can be read", file=sys.stderr)
            raise typer.Exit(1)
        if as_json:
            print(orjson.dumps(data(profile, format_), option=orjson.OPT_INDENT_2).decode())
        else:
            print(proposal(source, format_, profile, one.inventory.ladder.certain_from, known), end="")

    app.add_typer(_mapping(tool), name="mapping", rich_help_panel=panel)


def _mapping(tool: Tool) -> typer.Typer:
    mapping = typer.Typer(
        no_args_is_help=True,
        help="What people confirmed of the sources' mappings: list it, see what is open, say something.\n\n"
        "It takes effect in all workers within seconds, without a restart.",
    )

    @mapping.command("list")
    def listed(source: Annotated[str, typer.Argument(help="Only this source.")] = "") -> None:
        """What was confirmed: source, path, field, who said so."""
        one = tool()
        for said in read_confirmed(one.kafka.client(), one.names.mappings, one.codec.decode).examples:
            if source in ("", said.source):
                print(said.source, said.path, said.field or "none", said.by, sep="\t")

    @mapping.command()
    def pending(source: Slug, last: Last = LAST) -> None:
        """What the ladder mapped without being sure: path, field, confidence, rung, share of records, masked example."""
        one = tool()
        _, _, profile = _profiled(one, source, _newest(one, source, last), follow=True)
        for found in uncertain(profile.found() if profile.records else (), one.inventory.ladder.certain_from):
            print(found.path, found.field, f"{found.confidence:.2f}", found.rung, f"{found.share:.0%}", found.example, sep="\t")

    @mapping.command("say")
    def said(source: Slug, path: Path_, field: Annotated[str, typer.Argument(help="A lead field, or none.")], by: By) -> None:
        """Say which lead field a path is, or none: confirms or corrects what the ladder thinks."""
        _say(tool(), source, path, field, by)

    @mapping.command()
    def confirm(
        source: Slug, path: Path_, by: By, field: Annotated[str, typer.Argument(help="Lead field; else as mapped.")] = ""
    ) -> None:
        """Confirm a path; without FIELD, as what the ladder maps it to in the newest records."""
        one = tool()
        if not field:
            _, _, profile = _profiled(one, source, _newest(one, source, LAST), follow=True)
            mapped: list[Found] = (
                [found for found in profile.found() if found.path == path and found.field] if profile.records else []
            )
            if not mapped or mapped[0].field is None:
                raise typer.BadParameter(f"nothing maps {path} in the newest records: name the field", param_hint="FIELD")
            field = mapped[0].field
        _say(one, source, path, field, by)

    @mapping.command()
    def correct(source: Slug, path: Path_, field: Annotated[str, typer.Argument(help="A lead field, or none.")], by: By) -> None:
        """Correct a path: it is this field, or none."""
        _say(tool(), source, path, field, by)

    return mapping


def _say(one: Installation, source: str, path: str, field: str, by: str) -> None:
    if not is_slug(source):
        raise typer.BadParameter(f"{source!r} is no slug of a source", param_hint="SOURCE")
    try:
        parse(path)
    except PathError as error:
        raise typer.BadParameter(str(error), param_hint="PATH") from None
    if field != "none" and field not in MAPPABLE:
        raise typer.BadParameter(f"{field!r} is no field to map to: {did_you_mean(field, MAPPABLE)}", param_hint="FIELD")
    label = path.rsplit(".", 1)[-1]
    told = Confirmation(source, path, None if field == "none" else field, label, None, by, 0)
    told = say(one.kafka.client(), one.names.mappings, one.codec.encode, told)
    print(f"{source}: {path} is {field} from now on (revision {told.number})")


def _newest(one: Installation, source: str, last: int) -> Iterator[InboundEvent]:
    from app.edges.kafka.inbound import records

    return records(one.kafka.client(), one.names.inbound(source), last=last)


def _lines(one: Installation, source: str, file: Path) -> Iterator[InboundEvent]:
    for n, line in enumerate(file.read_bytes().splitlines()):
        if line.strip():
            yield InboundEvent(Position(one.names.inbound(source), 0, n), None, line, (), 0)


def _profiled(one: Installation, name: str, events: Iterator[InboundEvent], *, follow: bool) -> tuple[Source, str, Profile]:
    """The source as it is, the format that reads all of its records, and their profile."""
    if not is_slug(name):
        raise typer.BadParameter(f"{name!r} is no slug of a source", param_hint="SOURCE")
    source = one.inventory.sources.get(name) or undeclared(name)
    mappings = KafkaMappings(one.kafka, one.names, one.codec.decode) if follow else None
    normaliser: Normaliser = one.normaliser(mappings)
    profile, formats = Profile(), {"json", "form"}
    for event in events:
        try:
            mapped = normaliser.mapped(event, source)
        except BadRecord:
            continue
        lead = normaliser.normalise(event)
        told = None if isinstance(lead, DeadLetter) or lead.country_source not in ("address", "phone") else lead.country
        profile.add(mapped, event.timestamp_ms, told)
        formats = {format_ for format_ in formats if _reads(one, event, source, format_)}
    if mappings:
        mappings.close()
    declared = source.format if source.mapping.fields else next(iter(sorted(formats)), "auto")
    return source, declared, profile


def _reads(one: Installation, event: InboundEvent, source: Source, format_: str) -> bool:
    try:
        decode(event, source.model_copy(update={"format": format_}), one.codec)
    except BadRecord:
        return False
    return True
