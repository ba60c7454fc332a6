"""Attributes that a source declares under `features`, as numbers and categories named `x.<path>`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

PREFIX: Final = "x."
_CACHED: Final = 8_192
# A leading zero or plus is an id's or a phone's, and so are more than 15 digits.
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?")
_LIMIT: Final = 1e15


def add_attributes(
    facts: Mapping[str, str], numbers: dict[str, float], categories: dict[str, str], category: Callable[[str], str]
) -> None:
    """Add a feature for each fact: a number where its text reads as one, else a category; `none` where it is blank.

    Args:
        facts: Path → text.
        category: Makes a bounded category of a text.
    """
    for path, text in facts.items():
        value = number(text)
        if value is None:
            categories[name_of(path)] = category(text)
        else:
            numbers[name_of(path)] = value


@lru_cache(maxsize=_CACHED)
def number(text: str) -> float | None:
    """The number that a text is, a share where it ends in %; None where it is none, an id, a phone or beyond all measure."""
    share = text.endswith("%")
    if _NUMBER.fullmatch(text.removesuffix("%").rstrip() if share else text) is None:
        return None
    value = float(text.removesuffix("%")) / (100.0 if share else 1.0)
    return value if -_LIMIT < value < _LIMIT else None


@lru_cache(maxsize=_CACHED)
def name_of(path: str) -> str:
    """The feature's name. `=` separates features from values elsewhere, so the name has `:` for it."""
    return PREFIX + path.replace("=", ":")
