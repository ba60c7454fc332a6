"""Whole names as registers, airlines and forms write them: `LAST JR, First M.`, `LAST/FIRST MR`, `Dr. First Last, Jr.`."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from app.pipeline.matching.fold import LONGEST, fold
from app.pipeline.matching.words import COMMON_FAMILY, COMMON_GIVEN, NICKNAMES, TITLES

GENERATIONS: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
"""Behind a name: which of those in one family who have it."""
UNNAMED: Final = "baby "
"""Before the letter of one of twins who have no name yet."""
NEWBORN: Final = frozenset({"baby", "babyboy", "babygirl", "newborn", "bb", "bg", "twin", "infant"})
NEWBORN_WRITTEN: Final = tuple(form for one in sorted(NEWBORN) for form in (one.title(), one.upper()))
"""How a given name begins that is none."""
ENDS: Final = tuple(f" {end}{dot}" for one in sorted(GENERATIONS) for end in (one, one.title(), one.upper()) for dot in ("", "."))
"""How a whole name ends that tells a generation, as people write it."""


@lru_cache(maxsize=16_384)
def parted(text: str) -> tuple[str, str]:
    """Given and family name, folded; the generation stands behind the given name, titles and initials of middle names nowhere.

    What stands before a comma is the family's, unless only a title or a generation follows; else the last word is.
    """
    if text.count("/") == 1 and " " not in text.partition("/")[0]:
        text = text.replace("/", ",")  # as airlines do
    generation = ""
    parts: list[list[str]] = []
    for part in text[:LONGEST].split(","):
        words = [word for word in fold(part).split() if word not in TITLES]
        while words and words[-1] in GENERATIONS:
            generation = words.pop()
        if words:
            parts.append(words)
    if not parts:
        return "", ""
    if len(parts) > 1:
        family, given = parts[0], parts[1]
    else:
        given, family = parts[0][:-1], parts[0][-1:]
    if given and given[0] in NEWBORN:  # BB of PHYLLIS is not Phyllis; which of twins it is may be told
        which = next((word for word in given[1:] if word in ("a", "b", "c")), "")
        return (UNNAMED + which if which else ""), " ".join(family)
    given = [word for n, word in enumerate(given) if not n or (len(word) > 1 and word not in given[:n])]
    return " ".join([*given, generation] if generation else given), " ".join(family)


@lru_cache(maxsize=16_384)
def both_told(last: str) -> bool:
    """Whether what was told as a family name alone is a whole name: its first word is a usual given name, with another behind."""
    given, _, family = fold(last).partition(" ")
    return bool(family) and (given in COMMON_GIVEN or given in NICKNAMES) and given not in COMMON_FAMILY
