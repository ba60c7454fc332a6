"""The words that say little of who somebody is, and what they say, read from words.yaml once."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

import yaml

from app.pipeline.matching.fold import fold

_STEM: Final = 5  # letters


@cache
def _book() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("app.pipeline.matching").joinpath("words.yaml").read_bytes())
    return loaded


def _folded(name: str) -> frozenset[str]:
    return frozenset(part for word in str(_book()[name]).split() for part in fold(word).split())


def _names(name: str) -> frozenset[str]:
    return frozenset(fold(word).replace(" ", "") for word in str(_book()[name]).split())


LEGAL: Final = _folded("legal")
FORMS: Final = frozenset(form for word in str(_book()["forms"]).split() for form in (word, word + "."))
LEGAL_ENDS: Final = tuple(sorted((fold(one) for one in _book()["legal_ends"]), key=len, reverse=True))
SISTERS: Final = _folded("sisters")
ARTICLES: Final = _folded("articles")
GENERIC: Final = _folded("generic") | ARTICLES
STREET_TYPES: Final = _folded("street_types")
STREET_SIDES: Final = _folded("street_sides")
STREET_ENDS: Final[dict[str, str]] = {fold(end): fold(short) for end, short in _book()["street_ends"].items()}
WRITTEN_OUT: Final[dict[str, str]] = {fold(short): fold(long) for short, long in _book()["written_out"].items()}
WRITTEN_OUT_PLACES: Final[dict[str, str]] = dict(_book()["written_out_places"])
UNITS: Final = _folded("units")
BOXES: Final = _folded("boxes")
BESIDE: Final = _folded("beside")
ORDINALS: Final[dict[str, str]] = {word: str(n) for word, n in _book()["ordinals"].items()}
GMAIL: Final = frozenset(str(_book()["gmail"]).split())
MINUS_TAGS: Final = frozenset(str(_book()["minus_tags"]).split())
DOMAINS: Final = tuple(str(_book()["domains"]).split())
BIRTH, HOUSE_NUMBER, SECOND_LINE, UNIQUE_IDS, SITE = (
    _names(name) for name in ("birth", "house_number", "second_line", "unique_ids", "site")
)
RELAYS: Final = frozenset(str(_book()["relays"]).split())
TITLES: Final = _folded("titles")
MONTHS: Final = {word: n for n, line in enumerate(str(_book()["months"]).split(";"), 1) for word in line.split()}
NOBODY: Final = frozenset(fold(one.replace(".", " ")) for one in str(_book()["nobody"]).split())
HOSTS: Final = frozenset(str(_book()["hosts"]).split())

COMMON_GIVEN: Final = _folded("given")
COMMON_FAMILY: Final = _folded("family")
COMMONEST_FAMILY: Final = _folded("commonest_family")


def _nicknames() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for n, line in enumerate(str(_book()["nicknames"]).split(";")):
        for word in line.split():
            found.setdefault(fold(word).replace(" ", ""), set()).add(n)
    return {word: frozenset(groups) for word, groups in found.items()}


NICKNAMES: Final = _nicknames()
"""Form of a given name → the names that it may be a form of."""


@lru_cache(maxsize=16_384)
def generic(word: str) -> bool:
    """Whether many businesses share a word, or one with another ending (plural, gender)."""
    return word in GENERIC or (len(word) > _STEM and (word[:-1] in GENERIC or word[:-2] in GENERIC))


def spelled(name: str) -> list[str]:
    """A list as it is written, for those who make examples of it."""
    return str(_book()[name]).split()


def groups_of_nicknames() -> list[list[str]]:
    """Each name's forms as they are written."""
    return [line.split() for line in str(_book()["nicknames"]).split(";")]
