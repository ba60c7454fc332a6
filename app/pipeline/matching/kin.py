"""Two who have nearly everything in common: twins, father and son of one name, all for whom one mailbox books."""

from __future__ import annotations

from typing import Final

from app.pipeline.matching.compare import Levels, generations_differ
from app.pipeline.matching.distance import osa
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.levels import BIRTH, EMAIL, FIRST, LAST, MISSING, PHONE, STREET
from app.pipeline.matching.whole import GENERATIONS

_YEARS: Final = 15  # at least between father and son, mother and daughter
_MOST_YEARS: Final = 60
_ALIKE: Final = 3  # level of family names
_INITIAL: Final = 2  # level of given names, and letters of one
_ONE_OFF: Final = 5
_OWN: Final = (3, 4, 6)  # levels of a mailbox that is one's own
_BORN: Final = 2  # level of birth dates that may be one
_TYPOS: Final = 2  # in a date


def two(a: Evidence, b: Evidence, levels: Levels) -> bool:
    """Whether two leads that agree in much are told to be of two people.

    Names that agree in nothing, with no day of birth in common. Two generations. Dates of birth a generation apart that no typing
    error makes of each other, where contacts or one generation are told: a register without any has wrong dates as often as
    fathers and sons of one name. One generation told, and no mailbox or phone in common where both tell one. Twins: one day of
    birth, one family and house, two given names; where contacts are told, for a register that tells none has wrong given names as
    often as twins. A family and a day of birth without a given name, at two addresses and phones.
    """
    if generations_differ(a.first, b.first):
        return True
    if levels[FIRST] <= 1 and 0 <= levels[LAST] <= 1 and levels[BIRTH] < _BORN:
        return True
    email, phone, born = levels[EMAIL], levels[PHONE], levels[BIRTH]
    own, one = email in _OWN, _one_generation(a, b)
    if born == 0 and not own and _YEARS <= _years(a.birth, b.birth) <= _MOST_YEARS:
        told = one or phone != MISSING or email != MISSING
        return told and osa(a.birth, b.birth, score_cutoff=_TYPOS) > _TYPOS
    if born >= _BORN and levels[LAST] >= _ALIKE and not own:
        if levels[FIRST] == MISSING:
            return levels[STREET] == 0 and phone == 0
        home = levels[STREET] > 0 or (levels[STREET] == MISSING and phone > 0)
        return home and _two_names(a, b, levels[FIRST]) and (phone != MISSING or email != MISSING)
    return one and born <= 0 and not own and phone <= 0 and email <= 0 and 0 in (email, phone)


def _two_names(a: Evidence, b: Evidence, level: int) -> bool:
    """Whether both tell a whole given name, and they differ: also where the first letter alone does (Bailey, Hailey)."""
    x, y = a.first, b.first
    return min(len(x), len(y)) > _INITIAL and (0 <= level < _INITIAL or (level == _ONE_OFF and x[0] != y[0] and x[1:] == y[1:]))


def _one_generation(a: Evidence, b: Evidence) -> bool:
    return (a.first.rpartition(" ")[2] in GENERATIONS) != (b.first.rpartition(" ")[2] in GENERATIONS)


def _years(x: str, y: str) -> int:
    return abs(int(x[:4]) - int(y[:4])) if x[:4].isdecimal() and y[:4].isdecimal() else 0
