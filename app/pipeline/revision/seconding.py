"""Where two have to agree (review.yaml, `four_eyes`): the first verdict is written down, the second one carries it out.

The first one's corrections are made at once, so that the second person sees what goes out. Who corrects anything says something
else than the first did, and the first has to say it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.pipeline.checkpoints import FourEyes
from app.pipeline.revision.form import Value
from app.pipeline.revision.four_eyes import second_wanted
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.verdict import Refused, Verdict, target_of, team_of

AWAITS: Final = "awaits_second"
Approval = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Agreed:
    """It may be carried out.

    Attributes:
        approvals: What both said; empty where one is enough.
    """

    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class Awaited:
    """A second person has to say the same.

    Attributes:
        approvals: What the first said.
    """

    approvals: tuple[Approval, ...]


def agreement(verdict: Verdict, decision: Value, held: Kept, rules: FourEyes, *, corrects: bool) -> Agreed | Awaited | Refused:
    """Whether the verdict may be carried out.

    Args:
        held: The lead as it stands.
        corrects: It changes fields of the lead.
    """
    if not verdict.human or second_wanted(rules, held.value, decision, verdict.says) is None:
        return Agreed()
    first, own = awaited(decision), _told(verdict, decision)
    if first is None or corrects or _what(first) != _what(own):
        return Awaited((own,))
    return said_before(verdict, decision) or Agreed((first, own))


def said_before(verdict: Verdict, decision: Value) -> Refused | None:
    """Where the same person said the same already, and nobody else did; nothing of corrections."""
    first = awaited(decision)
    if first is None or first["by"] != verdict.by or _what(first) != _what(_told(verdict, decision)):
        return None
    return Refused("needs_another", f"{verdict.by} has said so of {verdict.lead}; another person has to say the same")


def awaited(decision: Value) -> Approval | None:
    """What a first person said, where a second is waited for. Once a verdict is carried out, both stand there."""
    approvals = decision["approvals"]
    return approvals[0] if len(approvals) == 1 else None


def write_down(awaits: Awaited, decision: Kept, held: Kept, changed: Kept | None, work: Work, **about: Any) -> None:
    """The first one's verdict: the lead stays where it is.

    Args:
        changed: The lead with the first one's corrections; None: there are none.
        about: What else the decision says of the verdict.
    """
    if changed is not None:
        work.say(changed)
    disagrees = changed is not None or (awaited(decision.value) is not None and decision.value["agreed"] is False)
    told = {"approvals": list(awaits.approvals), "agreed": False if disagrees else None}
    work.decide(decision, revised_why=AWAITS, **told, **about)


def _told(verdict: Verdict, decision: Value) -> Approval:
    says, team = verdict.says, None
    if says in ("approve", "reroute"):
        team = team_of(verdict, decision)
    elif says == "merge":
        says = f"merge {target_of(verdict, decision)}"
    return {"by": verdict.by, "says": says, "team": team, "at": verdict.at_ms}


def _what(one: Approval) -> tuple[str, str | None]:
    """Approve, and reroute to the proposed team, are the same."""
    return ("approve" if one["says"] == "reroute" else one["says"]), one["team"]
