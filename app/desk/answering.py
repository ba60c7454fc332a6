"""The desk's answer in words: made of a few numbers, the same way for the twin in memory and for Redis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, get_args

from app.desk.roster import NO_LIMIT, Shift
from app.ports import Assigned, DeskWhy, Wanted

WHYS: Final[tuple[DeskWhy, ...]] = get_args(DeskWhy)  # their places are the codes of the wire


class Standing(NamedTuple):
    """A lead that a member has, as decisions tell it: what the desk is restored from.

    Attributes:
        day: The member's local date when they got it.
        counts: Whether it may still be asked for again; else it only tells whose the subject is.
    """

    lead: str
    subject: str | None
    team: str
    member: str
    at_ms: int
    day: int
    why: DeskWhy = "in_turn"
    counts: bool = True


def away(wanted: Sequence[Wanted], at_ms: int, version: str) -> list[Assigned]:
    """Nobody could be asked: the teams' queues have them."""
    answer = Assigned(None, "away", at_ms, roster=version)
    return [answer] * len(wanted)


def queued(at_ms: int, version: str) -> Assigned:
    """The team has no members: it is a queue."""
    return Assigned(None, "no_members", at_ms, roster=version)


def answer(
    one: Wanted, shift: Shift, owner: int | None, why: DeskWhy, loads: Sequence[int], any_full: bool, at_ms: int, version: str
) -> Assigned:
    """What is told about one lead.

    Args:
        owner: The member's place in the shift.
        loads: Leads that each of `shift.inside` had taken that day, this one not counted.
        any_full: Whether one of them had no place left.
    """
    member = None if owner is None else shift.rows[owner].member
    if not (any_full or one.needs or one.passed_over):  # most leads: nothing to tell of one that is not told of all
        return Assigned(member, why, at_ms, dict(zip(shift.names_inside, loads, strict=True)), shift.away, version)
    load: dict[str, int] = {}
    passed_over: dict[str, str] = {}
    able, had = shift.able(one.needs), one.passed_over
    taken = dict(zip(shift.inside, loads, strict=True))
    for n, row in enumerate(shift.rows):
        if not able[n]:
            passed_over[row.member] = "lacks"
        elif row.member in had:
            passed_over[row.member] = "had_it"
        elif row.here != "in":
            passed_over[row.member] = row.here
        elif row.limit != NO_LIMIT and taken[n] >= row.limit and n != owner:
            passed_over[row.member] = "full"
        else:
            load[row.member] = taken[n]
    return Assigned(member, why, at_ms, load, passed_over, version)
