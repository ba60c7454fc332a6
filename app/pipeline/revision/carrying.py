"""Verdicts are carried out: each gives a new revision of the decision, and of the records that it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from app.pipeline.identified import subject_of
from app.pipeline.revision.corrections import corrected
from app.pipeline.revision.labels import label_of
from app.pipeline.revision.mapping_said import said_of_mapping
from app.pipeline.revision.moving import reassign, reroute
from app.pipeline.revision.owners import UNOWNED
from app.pipeline.revision.records import Kept, Place, Work
from app.pipeline.revision.rejecting import reject
from app.pipeline.revision.releasing import release
from app.pipeline.revision.retrying import retry
from app.pipeline.revision.routing import House
from app.pipeline.revision.seconding import Awaited, agreement, awaited, write_down
from app.pipeline.revision.standing import stand_alone
from app.pipeline.revision.verdict import Refused, Verdict, objection, target_of, team_of

_IDS: Final = 16  # verdicts that a decision names
_PASSES_ON: Final = frozenset({"approve", "reroute", "reassign", "retry"})  # to people who contact people
_PLACES: Final[dict[str, Place]] = {"review": "review", "rejected": "rejected", "routed": "routed"}


@dataclass(frozen=True, slots=True)
class Waits:
    """Something that it needs is not read yet."""


@dataclass(frozen=True, slots=True)
class Done:
    """What it came to."""

    what: str  # approved, rerouted, reassigned, rejected, retried, merged, unmerged, awaits_second


Answer = Done | Refused | Waits


def carry_out(verdict: Verdict, work: Work, house: House, *, settled: bool) -> Answer:
    """Do what a verdict says.

    Args:
        work: Gets what is to be said.
        settled: Nothing that stands on the topics now is still unread.
    """
    if verdict.lead in work.decided:
        return Waits()  # each verdict gives a revision of its own
    decision, stands = work.decision(verdict.lead), work.newest(verdict.lead)
    if not settled and (decision is None or stands is None):
        return Waits()
    refused = objection(verdict, decision.value if decision else None, house.teams, house.members)
    if refused is not None or decision is None:
        return refused or Refused("unknown_lead", f"no decision on {verdict.lead}")
    if stands is None:
        return Refused("not_kept", f"the records of {verdict.lead} are older than the topics keep")
    if verdict.says == "unmerge":
        return Done(stand_alone(decision, stands, work, house, _about(verdict, decision)))
    if stands.place != _PLACES[decision.value["fate"]]:
        return Refused("not_kept", f"{verdict.lead} does not stand where its decision says") if settled else Waits()
    changed = Kept(stands.place, corrected(stands.value, verdict.corrections), stands.headers)
    if verdict.says in _PASSES_ON and (why := house.withheld(changed.value, _to_team(verdict, decision))) is not None:
        return Refused(*why)
    if stands.place == "routed":
        return Done(_on_routed(verdict, decision, changed, work, house))
    return _on_held(verdict, decision, stands, changed, work, house, settled=settled)


def _to_team(verdict: Verdict, decision: Kept) -> str | None:
    """Who would have the lead; None where that is found out anew, by rules that heed consent themselves."""
    return None if verdict.says == "retry" else team_of(verdict, decision.value)


def _on_routed(verdict: Verdict, decision: Kept, changed: Kept, work: Work, house: House) -> str:
    about = _about(verdict, decision)
    match verdict.says:
        case "reroute":
            return reroute(verdict, decision, changed, work, house, about)
        case "reassign":
            return reassign(verdict, decision, changed, work, house, about)
        case _:
            return retry(decision, changed, work, house, about)


def _on_held(verdict: Verdict, decision: Kept, stands: Kept, changed: Kept, work: Work, house: House, *, settled: bool) -> Answer:
    about, corrects = _about(verdict, decision), changed.value != stands.value
    if verdict.says == "retry":
        return Done(retry(decision, changed, work, house, about))
    eyes = agreement(verdict, decision.value, stands, house.four_eyes, corrects=corrects)
    if isinstance(eyes, Refused):
        return eyes
    if isinstance(eyes, Awaited):
        write_down(eyes, decision, stands, changed if corrects else None, work, **about)
        return Done("awaits_second")
    about["approvals"] = list(eyes.approvals)
    if verdict.human:
        about["agreed"] = _agreed(verdict, decision, corrects=corrects)
    match verdict.says:
        case "merge":
            return _merge(verdict, decision, changed, work, about, settled=settled)
        case "reject":
            return Done(reject(verdict, decision, changed, work, house, about))
        case _:
            if verdict.human:
                said = said_of_mapping(verdict, decision.value, stands.value, house)
                about["corrected"] = [*decision.value["corrected"], *said]
            return Done(release(verdict, decision, changed, work, house, about))


def _about(verdict: Verdict, decision: Kept) -> dict[str, Any]:
    """What the decision says of the verdict itself."""
    ids = [*decision.value["verdict_ids"], verdict.id] if verdict.id else decision.value["verdict_ids"]
    return {"revises": decision.value["fate"], "revised_by": verdict.by, "verdict_ids": ids[-_IDS:]}


def _agreed(verdict: Verdict, decision: Kept, *, corrects: bool) -> bool:
    """Whether everything stays as the machine proposed it; what a first person corrected counts, too."""
    value = decision.value
    if corrects or (awaited(value) is not None and value["agreed"] is False):
        return False
    return verdict.says == "approve" or (verdict.says == "reroute" and verdict.team == value["team"])


def _merge(verdict: Verdict, decision: Kept, changed: Kept, work: Work, about: dict[str, Any], *, settled: bool) -> Answer:
    target = target_of(verdict, decision.value)
    assert target is not None  # else there were an objection
    end = work.end(target)
    if end == verdict.lead:
        return Refused("itself", f"{target} is itself a duplicate of {verdict.lead}")
    theirs = work.decision(end)
    if work.newest(end) is None:
        return Refused("no_lead_to_merge_into", f"{end} is unknown, or older than the topics keep") if settled else Waits()
    work.say(Kept("duplicates", {**changed.value, "duplicate_of": end, "duplicate_kind": "same_lead"}, changed.headers))
    who = theirs.value["subject"] if theirs else None
    changes: dict[str, Any] = {"fate": "duplicate", "dedupe": "merged", "duplicate_of": end, "duplicate_kind": "same_lead"}
    changes |= {"revised_why": "merged", "subject": who or subject_of(end), "team": None, "rule": None}
    work.decide(decision, **{**about, **changes, **UNOWNED})
    match = decision.value["match"]
    if verdict.human and match and work.end(match["of"]) == end and (label := label_of(decision.value, same=True)):
        work.labels.append(label)
    return Done("merged")
