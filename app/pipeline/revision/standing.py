"""A duplicate stands alone again: it is scored and routed as if it had never been one, and its original forgets it."""

from __future__ import annotations

from typing import Any

from app.pipeline.identified import subject_of
from app.pipeline.revision.form import ids
from app.pipeline.revision.knowledge import with_knowledge
from app.pipeline.revision.labels import label_of
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.routing import House, decided, lead_of, routed_of, scored
from app.pipeline.revision.unmerging import forgotten, without

WHAT = "unmerged"


def stand_alone(decision: Kept, duplicate: Kept, work: Work, house: House, by: str) -> str:
    """Take a duplicate out of its original; what was merged into it goes with it.

    It goes to a team and not to review: a person has just looked at it.
    """
    lead, end = duplicate.lead, work.end(duplicate.lead)
    _take_out(duplicate, work, lead, end)
    freed = {"duplicate_of": None, "duplicate_kind": None, "dedupe": "new", "match": None, "linked_to": None}
    freed |= {"fate": "routed", "subject": subject_of(lead)}
    if duplicate.place == "routed":  # it was with its team already when it was found to be a duplicate
        work.say(duplicate, merged_into=None, subject=subject_of(lead), linked_to=None)
    else:
        freed |= _routed(duplicate, work, house)
    work.decide(decision, revises=decision.value["fate"], revised_by=by, revised_why=WHAT, **freed)
    if decision.value["dedupe"] == "merged" and (label := label_of(decision.value, same=False)):
        work.labels.append(label)
    return WHAT


def _take_out(duplicate: Kept, work: Work, lead: str, end: str) -> None:
    """The original again, from its first revision and the duplicates that stay."""
    original = work.newest(end)
    if original is None or end == lead or lead not in ids(original.value):
        return  # it had added nothing, or there is nothing left to take it out of
    gone: Any = dict(duplicate.value)
    mine = {one.lead: one.value for one in map(work.newest, work.under(lead)) if one}
    for one in mine.values():
        if one["lead_id"] in ids(original.value):
            gone = with_knowledge(gone, one, always=True) or gone
    first = work.first(end)
    if first is None:
        after = forgotten(original.value, gone)
    else:
        others = [one.value for one in map(work.newest, work.under(end)) if one and one.lead not in mine]
        after = without(original.value, first.value, [*others, *mine.values()], gone)
    work.say(Kept(original.place, after, original.headers))


def _routed(duplicate: Kept, work: Work, house: House) -> dict[str, Any]:
    """To the team that the rules name now; what the decision says of that."""
    value = {**duplicate.value, "subject": subject_of(duplicate.lead), "linked_to": None}
    score, assigned = house.assess(lead_of(value))
    value = scored(value, score)
    work.say(Kept("routed", routed_of(value, assigned.team, assigned.rule, house.versions), duplicate.headers))
    return decided(score, assigned) | dict(house.versions)
