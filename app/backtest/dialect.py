"""How a file of rows is written: its encoding, its separator, whether its quotes are to be believed."""

from __future__ import annotations

import codecs
import csv
import re
from io import StringIO
from typing import Final

from app.backtest.errors import Unreadable

SEPARATORS: Final = (",", ";", "\t", "|")
NAMED: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
SAMPLE: Final = 65_536  # characters looked at to tell the separator
MAX_CELL: Final = 1_000_000  # characters: more is a quote that nobody closed
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # Excel's own first line
_LINES: Final = re.compile(r"\r\n|\r|\n")

Rows = list[list[str]]


def decoded(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text, and the encoding that read it: by its mark, else UTF-8, else Windows-1252 (Latin-1 where even that has gaps).

    Raises:
        Unreadable: It is not in the encoding named, or no text at all.
    """
    if encoding is not None:
        try:
            return data.decode(encoding).removeprefix("\ufeff"), encoding
        except (LookupError, UnicodeError) as error:
            raise Unreadable(f"--encoding: the file cannot be read as {encoding!r} ({type(error).__name__})") from None
    tried = next(((name,) for mark, name in _BOMS if data.startswith(mark)), ("utf-8", "cp1252", "latin-1"))
    if len(tried) > 1 and data[:4096].count(0) > len(data[:4096]) // 10:
        raise Unreadable("the file holds binary data, no table of text; export it as CSV (UTF-8)")
    for name in tried:
        try:
            return data.decode(name), name
        except UnicodeError:
            continue
    raise Unreadable(f"the file says that it is {tried[0]}, and is not; save it as UTF-8, or name its --encoding")


def rows_of(text: str, separator: str | None = None) -> tuple[Rows, str]:
    """All rows, the header first, and the separator that cut them.

    Raises:
        Unreadable: A cell never ends, or nothing is there.
    """
    declared = _DECLARED.match(text)
    if declared is not None:
        text, separator = text[declared.end() :], separator or declared[1]
    text = text.replace("\0", "")
    separator = NAMED.get(separator, separator) if separator else _told(text)
    if len(separator) != 1 or separator in '"\r\n':
        raise Unreadable(f"--separator: {separator!r} is no single character; write , or ; or | or tab")
    by_quotes = _cut(text, separator)
    if text.count('"') % 2 == 0 and by_quotes is not None:
        return by_quotes, separator
    # An odd quote may swallow lines: then lines are rows and quotes are characters, where that leaves more rows whole.
    by_lines = [[_unquoted(cell) for cell in line.split(separator)] for line in _LINES.split(text)]
    return (by_lines if by_quotes is None or _whole(by_lines) > _whole(by_quotes) else by_quotes), separator


def _told(text: str) -> str:
    """The separator that cuts most rows into as many cells as the header has; of equals the one with more cells."""
    sample = text[:SAMPLE]
    best, chosen = (0.0, 1), ","
    for separator in SEPARATORS:
        rows = _cut(sample, separator) or []
        rows = [row for row in (rows[:-1] if len(text) > SAMPLE else rows) if any(row)]
        if not rows or len(rows[0]) < 2:
            continue
        agreeing = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        if (round(agreeing, 1), len(rows[0])) > best:
            best, chosen = (round(agreeing, 1), len(rows[0])), separator
    return chosen


def _cut(text: str, separator: str) -> Rows | None:
    before = csv.field_size_limit(MAX_CELL)
    try:
        return list(csv.reader(StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        return None
    finally:
        csv.field_size_limit(before)


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _whole(rows: Rows) -> int:
    return sum(len(row) == len(rows[0]) for row in rows) if rows else 0
