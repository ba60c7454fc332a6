"""Intake: the bytes of any record to a payload, or to the reason why not. Total: nothing but the errors below leaves it."""

from __future__ import annotations

import csv
import re
from typing import Any, assert_never
from urllib.parse import parse_qsl

from app.errors import BadRecord
from app.inventory.models import CsvFormat, Source
from app.pipeline.intake_json import decode_object
from app.pipeline.source import InboundEvent
from app.ports import Codec

Payload = dict[str, Any]
"""A decoded record: names to text, numbers, booleans, None, lists and payloads; from Avro also times and bytes."""

# Kafka's own default limit (message.max.bytes) is 1,048,588 bytes, so that is what a producer can send without asking
# anybody. The widest lead we know of, an order of 250 items at 1.5 kB each, is below 400 kB; 1 MB decodes in 30 ms at the
# worst.
MAX_VALUE_BYTES = 1_000_000

# Ten times the widest form we know of. Parsing costs half a microsecond per field.
MAX_FORM_FIELDS = 1_000

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def decode(event: InboundEvent, source: Source, codec: Codec) -> Payload:
    """Decode a record in its source's declared format.

    Raises:
        BadRecord: At stage intake, with a DeadLetterReason. The detail never holds values of the record.
        EdgeDown: The schema registry does not answer (Avro only).
    """
    value = event.value
    if value is None:
        raise BadRecord("intake", "null_value", "a tombstone: an inbound topic holds leads, nothing can be deleted there")
    if not value:
        raise BadRecord("intake", "empty_value", "the value has no bytes")
    if len(value) > MAX_VALUE_BYTES:
        raise BadRecord("intake", "oversized", f"{len(value)} bytes, at most {MAX_VALUE_BYTES} are read")

    match source.format:
        case "json":
            payload = decode_object(_not_blank(value))
        case "form":
            payload = _form(_text(_not_blank(value)))
        case "csv":
            assert source.csv is not None, "the inventory's checks see to it"
            payload = _csv(_text(_not_blank(value)), source.csv)
        case "avro":
            assert source.record is not None, "the inventory's checks see to it"
            payload = codec.decode(value, source.record)
        case _:
            assert_never(source.format)

    if not any(item is not None and item != "" and item != [] and item != {} for item in payload.values()):
        raise BadRecord("intake", "empty_lead", "decoded, but nothing in it is filled")
    return payload


def _not_blank(value: bytes) -> bytes:
    if value.isspace():
        raise BadRecord("intake", "empty_value", "the value is blank")
    return value


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRecord("intake", "not_utf8", f"byte {error.start} is not UTF-8", repairable=True) from None


def _form(text: str) -> Payload:
    """application/x-www-form-urlencoded in UTF-8. Bracketed names stay as they are; a repeated name makes a list."""
    text = text.strip("\r\n")
    if text[:1] in ("{", "[", "<") or "=" not in text or _CONTROL.search(text):
        raise BadRecord("intake", "invalid_form", "not urlencoded: expected name=value pairs joined by &", repairable=True)
    if text.count("&") >= MAX_FORM_FIELDS:
        raise BadRecord("intake", "invalid_form", f"more than {MAX_FORM_FIELDS} fields")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise BadRecord("intake", "not_utf8", "percent-encoded bytes that are not UTF-8", repairable=True) from None
    payload: Payload = {}
    for name, value in pairs:
        if name not in payload:
            payload[name] = value
        elif isinstance(payload[name], list):
            payload[name].append(value)
        else:
            payload[name] = [payload[name], value]
    return payload


def _csv(text: str, declared: CsvFormat) -> Payload:
    """One line with the declared columns, quoted as RFC 4180 says."""
    try:
        rows = list(csv.reader([text.rstrip("\r\n")], delimiter=declared.delimiter, strict=True))
    except csv.Error:
        detail = "not one line of CSV: a quote is not closed, a field is too long, or there are several lines"
        raise BadRecord("intake", "invalid_csv", detail, repairable=True) from None
    row = rows[0] if len(rows) == 1 else []
    columns = declared.columns
    if len(row) != len(columns):
        detail = f"{len(row)} columns, {len(columns)} are declared"
        raise BadRecord("intake", "invalid_csv", detail, repairable=True)
    if all(cell.strip().casefold() == name.casefold() for cell, name in zip(row, columns, strict=True)):
        raise BadRecord("intake", "invalid_csv", "the header line, not a lead")
    return dict(zip(columns, row, strict=True))
