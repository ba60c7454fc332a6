"""Names of people: cleaned, cased, split and joined.

A name of two to four ordinary words is split here, one in another script where that tells its order (`name_order.py`);
suffixes, particles, commas and nicknames are nameparser's. A property test holds the quick split to nameparser's answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from unicodedata import is_normalized

from nameparser import HumanName
from nameparser.config import CONSTANTS

from app.pipeline.validation.mojibake import suspicious
from app.pipeline.validation.name_case import proper_case, proper_end, proper_surname
from app.pipeline.validation.name_order import are_swapped, joined, split_by_script
from app.pipeline.validation.name_text import BEFORE_NAMES, honorific_of, is_address, is_spam, without_decoration
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.placeholder import NOT_NAMES, is_placeholder_name, is_special_name, is_test_name
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.robot import is_gibberish
from app.pipeline.validation.text import mend

_LONGEST_PART = 100
_LONGEST_FULL = 2 * _LONGEST_PART + 1
_SHORTEST_SHOUT = 4
_MOST_ORDINARY = 4
_USUAL = re.compile(r"[^\W_](?:[^\W_]|[ '’-](?=[^\W_])|\.(?=[ -]|$)|[ ](?=['’]))*")  # no decoration, address or link; linear
_LATIN_ENDS = "ɏ"
_SPECIAL = frozenset(
    {*CONSTANTS.titles, *CONSTANTS.first_name_titles, *CONSTANTS.prefixes, *CONSTANTS.non_first_name_prefixes}
    | {*CONSTANTS.conjunctions, *CONSTANTS.bound_first_names, *CONSTANTS.suffix_not_acronyms}
    | {*CONSTANTS.suffix_acronyms, *CONSTANTS.suffix_acronyms_ambiguous}
    | NOT_NAMES  # never quick: each part of a name is judged alone
    | BEFORE_NAMES
)


@dataclass(frozen=True, slots=True)
class Split:
    """A full name taken apart; `whole` is the name without title, in reading order."""

    whole: str
    first: str | None
    last: str | None
    title: str | None = None
    reversed: bool = False
    ambiguous: bool = False


def read_names(
    full: object, first: object, last: object, notes: Notes, country: str | None = None
) -> tuple[str | None, str | None, str | None]:
    """full_name, first_name, last_name, each filled from the others where that is safe.

    Args:
        country: Where the person is, if known.
    """
    if first is None and last is None and type(full) is str and _is_plain_full(full):
        words = full.split(" ")
        notes.repair("last_name", "split", before=full, after=words[-1])
        return full, words[0], words[-1]
    given_first = None if first is None else _clean("first_name", first, _LONGEST_PART, notes)
    given_last = None if last is None else _clean("last_name", last, _LONGEST_PART, notes)
    whole = None if full is None else _clean("full_name", full, _LONGEST_FULL, notes)
    if (first is None) != (last is None) or given_first == given_last:
        whole, given_first, given_last = _in_one_part(whole, given_first, given_last)
    if given_first and given_last:
        given_first, given_last = _in_place(given_first, given_last, notes)
        whole = whole or proper_case(joined(given_first, given_last))
        _mark_test(whole, "full_name", notes)
        return whole, given_first, given_last
    if whole is None:
        return None, given_first, given_last
    _mark_test(whole, "full_name", notes)
    if " " not in whole and not given_first and given_last in (None, whole) and _was_addressed(notes):
        return whole, None, whole  # Mme Dupont
    split = split_name(whole, country)
    if split.title:
        notes.keep("honorific", split.title)
        notes.repair("full_name", "honorific", before=whole, after=split.whole)
    if split.reversed:
        notes.repair("full_name", "reversed", before=whole, after=split.whole)
    if split.ambiguous:
        notes.violate("full_name", "ambiguous")
    found_first = given_first or (split.first if split.first != given_last else None)
    found_last = given_last or (split.last if split.last != given_first else None)
    if found_last != given_last:
        notes.repair("last_name", "split", before=whole, after=found_last)
    elif found_first != given_first:
        notes.repair("first_name", "split", before=whole, after=found_first)
    if found_first and found_last:
        found_first, found_last = _in_place(found_first, found_last, notes)
    return split.whole, found_first, found_last


def _was_addressed(notes: Notes) -> bool:
    """Whether a salutation stood before the full name: what follows one alone is a surname."""
    return any((one.field, one.rule) == ("full_name", "honorific") for one in notes.repairs)


def split_name(whole: str, country: str | None = None) -> Split:
    """First and last name of a clean full name; a single word is a first name."""
    words = whole.split(" ")
    if not whole.isascii() and max(whole) > _LATIN_ENDS and (order := split_by_script(whole, country)) is not None:
        return Split(order[2], order[0], order[1], reversed=order[2] != whole)
    if 2 <= len(words) <= _MOST_ORDINARY:
        if all(map(_ordinary, words)):
            return Split(whole, words[0], words[-1])
        if len(words[0]) >= _SHORTEST_SHOUT and words[0].isupper() and all(word.istitle() for word in words[1:]):
            return Split(whole, None, None, ambiguous=True)  # DUPONT Jean: the surname, or the first word in capitals
    return _ask_library(whole)


def _in_place(first: str, last: str, notes: Notes) -> tuple[str, str]:
    """Both names, exchanged where each surely stands in the other's field, and freed of what the other already says."""
    if not first.isascii() and are_swapped(first, last):
        notes.repair("first_name", "swapped", before=first, after=last)
        notes.repair("last_name", "swapped", before=last, after=first)
        return last, first
    if " " in last and last.startswith(f"{first} "):
        notes.repair("last_name", "repeated", before=last, after=last[len(first) + 1 :])
        return first, last[len(first) + 1 :]
    if " " in first and first.endswith(f" {last}"):
        notes.repair("first_name", "repeated", before=first, after=first[: -len(last) - 1])
        return first[: -len(last) - 1], last
    return first, last


def _in_one_part(whole: str | None, first: str | None, last: str | None) -> tuple[str | None, str | None, str | None]:
    """`Müller, Anna` in the field of one part, or the whole name in both: it is the full name, where that is empty."""
    one = first or last
    if whole is None and one is not None and ((", " in one) or (first == last and " " in one)):
        return one, None, None
    return whole, first, last


@lru_cache(maxsize=16_384)
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
    if without_decoration(part) != part:
        return None
    return proper_case(part)


def _lone(whole: str, first: str | None, last: str | None) -> tuple[str | None, str | None]:
    """Only one part was found: taken where it is a word of the name by itself, so that reading again finds the same."""
    if (first or last) not in whole.split(" "):
        return None, None
    return (first and _settled(first)) or None, (last and _settled(last)) or None


def _mark_test(name: str, field: str, notes: Notes) -> None:
    """Somebody tries the form out; said once."""
    if is_test_name(name) and not any(one.code == "test_lead" for one in notes.violations):
        notes.violate(field, "test_lead")


def _is_clean(text: str) -> bool:
    """Whether it is a name of one to four ordinary words, so that nothing below could change it."""
    if " " in text:
        words = text.split(" ")
        if len(words) > _MOST_ORDINARY or not all(map(_ordinary, words)) or is_special_name(text):
            return False
    elif not _ordinary(text):
        return False
    return text.isascii() or (not suspicious(text) and is_normalized("NFC", text))


def _is_plain_full(text: str) -> bool:
    """Whether it is two to four ordinary words in Latin letters: the first and the last are the names."""
    return " " in text and len(text) <= _LONGEST_PART and _is_clean(text) and (text.isascii() or max(text) <= _LATIN_ENDS)


def _clean(field: str, value: object, longest: int, notes: Notes) -> str | None:
    if type(value) is str and len(value) <= longest and _is_clean(value):
        return value
    text = as_text(value)
    if text is None or len(text) > 4 * longest:
        notes.reject(field, value)
        return None
    clean, rules = mend(text)
    if "untag" in rules or not _USUAL.fullmatch(clean):
        if ("untag" in rules or "/" in text or "." in text or "=" in text) and is_spam(unescape(text)):
            notes.reject(field, value, "bot")
            return None
        if is_address(clean):
            notes.reject(field, value)
            return None
        if not is_placeholder_name(clean) and (bare := without_decoration(clean)) != clean:
            clean, rules = mend(bare)[0], (*rules, "symbols")
    if not clean:
        if "symbols" in rules:
            notes.remove(field, value)
        return None
    honorific, bare = honorific_of(clean)
    if honorific is not None:
        notes.keep("honorific", honorific)
        clean, rules = mend(without_decoration(bare))[0] if bare else bare, (*rules, "honorific")
        if not clean:
            notes.repair(field, *rules, before=value, after=None)
            return None
    if not any(map(str.isalpha, clean)) or is_placeholder_name(clean):
        notes.remove(field, value)
        _mark_test(clean, field, notes)
        return None
    if len(clean) > longest:
        notes.reject(field, value)
        return None
    cased = proper_surname(clean) if field == "last_name" else proper_end(proper_case(clean))
    if not (clean.istitle() or clean.islower() or clean.isupper()) and is_gibberish(clean):
        notes.violate(field, "bot")
    if cased != clean and len(cased) <= longest:
        clean, rules = cased, (*rules, "case")
    if rules:
        notes.repair(field, *rules, before=value, after=clean or None)
    return clean or None
