"""Yes or no, as forms and vendors write it."""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

from app.pipeline.validation.notes import Notes
from app.pipeline.validation.raw import as_text

_YES = frozenset(
    "true t yes y on 1 checked accepted granted agree agreed subscribed opt_in opt-in opted_in confirmed "
    "ja j oui si sí sì tak".split()
)
_NO = frozenset(
    "false f no n off 0 unchecked denied declined refused unsubscribed not_subscribed opt_out opt-out nein non nie none".split()
)


def read_flag(value: object, notes: Notes, field: str) -> bool | None:
    """True, False, or None where it is neither: a consent is never guessed."""
    if isinstance(value, bool):
        return value
    text = as_text(value)
    low = "" if text is None else text.strip().lower()
    if low in _YES:
        return True
    if low in _NO:
        return False
    if low or text is None:
        notes.reject(field, value)
    return None
