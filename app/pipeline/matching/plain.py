"""The exact judge, where fuzzy matching is off (`dedupe.fuzzy`): one mailbox or one phone is one person, and nothing else is."""

from __future__ import annotations

from typing import Final

from app.pipeline.matching.compare import phone_level
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import LEAST, Said, Verdict, ids_of
from app.pipeline.matching.levels import EMAIL, FIELDS, LEVELS, MISSING, PHONE, SAME
from app.pipeline.validation.email_roles import ROLES

_SURE: Final = 10.0  # bits that a mailbox or a phone is said to be worth; nothing was weighed
_PROBABILITY: Final = 1 - 1 / (1 + 2**_SURE)


class Plain:
    """Judges pairs of leads as `Judge` does, by what is exactly the same.

    A shared mailbox (info@) is nobody's. A unique id that disagrees blocks the merge here, too, and people are asked.
    """

    def __call__(self, a: Evidence, b: Evidence) -> Verdict:
        """Whether two leads have one mailbox or phone. Symmetric."""
        levels = [MISSING] * len(FIELDS)
        if a.local and b.local:
            levels[EMAIL] = SAME[EMAIL] if (a.local, a.domain) == (b.local, b.domain) and a.local not in ROLES else 0
        if a.phone and b.phone:
            levels[PHONE] = SAME[PHONE] if phone_level(a.phone, b.phone) == SAME[PHONE] else 0
        same = levels[EMAIL] == SAME[EMAIL] or levels[PHONE] == SAME[PHONE]
        blocked = same and ids_of(a.ids, b.ids)[0]
        if not same:
            return Verdict(LEAST, 1 / (1 + 2.0**-LEAST), "new", False, "stranger", tuple(levels), self)
        return Verdict(_SURE, _PROBABILITY, "ask" if blocked else "merge", blocked, "stranger", tuple(levels), self)

    def said(self, verdict: Verdict) -> tuple[Said, ...]:
        """What was the same, and what was not."""
        told = ((FIELDS[n], level) for n, level in enumerate(verdict.levels) if level != MISSING)
        said = [Said(field, LEVELS[field][level], _SURE if level else 0.0) for field, level in told]
        return tuple(sorted(said, key=lambda one: -one.weight))
