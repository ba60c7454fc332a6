"""The names of outcomes, and what each says of a lead. docs/labels.md has the same as a table for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

Meaning = Literal["step", "won", "lost", "open"]  # on the way; decided; taken back, and decided again later

MEANINGS: Final[Mapping[str, Meaning]] = {
    "contacted": "step",
    "qualified": "step",
    "won": "won",
    "lost": "lost",
    "disqualified": "lost",
    "cancelled": "lost",
    "refunded": "lost",
    "reopened": "open",
}
# What CRMs call the same. "converted" is missing on purpose: in one of them it is a sale, in another a lead that was qualified.
_ALSO: Final[Mapping[str, str]] = {
    "closed_won": "won",
    "closed_lost": "lost",
    "unqualified": "disqualified",
    "canceled": "cancelled",
    "returned": "refunded",
    "charged_back": "refunded",
}
_BETWEEN: Final = re.compile(r"[\s_-]+")


def meaning(name: str) -> Meaning | None:
    """What the outcome says; None: nobody knows. Case, blanks and dashes make no difference."""
    known = MEANINGS.get(name)
    if known is None:
        plain = _BETWEEN.sub("_", name[:100].strip().lower())
        known = MEANINGS.get(_ALSO.get(plain, plain))
    return known
