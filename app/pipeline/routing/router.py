"""Who gets the lead, or does a person decide? The first rule that holds decides; near misses are told with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.desk.hours import WorkingTime
from app.inventory.models import Routing, ServiceLevel, Source, Team
from app.pipeline.consent import Lacking
from app.pipeline.fate import Score, TeamConsidered
from app.pipeline.lead import Lead
from app.pipeline.routing.rules import Rules
from app.pipeline.routing.wishes import NONE, Wishes


class Assignment(NamedTuple):
    """Where a lead goes.

    Attributes:
        team: Slug.
        rule: That chose it, or `catch-all`.
        considered: The nearest misses before the rule, the rule, and the next ones that would have taken the lead, in the rules'
            order; of those passed over, only so many (app/pipeline/routing/rules.py).
        needs: Skills and languages that the owner must have.
        service_level: Name of the service level; None: the band has none.
        due_ms: By when somebody must have contacted the lead; None where there is no service level.
        priority: 1 comes first, 9 last.
        lacks: Why nobody may contact the person; None: the team may.
    """

    team: str
    rule: str
    considered: tuple[TeamConsidered, ...]
    needs: tuple[str, ...] = ()
    service_level: str | None = None
    due_ms: int | None = None
    priority: int = 5
    lacks: Lacking | None = None


class Router:
    """The routing rules, compiled once.

    Args:
        routing: The rules, service levels and limits.
        teams: Their accounts, hours and members; none: no team has any.
    """

    def __init__(self, routing: Routing, teams: Mapping[str, Team] | None = None) -> None:
        self.routing, teams = routing, teams or {}
        self._rules, self._rules_alone = Rules(routing, teams), Rules(routing, teams, by_score=False)
        levels = {"hot": routing.service.hot, "warm": routing.service.warm, "cold": routing.service.cold}
        self._levels: dict[str, ServiceLevel | None] = {**levels}
        self._time = {name: WorkingTime(team.hours) for name, team in teams.items()}
        self._always = WorkingTime()
        self._wishes = {rule.name: Wishes(rule.owner, teams.get(rule.team)) for rule in routing.rules if rule.owner != NONE}

    def assign(self, lead: Lead, score: Score, returning: bool | None = None, *, by_score: bool = True) -> Assignment:
        """The team of the first rule whose conditions all hold, else the catch-all team. Never without a team.

        Args:
            returning: Whether the person was a lead before, with another intent; None: nobody knows.
            by_score: False: scores do not count; every lead is of the band that the configuration names (`without_score`), no
                score reaches any limit, and the service level is that band's.
        """
        found = (self._rules if by_score else self._rules_alone).take(lead, score, returning)
        band = score.band if by_score else self.routing.without_score
        needs, level = self.needs(found.name, lead.language), self._levels[band]
        if level is None:
            return Assignment(found.team, found.name, found.considered, needs, lacks=found.lacks)
        due = self._time.get(found.team, self._always).add(lead.received_at, level.contact_within_minutes)
        return Assignment(found.team, found.name, found.considered, needs, band, due, level.priority, found.lacks)

    def needs(self, rule: str, language: str | None) -> tuple[str, ...]:
        """Skills and languages that a rule wants of the owner; none where no rule has the name.

        Args:
            language: The lead's, as a tag.
        """
        wishes = self._wishes.get(rule)
        return wishes.of(language) if wishes else ()

    def due(self, band: str | None, team: str, since_ms: int) -> tuple[int | None, str | None]:
        """By when somebody of the team must have contacted a lead that came to it at `since_ms`, and by which service level."""
        level = self._levels.get(band or "")
        if level is None:
            return None, None
        return self._time.get(team, self._always).add(since_ms, level.contact_within_minutes), band

    def review_reasons(
        self, lead: Lead, score: Score, source: Source | None = None, automation: float | None = None
    ) -> tuple[str, ...]:
        """Why a person must decide; empty where the machine may.

        `undeclared_source`: nobody has said yet what the source sends. `automation_share`: only a share of the source's leads
        needs no person; which ones hangs on the lead id alone, so a replay holds the same, and a larger share, whoever names
        it, only adds to them. `unusual_lead`: it is as unlike the leads seen before as the configuration asks to be shown.

        Args:
            automation: The share, where the toggle names one; None: the source's own.
        """
        doubtful = score.confidence < self.routing.review_below_confidence
        share = source.automation if automation is None and source is not None else automation
        held = source is not None and share is not None and share < 1.0 and _share_of(lead.lead_id) >= share
        limit = self.routing.review_unusual_from
        unusual = limit is not None and score.unusual >= limit
        if not (doubtful or held or unusual):
            return ()
        reasons: list[str] = []
        if held:
            assert source is not None
            reasons.append("automation_share" if source.mapping.fields else "undeclared_source")
        if doubtful:
            reasons.append("low_confidence")
        if unusual:
            reasons.append("unusual_lead")
        return (*reasons, *dict.fromkeys(f"{violation.field}:{violation.code}" for violation in lead.violations))


def _share_of(lead_id: str) -> float:
    """Where the id stands among all ids, in [0, 1). Its last digits, for they are as even as any."""
    return int(lead_id[-8:], 16) / 2**32
