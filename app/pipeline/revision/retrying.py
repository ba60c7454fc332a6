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
    stays = team == before["team"]
    keeps = before["owner"] if stays and before["owner"] in house.members.get(team, ()) else None
    own = owned(house, stands.value, team, passed_over=members_of(before), named=keeps)
    told: dict[str, Any] = {}
    if not stays:
        told = {"attempts": before["attempts"] + 1, "previous_owners": had_it(before)}
    versions = {name: changes[name] for name in house.versions}
    work.say(stands, **own.told(), **versions, attempts=told.get("attempts", before["attempts"]))
    work.decide(decision, **{**changes, **told, **own.decided(changes["fallbacks"])})
