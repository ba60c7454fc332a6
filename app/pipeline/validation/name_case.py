"""Proper case for names that were typed in capitals or in small letters alone. Mixed case is its owner's and stays."""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re

_PARTICLES = frozenset(
    "af al av bin d da de del della den der di do dos du e el la las le les los ter und v van von y zu zum zur".split()
)
_PARTS = re.compile(r"[^\s'’-]+|[\s'’-]")
_SCOTS = re.compile(r"mc(?=\w{3})")
_PASSES = 3


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
        apostrophe = index + 1 < len(parts) and parts[index + 1] in "'’"
        particle = low in _PARTICLES and not first and not last and not apostrophe
        genitive = low == "s" and index > 0 and parts[index - 1] in "'’"
        if particle or genitive:
            parts[index] = low
        elif _SCOTS.match(low):
            parts[index] = "Mc" + low[2:].capitalize()
        else:
            parts[index] = low.capitalize()
    return "".join(parts)
