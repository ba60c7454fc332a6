"""Verdicts are carried out: each gives a new revision of the decision, and of the records that it changes."""

from __future__ import annotations

from dataclasses import dataclass

from app.pipeline.identified import subject_of
from app.pipeline.revision.corrections import corrected
from app.pipeline.revision.labels import label_of
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.routing import BY_PEOPLE, House, routed_of
from app.pipeline.revision.standing import stand_alone
from app.pipeline.revision.verdict import Refused, Verdict, objection, target_of


@dataclass(frozen=True, slots=True)
class Waits:
    """Something that it needs is not read yet."""


@dataclass(frozen=True, slots=True)
class Done:
    """What it came to."""

    what: str  # approved, rerouted, merged, unmerged


Answer = Done | Refused | Waits


def carry_out(verdict: Verdict, work: Work, house: House, *, settled: bool) -> Answer:
    """Do what a person says.

    Args:
        work: Gets what is to be said.
        settled: Nothing that stands on the topics now is still unread.
    """
    decision, held = work.decision(verdict.lead), work.newest(verdict.lead)
    if not settled and (decision is None or held is None):
        return Waits()
    refused = objection(verdict, decision.value if decision else None, house.teams)
    if refused is not None or decision is None:
        return refused or Refused("unknown_lead", f"no decision on {verdict.lead}")
    if held is None:
        return Refused("not_kept", f"the records of {verdict.lead} are older than the topics keep")
    if verdict.says == "unmerge":
        return Done(stand_alone(decision, held, work, house, verdict.by))
    if held.place != "review":
        return Refused("not_in_review", f"{verdict.lead} is not held for review") if settled else Waits()
    changed = Kept("review", corrected(held.value, verdict.corrections), held.headers)
    if verdict.says == "merge":
        return _merge(verdict, decision, changed, work, settled=settled)
    return _route(verdict, decision, changed, work, house)


def _route(verdict: Verdict, decision: Kept, held: Kept, work: Work, house: House) -> Answer:
    rerouted = verdict.says == "reroute" and verdict.team is not None
    team = str(verdict.team if rerouted else held.value["team"])
    rule = BY_PEOPLE if rerouted else str(held.value["rule"])
    work.say(Kept("routed", routed_of(held.value, team, rule, house.versions), held.headers))
    what = "rerouted" if rerouted else "approved"
    asked = decision.value["dedupe"] == "asked"
    changes = {"fate": "routed", "team": team, "rule": rule, "dedupe": "new" if asked else decision.value["dedupe"]}
    _decide(work, decision, verdict.by, what, **changes)
    if asked and (label := label_of(decision.value, same=False)):  # people have said that they are two
        work.labels.append(label)
    return Done(what)


def _merge(verdict: Verdict, decision: Kept, held: Kept, work: Work, *, settled: bool) -> Answer:
    target = target_of(verdict, decision.value)
    assert target is not None  # else there were an objection
    end = work.end(target)
    if end == verdict.lead:
        return Refused("itself", f"{target} is itself a duplicate of {verdict.lead}")
    theirs = work.decision(end)
    if work.newest(end) is None:
        return Refused("no_lead_to_merge_into", f"{end} is unknown, or older than the topics keep") if settled else Waits()
    work.say(Kept("duplicates", {**held.value, "duplicate_of": end, "duplicate_kind": "same_lead"}, held.headers))
    who = theirs.value["subject"] if theirs else None
    changes = {"fate": "duplicate", "dedupe": "merged", "duplicate_of": end, "duplicate_kind": "same_lead"}
    _decide(work, decision, verdict.by, "merged", **changes, subject=who or subject_of(end), team=None, rule=None)
    match = decision.value["match"]
    if match and work.end(match["of"]) == end and (label := label_of(decision.value, same=True)):
        work.labels.append(label)
    return Done("merged")


def _decide(work: Work, decision: Kept, by: str, why: str, **changes: object) -> None:
    work.decide(decision, revises=decision.value["fate"], revised_by=by, revised_why=why, **changes)
