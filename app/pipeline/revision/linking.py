"""What a revised decision says to the match index."""

from __future__ import annotations

from app.match_index import Link
from app.pipeline.revision.form import Value

_RELEASED = frozenset({"approved", "rerouted"})


def links_of(decision: Value) -> list[Link]:
    """How its lead belongs to others from now on. Telling them again changes nothing."""
    lead, match = decision["lead_id"], decision["match"]
    if decision["revised_why"] == "unmerged" or _told_apart(decision):
        return [Link(lead, None)]
    if decision["duplicate_of"] is not None:
        links = [] if decision["duplicate_kind"] == "same_event" else [Link(lead, decision["duplicate_of"])]
    else:
        links = [Link(lead, match["root"], same=False)] if decision["linked_to"] is not None and match else []
    for other in match["joined"] if links and match else ():
        links += (Link(match["root"], other, same=False), Link(other, match["root"], same=False))
    return links


def _told_apart(decision: Value) -> bool:
    """Whether somebody let a lead through that was held, and it is not the person that it was compared with."""
    released = decision["revised_why"] in _RELEASED and decision["revises"] != "routed"
    return released and decision["match"] is not None and decision["dedupe"] == "new"
