"""Service levels: a lead that nobody contacted in time goes to another member, then to another team.

The worker and the reviser compute `due_at` in working time, so here only the clock is looked at. A reassigned lead comes back as
a new revision, with one attempt more and the same time again; the attempts that routing.yaml allows bound how often it moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.inventory.models import Service, ServiceLevel, Team
from app.monitoring.verdicts import Kind
from app.service.deadlines import Step
from app.service.open_lead import Open

GAP_MS: Final = 5 * 60_000  # from one move to the next, whatever due times say: a wrong one must not make a lead a shuttlecock
_LAST: Final = 9
_REASSIGN: Final = Step("reassign", "reassign", "overdue")


class ServiceLevels:
    """The rule; see the module.

    Args:
        service: The levels, by band.
        teams: For how many members each has: a lead that all of them had is not given to another one.
    """

    name: Final = "service_level"
    alert: Kind = "overdue_leads"

    def __init__(self, service: Service, teams: Mapping[str, Team]) -> None:
        self._members = {name: len(team.members) for name, team in teams.items()}
        levels: dict[str, ServiceLevel | None] = {"hot": service.hot, "warm": service.warm, "cold": service.cold}
        self._levels = {band: level for band, level in levels.items() if level is not None}

    def due_ms(self, row: Open) -> int | None:
        """What its decision says; None for a level that is not configured any more."""
        if row.due_ms is None or row.level not in self._levels:
            return None
        return max(row.due_ms, row.at_ms + GAP_MS) if row.attempts else row.due_ms

    def priority(self, row: Open) -> int:
        """As routing.yaml says; the lowest there is where it says nothing."""
        level = self._levels.get(row.level or "")
        return _LAST if level is None else level.priority

    def steps(self, row: Open) -> list[Step]:
        """To another member as long as it may, then to the team that helps out."""
        level = self._levels[row.level or ""]
        steps = [_REASSIGN] if row.attempts < level.reassign and self._another(row) else []
        if level.escalate_to not in (None, row.team):
            steps.append(Step("escalate", "reroute", "escalated", level.escalate_to))
        return steps

    def _another(self, row: Open) -> bool:
        """Whether the team has a member who did not have it yet; of a queue, whether it has any."""
        members = self._members.get(row.team, 0)
        return members > 0 if row.queued else row.attempts + 1 < members
