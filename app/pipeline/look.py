"""What type a text would have had, if its format had types: a form's and a CSV's values are all texts.

Only what is beyond doubt: long numbers (phones, ids) and prose are texts. Ten or thirteen digits that begin with 1 are seconds or
milliseconds since 1970. What people are reached and called by is text, whatever it looks like: a postcode may have letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from app.pipeline.ladder.kinds.words import BOOLEANS

TYPED_FIELDS: Final = frozenset({"occurred_at", "budget", "order_value", "consent"})  # of a lead; the others are text
_LONGEST: Final = 32  # what is longer is a text
_WORDS: Final = frozenset(spelt for word in BOOLEANS for spelt in (word, word.capitalize(), word.upper()))
_NUMERIC = re.compile(
    r"(?P<time>(?:\d{4}([-./])\d{1,2}\2\d{1,2}|\d{1,2}([-./])\d{1,2}\3(?:\d{4}|\d{2}))(?:[T ,].*)?|1\d{9}(?:\d{3})?)|"
    r"[+-]?(?:\d{1,9}(?:[.,]\d{1,6})?|\d{1,3}([.,'])\d{3}(?:\4\d{3})?(?:(?!\4)[.,]\d{1,2})?)",  # and no IP address
    re.ASCII | re.DOTALL,
)


def looks(texts: Iterable[str]) -> list[type]:
    """int for a number, bool for yes and no in many languages, datetime for a date or a time, str for any other text."""
    return [
        str if len(text) > _LONGEST else bool if text in _WORDS else str if text > ":" else _of_numeric(text)  # ":" follows "9"
        for text in texts
    ]


def field_looks(fields: Mapping[str, Any]) -> list[type]:
    """As `looks`, for lead field → value."""
    return [
        str if name not in TYPED_FIELDS else looks((value,))[0] if type(value) is str else type(value)
        for name, value in fields.items()
    ]


def _of_numeric(text: str) -> type:
    match = _NUMERIC.fullmatch(text)
    return str if match is None else int if match["time"] is None else datetime
