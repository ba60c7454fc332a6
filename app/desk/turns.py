"""Whose turn it is: weighted shares by stride scheduling, a limit for each day, and a person's earlier owner first. Pure.

Stride scheduling after Waldspurger and Weihl ("Stride Scheduling: Deterministic Proportional-Share Resource Management", 1995).
Each member stands somewhere on a line; the one who is furthest behind gets the next lead and moves ahead by their stride, which
is short for a large weight. The team's own place moves ahead by the mean. Who leaves (evening, absence, no place left) keeps the
distance to the team's place, and comes back at that distance from where the team is then: nobody is flooded with what was missed,
and nobody loses what they were owed. A new day allows at most one lead of either: skills that were asked for all of yesterday
are no debt today.

`app/edges/redis/desk_lua/turns.lua` does the same, step by step; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor

from app.desk.answering import Standing, answer, queued
from app.desk.claims import Claim, Claims, Owners
from app.desk.hours import DAY_MS
from app.desk.roster import NO_LIMIT, STRIDE, Roster, Row, Shift
from app.ports import Assigned, DeskWhy, Wanted


class Seat:
    """A member's place on the line, and their day.

    Attributes:
        active: Whether they take part; then `place` is where they stand, else how far they stood ahead of the team's place.
        stride: Of their weight.
        day, taken: Leads of a local date.
    """

    __slots__ = ("active", "day", "place", "stride", "taken")

    def __init__(self, stride: int, day: int) -> None:
        self.active, self.stride, self.place, self.day, self.taken = False, stride, 0, day, 0


class Turns:
    """The state of all teams. Not safe for threads."""

    def __init__(self) -> None:
        self._seats: dict[tuple[str, str], Seat] = {}
        self._places: dict[str, int] = {}  # of the teams
        self._claims, self._owners = Claims(), Owners()

    def assign(self, wanted: Sequence[Wanted], roster: Roster, at_ms: int) -> list[Assigned]:
        """See `app.ports.Desk`."""
        today, tables = self._claims.today(at_ms), dict[str, _Table | None]()
        answers = []
        for one in wanted:
            if one.team not in tables:
                shift = roster.shift(one.team, at_ms)
                tables[one.team] = None if shift is None else self._table(shift)
            table = tables[one.team]
            told = self._standing(one, table, tables)
            if table is None:
                answers.append(queued(at_ms, roster.version))
                continue
            owner, why, loads, any_full = told or self._given(one, table, today)
            answers.append(answer(one, table.shift, owner, why, loads, any_full, at_ms, roster.version))
        return answers

    def give_back(self, leads: Iterable[str]) -> None:
        """These leads are nobody's work: their places are free, and it is their members' turn again."""
        for lead in leads:
            claim = self._claims.of(lead)
            if claim is not None:
                self._release(lead, claim, {}, turn=True)

    def restore(self, standing: Iterable[Standing]) -> None:
        """All anew, from what stands; in the order of time."""
        self.__init__()  # type: ignore[misc]
        for one in standing:
            seat = self._seats.setdefault((one.team, one.member), Seat(STRIDE, one.day))
            if one.day > seat.day:
                seat.day, seat.taken = one.day, 0
            if one.counts:
                seat.taken += one.day == seat.day
                self._claims.keep(one.lead, Claim(one.team, one.member, one.day, one.why, one.at_ms // DAY_MS))
            if one.subject:
                self._owners.keep(one.subject, one.team, one.member, one.at_ms // DAY_MS)

    def taken(self, team: str) -> dict[str, tuple[int, int]]:
        """Member → (local date, leads taken on it)."""
        return {member: (seat.day, seat.taken) for (of, member), seat in self._seats.items() if of == team}

    def _standing(self, one: Wanted, table: _Table | None, tables: dict[str, _Table | None]) -> _Told | None:
        """The answer that was given before, where it still stands; else its place is given back."""
        claim = self._claims.of(one.lead)
        if claim is None:
            return None
        n = table.shift.index.get(claim.member) if table and claim.team == one.team else None
        had = claim.member in one.passed_over
        if table is not None and n is not None and not had and one.named in (None, claim.member):
            loads, any_full = table.loads()
            seat = table.seats[n]
            if n in table.shift.inside and seat.day == claim.day:
                at = table.shift.inside.index(n)
                loads[at] = max(0, loads[at] - 1)
            return n, claim.why, loads, any_full
        self._release(one.lead, claim, tables, turn=not one.passed_over)  # whoever was too slow gets no other lead for it
        return None

    def _given(self, one: Wanted, table: _Table, today: int) -> _Told:
        loads, any_full = table.loads()
        n, why = self._chosen(one, table, today)
        if n is not None:
            row = table.shift.rows[n]
            table.take(n)
            self._claims.keep(one.lead, Claim(one.team, row.member, table.seats[n].day, why, today))
            if one.subject:
                self._owners.keep(one.subject, one.team, row.member, today)
        return n, why, loads, any_full

    def _chosen(self, one: Wanted, table: _Table, today: int) -> tuple[int | None, DeskWhy]:
        shift, seats = table.shift, table.seats
        if one.named is not None:
            n = shift.index.get(one.named)
            if n is None:
                return None, "no_match"
            if shift.rows[n].here == "absent":
                return None, "nobody_in"
            return (None, "full") if _full(shift.rows[n], seats[n]) else (n, "named")
        able = shift.able(one.needs)
        fit = [n for n, row in enumerate(shift.rows) if able[n] and row.member not in one.passed_over]
        free = [n for n in fit if seats[n].active]
        if not free:
            full = any(shift.rows[n].here == "in" for n in fit)
            return None, "no_match" if not fit else "full" if full else "nobody_in"
        before = self._owners.of(one.subject, one.team, today, shift.keep_days) if one.subject else None
        if before is not None:
            n = shift.index.get(before)
            if n is not None and n in free:
                return n, "sticky"
        return min(free, key=lambda n: (seats[n].place, n)), "in_turn"

    def _table(self, shift: Shift) -> _Table:
        return _Table(
            shift,
            [self._seats.setdefault((shift.team, row.member), Seat(row.stride, row.day)) for row in shift.rows],
            self._places,
        )

    def _release(self, lead: str, claim: Claim, tables: dict[str, _Table | None], *, turn: bool) -> None:
        self._claims.forget(lead)
        seat = self._seats.get((claim.team, claim.member))
        if seat is None or seat.day != claim.day:
            return
        seat.taken = max(0, seat.taken - 1)
        if turn:
            seat.place -= seat.stride
        table = tables.get(claim.team)
        if table is not None and claim.member in table.shift.index:
            table.settle(table.shift.index[claim.member])
            table.weigh()


_Told = tuple[int | None, DeskWhy, list[int], bool]


class _Table:
    """A team's seats during one call."""

    def __init__(self, shift: Shift, seats: list[Seat], places: dict[str, int]) -> None:
        self.shift, self.seats, self._places = shift, seats, places
        self._places.setdefault(shift.team, 0)
        for n in range(len(seats)):
            self.settle(n)
        self.weigh()

    def loads(self) -> tuple[list[int], bool]:
        """Leads taken by each who is in, and whether one of them is full."""
        any_full = any(_full(self.shift.rows[n], self.seats[n]) for n in self.shift.inside)
        return [self.seats[n].taken for n in self.shift.inside], any_full

    def settle(self, n: int) -> None:
        """The seat as it must be now: its day, its stride, and whether it takes part."""
        row, seat, team = self.shift.rows[n], self.seats[n], self._places[self.shift.team]
        ahead = seat.place - team if seat.active else seat.place
        if seat.stride != row.stride:
            ahead = floor(float(ahead) * row.stride / seat.stride)  # in doubles, as the script does
            seat.stride = row.stride
        if row.day > seat.day or row.day < seat.day - 2:  # a day later; or some clock had been far ahead
            seat.day, seat.taken = row.day, 0
            ahead = min(max(ahead, -seat.stride), seat.stride)
        seat.active = row.here == "in" and not _full(row, seat)
        seat.place = team + ahead if seat.active else ahead

    def weigh(self) -> None:
        """How far the team's place moves with each lead: by the mean of those who take part."""
        weights = 0.0
        for seat in self.seats:
            if seat.active:
                weights += 1.0 / seat.stride
        self._step = floor(1.0 / weights) if weights else 0

    def take(self, n: int) -> None:
        """The member gets a lead."""
        seat = self.seats[n]
        seat.taken += 1
        seat.place += seat.stride
        self._places[self.shift.team] += self._step
        if seat.active and _full(self.shift.rows[n], seat):
            self.settle(n)
            self.weigh()


def _full(row: Row, seat: Seat) -> bool:
    return row.limit != NO_LIMIT and seat.taken >= row.limit
