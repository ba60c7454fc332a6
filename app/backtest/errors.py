"""Why a history cannot be replayed: what, where, how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import ClassVar

from app.errors import LeadstreamError

SHOWN = 12  # values or names in a message, at most
FEW = 50  # different values that an outcome may have


class HistoryError(LeadstreamError):
    """The history cannot be replayed as it was asked for.

    Attributes:
        exit_code: 2 where the question can be asked better, 1 where the history has no answer.
    """

    exit_code: ClassVar[int] = 2


class Unreadable(HistoryError):
    """There is no file, or it is no table of text."""


class ColumnMissing(HistoryError):
    """A column is named that the file does not have."""

    def __init__(self, name: str, option: str, known: Iterable[str]) -> None:
        known = list(known)
        lowered = {one.casefold(): one for one in known}
        near = [lowered[one] for one in get_close_matches(name.casefold(), lowered, n=3, cutoff=0.5)]
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"the columns are {listed(known)}"
        super().__init__(f"{option}: the file has no column {name!r}; {hint}")


class OutcomeUnclear(HistoryError):
    """The outcome column does not say by itself what a won lead is."""

    def __init__(self, column: str, why: str, counts: Mapping[str, int]) -> None:
        if len(counts) > FEW:  # not to be shown: whoever named the wrong column may have named that of the e-mails
            super().__init__(f"column {column!r} {why}: with {len(counts):,} different values it says no outcome")
            return
        told = ", ".join(f"{value!r} ({count:,})" for value, count in list(counts.items())[:SHOWN])
        more = f" and {len(counts) - SHOWN:,} more" if len(counts) > SHOWN else ""
        remedy = "Name those of won leads: --positive VALUE[,VALUE]"
        super().__init__(f"column {column!r} {why}; its values are {told}{more}. {remedy}")


class CannotJudge(HistoryError):
    """Too few rows, or all of them ended alike."""

    exit_code = 1


def listed(names: Iterable[str]) -> str:
    """The first SHOWN names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
