"""How common a name is: the chance that a stranger has it, too. From the lists of common names, and the rest by what lists leave.

The chances come in few steps, so that a pair's pattern of agreement, names' steps among it, is weighed once and then remembered.
"""

from __future__ import annotations

from functools import lru_cache
from math import log2
from typing import Final

from app.pipeline.matching.words import COMMON_FAMILY, COMMON_GIVEN, COMMONEST_FAMILY, generic

_GENERIC, _PERSONS, _TELLING = 3.0, 9.5, 12.0  # bits that a word of a company's name tells
FIRST_STEPS: Final = tuple(map(log2, (1 / 120, 1 / 2_500)))
LAST_STEPS: Final = tuple(map(log2, (1 / 100, 1 / 500, 1 / 8_000)))
COMPANY_STEPS: Final = (-6.0, -8.0, -10.0, -12.0, -14.0, -16.0)
"""log2 of the chance, per step."""


@lru_cache(maxsize=16_384)
def first_step(name: str) -> int:
    """Of a given name: common, or not."""
    return 0 if len(name) < 2 or name.partition(" ")[0] in COMMON_GIVEN else 1


@lru_cache(maxsize=16_384)
def last_step(name: str) -> int:
    """Of a family name: among the commonest, common, or not."""
    return 0 if name in COMMONEST_FAMILY else 1 if name in COMMON_FAMILY else 2


@lru_cache(maxsize=16_384)
def company_step(words: tuple[str, ...]) -> int:
    """Of a company's name: the more words, and the rarer, the less common."""
    bits = 0.0
    for word in words:
        bits += _GENERIC if generic(word) else _PERSONS if word in COMMON_FAMILY or word in COMMON_GIVEN else _TELLING
    return max(0, min(len(COMPANY_STEPS) - 1, int((bits - 6.0) // 2)))
