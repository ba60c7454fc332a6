"""Values of any type as text: strictly for fields, and at any price for what is kept beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import isfinite
from reprlib import Repr
from uuid import UUID

import orjson

from app.pipeline.validation.text import plain

KEPT_CHARS = 32_768  # of a raw value; the whole of it is in the record on the inbound topic
_LONGEST_INT_BITS = 660  # 200 digits: more is no identifier, and printing it costs the square of its length
_REPR = Repr()
_REPR.maxstring = _REPR.maxother = 200


def as_text(value: object) -> str | None:
    """A scalar as text, as its sender would have written it; a list of one as its element. None: not a text at all."""
    match value:
        case str():
            return value
        case bool():
            return None
        case int():
            return str(value) if value.bit_length() <= _LONGEST_INT_BITS else None
        case float():
            if not isfinite(value):
                return None
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case Decimal():
            return str(value) if value.is_finite() else None
        case UUID():
            return str(value)
        case date():  # datetime is one, too
            return value.isoformat()
        case bytes() if len(value) <= KEPT_CHARS * 4:
            return value.decode("utf-8", "replace")
        case [one] if not isinstance(one, (list, tuple)):
            return as_text(one)
        case _:
            return None


def as_list(value: object) -> str | None:
    """Several scalars (the answers of a multiple choice) as one text, parted by commas; None where one is no scalar."""
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)) or not 1 < len(value) <= 1000:
        return None
    texts = [None if isinstance(item, (list, tuple)) else as_text(item) for item in value]
    return None if None in texts else ", ".join(text for text in texts if text)


def raw_text(value: object) -> str:
    """Any value as UTF-8-clean text of at most KEPT_CHARS: text as it is, everything else as JSON, or as a summary where
    it is no JSON or nested too deep for it."""
    text = value if isinstance(value, str) else _summary(value)
    return plain(text[:KEPT_CHARS], lines=True)


def _summary(value: object) -> str:
    text = as_text(value)
    if text is not None:
        return text
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError, RecursionError):  # JSONEncodeError is a TypeError
        pass
    try:
        return _REPR.repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, somewhere inside
        return f"<{type(value).__name__}>"
