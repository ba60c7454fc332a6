"""Purposes of consent, as sources name them."""

from __future__ import annotations

import re
from typing import Final

from app.pipeline.validation.notes import Notes
from app.pipeline.validation.raw import as_list, as_text

_MOST: Final = 16
_BETWEEN: Final = re.compile(r"[\s,;|]+")
_SLUG: Final = re.compile(r"[a-z][a-z0-9-]{1,40}")


def read_purposes(value: object, notes: Notes, field: str) -> str | None:
    """The purposes, with blanks between; None, with a violation, where one is no name of a purpose: consent is never guessed."""
    text = as_text(value)
    if text is None:
        text = as_list(value)
    if text is None:
        notes.reject(field, value)
        return None
    named = [one.lower().replace("_", "-") for one in _BETWEEN.split(text) if one]
    if not named or len(named) > _MOST or not all(_SLUG.fullmatch(one) for one in named):
        notes.reject(field, value)
        return None
    return " ".join(dict.fromkeys(named))
