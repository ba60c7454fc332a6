"""A lead that a team has goes to another team, or to another member of the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.pipeline.revision.form import Value
from app.pipeline.revision.owners import Owned, had_it, members_of, owned
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.routing import BY_PEOPLE, House
from app.pipeline.revision.verdict import Verdict

DRAINED: Final = "drained"  # the steward's reason for leads that nobody got because the desk could not be asked: no attempt


def reroute(verdict: Verdict, decision: Kept, stands: Kept, work: Work, house: House, about: Mapping[str, Any]) -> str:
    """To another team. The old one is told where it went; what it is called.

    Args:
        stands: The lead with corrections, as the old team has it.
        about: What the decision says of the verdict.
    """
    to = {"team": verdict.team, "rule": BY_PEOPLE}
    own = owned(house, {**stands.value, **to}, str(verdict.team), passed_over=members_of(decision.value), named=verdict.owner)
    _pass_on(verdict, decision, stands, work, own, {**about, **to, "revised_why": "rerouted"}, **to)
    return "rerouted"


def reassign(verdict: Verdict, decision: Kept, stands: Kept, work: Work, house: House, about: Mapping[str, Any]) -> str:
    """To another member of the team, as `reroute`."""
    value = decision.value
    before = [*members_of(value), *([value["owner"]] if value["owner"] is not None else [])]
    own = owned(house, stands.value, str(value["team"]), passed_over=before, named=verdict.owner)
    _pass_on(verdict, decision, stands, work, own, {**about, "revised_why": "reassigned"})
    return "reassigned"


def _pass_on(verdict: Verdict, decision: Kept, stands: Kept, work: Work, own: Owned, about: Mapping[str, Any], **to: Any) -> None:
    taken = _taken(verdict, decision.value)
    work.say(stands, **to, **own.told(), attempts=taken["attempts"])
    work.decide(decision, **{**about, **own.decided(decision.value["fallbacks"]), **taken})


def _taken(verdict: Verdict, decision: Value) -> dict[str, Any]:
    """That it was taken from who had it: unless nobody could have it yet."""
    if verdict.why == DRAINED and decision["owner"] is None:
        return {"attempts": decision["attempts"], "previous_owners": list(decision["previous_owners"])}
    return {"attempts": decision["attempts"] + 1, "previous_owners": had_it(decision)}
