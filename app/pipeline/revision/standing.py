"""A duplicate stands alone again: it is scored and routed as if it had never been one, and its original forgets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.pipeline.identified import subject_of
from app.pipeline.revision.form import Value, ids
from app.pipeline.revision.knowledge import with_knowledge
from app.pipeline.revision.labels import label_of
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.releasing import to_team
from app.pipeline.revision.routing import House, decided, lead_of, rescored
from app.pipeline.revision.unmerging import forgotten, without

WHAT = "unmerged"


def stand_alone(decision: Kept, duplicate: Kept, work: Work, house: House, about: Mapping[str, Any]) -> str:
    """Take a duplicate out of its original; its own duplicates go with it.

    It goes to a team and not to review: a person has just looked at it.

    Args:
        about: What the decision says of the verdict.
    """
    lead, end = duplicate.lead, work.end(duplicate.lead)
    original = work.newest(end) if end != lead else None
    alone, under = _with_its_own(duplicate, original, work)
    if original is not None and lead in ids(original.value):  # else it had added nothing
        work.say(_taken_out(original, alone.value, [duplicate.value, *under], work))
    freed = {"duplicate_of": None, "duplicate_kind": None, "dedupe": "new", "match": None, "linked_to": None}
    freed |= {**about, "revised_why": WHAT, "fate": "routed", "subject": subject_of(lead)}
    if duplicate.place == "routed":  # it was with its team already when it was found to be a duplicate
        work.say(alone, merged_into=None, subject=subject_of(lead), linked_to=None)
        work.decide(decision, **freed)
    else:
        _routed(decision, alone, work, house, freed)
    if decision.value["dedupe"] == "merged" and (label := label_of(decision.value, same=False)):
        work.labels.append(label)
    return WHAT


def _with_its_own(duplicate: Kept, original: Kept | None, work: Work) -> tuple[Kept, list[Value]]:
    """The duplicate with what its own duplicates know, and those: they had told its original, and go with it."""
    merged = ids(original.value) if original is not None else []
    under = [kept.value for kept in map(work.newest, work.under(duplicate.lead)) if kept is not None]
    value = duplicate.value
    for one in under:
        value = with_knowledge(value, one, always=one["lead_id"] in merged) or value
    return Kept(duplicate.place, value, duplicate.headers), under


def _taken_out(original: Kept, gone: Value, leaving: Sequence[Value], work: Work) -> Kept:
    """The original again, from its first revision and the duplicates that stay.

    Args:
        gone: The duplicate with all that goes with it.
        leaving: It and its own duplicates, as they were merged.
    """
    first = work.first(original.lead)
    if first is None:
        return Kept(original.place, forgotten(original.value, gone), original.headers)
    names, merged = {one["lead_id"] for one in leaving}, ids(original.value)
    others = [kept.value for kept in map(work.newest, work.under(original.lead)) if kept and kept.lead not in names]
    told = [one for one in leaving if one["lead_id"] in merged]
    after = without(original.value, first.value, [*others, *told], gone)
    return Kept(original.place, after, original.headers)


def _routed(decision: Kept, duplicate: Kept, work: Work, house: House, freed: Mapping[str, Any]) -> None:
    """To the team that the rules name now."""
    value = {**duplicate.value, "subject": freed["subject"], "linked_to": None}
    to = house.assess(lead_of(value), {**decision.value, **freed})
    alone = Kept("review", rescored(value, to), duplicate.headers)
    to_team(decision, alone, work, house, {**freed, **house.versions, **decided(to)})
