"""A lead that people held, or rejected, goes to a team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.pipeline.revision.labels import label_of
from app.pipeline.revision.owners import members_of, owned
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.rejecting import brought_back
from app.pipeline.revision.routing import BY_PEOPLE, House, routed_of
from app.pipeline.revision.verdict import Verdict, team_of


def release(verdict: Verdict, decision: Kept, held: Kept, work: Work, house: House, about: Mapping[str, Any]) -> str:
    """To the proposed team, or the one that the verdict names; what it is called.

    Args:
        held: With corrections.
        about: What the decision says of the verdict.
    """
    what, rule = ("rerouted", BY_PEOPLE) if verdict.says == "reroute" else ("approved", str(held.value["rule"]))
    apart = verdict.human and decision.value["dedupe"] == "asked"  # people have said that they are two
    changes = {**about, "revised_why": what, "team": team_of(verdict, decision.value), "rule": rule}
    if apart:
        changes["dedupe"] = "new"
    if decision.value["fate"] == "rejected":
        changes["rejected_why"] = None
        work.outcomes[verdict.lead] = brought_back(verdict, house)
    to_team(decision, held, work, house, changes, named=verdict.owner)
    if apart and (label := label_of(decision.value, same=False)):
        work.labels.append(label)
    return what


def to_team(
    decision: Kept, held: Kept, work: Work, house: House, changes: Mapping[str, Any], *, named: str | None = None
) -> None:
    """Put a lead in the form of the review topic out to a team, and ask its desk.

    Args:
        changes: Of the decision; `team` and `rule` among them.
        named: The member that a person chose.
    """
    after = {**decision.value, **changes}
    team, rule = str(after["team"]), str(after["rule"])
    own = owned(house, {**held.value, "rule": rule}, team, passed_over=members_of(decision.value), named=named)
    versions = {name: changes.get(name, now) for name, now in house.versions.items()}
    work.say(Kept("routed", routed_of(held.value, team, rule, versions, own.told()), held.headers))
    work.decide(decision, **{**changes, "fate": "routed", **own.decided(after["fallbacks"])})
