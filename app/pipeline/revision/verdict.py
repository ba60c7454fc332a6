"""What people say about a lead, and whether it can be done. `leadstream verdict` asks the same question before it says it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from app.pipeline.revision.form import Value

Refusal = Literal[
    "unknown_lead",
    "not_in_review",
    "not_a_duplicate",
    "no_such_team",
    "no_lead_to_merge_into",
    "itself",
    "not_kept",  # its records are older than the topics keep
    "not_supported",
]
REVIEWED: Final = ("merge", "approve", "reroute")  # verdicts on leads that are held for people


@dataclass(frozen=True, slots=True)
class Verdict:
    """As schemas/verdict has it.

    Attributes:
        says: merge, approve, reroute, unmerge; whatever else somebody sent.
        by: A role or user id.
    """

    lead: str
    says: str
    by: str
    at_ms: int
    team: str | None = None
    into: str | None = None
    corrections: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """It cannot be done.

    Attributes:
        why: In a sentence, for whoever said it.
    """

    code: Refusal
    why: str


def read(value: Value) -> Verdict:
    """A record of the topic."""
    told: dict[str, Any] = dict(value["corrections"])
    said = (value["lead_id"], value["decision"], value["reviewer"], value["decided_at"], value["team"], value["duplicate_of"])
    return Verdict(*said, corrections=told)


def target_of(verdict: Verdict, decision: Value) -> str | None:
    """The lead to merge into: the one that is named, else the one that this lead was held for."""
    return verdict.into or (decision["match"] or {}).get("of")


def objection(verdict: Verdict, decision: Value | None, teams: Collection[str]) -> Refused | None:
    """Why it cannot be done, by the lead's newest decision; None where nothing is said against it."""
    lead = verdict.lead
    if verdict.says not in (*REVIEWED, "unmerge"):
        why = f"{verdict.says!r} is not carried out yet: it stays held" if verdict.says == "reject" else "no such verdict"
        return Refused("not_supported", f"{why}; leadstream knows merge, approve, reroute and unmerge")
    if decision is None:
        return Refused("unknown_lead", f"no decision on {lead}: unknown, or older than the topics keep")
    fate = decision["fate"]
    if verdict.says == "unmerge":
        return None if fate == "duplicate" else Refused("not_a_duplicate", f"{lead} is {_told(fate)}, not a duplicate")
    if fate != "review":
        return Refused("not_in_review", f"{lead} is {_told(fate)}, not held for review")
    if verdict.says == "merge":
        target = target_of(verdict, decision)
        if target is None:
            return Refused("no_lead_to_merge_into", f"{lead} was not held for another lead: name the one to merge it into")
        return Refused("itself", f"{lead} cannot be merged into itself") if target == lead else None
    team = verdict.team if verdict.says == "reroute" else decision["team"]
    if team not in teams:
        return Refused("no_such_team", f"no team {team!r}; there are: {', '.join(sorted(teams))}")
    return None


def _told(fate: str) -> str:
    return "a dead letter" if fate == "dead_letter" else "a duplicate" if fate == "duplicate" else fate
