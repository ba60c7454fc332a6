"""Queues of teams: leads that no member got, because nobody was in, all were full, nobody fitted, or the desk could not be asked.

They go to members as soon as somebody may have room. Who is in is known from the roster; who has room only the desk knows, so it
is asked with one lead first (see trickle.py). A lead of a team without members is no concern here: its queue is meant so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from app.desk.roster import Roster
from app.service.levels import ServiceLevels
from app.service.open_lead import Open
from app.steward import Alarm, Said


class TeamQueues:
    """The rule; see the module.

    Args:
        roster: The one that holds now.
        levels: For what comes first.
    """

    name: Final = "queue"
    says: Said = "reassign"
    why: Final = "drained"

    def __init__(self, roster: Callable[[], Roster], levels: ServiceLevels) -> None:
        self._roster, self._levels = roster, levels

    def waits_for(self, row: Open) -> str | None:
        """The team."""
        return None if row.queued is None else row.team

    def may(self, what: str, row: Open, now_ms: int) -> bool:
        """Whether somebody is in; where all were full or nobody fitted, on another day, or with another roster than then."""
        roster = self._roster()
        shift = roster.shift(what, now_ms)
        if shift is None or not shift.inside:
            return False
        if row.queued in ("nobody_in", "away") or row.roster != roster.version:
            return True
        return any(roster.day(what, member, row.at_ms) < shift.rows[shift.index[member]].day for member in shift.names_inside)

    def priority(self, row: Open) -> int:
        """As routing.yaml says, and hot ones first."""
        return 3 * self._levels.priority(row) + row.band

    def alarms(self, waiting: Mapping[str, int], now_ms: int) -> Iterator[Alarm]:
        """None: service levels tell of leads that wait for too long."""
        return iter(())
