"""When it happened, in milliseconds since the epoch, UTC.

Read in this order: ISO 8601 (ciso8601), numbers (seconds, milliseconds, microseconds or nanoseconds by their size; what would
be the first day of 1970 is a spreadsheet's day), day, month and year in the source's order, names of months (`time_words.py`).
A day above 12 tells the order by itself, whatever the source's. Times without zone are in the source's time zone, and noted; so
is a local time that a clock change skips or repeats, read as `zoneinfo` does with fold=0. The clock of this machine is never
asked: what is plausible is judged against the record's own time stamp.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from math import isfinite
from typing import Literal

import ciso8601

from app.pipeline.lead import ViolationCode
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.placeholder import is_placeholder
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.text import plain
from app.pipeline.validation.time_words import ascii_digits, half_day, read_words

DateOrder = Literal["YMD", "DMY", "MDY"]
EARLIEST_MS = 1_104_537_600_000  # 2005-01-01: before it there were no online leads
LEAD_MS = 86_400_000  # a sender's clock may be wrong by its whole zone, and no more than a day
_LONGEST = 120
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,12})?(?:[eE]\+?\d{1,2})?", re.ASCII)
_COMPACT = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)(?:([0-2]\d)([0-5]\d)([0-5]\d)?)?", re.ASCII)
_EIGHT = re.compile(r"(\d\d)(\d\d)((?:19|20)\d\d)", re.ASCII)
_DOT_NET = re.compile(r"\\?/Date\((-?\d{1,20})(?:[+-]\d{4})?\)\\?/")
_ZONE_NAME = re.compile(r"\[[A-Za-z_]+(?:/[A-Za-z_+-]+)*\d*\]$")  # Java's ZonedDateTime: the offset before it says it all
_SPREADSHEET = datetime(1899, 12, 30)  # day 0 of Excel, Google Sheets and the others
_FIRST_DAY, _LAST_DAY = 38_353, 73_050  # 2005-01-01, 2099-12-31
_LOOSE = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})"
    r"(?:(?:[T ]|,[ ]?|[ ](?:at|um|kl\.?|om|alle|[àaoв]|as|às|a las)[ ])(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,9})?)?"
    r"[ ]?([AaPp]\.?[ ]?[Mm]\.?|Uhr)?(?:[ ]?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?",
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
    if reading == "placeholder":
        notes.remove(field, value)
    elif not (isinstance(value, str) and not value.strip()):
        notes.reject(field, value, reading)
    return received_at


def _read(value: object, zone: tzinfo, order: DateOrder, rules: list[str]) -> Reading:
    match value:
        case str():
            return _of_text(value, zone, order, rules)
        case bool():
            return "invalid"
        case int() | float() | Decimal():
            return _of_number(value, zone, rules)
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
    text = ascii_digits(plain(text))
    if is_placeholder(text):
        return "placeholder"
    if text[-1:] == "]":
        text = _ZONE_NAME.sub("", text)
    if (compact := _COMPACT.fullmatch(text)) is not None:
        rules.append("compact_date")
        return _of_datetime(datetime(*(int(part) for part in compact.groups() if part)), zone, rules)  # type: ignore[arg-type]
    if (eight := _EIGHT.fullmatch(text)) is not None:
        return _of_ordered(eight[1], eight[2], eight[3], "-", zone, order, rules)
    if (dot_net := _DOT_NET.fullmatch(text)) is not None:
        rules.append("epoch")
        return int(dot_net[1])
    if _NUMBER.fullmatch(text):
        rules.append("epoch")
        return _of_number(int(text) if text.lstrip("-").isdecimal() else Decimal(text), zone, rules)
    if (match := _LOOSE.fullmatch(text)) is not None:
        return _of_loose(match, zone, order, rules)
    try:
        return _of_datetime(ciso8601.parse_datetime(text), zone, rules)
    except ValueError:
        moment = read_words(text)
    if moment == "ambiguous":
        return "ambiguous"
    if not isinstance(moment, datetime):
        return "invalid"
    rules.append("date_words")
    return _of_datetime(moment, zone, rules)


def _of_number(number: int | float | Decimal, zone: tzinfo, rules: list[str]) -> Reading:
    """By size: seconds until the year 5138, then milliseconds, microseconds, nanoseconds."""
    if not isinstance(number, int) and not isfinite(number):
        return "invalid"
    size = number if number >= 0 else -number
    if 10**11 <= size < 10**14:
        return int(number)
    if _FIRST_DAY <= number <= _LAST_DAY:
        rules[:] = ["spreadsheet_day"]
        moment = _SPREADSHEET + timedelta(days=float(number))
        return _of_datetime((moment + timedelta(milliseconds=500)).replace(microsecond=0), zone, rules)
    if not rules:
        rules.append("epoch")
    if size < 10**11:
        return int(number * 1000)
    if size < 10**17:
        return int(number) // 1000
    return int(number) // 1_000_000 if size < 10**20 else "implausible"


def _of_datetime(moment: datetime, zone: tzinfo, rules: list[str]) -> int:
    if moment.tzinfo is None:
        rule = "local_time"
        moment = moment.replace(tzinfo=zone)
        if zone is not UTC:
            first, second = moment.utcoffset(), moment.replace(fold=1).utcoffset()
            if first != second and first is not None and second is not None:
                rule = "repeated_local_time" if first > second else "skipped_local_time"
            if first is not None:
                moment = moment.replace(tzinfo=timezone(first))
        rules.append(rule)
    return (moment - _EPOCH) // _MILLISECOND


def _of_loose(match: re.Match[str], zone: tzinfo, order: DateOrder, rules: list[str]) -> Reading:
    one, mark, two, three, hour, minute, second, half, offset = match.groups()
    hours = int(hour or 0)
    if half and half[0] in "aApP":
        hours = half_day(hours, half[0] in "pP")
    clock = timedelta(hours=hours, minutes=int(minute or 0), seconds=int(second or 0))
    if clock >= _DAY or int(minute or 0) > 59 or int(second or 0) > 60:
        return "invalid"
    there: tzinfo | None = None
    if offset in ("Z", "UTC", "GMT"):
        there = UTC
    elif offset:
        sign = -1 if offset[0] == "-" else 1
        there = timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:])))
    return _of_ordered(one, two, three, mark, zone, order, rules, clock, there)


def _of_ordered(
    one: str,
    two: str,
    three: str,
    mark: str,
    zone: tzinfo,
    order: DateOrder,
    rules: list[str],
    clock: timedelta = timedelta(0),
    there: tzinfo | None = None,
) -> Reading:
    """Three numbers that are a day, a month and a year."""
    ymd = _in_order(one, two, three, mark, order)
    if ymd is None:
        return "ambiguous"
    rules.append("date_order")
    return _of_datetime(datetime(*ymd, tzinfo=there) + clock, zone, rules)


def _in_order(one: str, two: str, three: str, mark: str, order: DateOrder) -> tuple[int, int, int] | None:
    """Year, month, day; None where the source's order does not say which is which. Points are only used day first."""
    if len(one) == 4:
        return int(one), int(two), int(three)
    if len(three) == 2 and order == "YMD" and mark != ".":
        return None
    year = int(three) + (2000 if len(three) == 2 else 0)
    first, second = int(one), int(two)
    if first > 12 or second > 12 or first == second:  # that order is the only one
        day_first = first > 12 or (first == second and order != "MDY")
    elif order == "YMD" and mark != ".":
        return None
    else:
        day_first = order != "MDY"
    return (year, second, first) if day_first else (year, first, second)
