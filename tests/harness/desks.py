"""Teams, leads and words of which desks are tested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.desk.roster import Roster
from app.inventory.models import Team
from app.inventory.people import Hours, Member

MONDAY_9 = 1_764_576_000_000  # 1 December 2025, 8:00 UTC: nine in Berlin
HOUR = 3_600_000
OFFICE = Hours(time_zone="Europe/Berlin", week={"mon-fri": ("09:00-17:00",)})


def lead_id(n: int) -> str:
    return f"ld_{(n + 1) * 2_654_435_761 % 2**80:020x}"


def subject_id(n: int) -> str:
    return f"su_{(n + 1) * 2_654_435_761 % 2**80:020x}"


def team(name: str, members: Mapping[str, Mapping[str, Any]], **extra: Any) -> Team:
    """A team whose members differ from the plain one by what is named."""
    its = tuple(Member(name=member, **said) for member, said in members.items())
    return Team(name=name, description="", members=its, **extra)


def roster(*teams: Team, words: Iterable[Any] = ()) -> Roster:
    return Roster({one.name: one for one in teams}, words)


class Clock:
    """A clock that is set by hand; it tells seconds, and is set in milliseconds."""

    def __init__(self, at_ms: int = MONDAY_9) -> None:
        self.at_ms = at_ms

    def __call__(self) -> float:
        return self.at_ms / 1000


class Present:
    """The roster of now, as words come."""

    def __init__(self, *teams: Team) -> None:
        self.now = roster(*teams)

    def __call__(self) -> Roster:
        return self.now

    def say(self, *words: Any) -> None:
        self.now = self.now.changed([*self.now.words.values(), *words])
