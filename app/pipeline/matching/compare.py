"""On which level two leads agree in each field. Symmetric: the order of the two changes nothing.

String distances are rapidfuzz's: Jaro-Winkler (Winkler 1990) for similar, optimal string alignment for one edit.
"""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA, JaroWinkler

from app.pipeline.features import domain_class
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.levels import MISSING
from app.pipeline.matching.words import GENERIC, NICKNAMES, STREET_SIDES
from app.pipeline.validation.email_roles import ROLES

Levels = tuple[int, ...]

_osa, _jaro = OSA.distance, JaroWinkler.similarity
_SIMILAR, _ALIKE = 0.88, 0.92
_NOWHERE: frozenset[str] = frozenset()
_GENERIC_WEIGHT = 0.15
_CODE = 3  # letters of a region's code, at most
_ARTICLE = 2  # letters; a generic word of no more is no trade


def compare(a: Evidence, b: Evidence) -> Levels:
    """The level of each field, in the order of `FIELDS`; MISSING where one of the two does not tell."""
    first, last = _names(a, b)
    return (
        first,
        last,
        company_level(a.company, b.company, a.city, b.city) if a.company and b.company else MISSING,
        _email(a, b) if a.local and b.local else MISSING,
        phone_level(a.phone, b.phone) if a.phone and b.phone else MISSING,
        birth_level(a.birth, b.birth) if a.birth and b.birth else MISSING,
        _street(a, b) if a.street and b.street else MISSING,
        number_level(a.number, b.number) if a.number and b.number else MISSING,
        extra_level(a.extra, b.extra) if a.extra and b.extra else MISSING,
        postcode_level(a.postcode, b.postcode) if a.postcode and b.postcode else MISSING,
        city_level(a.city, b.city) if a.city and b.city else MISSING,
        _region(a.region, b.region) if a.region and b.region else MISSING,
        (1 if a.country == b.country else 0) if a.country and b.country else MISSING,
    )


def _names(a: Evidence, b: Evidence) -> tuple[int, int]:
    first = first_level(a.first, b.first) if a.first and b.first else MISSING
    last = last_level(a.last, b.last) if a.last and b.last else MISSING
    if first in (0, 3) and last in (0, 2):  # both told, and neither is the other's: exchanged?
        crossed = last_level(a.first, b.last), last_level(a.last, b.first)
        if min(crossed) >= 3:
            return 6, 5
    return first, last


def first_level(x: str, y: str) -> int:
    """Of given names."""
    if x == y:
        return 5
    if x > y:
        x, y = y, x
    if len(x) > 2 and len(y) > 2 and (_one_off(x, y) or ((" " in x or " " in y) and x.replace(" ", "") == y.replace(" ", ""))):
        return 4
    if x[0] == y[0] and (len(x.partition(" ")[0]) == 1 or len(y.partition(" ")[0]) == 1):
        return 1
    word, other = x.partition(" ")[0], y.partition(" ")[0]
    if word != other and _nicknames(word, other):
        return 2
    short, long = (x, y) if len(x) <= len(y) else (y, x)
    if (len(short) > 2 and long.startswith(short)) or short in long.split(" ") or _jaro(x, y) >= _SIMILAR:
        return 3
    return 0


@lru_cache(maxsize=16_384)
def _nicknames(x: str, y: str) -> bool:
    groups = NICKNAMES.get(x)
    return groups is not None and not groups.isdisjoint(NICKNAMES.get(y, ()))


def last_level(x: str, y: str) -> int:
    """Of family names."""
    if x == y:
        return 4
    if x > y:
        x, y = y, x
    if len(x) > 2 and len(y) > 2 and (_one_off(x, y) or x.replace(" ", "") == y.replace(" ", "")):
        return 3
    if _jaro(x, y) >= _SIMILAR:
        return 2
    if (" " in x or " " in y) and any(len(word) > 2 for word in {*x.split(" ")} & {*y.split(" ")}):
        return 1
    return 0


def company_level(x: tuple[str, ...], y: tuple[str, ...], place: str = "", other_place: str = "") -> int:
    """Of companies' names: how much of what is telling in them is the same, and what is left on either side.

    Args:
        place, other_place: Their cities: a city's name in the company's name tells little.
    """
    if x == y:
        return 6
    if x > y:
        x, y = y, x
    whole, other = "".join(x), "".join(y)
    if whole == other:
        return 6
    towns = {*place.split(" "), *other_place.split(" ")} if place or other_place else _NOWHERE
    common, left, others_left = _matched(x, y, towns)
    if not left and not others_left:
        return 6
    telling, others_telling = _telling(left, towns), _telling(others_left, towns)
    if common >= 1 or (common > 0 and not telling and not others_telling):
        if not left or not others_left:
            return 4 if telling or others_telling else 5
        if telling and others_telling:
            return 2 if common >= max(telling, others_telling) else 1
        if telling or others_telling:
            return 3 if common > telling + others_telling else 2
        return 3 if _trades_differ(left, others_left, towns) else 5
    if common > 0 and not (left and others_left):
        return 2
    if len(whole) > 5 and len(other) > 5 and _osa(whole, other, score_cutoff=2) <= 1 + (len(whole) > 10):
        return 5
    if _acronym(x, y) or _acronym(y, x):
        return 4
    return 1 if common > 0 or _jaro(whole, other) >= _SIMILAR else 0


def _matched(x: tuple[str, ...], y: tuple[str, ...], towns: Set[str]) -> tuple[float, list[str], list[str]]:
    """How many telling words both have (a generic one counts little), and the words that only one has. A long word may be
    misspelled, a generic one cut short."""
    common, left, others_left = 0.0, [], [word for word in y if word not in x]
    for word in x:
        found = word if word in y else next((one for one in others_left if _one_word(word, one)), None)
        if found is None:
            left.append(word)
        else:
            common += _GENERIC_WEIGHT if word in GENERIC or word in towns else 1.0
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
        return len(x) > 3 and len(y) > 3 and _one_off(x, y)
    if x in GENERIC or y in GENERIC:
        return x.startswith(y) or y.startswith(x) or alike(x, y)  # deli, delicatessen
    return len(x) > 3 and len(y) > 3 and alike(x, y)


def _telling(words: list[str], towns: Set[str]) -> int:
    return sum(word not in GENERIC and word not in towns for word in words)


def _trades_differ(left: list[str], others_left: list[str], towns: Set[str]) -> bool:
    """Whether each names a trade (bar, hotel, construction), or each a town, that the other does not."""
    mine, others = ({word in towns for word in words if len(word) > _ARTICLE} for words in (left, others_left))
    return not mine.isdisjoint(others)


def _acronym(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether one word of the first is made of the initials of the second."""
    if len(long) < 3 or not short:
        return False
    initials = "".join([word[0] for word in long if word])
    telling = "".join([word[0] for word in long if word and word not in GENERIC])
    return any(len(word) > 2 and word in (initials, telling) for word in short)


def _email(a: Evidence, b: Evidence) -> int:
    if a.domain == b.domain:
        if a.local == b.local:
            return 4 if a.local in ROLES else 5
        if _near(a.local, b.local) and a.local not in ROLES and b.local not in ROLES:
            return 2
        return 1 if domain_class(a.domain) == "corporate" else 0
    if a.local == b.local and a.local not in ROLES:
        return 2 if _one_off(a.domain, b.domain) else 3
    return 0


def _near(x: str, y: str) -> bool:
    """One letter apart, and no digit among what differs: anna1 and anna2 are two people."""
    if not _one_off(x, y) or len(x) < 5 or len(y) < 5:
        return False
    return [char for char in x if char.isdecimal()] == [char for char in y if char.isdecimal()]


def phone_level(x: str, y: str) -> int:
    """Of phones: a national number is the same as the international one that ends with it."""
    if x == y or (len(x) != len(y) and min(len(x), len(y)) >= 8 and (x.endswith(y) or y.endswith(x))):
        return 3
    if x[:-2] == y[:-2] and len(x) > 8:
        return 2 if _osa(x, y, score_cutoff=1) <= 1 and x[-1] != y[-1] and x[-2] != y[-2] else 1
    if _osa(x, y, score_cutoff=1) <= 1:
        return 2
    short, long = (x, y) if len(x) <= len(y) else (y, x)
    if len(short) >= 8 and long[: len(short) - 2] == short[:-2]:
        return 1
    return 0


def birth_level(x: str, y: str) -> int:
    """Of dates of birth as yyyymmdd."""
    if x == y:
        return 3
    if _osa(x, y, score_cutoff=1) <= 1 or (x[:4] == y[:4] and x[4:6] == y[6:8] and x[6:8] == y[4:6]):
        return 2
    return 1 if (x[:4] == y[:4]) + (x[4:6] == y[4:6]) + (x[6:8] == y[6:8]) == 2 else 0


def _street(a: Evidence, b: Evidence) -> int:
    level = words_level(a.street, b.street)
    if level == 0 and (a.extra or b.extra):  # the two lines of an address exchanged
        crossed = {" ".join(a.street), a.extra.partition(" ")[0]} & {" ".join(b.street), b.extra.partition(" ")[0]} - {""}
        return 1 if crossed else 0
    return level


def words_level(x: tuple[str, ...], y: tuple[str, ...]) -> int:
    """Of streets: 3 same, 2 similar, 1 a word the same, 0 differs."""
    if x == y:
        return 3
    whole, other = ("".join(x), "".join(y)) if x <= y else ("".join(y), "".join(x))
    if whole == other or {*x} == {*y}:
        return 3
    if (min(len(whole), len(other)) > 3 and _one_off(whole, other)) or (len(whole) > 3 and _jaro(whole, other) >= _ALIKE):
        return 2
    short, long = (whole, other) if len(whole) <= len(other) else (other, whole)
    if long.endswith(short) and long[: -len(short)] in STREET_SIDES:
        return 2  # Northpoint, North Point
    if len(x) + len(y) > 2:
        same = {*x} & {*y}
        if same and max(map(len, same)) > 3 and 2 * len(same) >= max(len(x), len(y)):
            return 2
        if same or any(len(one) > 3 and len(two) > 3 and alike(one, two) for one in x for two in y):
            return 1
    return 1 if _jaro(whole, other) >= 0.84 else 0


def number_level(x: str, y: str) -> int:
    """Of house numbers."""
    if x == y:
        return 2
    if x.rstrip("abcdefgh") == y.rstrip("abcdefgh") or (max(len(x), len(y)) > 1 and _one_off(x, y)):
        return 1
    return 0


def extra_level(x: str, y: str) -> int:
    """Of what else an address says."""
    if x == y:
        return 2
    if x > y:
        x, y = y, x
    if min(len(x), len(y)) > 3 and (_one_off(x, y) or _jaro(x, y) >= _SIMILAR or x in y or y in x):
        return 1
    return 0


def postcode_level(x: str, y: str) -> int:
    """Of postcodes."""
    if x == y:
        return 3
    if _one_off(x, y):
        return 2
    head = max(2, min(len(x), len(y)) // 2 + 1)
    return 1 if x[:head] == y[:head] else 0


def city_level(x: str, y: str) -> int:
    """Of cities."""
    if x == y:
        return 3
    if x > y:
        x, y = y, x
    if (len(x) > 3 and len(y) > 3 and _one_off(x, y)) or _jaro(x, y) >= _SIMILAR or x.replace(" ", "") == y.replace(" ", ""):
        return 2
    if " " in x or " " in y:
        return 1 if any(len(word) > 3 for word in {*x.split(" ")} & {*y.split(" ")}) else 0
    return 0


def _region(x: str, y: str) -> int:
    if x == y:
        return 1
    short, long = (x, y) if len(x) <= len(y) else (y, x)
    if not 1 < len(short) <= _CODE or short[0] != long[0]:
        return 0
    letters = iter(long)
    return 1 if all(char in letters for char in short) else 0  # nsw, New South Wales; tx, Texas


def alike(x: str, y: str) -> bool:
    """Whether two words are one, misspelled."""
    if x > y:
        x, y = y, x
    return _one_off(x, y) or _jaro(x, y) >= _ALIKE


def _one_off(x: str, y: str) -> bool:
    return abs(len(x) - len(y)) <= 1 and _osa(x, y, score_cutoff=1) <= 1
