"""Does a source make sense? What one file says beyond its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from math import ceil
from zoneinfo import ZoneInfo, available_timezones

import pycountry

from app.inventory.lines import Document, Loc
from app.inventory.models import Source
from app.inventory.paths import Name, PathError, parse
from app.inventory.problems import Problem, did_you_mean
from app.pipeline.lead import Lead

# What the pipeline itself knows about a lead; everything else a mapping may set.
_OWN = {"lead_id", "source", "received_at", "consent_basis", "country_source", "source_reliability", "cost"}
_OWN |= {"mapping_version", "mapping_revision", "attributes", "violations", "repairs", "provenance", "enrichments", "shape"}
_OWN |= {"facts", "groups", "toggles_off"}
_OWN |= {"company_domain", "device", "click_network", "sessions", "pages_viewed", "cart_adds", "cart_value", "last_seen_at"}
_OWN |= {"first_touch", "last_touch"}
LEAD_FIELDS = frozenset(one.name for one in fields(Lead))
MAPPABLE = LEAD_FIELDS - _OWN
FINDABLE = MAPPABLE - {"consent_purposes", "consent_until"}  # what people declare, and nobody finds by name, value or likeness

# What later stages can find without a path of its own: from each other, the phone, the IP, the record itself.
DERIVED = {"event_id", "occurred_at", "full_name", "first_name", "last_name", "country", "region", "currency"}


def check_source(source: Source, document: Document) -> Iterator[Problem]:
    """All that is wrong with a source of the right shape."""
    yield from _mapping(source, document)
    yield from _required(source, document)
    yield from _format(source, document)
    yield from _codes(source, document)
    yield from _memory(source, document)


def _mapping(source: Source, document: Document) -> Iterator[Problem]:
    at: Loc = ("mapping", "fields")
    if not source.mapping.fields:
        yield document.problem(at, "maps no field", "map at least email or phone")
    for name, declared in source.mapping.fields.items():
        if name in _OWN:
            yield document.problem((*at, name), "is set by the pipeline, not by a mapping", "remove it")
        elif name not in MAPPABLE:
            yield document.problem((*at, name), "is no field of a lead", did_you_mean(name, MAPPABLE))
        if isinstance(declared, str):
            yield from check_path(source, document, (*at, name), declared)
            continue
        if not declared:
            yield document.problem((*at, name), "names no path", "write one, or remove the field")
        for n, path in enumerate(declared):
            yield from check_path(source, document, (*at, name, n), path)
    for n, path in enumerate(source.mapping.ignore):
        yield from check_path(source, document, ("mapping", "ignore", n), path)


def check_path(source: Source, document: Document, loc: Loc, path: str) -> Iterator[Problem]:
    """Whether a path can be read, and names a column where there are columns."""
    try:
        steps = parse(path)
    except PathError as error:
        yield document.problem(loc, f"the path {path} cannot be read", str(error))
        return
    first = steps[0]
    if source.format == "csv" and source.csv and isinstance(first, Name) and first.name not in source.csv.columns:
        yield document.problem(loc, f"{first.name} is no column of csv.columns", did_you_mean(first.name, source.csv.columns))


def _required(source: Source, document: Document) -> Iterator[Problem]:
    for n, alternatives in enumerate(source.required):
        names = alternatives.split("|")
        unknown = [name for name in names if name not in LEAD_FIELDS]
        for name in unknown:
            yield document.problem(("required", n), f'"{name}" is no field of a lead', did_you_mean(name, MAPPABLE))
        if not unknown and not any(name in source.mapping.fields or name in DERIVED for name in names):
            what = f"no path gives {' or '.join(names)}: every record would lack it"
            yield document.problem(("required", n), what, "map it under mapping.fields, or do not require it")


def _format(source: Source, document: Document) -> Iterator[Problem]:
    if source.format == "csv" and source.csv is None:
        yield document.problem(("format",), "csv needs its columns", "add csv: {delimiter: …, columns: […]}")
    if source.format == "avro" and not source.record:
        yield document.problem(("format",), "avro needs the name of its record", "add record: …, a folder of schemas/")
    if source.format != "csv" and source.csv is not None:
        yield document.problem(("csv",), f"means nothing for the format {source.format}", "remove it, or set format: csv")
    if source.format != "avro" and source.record is not None:
        yield document.problem(("record",), f"means nothing for the format {source.format}", "remove it, or set format: avro")
    if source.csv is None:
        return
    columns = source.csv.columns
    if not columns:
        yield document.problem(("csv", "columns"), "no column is named", "name them in the order of the line")
    for n, name in enumerate(columns):
        if name in columns[:n]:
            yield document.problem(("csv", "columns", n), f'the column "{name}" is named twice', "give each its own name")
    if source.csv.delimiter in '"\r\n ':
        yield document.problem(("csv", "delimiter"), "cannot be a quote, a blank or a line end", 'use ";", "," or "\\t"')


def _codes(source: Source, document: Document) -> Iterator[Problem]:
    try:
        ZoneInfo(source.time_zone)
    except (KeyError, OSError, ValueError):  # not found, a folder (`Europe`), not a relative name
        yield _unknown_zone(source, document)
    if source.default_country and not known_country(source.default_country):
        what = f'"{source.default_country}" is no country'
        yield document.problem(("default_country",), what, country_hint(source.default_country))
    if pycountry.currencies.get(alpha_3=source.currency) is None:
        yield document.problem(("currency",), f'"{source.currency}" is no currency', "use ISO 4217, as in EUR")
    if source.cost_per_lead < 0:
        yield document.problem(("cost_per_lead",), "is below zero", "write what a lead costs, 0 where it costs nothing")


def _memory(source: Source, document: Document) -> Iterator[Problem]:
    if source.remember_days * 24 < source.dedupe_window_hours:
        at: Loc = ("remember_days",) if "remember_days" in source.model_fields_set else ("dedupe_window_hours",)
        window = source.dedupe_window_hours / 24
        what = f"a person is forgotten after {source.remember_days:g} days, before the window for duplicates ends ({window:g})"
        yield document.problem(at, what, f"remember them for {ceil(window)} days or longer, or shorten dedupe_window_hours")


def _unknown_zone(source: Source, document: Document) -> Problem:
    mend = did_you_mean(source.time_zone, available_timezones()) if "/" in source.time_zone else "use a name like Europe/Berlin"
    return document.problem(("time_zone",), f'"{source.time_zone}" is no time zone', mend)


def known_country(code: str) -> bool:
    """Whether this is an ISO 3166-1 alpha-2 code, in capitals."""
    return code.isupper() and pycountry.countries.get(alpha_2=code) is not None


def country_hint(code: str) -> str:
    """How to mend a country code that is none."""
    if code.upper() == "UK":
        return "the United Kingdom is GB"
    return f"write {code.upper()}" if known_country(code.upper()) else "use ISO 3166-1 alpha-2, as in DE"
