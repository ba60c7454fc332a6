"""A lead is assessed again, by the model, the rules and the toggles of now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.pipeline.enrichment.visits import FIELDS as BEHAVIOUR
from app.pipeline.revision.owners import UNOWNED, had_it, members_of, owned
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.releasing import to_team
from app.pipeline.revision.routing import House, decided, lead_of, rescored

WHAT = "retried"
_ASKED_AGAIN: Final = (*BEHAVIOUR, "enrichments")


def retry(decision: Kept, stands: Kept, work: Work, house: House, about: Mapping[str, Any]) -> str:
    """Held anew, or to a team. A lead that a team has stays with a team: nobody calls it back on a doubt.

    Args:
        stands: The lead with corrections.
        about: What the decision says of the verdict.
    """
    lead = lead_of(stands.value, decision.value, house.features(stands.value["source"]))
    to = house.assess(lead, decision.value)
    value = rescored(stands.value, to) | {"source_reliability": lead.source_reliability}
    value |= {name: getattr(lead, name) for name in _ASKED_AGAIN if name in value}
    changes = {**about, **house.versions, **decided(to), "revised_why": WHAT, "approvals": [], "agreed": None}
    changes["enrichments"] = dict(lead.enrichments)
    if stands.place == "routed":
        _again(decision, Kept("routed", value, stands.headers), work, house, changes)
    elif to.review:
        held = {"review_reasons": list(to.review), "checkpoint": to.handling.checkpoint}
        work.say(Kept("review", {**value, **held}, stands.headers))
        work.decide(decision, **{**changes, **held, **UNOWNED, "fate": "review"})
    else:
        to_team(
            decision, Kept("review", value, stands.headers), work, house, {**changes, "review_reasons": [], "checkpoint": None}
        )
    return WHAT


def _again(decision: Kept, stands: Kept, work: Work, house: House, changes: Mapping[str, Any]) -> None:
    """To the team that the rules name now. Where that has it already, its owner keeps it."""
    before, team = decision.value, str(changes["team"])
    versions = {name: changes[name] for name in house.versions}
    if team == before["team"] and before["owner"] in house.members.get(team, ()):
        due_ms, level = house.due(stands.value["band"], team)
        work.say(stands, **versions, due_at=due_ms)
        work.decide(decision, **{**changes, "due_at": due_ms, "service_level": level})
        return
    own = owned(house, stands.value, team, passed_over=members_of(before))
    taken: dict[str, Any] = {"attempts": before["attempts"], "previous_owners": list(before["previous_owners"])}
    if team != before["team"]:
        taken = {"attempts": before["attempts"] + 1, "previous_owners": had_it(before)}
    work.say(stands, **own.told(), **versions, attempts=taken["attempts"])
    work.decide(decision, **{**changes, **taken, **own.decided(changes["fallbacks"])})
