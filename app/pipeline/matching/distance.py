"""How alike two folded words are. String distances are rapidfuzz's; symmetric."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

osa, jaro = OSA.distance, JaroWinkler.similarity
SIMILAR: Final = 0.88  # Jaro-Winkler, of names
ALIKE: Final = 0.92  # of words that should be one, misspelled


def alike(x: str, y: str) -> bool:
    """Whether two words are one, misspelled."""
    if x > y:
        x, y = y, x
    return one_off(x, y) or jaro(x, y) >= ALIKE


def one_off(x: str, y: str) -> bool:
    """Whether one edit or an exchange of neighbours makes one of the other."""
    return abs(len(x) - len(y)) <= 1 and osa(x, y, score_cutoff=1) <= 1


_LOOK_ALIKE: Final = (("rn", "m"), ("ri", "n"), ("cl", "d"), ("vv", "w"), ("ii", "u"))
_SIGNS: Final = str.maketrans("01583i", "olsbel")


@lru_cache(maxsize=16_384)
def scanned(word: str) -> str:
    """What two words have in common that a scanner takes for each other: `kerinedy` and `kennedy`, `5uresh` and `suresh`."""
    for two, one in _LOOK_ALIKE:
        word = word.replace(two, one)
    return word.translate(_SIGNS)
