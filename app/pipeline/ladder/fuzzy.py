"""The rung "fuzzy": a name that is nearly a known one: misspelt, run together, or with words around it that nobody knows.

A word is corrected only where it is no known word of any language, so that "cast name" is not read as "last name"; the corrected
name is then read like any other, with all that speaks against it ("emial template" is no e-mail). Source of the method: Damerau's
optimal string alignment distance (rapidfuzz), one edit per five letters.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from app.pipeline.ladder.label import CJK, steps, words
from app.pipeline.ladder.leaf import Candidate
from app.pipeline.ladder.lexicon import Standing, lexicon
from app.pipeline.ladder.phrase import MOST_WORDS, Reading, read_words
from app.pipeline.ladder.segments import segmented
from app.pipeline.ladder.surroundings import judged
from app.pipeline.ladder.synonyms import reading

_RUNG: Final = "fuzzy"
MOST: Final = 0.89  # a name that is not quite known is never certain by itself
_LEAST: Final = 0.40
_SHORTEST: Final = 4  # letters of a word that may be misspelt; in so short a one only their order
_LONGEST: Final = 30
_MOST_CORRECTED: Final = 2  # words of one name
_NEAR: Final = 3  # equally near words that are tried
_CJK: Final = re.compile(f"[{CJK}]")

Letters = NDArray[np.uint64]
_NO_WORDS: Final[tuple[list[str], Letters]] = ([], np.empty(0, np.uint64))


@lru_cache(maxsize=32_768)
def near(label: str, context: tuple[str, ...] = ()) -> Candidate | None:
    """What a leaf is by a name that the dictionary has nearly; None for names that it has. Otherwise as `synonyms.find`."""
    found = reading(label, context)
    if found is not None and not found.unknown:
        return None
    parts = steps(label)
    corrected = _corrected(words(parts[-1]))
    if corrected is not None:
        corrected = judged(corrected, (), (*reversed(parts[:-1]), *context))
        if found is None or corrected.confidence > found.confidence:
            found = corrected
    if found is None or found.confidence < _LEAST:
        return None
    return Candidate(found.field, min(MOST, found.confidence), _RUNG, found.most)


def _corrected(found: tuple[str, ...]) -> Reading | None:
    """The reading of the name with its misspelt words corrected; None where none is, or the corrections disagree."""
    book = lexicon()
    if not found or len(found) > MOST_WORDS:
        return None
    tokens = segmented(found, book)
    strange = [n for n, token in enumerate(tokens) if token not in book.vocabulary and _can_be_misspelt(token)]
    if not strange or len(strange) > _MOST_CORRECTED:
        return None
    versions: list[tuple[tuple[str, ...], float]] = [(tokens, 1.0)]
    for n in strange:
        choices = _near_words(tokens[n])
        if not choices:
            return _by_tail(tokens[-1]) if n == len(tokens) - 1 else None
        versions = [
            ((*version[:n], word, *version[n + 1 :]), trust * cost) for version, trust in versions for word, cost in choices
        ]
    readings = []
    for version, trust in versions:
        one = read_words(version, " ".join(version))
        if one is not None and not one.unknown:
            readings.append(replace(one, confidence=one.confidence * trust))
    if not readings:
        return None
    best = max(readings, key=lambda one: one.confidence)
    if any(one.field != best.field and one.confidence > best.confidence - 0.02 for one in readings):
        return None
    return best


def _can_be_misspelt(token: str) -> bool:
    return _SHORTEST <= len(token) <= _LONGEST and token.isalpha() and not _CJK.search(token)


def _near_words(token: str) -> list[tuple[str, float]]:
    """The known words that the token could be, with how far that is to be trusted."""
    edits = min(2, max(1, len(token) // 5))
    hits: list[tuple[str, float]] = []
    letters = _letters(token)
    for length in range(len(token) - edits, len(token) + edits + 1):
        known, theirs = _by_length().get(length, _NO_WORDS)
        near = [known[n] for n in np.flatnonzero(np.bitwise_count(theirs ^ letters) <= 2 * edits)]  # an edit changes two letters
        found = extract(token, near, scorer=OSA.distance, score_cutoff=edits, limit=_NEAR)
        hits.extend((word, distance) for word, distance, _ in found if _may_be(token, word))
    if not hits:
        return []
    least = min(distance for _, distance in hits)
    share = least / len(token)
    trust = 0.94 if share <= 0.12 else 0.89 if share < 0.2 else 0.78
    return [(word, trust) for word, distance in hits if distance == least][:_NEAR]


def _may_be(token: str, word: str) -> bool:
    """Not where one is the other and an ending: `currencyid` is no misspelt currency."""
    if len(token) == _SHORTEST:
        return sorted(word) == sorted(token)
    return abs(len(token) - len(word)) < 2 or not (token.startswith(word) or word.startswith(token))


@cache
def _by_length() -> dict[int, tuple[list[str], Letters]]:
    """The words that may have been meant, by length; with each the letters that are in it."""
    out: dict[int, list[str]] = {}
    book = lexicon()
    joined = {key for key, form in book.forms.items() if form.standing is Standing.SURE and len(key) >= 7}
    for word in sorted(book.vocabulary | joined):
        if len(word) >= _SHORTEST and word.isalpha() and not _CJK.search(word):
            out.setdefault(len(word), []).append(word)
    return {length: (words, np.array([_letters(word) for word in words])) for length, words in out.items()}


def _letters(word: str) -> np.uint64:
    """A bit for each letter, whatever its place: 64 of them, so that letters far apart in Unicode may share one."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return np.uint64(bits)


def _by_tail(token: str) -> Reading | None:
    """A compound whose last part is known: Mietertelefonnummer. Its first part could make it another thing, so it is loose."""
    forms = lexicon().forms
    for start in range(3, len(token) - 5):
        form = forms.get(token[start:])
        if form is not None and form.standing is Standing.SURE:
            return Reading(form.field, 0.68, Standing.ALONE)
    return None
