"""Limits per identifier: a mailbox or phone that several different people use is nobody's own, long before it is a crowd's.

An agency's mailbox, a call centre's phone, a reception: names tell them. Two share a line as a couple does, three as a family;
with the fourth name it stops being evidence. A lead that tells no name cannot say whose it is as soon as two names share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.pipeline.matching.compare import first_level, last_level
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import Verdict
from app.pipeline.matching.levels import BIRTH, FIRST, LAST

SHARED: Final = 4  # different people, the lead's own among them, who use what is nobody's
UNNAMED: Final = 2  # the same for a lead without a name
_TAIL: Final = 9  # digits of a phone that tell it, with or without country
_ALIKE: Final = 2  # level of given names from which on two may be one
_BORN: Final = 2  # level of birth dates from which on they may be one
_KIN: Final = 4  # level of family names from which on two are of one family


def own(told: Evidence, others: Sequence[Evidence]) -> list[Evidence]:
    """What the lead tells to each of the others: to those who do not have its name, not the mailbox or phone that several
    different people use; of a mailbox the domain stays.

    Args:
        others: Earlier leads that share a key with it.
    """
    mail = call = False
    if len(others) >= UNNAMED:
        mail = bool(told.local) and _is_shared(
            told, [one for one in others if one.local == told.local and one.domain == told.domain]
        )
        call = bool(told.phone) and _is_shared(told, [one for one in others if one.phone[-_TAIL:] == told.phone[-_TAIL:]])
    if not (mail or call):
        return [told] * len(others)
    bare = told._replace(local="" if mail else told.local, phone="" if call else told.phone)
    return [told if _may_be_one(told, one) else bare for one in others]


def _is_shared(told: Evidence, others: Sequence[Evidence]) -> bool:
    """Whether these, and the lead, have too many different names; names that may be one person's count once."""
    if len(others) < UNNAMED:
        return False
    names = [told] if told.first or told.last else []
    most = SHARED if names else UNNAMED
    for one in others:
        if (one.first or one.last) and not any(_may_be_one(one, other) for other in names):
            names.append(one)
    return len(names) >= most


def _may_be_one(a: Evidence, b: Evidence) -> bool:
    """Whether two leads have names that may be one person's."""
    if a.first and b.first and a.last and b.last:
        alike = first_level(a.first, b.first) >= _ALIKE and last_level(a.last, b.last) > 0
        return alike or (first_level(a.first, b.last) >= _ALIKE and first_level(a.last, b.first) >= _ALIKE)
    return not {*f"{a.first} {a.last}".split()}.isdisjoint(f"{b.first} {b.last}".split())


def told_apart(verdict: Verdict) -> bool:
    """Whether two leads that a third one fits are told to be of two people all the same: of one family with two given names and
    no birth date in common, or with two dates of birth, or with unique ids that disagree."""
    levels = verdict.levels
    return verdict.blocked or levels[BIRTH] == 0 or (levels[FIRST] == 0 and levels[LAST] >= _KIN and levels[BIRTH] < _BORN)
