"""Intake: the bytes of any record to a payload, or to the reason why not. Total: nothing but the errors below leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from app.errors import BadRecord
from app.inventory.models import Source
from app.pipeline.intake.auto import decode_any
from app.pipeline.intake.json import decode_object
from app.pipeline.intake.text import csv_line, form, not_blank, text
from app.pipeline.limits import HEADERS, HEADERS_BYTES, VALUE_BYTES
from app.pipeline.source import InboundEvent
from app.ports import Codec

Payload = dict[str, Any]
"""A decoded record: names to text, numbers, booleans, None, lists and payloads; from Avro also times and bytes."""

_TYPED = (b"{", b"[", b'"', b"\0")  # how JSON and Avro begin


def is_textual(event: InboundEvent, source: Source) -> bool:
    """Whether a record's format knows no types but text: a form, CSV, lines of names and values."""
    if source.format == "auto":
        return event.value is not None and event.value[:64].lstrip()[:1] not in _TYPED
    return source.format in ("form", "csv")


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
    if len(value) > VALUE_BYTES:
        raise BadRecord("intake", "oversized", f"{len(value)} bytes, at most {VALUE_BYTES} are read")
    if event.headers:
        _bounded(event.headers)

    match source.format:
        case "json":
            payload = decode_object(not_blank(value))
        case "form":
            payload = form(text(not_blank(value)))
        case "csv":
            assert source.csv is not None, "the inventory's checks see to it"
            payload = csv_line(text(not_blank(value)), source.csv)
        case "avro":
            assert source.record is not None, "the inventory's checks see to it"
            payload = codec.decode(value, source.record)
        case "auto":
            payload = decode_any(value, event.headers, codec)
        case _:
            assert_never(source.format)

    for item in payload.values():
        if item is not None and item != "" and item != [] and item != {}:
            return payload
    raise BadRecord("intake", "empty_lead", "decoded, but nothing in it is filled")


def _bounded(headers: Sequence[tuple[str, bytes | None]]) -> None:
    if len(headers) > HEADERS:
        raise BadRecord("intake", "oversized", f"{len(headers)} headers, at most {HEADERS} are read")
    if sum(len(name) + len(value or b"") for name, value in headers) > HEADERS_BYTES:
        raise BadRecord("intake", "oversized", f"headers of more than {HEADERS_BYTES} bytes")
