"""How the teams and what is wanted go to the desk's script as one string each, and its answer comes back as one.

Numbers are big-endian. Places of teams, groups and members count from 1 for the script, 0 is none; in answers from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from struct import Struct
from typing import Final
from weakref import WeakKeyDictionary

from app.desk.answering import WHYS, Standing, answer, queued
from app.desk.roster import Roster, Row, Shift
from app.edges.redis.match_wire import id_of
from app.ports import Assigned, Wanted

NOBODY: Final = 65_535
_UNKNOWN: Final = 65_534  # a place that no member has
_MOST_HAD: Final = 255
_NO_SUBJECT: Final = bytes(10)
_HERE: Final = {"in": 0, "off_hours": 1, "absent": 2}

_ROW: Final = Struct(">BIII")  # here, stride, limit, day; before it the name with its length
_ASK: Final = Struct(">10s10sHHHBB")  # lead, subject, team, group, named, whether somebody is passed over, how many of the team
_GIVEN: Final = Struct(">HBB")  # owner, why, whether somebody is full; then the loads of those who are in
SEAT: Final = Struct(">B3sddII")  # active, number, stride, place, day, taken


class Wire:
    """One call: the teams that it concerns, each told once."""

    def __init__(self, wanted: Sequence[Wanted], roster: Roster, at_ms: int) -> None:
        self._wanted, self._roster, self._at_ms = wanted, roster, at_ms
        self._shifts: dict[str, Shift | None] = {}
        self._numbers: dict[str, int] = {}
        self._groups: dict[tuple[str, tuple[str, ...]], int] = {}
        self._able: list[bytes] = []
        asks = b"".join(map(self._ask, wanted))
        self.teams = self._teams()
        self.asks = len(self._able).to_bytes(2, "big") + b"".join(self._able) + asks

    def answers(self, told: bytes) -> list[Assigned]:
        """What the script said."""
        at_ms, version, shifts = self._at_ms, self._roster.version, self._shifts
        answers, at = [], 0
        for one in self._wanted:
            shift = shifts[one.team]
            if shift is None:
                answers.append(queued(at_ms, version))
                continue
            owner, why, full = _GIVEN.unpack_from(told, at)
            loads = _loads(len(shift.inside))
            given = loads.unpack_from(told, at + 4)
            at += 4 + loads.size
            member = None if owner == NOBODY else owner
            answers.append(answer(one, shift, member, WHYS[why], given, full != 0, at_ms, version))
        return answers

    def _ask(self, one: Wanted) -> bytes:
        lead, subject, team, needs, passed_over, named = one
        shift = self._shifts.get(team)
        if shift is None and team not in self._shifts:
            shift = self._shifts[team] = self._roster.shift(team, self._at_ms)
            if shift is not None:
                self._numbers[team] = len(self._numbers) + 1
        its = bytes.fromhex(subject[3:]) if subject else _NO_SUBJECT
        if shift is None:
            return _ASK.pack(id_of(lead), its, 0, 0, 0, bool(passed_over), 0)
        group = self._group(shift, needs) if needs else 0
        person = 0 if named is None else shift.index.get(named, _UNKNOWN) + 1
        if not passed_over:
            return _ASK.pack(bytes.fromhex(lead[3:]), its, self._numbers[team], group, person, False, 0)
        had = [shift.index[member] for member in passed_over if member in shift.index][:_MOST_HAD]
        head = _ASK.pack(id_of(lead), its, self._numbers[team], group, person, True, len(had))
        return head + b"".join(n.to_bytes(2, "big") for n in had)

    def _group(self, shift: Shift, needs: tuple[str, ...]) -> int:
        number = self._groups.get((shift.team, needs))
        if number is None:
            able = bytes(shift.able(needs))
            self._able.append(len(able).to_bytes(2, "big") + able)
            number = self._groups[shift.team, needs] = len(self._able)
        return number

    def _teams(self) -> bytes:
        told = [_shift(self._shifts[team]) for team in self._numbers]
        return len(told).to_bytes(2, "big") + b"".join(told)


def packed_standing(leads: Iterable[Standing]) -> bytes:
    """What stands, for the script."""
    return b"".join(
        id_of(one.lead)
        + (id_of(one.subject) if one.subject else _NO_SUBJECT)
        + _text(one.team)
        + _text(one.member)
        + _STANDING.pack(one.day, one.at_ms, WHYS.index(one.why), one.counts)
        for one in leads
    )


_STANDING: Final = Struct(">IdBB")  # day, time, why, whether it counts


_told: Final = WeakKeyDictionary[Shift, bytes]()  # a shift is told again and again, until somebody comes or goes


def _shift(shift: Shift | None) -> bytes:
    assert shift is not None  # numbered teams have one
    told = _told.get(shift)
    if told is None:
        head = _text(shift.team) + len(shift.rows).to_bytes(2, "big") + shift.keep_days.to_bytes(2, "big")
        told = _told[shift] = head + b"".join(map(_row, shift.rows))
    return told


def _row(row: Row) -> bytes:
    return _text(row.member) + _ROW.pack(_HERE[row.here], row.stride, row.limit, row.day)


def _text(text: str) -> bytes:
    told = text.encode()
    return len(told).to_bytes(1, "big") + told


@cache
def _loads(count: int) -> Struct:
    return Struct(f">{count}I")
