"""Proper case for names that were typed in capitals or in small letters alone. Mixed case is its owner's and stays."""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re

_PARTICLES = frozenset(
    "af al av bin d da das de del dela della den der di do dos du e el la las le les los ter und v van vom von y zu zum zur "
    "фон де ван дер оглы кызы бин ибн".split()
)
_BEFORE_SURNAMES = frozenset("von vom zu zum zur van ter da das do dos фон".split())  # small even where a surname stands alone
_BEFORE_ARTICLES = frozenset("de la|de las|de los|de l|van der|van den|van de|von der".split("|"))
_NUMERALS = frozenset("ii iii iv vi vii viii".split())
_PARTS = re.compile(r"[^\s'’´`-]+|[\s'’´`-]")
_MARKS = "'’´`"
_SCOTS = re.compile(r"mc(?=\w{3})")
_SHORTEST_SHOUT = 4  # letters; LEE or NGO may be initials
_PASSES = 3


def proper_surname(name: str) -> str:
    """A surname by itself: as proper_case, but `VON DER LEYEN` → `von der Leyen`, `DE LA CRUZ` → `de la Cruz`."""
    cased = proper_case(name)
    if cased == name or " " not in cased:
        return cased
    first, second, *_ = cased.lower().split(" ")
    if first in _BEFORE_SURNAMES or f"{first} {second}" in _BEFORE_ARTICLES:
        return cased[0].lower() + cased[1:]
    return cased


def proper_end(name: str) -> str:
    """`Anna MÜLLER` → `Anna Müller`: capitals mark the surname behind a name in usual case."""
    head, _, tail = name.rpartition(" ")
    if len(tail) >= _SHORTEST_SHOUT and tail.isupper() and head.istitle():
        return f"{head} {proper_case(tail)}"
    return name


def proper_case(name: str) -> str:
    """`ANNA O'NEILL-VAN DER BERG` → `Anna O'Neill-van der Berg`; initials of two letters stay. Twice is once."""
    if not (name.isupper() or name.islower()) or (len(name) <= 2 and name.isupper()):
        return name
    cased = name
    for _ in range(_PASSES):
        before, cased = cased, _once(cased)
        if cased == before or not (cased.isupper() or cased.islower()):
            return cased
    return name  # letters that do not settle (ŉ becomes two): left as they are


def _once(name: str) -> str:
    parts = _PARTS.findall(name)
    words = [index for index, part in enumerate(parts) if part[0].isalnum()]
    for index in words:
        low = parts[index].lower()
        first, last = index == words[0], index == words[-1]
        apostrophe = index + 1 < len(parts) and parts[index + 1] in _MARKS
        particle = low in _PARTICLES and not first and not last and not apostrophe
        genitive = low == "s" and index > 0 and parts[index - 1] in _MARKS
        if particle or genitive:
            parts[index] = low
        elif low in _NUMERALS and last and not first:
            parts[index] = low.upper()
        elif _SCOTS.match(low):
            parts[index] = "Mc" + low[2:].capitalize()
        else:
            parts[index] = low.capitalize()
    return "".join(parts)
