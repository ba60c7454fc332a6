"""The text formats: UTF-8, urlencoded forms, single lines of CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from app.errors import BadRecord
from app.inventory.models import CsvFormat
from app.pipeline.limits import FIELDS

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def not_blank(value: bytes) -> bytes:
    """The value, unless it is nothing but white space."""
    if value.isspace():
        raise BadRecord("intake", "empty_value", "the value is blank")
    return value


def text(value: bytes) -> str:
    """UTF-8, a byte order mark allowed."""
    try:
        return value.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRecord("intake", "not_utf8", f"byte {error.start} is not UTF-8", repairable=True) from None


def form(text: str) -> dict[str, Any]:
    """application/x-www-form-urlencoded in UTF-8. Bracketed names stay as they are; a repeated name makes a list."""
    text = text.strip("\r\n")
    if text[:1] in ("{", "[", "<") or "=" not in text or _CONTROL.search(text):
        raise BadRecord("intake", "invalid_form", "not urlencoded: expected name=value pairs joined by &", repairable=True)
    if text.count("&") >= FIELDS:
        raise BadRecord("intake", "invalid_form", f"more than {FIELDS} fields")
    try:
        return gather(_pairs(text))
    except UnicodeDecodeError:
        raise BadRecord("intake", "not_utf8", "percent-encoded bytes that are not UTF-8", repairable=True) from None


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """As `urllib.parse.parse_qsl` with blank values, in less than half of its time.

    Raises:
        UnicodeDecodeError: Percent-encoded bytes are not UTF-8.
    """
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            yield _unquoted(name), _unquoted(value)


def _unquoted(text: str) -> str:
    text = text.replace("+", " ")
    return unquote_to_bytes(text).decode() if "%" in text else text


def gather(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Names to texts; a repeated name makes a list, in order."""
    payload: dict[str, Any] = {}
    for name, value in pairs:
        if name not in payload:
            payload[name] = value
        elif isinstance(payload[name], list):
            payload[name].append(value)
        else:
            payload[name] = [payload[name], value]
    return payload


def csv_line(text: str, declared: CsvFormat) -> dict[str, Any]:
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
