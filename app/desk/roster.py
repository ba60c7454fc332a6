"""Who works in which team at an instant, and how much: the configuration, and what was said since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final, Literal, NamedTuple

from app.desk.capacity import Capacity, newest
from app.desk.hours import NEVER, WorkingTime
from app.inventory.models import Team
from app.inventory.people import Member

Presence = Literal["in", "off_hours", "absent"]

STRIDE: Final = 1_000_000  # how far a lead moves a member of weight 1; whole numbers, so that turns are exact everywhere
NO_LIMIT: Final = 2**32 - 1


class Row(NamedTuple):
    """A member at an instant.

    Attributes:
        stride: How far each lead moves the member; small for a large weight.
        limit: Leads a day.
        day: The local date, as days since 1 January 1970.
    """

    member: str
    here: Presence
    stride: int
    limit: int
    day: int


class Shift:
    """A team's members at an instant, in the order of the configuration, which decides between equals.

    Attributes:
        since_ms, until_ms: While this holds; the end is not part of it.
        keep_days: For how long a person's earlier owner has their next lead, too.
        index: Member → place in `rows`.
        away: Member → absent or off_hours.
        inside: The places of those who are in.
        names_inside: Their names.
    """

    def __init__(
        self, team: str, rows: tuple[Row, ...], since_ms: int, until_ms: int, keep_days: int, has: Mapping[str, frozenset[str]]
    ) -> None:
        self.team, self.rows, self.keep_days = team, rows, keep_days
        self.since_ms, self.until_ms = since_ms, until_ms
        self.index = {row.member: n for n, row in enumerate(rows)}
        self.away: dict[str, str] = {row.member: row.here for row in rows if row.here != "in"}
        self.inside = tuple(n for n, row in enumerate(rows) if row.here == "in")
        self.names_inside = tuple(rows[n].member for n in self.inside)
        self._has, self._able = has, dict[tuple[str, ...], tuple[bool, ...]]()

    def able(self, needs: tuple[str, ...]) -> tuple[bool, ...]:
        """By place: whether the member has all of these skills and languages."""
        told = self._able.get(needs)
        if told is None:
            wanted = frozenset(needs)
            told = self._able[needs] = tuple(wanted <= self._has[row.member] for row in self.rows)
        return told


class Roster:
    """All teams. Immutable but for what it remembers of the present; workers that read the same words have the same version.

    Args:
        teams: By slug.
        words: What was said about members; of members that the configuration does not name, it is left aside.
        times: Compiled hours of an earlier roster of the same teams.
    """

    def __init__(
        self,
        teams: Mapping[str, Team],
        words: Iterable[Capacity] = (),
        *,
        times: Mapping[tuple[str, str], WorkingTime] | None = None,
    ) -> None:
        self._teams = {name: team for name, team in teams.items() if team.members}
        known = {(team.name, member.name) for team in self._teams.values() for member in team.members}
        self.words = {whom: word for whom, word in newest(words).items() if whom in known}
        self._times = times if times is not None else self._compiled()
        self._shifts: dict[str, Shift] = {}
        self.version = self._digest() if self._teams else ""

    def changed(self, words: Iterable[Capacity]) -> Roster:
        """The same teams, with these words instead."""
        return Roster(self._teams, words, times=self._times)

    @property
    def teams(self) -> tuple[str, ...]:
        """Those with members."""
        return tuple(self._teams)

    @property
    def keep_days(self) -> int:
        """For how long a person's owner counts anywhere."""
        return max((team.keep_owner_days for team in self._teams.values()), default=0)

    def shift(self, team: str, at_ms: int) -> Shift | None:
        """The team at an instant; None for a team without members, which is a queue."""
        shift = self._shifts.get(team)
        if shift is not None and shift.since_ms <= at_ms < shift.until_ms:
            return shift
        declared = self._teams.get(team)
        if declared is None:
            return None
        shift = self._shifts[team] = self._at(declared, at_ms)
        return shift

    def day(self, team: str, member: str, at_ms: int) -> int:
        """The member's local date; UTC's for whom the roster does not know."""
        return self._times.get((team, member), _UTC).day(at_ms)

    def _at(self, team: Team, at_ms: int) -> Shift:
        rows, until = [], NEVER
        for member in team.members:
            time, word = self._times[team.name, member.name], self.words.get((team.name, member.name))
            here: Presence = "in" if time.working(at_ms) else "off_hours"
            until = min(until, time.same_until(at_ms))
            weight, limit = member.weight, NO_LIMIT if member.per_day is None else member.per_day
            if word is not None:
                here = "absent" if word.absent(at_ms) else here
                until = min(until, word.same_until(at_ms) or NEVER)
                weight = word.weight or weight
                limit = limit if word.per_day is None else word.per_day
            rows.append(Row(member.name, here, max(1, round(STRIDE / weight)), limit, time.day(at_ms)))
        spoken = tuple(language for member in team.members for language in member.languages)
        has = {member.name: frozenset((*member.skills, *(member.languages or spoken))) for member in team.members}
        return Shift(team.name, tuple(rows), at_ms, until, team.keep_owner_days, has)

    def _compiled(self) -> dict[tuple[str, str], WorkingTime]:
        return {(team.name, member.name): working_time(team, member) for team in self._teams.values() for member in team.members}

    def _digest(self) -> str:
        said = [
            (whom, word.available, word.absent_from_ms, word.absent_until_ms, word.per_day, word.weight)
            for whom, word in sorted(self.words.items())
        ]
        declared = [(name, team.hours, team.members, team.keep_owner_days) for name, team in sorted(self._teams.items())]
        return blake2b(repr((declared, said)).encode(), digest_size=6).hexdigest()


def working_time(team: Team, member: Member | None = None) -> WorkingTime:
    """When the team works, or one of its members."""
    if member is None:
        return WorkingTime(team.hours)
    return WorkingTime(member.hours or team.hours, member.time_zone)


_UTC: Final = WorkingTime()
