"""Values for people to look at: the form stays, the person does not."""

from __future__ import annotations

from typing import Final
from unicodedata import category

LONGEST: Final = 60  # characters


def masked(value: object) -> str:
    """`Anna Müller` → `Xxxx Xxxxxx`, `anna@example.com` → `xxxx@xxxxxxx.xxx`, `+49 30 9012` → `+99 99 9999`; one line, cut."""
    return form(str(value)[:LONGEST])


def form(text: str) -> str:
    """The same of a text of any length."""
    return "".join(map(_hidden, text))


def _hidden(char: str) -> str:
    if char.isalpha():
        return "x" if char.islower() else "X"
    if char.isnumeric():
        return "9"
    if category(char)[0] == "M":  # an accent or a vowel's sign is part of a letter
        return ""
    return char if char.isprintable() else " "
