"""What is due of the routines that people do again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from app.inventory.governing import Routine

KIND: Final = "governance"  # of a change that says that a routine was done
DAY_MS: Final = 86_400_000


class Done(NamedTuple):
    """That somebody did a routine."""

    at_ms: int
    by: str
    why: str


class Due(NamedTuple):
    """How a routine stands.

    Attributes:
        last: When it was done last; None: never.
        left_days: Until it is due; below 0: so long overdue.
    """

    routine: Routine
    last: Done | None
    left_days: float

    @property
    def overdue(self) -> bool:
        return self.left_days < 0


def last_done(changes: Iterable[Mapping[str, Any]]) -> dict[str, Done]:
    """Routine → when it was done last, from the records of the topic changes."""
    found: dict[str, Done] = {}
    for one in changes:
        if one["kind"] == KIND and (one["name"] not in found or one["changed_at"] >= found[one["name"]].at_ms):
            found[one["name"]] = Done(int(one["changed_at"]), one["by"], one["why"])
    return found


def standing(routines: Sequence[Routine], done: Mapping[str, Done], now_ms: int) -> list[Due]:
    """How each stands, in their order; one that nobody ever did is overdue by its whole time."""
    return [_due(one, done.get(one.name), now_ms) for one in routines]


def _due(routine: Routine, last: Done | None, now_ms: int) -> Due:
    since_days = 2.0 * routine.every_days if last is None else (now_ms - last.at_ms) / DAY_MS
    return Due(routine, last, routine.every_days - since_days)
