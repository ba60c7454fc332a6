"""A duplicate's knowledge goes to the lead that it is a duplicate of."""

from __future__ import annotations

from typing import Literal

from app.pipeline.revision.form import ids
from app.pipeline.revision.knowledge import with_knowledge
from app.pipeline.revision.records import Kept, Work

Learned = Literal[
    "learned",
    "nothing",  # it adds nothing, or did already
    "same_event",  # the same event again: nothing to learn from it
    "alone",  # it is no duplicate any more
    "waits",  # its original is not there yet
    "gone",  # … and will not come: it is no longer kept, or never became a lead
]


def learn(work: Work, newcomer: Kept, *, settled: bool) -> Learned:
    """Merge a duplicate into its original, which is said again where it learns something.

    Args:
        newcomer: A record that says whose duplicate it is.
        settled: Nothing that stands on the topics now is still unread: what is not there will not be found.
    """
    if _same_event(work, newcomer):
        return "same_event"
    if work.duplicate_of(newcomer.lead) is None:
        return "alone"
    end = work.end(newcomer.lead)
    original = work.newest(end)
    if original is None:
        return _missing(work, end, settled=settled)
    if original.duplicate_of is not None or newcomer.lead in ids(original.value):
        return "nothing"  # a circle, or merged before
    after = with_knowledge(original.value, newcomer.value)
    if after is None:
        return "nothing"
    work.say(Kept(original.place, after, original.headers))
    return "learned"


def _missing(work: Work, lead: str, *, settled: bool) -> Learned:
    decision = work.decision(lead)
    if decision is not None and (settled or decision.value["fate"] == "dead_letter"):
        return "gone"
    return "waits"


def _same_event(work: Work, newcomer: Kept) -> bool:
    if newcomer.place == "duplicates":
        return bool(newcomer.value["duplicate_kind"] != "same_lead")
    decision = work.decision(newcomer.lead)
    return decision is not None and decision.value["duplicate_kind"] == "same_event"
