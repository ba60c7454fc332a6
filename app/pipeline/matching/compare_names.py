"""Names that are cut into given and family name otherwise, or transliterated otherwise: compared as a whole."""

from __future__ import annotations

from typing import Final

from app.pipeline.matching.distance import one_off

_VOWELS: Final = str.maketrans("", "", "aeiouywh '")
_SHORTEST: Final = 4  # consonants that tell somebody
_LEAST_WORDS: Final = 2


def whole_names(one: str, other: str) -> tuple[int, int] | None:
    """Levels of given and family name, where the whole names agree although their parts do not; else None.

    The words of one among those of the other (`katrin dreyer`, `katrin dreyer mohn`); the same letters with other blanks, as
    where a script has none (`ouyangxiaomei`); the same consonants, as where a script writes no vowels (`ywsf`, `yousef`).
    """
    mine, others = one.split(), other.split()
    if not mine or not others:
        return None
    words, words_of_other = {*mine}, {*others}
    if min(len(words), len(words_of_other)) >= _LEAST_WORDS and (words <= words_of_other or words_of_other <= words):
        return 4, 2
    if (
        "".join(mine) == "".join(others)
        or "".join(mine) == "".join([*others[1:], others[0]])
        or "".join(others) == "".join([*mine[1:], mine[0]])
    ):
        return 7, 6
    bones, bones_of_other = one.translate(_VOWELS), other.translate(_VOWELS)
    if min(len(bones), len(bones_of_other)) >= _SHORTEST and (
        bones == bones_of_other or (min(len(bones), len(bones_of_other)) > _SHORTEST and one_off(bones, bones_of_other))
    ):
        return 4, 3
    return None


def _turned(words: list[str]) -> list[str]:
    """The first word last."""
    return [*words[1:], words[0]]
