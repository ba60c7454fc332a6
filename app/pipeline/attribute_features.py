"""Attributes that a source declares under `features`, as numbers and categories named `x.<path>`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from app.pipeline.validation.number import parse_amount

PREFIX: Final = "x."
_CACHED: Final = 8_192
# A leading zero or plus is an id's or a phone's, and so are more than 15 digits.
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_WRITTEN: Final = re.compile(
    r"(?:[^\W\d_]{0,3}|[$€£¥₹])\s?-?(?:0|[1-9][\d.,' ]{0,20})(?:[.,]\d+)?\s?(?:[^\W\d_]{0,3}|[$€£¥₹])", re.ASCII
)
_DATE: Final = re.compile(r"((?:19|20)\d\d)-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d\S{0,20})?", re.ASCII)
_LIMIT: Final = 1e15
_DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1).toordinal()


def add_attributes(
    facts: Mapping[str, str],
    occurred_at: int,
    numbers: dict[str, float],
    categories: dict[str, str],
    category: Callable[[str], str],
) -> None:
    """Add a feature for each fact: a number where its text reads as one, else a category; `none` where it is blank.

    A date is a number, too: how many days it lies before the lead.

    Args:
        facts: Path → text.
        occurred_at: Of the lead, milliseconds since the epoch.
        category: Makes a bounded category of a text.
    """
    for path, text in facts.items():
        value = number(text)
        if value is not None:
            numbers[name_of(path)] = value
        elif (since := day(text)) is not None:
            numbers[name_of(path)] = float(occurred_at // _DAY_MS - since)
        else:
            categories[name_of(path)] = category(text)


@lru_cache(maxsize=_CACHED)
def number(text: str) -> float | None:
    """The number that a text is, a share where it ends in %, an amount where it names a currency.

    None where it is none, could be read in two ways, is an id, a phone, or beyond all measure.
    """
    share = text.endswith("%")
    digits = text.removesuffix("%").rstrip() if share else text
    value: float | None = None
    if _NUMBER.fullmatch(digits):
        value = float(digits)
    elif _WRITTEN.fullmatch(digits):
        value = parse_amount(digits, None)[0]
    if value is None or not -_LIMIT < value < _LIMIT:
        return None
    return value / 100.0 if share else value


@lru_cache(maxsize=_CACHED)
def day(text: str) -> int | None:
    """The day of a date as ISO 8601 writes it, counted from the epoch; None where the text is none."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).toordinal() - _EPOCH
    except ValueError:  # 2024-02-30
        return None


@lru_cache(maxsize=_CACHED)
def name_of(path: str) -> str:
    """The feature's name. `=` separates features from values elsewhere, so the name has `:` for it."""
    return PREFIX + path.replace("=", ":")
