"""What the classifier sees of a name: buckets, from its words, their characters and the names around it.

Learner and workers encode with this one function, so that they cannot differ. Words are folded as `label.py` does, and the
characters are those of the folded words: it works in any script. No value comes here, only its kind: no personal data.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final
from zlib import crc32

from app.pipeline.ladder.label import LONGEST, words
from app.pipeline.ladder.leaf import Kind

ENCODING: Final = 1  # its version: weights learned with another one mean nothing here
BUCKETS: Final = 1 << 15
BIAS: Final = 0  # its own bucket
_MASK: Final = BUCKETS - 1
_GRAMS: Final = (2, 3, 4)
_MAX_WORDS: Final = 12  # of a name; a question says what it asks within that
_MAX_LETTERS: Final = 48
_NEIGHBOURS: Final = 2  # the nearest members around a name that are looked at
_NEIGHBOUR_WORDS: Final = 3
# Beside all n-grams together, which weigh 1. Whole words get little: known words are
# the dictionary's rung, here new ones are judged.
_WORD, _LAST_WORD, _NEIGHBOUR, _KIND, _BIAS = 0.25, 0.25, 0.5, 0.6, 0.3


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
