"""When it happened, in milliseconds since the epoch, UTC.

Read in this order: numbers (seconds, milliseconds, microseconds or nanoseconds by their size), ISO 8601 (ciso8601), day,
month and year in the source's order, RFC 2822. Times without zone are in the source's time zone; a local time that a clock
change skips or repeats is read as `zoneinfo` does with fold=0 and noted. The clock of this machine is never asked: what is
plausible is judged against the record's own time stamp.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Literal

import ciso8601

from app.pipeline.lead import ViolationCode
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.text import plain

DateOrder = Literal["YMD", "DMY", "MDY"]
EARLIEST_MS = 1_104_537_600_000  # 2005-01-01: before it there were no online leads
LEAD_MS = 86_400_000  # a sender's clock may be wrong by its whole zone, and no more than a day
_LONGEST = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,9})?", re.ASCII)
_COMPACT = re.compile(r"(?:19|20)\d{6}(?:\d{6})?", re.ASCII)
_LOOSE = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})"
    r"(?:(?:[ ]|,[ ]?|[ ]at[ ])(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,9})?)?"
    r"[ ]?([AaPp]\.?[Mm]\.?)?(?:[ ]?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?",
    re.ASCII,
)

Reading = int | ViolationCode
"""Milliseconds, or why there are none."""


def read_time(value: object, zone: tzinfo, order: DateOrder, received_at: int, notes: Notes, field: str = "occurred_at") -> int:
    """The time, or `received_at` where there is none that can be believed.

    Args:
        value: Number, text, date or datetime.
        zone: Of times that carry none.
        order: Of day, month and year. YMD says nothing of 03/04/2026, which is then ambiguous.
        received_at: The record's own time stamp; more than a day after it is implausible.
    """
    rules: list[str] = []
    try:
        reading = _read(value, zone, order, rules)
    except (ValueError, OverflowError, TypeError, ArithmeticError):  # year 0, 31 February, an offset of 99 hours
        reading = "invalid"
    if isinstance(reading, int):
        if reading >= EARLIEST_MS and (reading <= received_at + LEAD_MS or received_at < EARLIEST_MS):
            if rules:
                notes.repair(field, *rules, before=value, after=reading)
            return reading
        reading = "implausible"
    if not (isinstance(value, str) and not value.strip()):
        notes.reject(field, value, reading)
    return received_at


def _read(value: object, zone: tzinfo, order: DateOrder, rules: list[str]) -> Reading:
    match value:
        case str():
            return _of_text(value, zone, order, rules)
        case bool():
            return "invalid"
        case int() | float() | Decimal():
            return _of_number(value)
        case datetime():
            return _of_datetime(value, zone, rules)
        case date():
            return _of_datetime(datetime(value.year, value.month, value.day), zone, rules)
        case _:
            text = as_text(value)
            return "invalid" if text is None else _of_text(text, zone, order, rules)


def _of_text(text: str, zone: tzinfo, order: DateOrder, rules: list[str]) -> Reading:
    if len(text) > _LONGEST:
        return "invalid"
    if text[4:5] == "-":  # the ordinary case
        try:
            return _of_datetime(ciso8601.parse_datetime(text), zone, rules)
        except ValueError:
            pass
    text = plain(text)
    if _COMPACT.fullmatch(text):
        return _of_datetime(ciso8601.parse_datetime(text), zone, rules)
    if _NUMBER.fullmatch(text):
        return _of_number(Decimal(text) if "." in text else int(text))
    if (match := _LOOSE.fullmatch(text)) is not None:
        return _of_loose(match, zone, order, rules)
    try:
        return _of_datetime(ciso8601.parse_datetime(text), zone, rules)
    except ValueError:
        return _of_datetime(parsedate_to_datetime(text), zone, rules)


def _of_number(number: int | float | Decimal) -> Reading:
    """By size: seconds until the year 5138, then milliseconds, microseconds, nanoseconds."""
    if not isinstance(number, int) and not isfinite(number):
        return "invalid"
    size = number if number >= 0 else -number
    if size < 10**11:
        return int(number * 1000)
    if size < 10**14:
        return int(number)
    if size < 10**17:
        return int(number) // 1000
    return int(number) // 1_000_000 if size < 10**20 else "implausible"


def _of_datetime(moment: datetime, zone: tzinfo, rules: list[str]) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
        if zone is not UTC:
            first, second = moment.utcoffset(), moment.replace(fold=1).utcoffset()
            if first != second and first is not None and second is not None:
                rules.append("repeated_local_time" if first > second else "skipped_local_time")
            if first is not None:
                moment = moment.replace(tzinfo=timezone(first))
    return (moment - _EPOCH) // _MILLISECOND


def _of_loose(match: re.Match[str], zone: tzinfo, order: DateOrder, rules: list[str]) -> Reading:
    one, mark, two, three, hour, minute, second, half, offset = match.groups()
    ymd = _in_order(one, two, three, mark, order)
    if ymd is None:
        return "ambiguous"
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            return "invalid"
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    moment = datetime(*ymd, hours, int(minute or 0), int(second or 0))
    if offset in ("Z", "UTC", "GMT"):
        moment = moment.replace(tzinfo=UTC)
    elif offset:
        sign = -1 if offset[0] == "-" else 1
        moment = moment.replace(tzinfo=timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))))
    rules.append("date_order")
    return _of_datetime(moment, zone, rules)


def _in_order(one: str, two: str, three: str, mark: str, order: DateOrder) -> tuple[int, int, int] | None:
    """Year, month, day; None where the source's order does not say which is which. Points are only used day first."""
    if len(one) == 4:
        return int(one), int(two), int(three)
    if len(three) == 2 and order == "YMD" and mark != ".":
        return None
    year = int(three) + (2000 if len(three) == 2 else 0)
    first, second = int(one), int(two)
    day_first = order == "DMY" or (mark == "." and order == "YMD")
    if order == "YMD" and mark != ".":
        if first <= 12 and second <= 12 and first != second:
            return None
        day_first = first > 12
    return (year, second, first) if day_first else (year, first, second)
