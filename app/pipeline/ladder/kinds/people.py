"""Whether a short text could be the name of a company or of a person, in the scripts that leads are written in."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category

from app.pipeline.ladder.kinds.words import (
    COMPANY_ENDS,
    COMPANY_STARTS,
    HAN_DOUBLE_SURNAMES,
    HAN_PLACES,
    HAN_SURNAMES,
    HAN_TITLES,
    HANGUL_SURNAMES,
    JAPANESE_SURNAMES,
    LEADING_CAPITALS,
    LEADING_LEGAL_FORMS,
    LEGAL_FORMS,
    NO_NAMES,
    PARTICLES,
    SHORT_LEGAL_FORMS,
    STREET_ENDS,
    STREET_WORDS,
)

MOST_WORDS: Final = 5
_EDGES = "\"'«»„“”()[],.;"
_INITIAL = re.compile(r"(?:[^\W\d_]\.){1,3}(?:-[^\W\d_]\.)?")
_ELIDED = re.compile(r"[dlDLoO]['’][^\W\d_]{2,20}")
_POINTED = re.compile(
    r"[ ](?:Sp\.? ?z ?o\. ?o\.?|S\. ?p\. ?A\.?|S\. ?[AL]\. ?(?:U|S|R\. ?L)?\.?(?: de C\. ?V\.?)?|e\. ?[KV]\.|& Co\.?)",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"[ ](?:&|und|and|et|y|e|i|и)[ ](?:Co|Cie|Sons?|Söhne|Sohn|Töchter|Daughters|Fils|Filles|Figli|Hijos|Filhos|Partners?|"
    r"Associates|Associés|Company|Zonen|партн[её]ры)\b",
    re.IGNORECASE,
)
_NEVER_IN_NAMES = NO_NAMES | LEGAL_FORMS


def is_company(text: str, words: list[str]) -> bool:
    """Whether a legal form says so: at the end, at the start where the language puts it there, or between (`GmbH & Co.`)."""
    if not text.isascii():
        if text.endswith(COMPANY_ENDS) or text.startswith(COMPANY_STARTS):
            return len(text) > 3
        if words[0].strip(_EDGES).casefold() in LEADING_LEGAL_FORMS and len(words) > 1:
            return True
        if words[0].casefold() == "ип" and len(words) > 1:
            return True
    if len(words) < 2:
        return False
    if words[0] in LEADING_CAPITALS:
        return True
    if _is_form(words[-1]) or (len(words) > 2 and _is_form(words[-2]) and len(words[-1]) <= 3):
        return True
    return ("." in text and _POINTED.search(text) is not None) or (len(words) > 2 and _KIN.search(text) is not None)


def _is_form(word: str) -> bool:
    if word.isalpha() and word.casefold() not in LEGAL_FORMS:
        return False
    bare = word.strip(_EDGES).replace(".", "").replace("/", "")
    low = bare.casefold()
    return low in LEGAL_FORMS and (len(low) > 2 or bare in SHORT_LEGAL_FORMS)


def is_street(text: str) -> bool:
    """Whether a word says so, in a text of several: `151 O'Connor Street`, `Musterstraße 12`, `ул. Ленина, 10`."""
    if " " not in text:
        return False
    words = text.casefold().replace(".", " ").replace(",", " ").split()
    return not STREET_WORDS.isdisjoint(words) or any(word.endswith(STREET_ENDS) for word in words)


def is_plain_name(text: str, low: str) -> bool:
    """Whether this is a name at first sight, in letters and blanks alone: `Anna Schmidt`, `Иван Петров`. False: look again."""
    return text.istitle() and len(words := low.split()) <= MOST_WORDS and _NEVER_IN_NAMES.isdisjoint(words)


def is_name(text: str, words: list[str]) -> bool:
    """Whether one to five words could be a person's name: written as names are, and none of them a word that names never hold."""
    if not text.isascii() and (asian := _is_east_asian_name(text, words)) is not None:
        return asian
    if len(words) > MOST_WORDS:
        return False
    proper = 0
    for word in words:
        letters = word.rstrip(".,")
        if word[0].isupper() and letters.replace("-", "").replace("'", "").replace("’", "").isalpha():
            if letters.casefold() in NO_NAMES:
                return False
            proper += 1
        elif _INITIAL.fullmatch(word) or _ELIDED.fullmatch(word):
            proper += 1
        elif word[-1] == "." and len(word) <= 6 and proper and words[0][-1] == ".":  # Dr. med., Prof. h.c.
            continue
        elif word.casefold() not in PARTICLES and not _has_no_case(letters):
            return False
        elif _has_no_case(letters):
            proper += 1
    if not proper or (len(words) == 1 and (len(text) < 2 or (len(text) <= 4 and text.isupper()))):
        return False
    return not any(word[1:] != word[1:].lower() and not word.isupper() and _is_humped(word) for word in words)


def _is_humped(word: str) -> bool:
    """`eMail`, `YouTube`, `iPhone`; not `McDonald`, `DiCaprio`, `O'Neill`, `Anne-Marie`."""
    if "-" in word or "'" in word or "’" in word:
        return False
    return not word.startswith(("Mc", "Mac", "Di", "De", "Le", "La", "Van", "Du", "Fitz", "Del", "Da"))


def _has_no_case(word: str) -> bool:
    """Letters of a script without capitals: Arabic, Hebrew, Devanagari, Thai."""
    if word.isascii() or word.lower() != word.upper():
        return False
    return word.isalpha() or all(letter.isalpha() or category(letter)[0] == "M" for letter in word)


def _is_east_asian_name(text: str, words: list[str]) -> bool | None:
    """Of Han, kana and Hangul; None for other scripts."""
    first = text[0]
    if "\u4e00" <= first <= "\u9fff" or "\u3040" <= first <= "\u30ff":
        joined = "".join(words).replace("·", "")
        bare = next(
            (joined.removesuffix(title) for title in HAN_TITLES if joined.endswith(title) and len(joined) > len(title)), joined
        )
        if joined in HAN_PLACES or bare in HAN_PLACES or len(joined) > 8:
            return False
        if not all("\u4e00" <= c <= "\u9fff" or "\u3040" <= c <= "\u30ff" for c in joined):
            return False
        if len(words) == 2 and all(len(word) <= 4 for word in words):  # 見本 花子, ミホン ハナコ: only names are parted so
            return words[1] not in HAN_TITLES or words[0][0] in HAN_SURNAMES
        if bare[:2] in JAPANESE_SURNAMES or bare[:3] in JAPANESE_SURNAMES:
            return 3 <= len(bare) <= 7 or (len(bare) == 2 and len(words) == 1)
        if bare[:2] in HAN_DOUBLE_SURNAMES:
            return 3 <= len(bare) <= 4
        return bare[0] in HAN_SURNAMES and (
            2 <= len(bare) <= 3 or (len(bare) == 4 and len(words) == 2) or len(bare) < len(joined)
        )
    if "\uac00" <= first <= "\ud7a3":
        joined = "".join(words).removesuffix("님")
        return first in HANGUL_SURNAMES and 2 <= len(joined) <= 4 and all("\uac00" <= c <= "\ud7a3" for c in joined)
    return None
