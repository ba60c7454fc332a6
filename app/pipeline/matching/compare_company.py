"""On which level the names of two companies agree: what is telling in them decides, trades and towns say little."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import pairwise
from typing import Final

from app.pipeline.matching.distance import SIMILAR, alike, jaro, one_off, osa, scanned
from app.pipeline.matching.words import SISTERS, generic

_NOWHERE: Final[frozenset[str]] = frozenset()
_GENERIC_WEIGHT: Final = 0.15
_AND: Final = str.maketrans("", "", "uye")  # und, y, et: at times a letter of their own
_MISREAD: Final = 2  # letters more or fewer: of a word that a scanner misread, of an acronym that counts `and`
_ARTICLE: Final = 2  # letters; a generic word of no more is no trade


def company_level(x: tuple[str, ...], y: tuple[str, ...], place: str = "", other_place: str = "") -> int:
    """Of companies' names: how much of what is telling in them is the same, and what is left on either side.

    Args:
        place, other_place: Their cities: a city's name in the company's name tells little.
    """
    if x == y:
        return 7
    if x > y:
        x, y = y, x
    whole, other = "".join(x), "".join(y)
    if whole == other:
        return 7
    towns = {*place.split(" "), *other_place.split(" ")} if place or other_place else _NOWHERE
    common, left, others_left = _matched(x, y, towns)
    if not left and not others_left:
        return 7
    if common > 0 and (left or others_left) and not SISTERS.isdisjoint((*left, *others_left)):
        return 4
    telling, others_telling = _telling(left, towns), _telling(others_left, towns)
    if common >= 1 or (common > 0 and not telling and not others_telling):
        if not left or not others_left:
            return 5 if telling or others_telling else 6
        if telling and others_telling:
            return 3 if common >= max(telling, others_telling) else 2
        if telling or others_telling:
            return 4 if common > telling + others_telling else 3
        return 4 if _trades_differ(left, others_left, towns) else 6
    if common > 0 and not (left and others_left):  # the Grill
        return 5
    if len(whole) > 5 and len(other) > 5 and osa(whole, other, score_cutoff=2) <= 1 + (len(whole) > 10):
        return 6
    if _acronym(x, y) or _acronym(y, x):
        return 5
    if common > 0 or jaro(whole, other) >= SIMILAR:
        return 2
    return 0 if _trades_differ(x, y, towns) else 1


def _matched(x: tuple[str, ...], y: tuple[str, ...], towns: Set[str]) -> tuple[float, list[str], list[str]]:
    """How many telling words both have (a generic one counts little), and the words that only one has. A long word may be
    misspelled, a generic one cut short."""
    common, left, others_left = 0.0, [], [word for word in y if word not in x]
    for word in x:
        found = word if word in y else next((one for one in others_left if _one_word(word, one)), None)
        if found is None:
            left.append(word)
        else:
            common += _GENERIC_WEIGHT if generic(word) or word in towns else 1.0
            if found in others_left:
                others_left.remove(found)
    if left and others_left:
        common += _rejoined(left, others_left) + _rejoined(others_left, left)
    return common, left, others_left


def _rejoined(apart: list[str], together: list[str]) -> int:
    """How many words of the second are two of the first written together (Mc Donalds, McDonalds); they are taken out of both."""
    count = 0
    for one, two in list(pairwise(apart)):
        if one + two in together and one in apart and two in apart:
            together.remove(one + two)
            apart.remove(one)
            apart.remove(two)
            count += 1
    return count


def _one_word(x: str, y: str) -> bool:
    if len(x) < 3 or len(y) < 3:
        return False
    if x[0] != y[0]:
        return len(x) > 3 and len(y) > 3 and one_off(x, y)
    if abs(len(x) - len(y)) <= _MISREAD and scanned(x) == scanned(y):
        return True
    if generic(x) or generic(y):
        return x.startswith(y) or y.startswith(x) or alike(x, y)  # deli, delicatessen
    return len(x) > 3 and len(y) > 3 and alike(x, y)


def _telling(words: list[str], towns: Set[str]) -> int:
    return sum(not generic(word) and word not in towns for word in words)


def _trades_differ(left: Sequence[str], others_left: Sequence[str], towns: Set[str]) -> bool:
    """Whether each names a trade (bar, hotel, construction), or each a town, that the other does not."""
    mine, others = (
        {word in towns for word in words if len(word) > _ARTICLE and (word in towns or generic(word))}
        for words in (left, others_left)
    )
    return not mine.isdisjoint(others)


def _acronym(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether one word of the first is made of the initials of the second, or all of the first is, `and` counted or not."""
    if len(long) < 2 or min(map(len, short), default=99) > len(long) + _MISREAD:
        return False
    initials = "".join([word[0] for word in long if word])
    telling = "".join([word[0] for word in long if word and not generic(word)])
    if len(short) == 1 and short[0].translate(_AND) == initials.translate(_AND):
        return True
    return len(long) > 2 and any(len(word) > 2 and word in (initials, telling) for word in short)
