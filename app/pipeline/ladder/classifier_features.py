"""What the classifier sees of a name: buckets, from its words, their characters and the names around it.

Learner and workers encode with this one function, so that they cannot differ. Words are folded as `label.py` does, and the
characters are those of the folded words: it works in any script. No value comes here, only its kind: no personal data.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final
from zlib import crc32

from app.pipeline.ladder.label import LONGEST, words
from app.pipeline.ladder.leaf import Kind

ENCODING: Final = 2  # its version: weights learned with another one mean nothing here
BUCKETS: Final = 1 << 15
PIECES: Final = 1 << 18
BIAS: Final = 0  # its own bucket
_MASK: Final = BUCKETS - 1
_GRAMS: Final = (2, 3, 4)
_MAX_WORDS: Final = 12  # of a name; a question says what it asks within that
_MAX_LETTERS: Final = 48
_NEIGHBOURS: Final = 2  # the nearest members around a name that are looked at
_NEIGHBOUR_WORDS: Final = 3
_EMPTY_WORDS: Final = frozenset(
    """field fields input value values answer question q item element entry text string data custom cf col column form
    textarea select radio checkbox fld f x hidden dropdown number attribute property option group section
    block row cell""".split()
)
# Beside all n-grams together, which weigh 1. Whole words get little: known words are
# the dictionary's rung, here new ones are judged.
_WORD, _LAST_WORD, _NEIGHBOUR, _KIND, _BIAS = 0.25, 0.25, 0.5, 0.6, 0.3


def says_something(label: str) -> bool:
    """False for `field_4`, `value`, `3`: names that every form gives to everything."""
    told = words(label[:LONGEST])
    numbered = any(map(str.isdecimal, told))  # beside a number, a letter or two are part of it: `field_41ab`
    return not all(word.isdecimal() or word in _EMPTY_WORDS or (numbered and len(word) <= 2 and word.isascii()) for word in told)


def pieces(label: str) -> list[int]:
    """Numbers of the name's pieces, three letters or two ideograms each, below PIECES: by them it is known whether its like was
    ever learned."""
    marked = f"<{'>'.join(words(label[:LONGEST])[:_MAX_WORDS])[:_MAX_LETTERS]}>"
    size = 2 if any(letter >= "\u2e80" for letter in marked) else 3
    found = [marked[n : n + size] for n in range(max(1, len(marked) - size + 1))]
    return [crc32(piece.encode("utf-8", "replace")) & (PIECES - 1) for piece in found]


def encode(label: str, context: Sequence[str], kind: Kind | None) -> dict[int, float]:
    """Bucket → value. At most a few hundred, whatever the texts hold."""
    told = words(label[:LONGEST])[:_MAX_WORDS]
    marked = f"<{'>'.join(told)[:_MAX_LETTERS]}>"
    names = [marked[n : n + size] for size in _GRAMS for n in range(max(1, len(marked) - size + 1))]
    if not marked.isascii():  # one ideogram is half a word
        names += marked[1:-1]
    values = [len(names) ** -0.5] * len(names)
    if told:
        names += ["w" + word for word in told]
        names += [f"b{one} {two}" for one, two in pairwise(told)]
        values += [_WORD / len(told) ** 0.5] * (len(names) - len(values))
        names.append("l" + told[-1])
        values.append(_LAST_WORD)
    for distance, neighbour in enumerate(context[:_NEIGHBOURS]):
        around = words(neighbour[:LONGEST])[-_NEIGHBOUR_WORDS:]
        names += ["c" + word for word in around]
        values += [_NEIGHBOUR / (1 + distance)] * len(around)
        if around and told and not distance:
            names.append(f"x{around[-1]} {told[-1]}")
            values.append(_NEIGHBOUR)
    if kind is not None:
        names.append("k" + kind)
        values.append(_KIND)
    found = {BIAS: _BIAS}
    for name, value in zip(names, values, strict=True):
        bucket = crc32(name.encode("utf-8", "replace")) & _MASK or 1
        found[bucket] = found.get(bucket, 0.0) + value
    return found
