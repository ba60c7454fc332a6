"""How a value looks: all of it that can change what is made of its payload. Equal looks, equal plans.

Values are looked at in every record, so texts that come again are looked at once. What is remembered of them stays in this
process, and is forgotten for what came later.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, Final

from app.pipeline.ladder.kinds import kind_of
from app.pipeline.ladder.leaf import Kind
from app.pipeline.ladder.recogniser import fits

MAX_TEXTS: Final = 8_192  # remembered, 300 bytes each
LONGEST: Final = 64  # characters of a remembered text; longer ones are messages and seldom come again


def look(value: Any, named: str | None) -> Hashable:
    """How a value looks.

    Args:
        named: The lead field that its name suggests; None: it suggests none.

    Returns:
        Its kind; where its name suggests a field, with how well it fits that, and whether a name has several words.
    """
    if type(value) is str:
        return _remembered(value, named) if len(value) <= LONGEST else _of(value, named)
    return kind_of(value) if named is None else _of(value, named)


def _of(value: Any, named: str | None) -> Hashable:
    kind = kind_of(value)
    if named is None:
        return kind
    return kind, round(fits(named, kind, value), 1), kind is Kind.NAME and " " in value.strip()


_remembered = lru_cache(maxsize=MAX_TEXTS)(_of)
