"""Names of people: cleaned, cased, split and joined.

A name of two to four ordinary words is split here; titles, suffixes, particles, commas and nicknames are nameparser's.
A property test holds the quick split to nameparser's answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from nameparser import HumanName
from nameparser.config import CONSTANTS

from app.pipeline.validation.name_case import proper_case
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.placeholder import NOT_NAMES, is_placeholder_name
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.text import mend

_LONGEST_PART = 100
_LONGEST_FULL = 2 * _LONGEST_PART + 1
_SPECIAL = frozenset(
    {*CONSTANTS.titles, *CONSTANTS.first_name_titles, *CONSTANTS.prefixes, *CONSTANTS.non_first_name_prefixes}
    | {*CONSTANTS.conjunctions, *CONSTANTS.bound_first_names, *CONSTANTS.suffix_not_acronyms}
    | {*CONSTANTS.suffix_acronyms, *CONSTANTS.suffix_acronyms_ambiguous}
    | NOT_NAMES  # never quick: each part of a name is judged alone
)


@dataclass(frozen=True, slots=True)
class Split:
    """A full name taken apart; `whole` is the name without title, in reading order."""

    whole: str
    first: str | None
    last: str | None
    title: str | None = None
    reversed: bool = False


def read_names(full: object, first: object, last: object, notes: Notes) -> tuple[str | None, str | None, str | None]:
    """full_name, first_name, last_name, each filled from the others where that is safe."""
    given_first = None if first is None else _clean("first_name", first, _LONGEST_PART, notes)
    given_last = None if last is None else _clean("last_name", last, _LONGEST_PART, notes)
    whole = None if full is None else _clean("full_name", full, _LONGEST_FULL, notes)
    if whole is None:
        joined = proper_case(f"{given_first} {given_last}") if given_first and given_last else None
        return joined, given_first, given_last
    if given_first and given_last:
        return whole, given_first, given_last
    split = split_name(whole)
    if split.title:
        notes.keep("honorific", split.title)
        notes.repair("full_name", "honorific", before=full, after=split.whole)
    if split.reversed:
        notes.repair("full_name", "reversed", before=full, after=split.whole)
    return split.whole, given_first or split.first, given_last or split.last


def split_name(whole: str) -> Split:
    """First and last name of a clean full name; a single word is a first name."""
    words = whole.split(" ")
    if 2 <= len(words) <= 4 and all(_ordinary(word) for word in words):
        return Split(whole, words[0], words[-1])
    return _ask_library(whole)


def _ordinary(word: str) -> bool:
    return len(word) > 1 and word.isalpha() and word.istitle() and word.lower() not in _SPECIAL


@lru_cache(maxsize=4096)
def _ask_library(whole: str) -> Split:
    try:
        name = HumanName(whole)
        parts = [name.first, name.middle, name.last]
        title, suffix = name.title, name.suffix
    except (ValueError, IndexError, TypeError, AttributeError, RecursionError):
        return Split(whole, None, None)
    first, last = parts[0] or None, parts[2] or None
    if first is None or last is None:
        return Split(whole, *_lone(whole, first, last))
    first, last = _settled(first), _settled(last)
    if first is None or last is None:
        return Split(whole, first, last)
    is_reversed = "," in whole and whole.split(",", 1)[0].strip() == parts[2]
    ordered = " ".join(part for part in (*parts, suffix) if part)
    if not (title or is_reversed) or len(ordered) > _LONGEST_FULL or _settled(ordered) != ordered:
        return Split(whole, first, last)
    return Split(ordered, first, last, title or None, is_reversed)


def _settled(part: str) -> str | None:
    """A part as it would be read had it come alone; None where it would not be taken."""
    if mend(part)[0] != part or len(part) > _LONGEST_FULL or is_placeholder_name(part) or not any(map(str.isalpha, part)):
        return None
    return proper_case(part)


def _lone(whole: str, first: str | None, last: str | None) -> tuple[str | None, str | None]:
    """Only one part was found: taken where it is a word of the name by itself, so that reading again finds the same."""
    if (first or last) not in whole.split(" "):
        return None, None
    return (first and _settled(first)) or None, (last and _settled(last)) or None


def _clean(field: str, value: object, longest: int, notes: Notes) -> str | None:
    text = as_text(value)
    if text is None or len(text) > 4 * longest:
        notes.reject(field, value)
        return None
    clean, rules = mend(text)
    if not clean:
        return None
    if not any(map(str.isalpha, clean)) or is_placeholder_name(clean):
        notes.remove(field, value)
        return None
    if len(clean) > longest:
        notes.reject(field, value)
        return None
    cased = proper_case(clean)
    if cased != clean and len(cased) <= longest:
        rules = (*rules, "case")
    if rules:
        notes.repair(field, *rules, before=value, after=cased)
    return cased
