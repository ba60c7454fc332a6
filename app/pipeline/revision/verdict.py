"""What is said about a lead after its first fate, and whether it can be done. `leadstream verdict` asks the same question before
it says it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final, Literal

from app.pipeline.revision.form import Value

Refusal = Literal[
    "unknown_lead",
    "not_in_review",  # neither held nor rejected
    "not_routed",
    "not_a_duplicate",
    "nothing_to_retry",  # it is with a team, and nothing was missing when it was decided
    "no_such_team",
    "no_such_member",
    "already_there",
    "no_lead_to_merge_into",
    "itself",
    "not_kept",  # its records are older than the topics keep
    "not_supported",
    "repeated",  # this verdict was carried out already
    "needs_another",  # the same reviewer again, where two have to agree
    "suppressed",  # the person does not want to be contacted
    "no_consent",
    "consent_expired",
]
WORDS: Final = ("approve", "reroute", "reassign", "reject", "retry", "merge", "unmerge")
MACHINES: Final = frozenset({"steward"})  # who says verdicts and is no person: needs no second, teaches nothing
_ON: Final[Mapping[str, frozenset[str]]] = {  # verdict → fates on which it can be carried out
    "approve": frozenset({"review", "rejected"}),
    "reroute": frozenset({"review", "rejected", "routed"}),
    "reassign": frozenset({"routed"}),
    "reject": frozenset({"review"}),
    "retry": frozenset({"review", "routed"}),
    "merge": frozenset({"review"}),
    "unmerge": frozenset({"duplicate"}),
}
_ID: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
_CODE: Final = re.compile(r"[a-z][a-z0-9_-]{0,40}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """As schemas/verdict has it.

    Attributes:
        says: One of `WORDS`; whatever else somebody sent.
        by: A role or user id; `steward` where the clock said it.
        id: Names it: the same verdict again has the same. Empty: each counts.
        owner: Member who is to get it; None: whoever's turn it is.
        why: Code of the reason; anything else that was sent here is left out, for it stands in decisions.
    """

    lead: str
    says: str
    by: str
    at_ms: int
    team: str | None = None
    into: str | None = None
    corrections: dict[str, str] = field(default_factory=dict)
    id: str = ""
    owner: str | None = None
    why: str | None = None

    @property
    def human(self) -> bool:
        """Whether a person says it."""
        return self.by not in MACHINES


@dataclass(frozen=True, slots=True)
class Refused:
    """It cannot be done.

    Attributes:
        why: In a sentence, for whoever said it.
    """

    code: Refusal
    why: str


def read(value: Value, where: str = "") -> Verdict:
    """A record of the topic.

    Args:
        where: Names the record, so that one that is read again counts once where the sender gave no id.
    """
    told: dict[str, Any] = dict(value["corrections"])
    said = (value["lead_id"], value["decision"], value["reviewer"], value["decided_at"], value["team"], value["duplicate_of"])
    number = named(value["verdict_id"]) if value["verdict_id"] else f"{where}:{value['decided_at']}"
    return Verdict(*said, told, number, value["owner"], code(value["why"]))


def named(number: str) -> str:
    """A sender's id of a verdict as decisions name it: as it is; a digest of one that is long, or could be somebody's address."""
    return number if _ID.fullmatch(number) else blake2b(number.encode("utf-8", "replace"), digest_size=16).hexdigest()


def code(text: str | None) -> str | None:
    """A reason as a code; None for free text, which could hold personal data."""
    return text if text and _CODE.fullmatch(text) else None


def target_of(verdict: Verdict, decision: Value) -> str | None:
    """The lead to merge into: the one that is named, else the one that this lead was held for."""
    return verdict.into or (decision["match"] or {}).get("of")


def team_of(verdict: Verdict, decision: Value) -> str | None:
    """The team that it sends the lead to: the one that is named, else the proposed one."""
    return verdict.team if verdict.says == "reroute" else decision["team"]


def objection(
    verdict: Verdict, decision: Value | None, teams: Collection[str], members: Mapping[str, Collection[str]] | None = None
) -> Refused | None:
    """Why it cannot be done, by the lead's newest decision; None where nothing is said against it.

    Args:
        teams: Slugs of those that there are.
        members: Team → names of its members; None: not known here.
    """
    lead = verdict.lead
    if verdict.says not in _ON:
        return Refused("not_supported", f"no such verdict: {verdict.says!r}; leadstream knows {', '.join(WORDS)}")
    if decision is None:
        return Refused("unknown_lead", f"no decision on {lead}: unknown, or older than the topics keep")
    if verdict.id and verdict.id in decision["verdict_ids"]:
        return Refused("repeated", f"this verdict on {lead} was carried out already")
    fate = decision["fate"]
    if fate not in _ON[verdict.says]:
        return _not_there(verdict, fate)
    match verdict.says:
        case "merge":
            return _into(verdict, decision)
        case "approve" | "reroute":
            return _to(verdict, decision, teams) or _member(verdict.owner, team_of(verdict, decision), members)
        case "reassign":
            if verdict.owner is not None and verdict.owner == decision["owner"]:
                return Refused("already_there", f"{lead} is with {verdict.owner} already")
            return _member(verdict.owner, decision["team"], members)
        case "retry" if fate == "routed" and not decision["fallbacks"]:
            return Refused("nothing_to_retry", f"{lead} is with {decision['team']}, and nothing was missing when it was decided")
    return None


def _not_there(verdict: Verdict, fate: str) -> Refused:
    lead = f"{verdict.lead} is {_told(fate)}"
    match verdict.says:
        case "unmerge":
            return Refused("not_a_duplicate", f"{lead}, not a duplicate")
        case "reassign":
            return Refused("not_routed", f"{lead}, not with a team")
        case _:
            return Refused("not_in_review", f"{lead}, not held for review")


def _into(verdict: Verdict, decision: Value) -> Refused | None:
    target = target_of(verdict, decision)
    if target is None:
        return Refused("no_lead_to_merge_into", f"{verdict.lead} was not held for another lead: name the one to merge it into")
    return Refused("itself", f"{verdict.lead} cannot be merged into itself") if target == verdict.lead else None


def _to(verdict: Verdict, decision: Value, teams: Collection[str]) -> Refused | None:
    team = team_of(verdict, decision)
    if team not in teams:
        return Refused("no_such_team", f"no team {team!r}; there are: {', '.join(sorted(teams))}")
    if decision["fate"] == "routed" and team == decision["team"]:
        return Refused("already_there", f"{verdict.lead} is with {team} already; reassign gives it to another of its members")
    return None


def _member(owner: str | None, team: str | None, members: Mapping[str, Collection[str]] | None) -> Refused | None:
    there = () if members is None or team is None else members.get(team, ())
    if owner is None or members is None or owner in there:
        return None
    return Refused("no_such_member", f"{team} has no member {owner!r}; there are: {', '.join(sorted(there)) or 'none'}")


def _told(fate: str) -> str:
    match fate:
        case "dead_letter":
            return "a dead letter"
        case "duplicate":
            return "a duplicate"
        case "review":
            return "held for review"
        case _:
            return fate
