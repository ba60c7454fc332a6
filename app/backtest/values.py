"""What the texts of a column mean: numbers in whatever spelling, and moments.

A spelling is told by the whole column: `3,5` is three and a half where other cells write `1.200,50`, and `1,200` is a thousand
and more where all groups have three digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Literal

from app.backtest.table import Column
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.time import DateOrder, read_time

MOSTLY: Final = 0.95  # of the cells that hold a digit must read so; the others stay as they are
NUMBERS: Final = 0.3  # of the cells that are filled must hold a digit in a column of numbers
_AROUND: Final = re.compile(r"^(?:[$€£¥₹₽]|[A-Z]{3}(?=[ \d]))?[ \u00a0]*|[ \u00a0]*(?:[$€£¥₹₽%]|(?<=[ \d])[A-Z]{3})?$")
_PLAIN: Final = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_COMMA: Final = re.compile(r"[-+]?(?:\d{1,3}(?:[. '’\u00a0]\d{3})+|\d+)(?:,\d+)?", re.ASCII)
_POINT: Final = re.compile(r"[-+]?(?:\d{1,3}(?:[, '’\u00a0]\d{3})+|\d+)(?:\.\d+)?", re.ASCII)
_SURELY_COMMA: Final = re.compile(r",(?!\d{3}(?!\d))|\..*,", re.ASCII)  # as no thousands are grouped
_FAR: Final = 253_402_300_799_000  # the end of the year 9999, in milliseconds
_DATE: Final = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d\d)(?!\d)", re.ASCII)

Style = Literal["plain", "comma", "point"]


def number_style(column: Iterable[str | None]) -> Style | None:
    """How a column writes its numbers; None: it holds none. Words without a digit (unknown) say nothing about that."""
    filled = [text for text in column if text is not None]
    digits = [text for text in filled if any(map(str.isdecimal, text))]
    if not digits or len(digits) < NUMBERS * len(filled):
        return None
    enough = MOSTLY * len(digits)
    plain = sum(_PLAIN.fullmatch(text) is not None for text in digits)
    if plain == len(digits):
        return "plain"
    bare = [_bare(text) for text in digits]
    by_comma = [text for text in bare if _COMMA.fullmatch(text)]
    by_point = sum(_POINT.fullmatch(text) is not None or _PLAIN.fullmatch(text) is not None for text in bare)
    if len(by_comma) >= enough and any(map(_SURELY_COMMA.search, by_comma)):
        return "comma"
    if by_point >= enough:
        return "point"
    return "plain" if plain >= enough else None


def numbers(column: Column) -> list[float | None] | None:
    """The column's numbers, None for cells that are none; None for a column that holds no numbers."""
    style = number_style(column)
    if style is None:
        return None
    known: dict[str, float | None] = {}
    for text in column:
        if text is not None and text not in known:
            known[text] = _number(text, style)
    return [None if text is None else known[text] for text in column]


def mended(column: Column) -> Column:
    """The same column with its numbers written as every program reads them; as it is where they are so already."""
    style = number_style(column)
    if style is None or style == "plain":
        return column
    read = numbers(column) or []
    return [text if value is None else repr(value) for text, value in zip(column, read, strict=True)]


def moments(column: Column) -> list[int | None]:
    """Each cell as milliseconds since the epoch (UTC where it names no zone); None where it is no time."""
    order = _order(column)
    known: dict[str, int | None] = {}
    for text in column:
        if text is not None and text not in known:
            known[text] = _moment(text, order)
    return [None if text is None else known[text] for text in column]


def sort_keys(column: Column) -> list[float | None] | None:
    """By what to order rows: numbers, else moments; None where most cells are neither."""
    filled = sum(text is not None for text in column)
    for keys in (numbers(column), moments(column)):
        if keys is not None and filled and sum(key is not None for key in keys) >= MOSTLY * filled:
            return [None if key is None else float(key) for key in keys]
    return None


def _bare(text: str) -> str:
    return _AROUND.sub("", text)


def _number(text: str, style: Style) -> float | None:
    if style != "plain":
        text = _bare(text)
    if _PLAIN.fullmatch(text) and (style != "comma" or "." not in text):
        return float(text)
    pattern = _COMMA if style == "comma" else _POINT
    if style == "plain" or not pattern.fullmatch(text):
        return None
    text = re.sub(r"[ '’\u00a0]", "", text)
    text = text.replace(".", "").replace(",", ".") if style == "comma" else text.replace(",", "")
    return float(text)


def _order(column: Column) -> DateOrder:
    """Day or month first, as the column's numbers above 12 tell; day first where none does."""
    first = second = 0
    for text in column:
        if text is not None and (found := _DATE.match(text)):
            first, second = max(first, int(found[1])), max(second, int(found[2]))
    return "MDY" if second > 12 >= first else "DMY"


def _moment(text: str, order: DateOrder) -> int | None:
    try:
        return _ms(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        read = read_time(text, UTC, order, _FAR, Notes())
    if read != _FAR:
        return read
    found = _DATE.match(text)  # a history may be older than online leads are, which that reading does not believe
    try:
        return _ms(datetime(int(found[3]), *_month_and_day(found, order))) if found else None
    except (ValueError, OverflowError):
        return None


def _month_and_day(found: re.Match[str], order: DateOrder) -> tuple[int, int]:
    first, second = int(found[1]), int(found[2])
    return (first, second) if order == "MDY" else (second, first)


def _ms(at: datetime) -> int:
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
