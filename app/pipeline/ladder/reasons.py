"""Certainty needs a reason: where a payload has several people, companies or places, only what is the lead's own stays certain.

What the doubts (doubts.py) ask of a leaf and its rivals is asked here of the objects that they stand in: whether the one with the
company, the city or the name in it is the one with the person, or one that a stranger could fill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from app.pipeline.ladder.leaf import Leaf
from app.pipeline.ladder.lexicon import lexicon
from app.pipeline.ladder.offers import NOT_SO_SURE, Assigned, Offer, where
from app.pipeline.ladder.surroundings import Around, around, goes_with_a_parcel, is_a_place, is_of_something, parts

_REACHED: Final = ("email", "phone", "full_name", "first_name", "last_name")
_OF_A_PLACE: Final = ("street", "city", "region", "postcode", "country")
_ANOTHER: Final = 0.80  # so sure of the same field, and it is another's
_OF_A_THING: Final = ("interest", "page_url", "budget", "customer_id")
_REMARKS: Final = frozenset({"comment", "comments", "note", "notes", "remark", "remarks"})
_HAPPENINGS: Final = frozenset(
    {"event", "venue", "session", "webinar", "meeting", "appointment", "booking", "reservation", "visit"}
)

Place = tuple[str, ...]


def doubt_without_reason(
    chosen: dict[str, Assigned], offers: Sequence[Offer], leaves: Sequence[Leaf], own: Sequence[bool], certain_from: float
) -> None:
    """Lowers what stands with nobody, above everybody, or beside an equal of its own."""
    homes = [_home(leaves[chosen[field].leaf]) for field in _REACHED if field in chosen]
    for field, one in list(chosen.items()):
        if one.confidence < certain_from or own[one.leaf]:
            continue
        leaf = leaves[one.leaf]
        if _is_doubtful(field, leaf, homes) or (field in _OF_A_PLACE and _has_equal(field, one.leaf, offers, leaves, homes)):
            chosen[field] = replace(one, confidence=certain_from * NOT_SO_SURE)


def _is_doubtful(field: str, leaf: Leaf, homes: Sequence[Place]) -> bool:
    place = _home(leaf)
    if field == "company" or field in _OF_A_PLACE:
        return (_is_above(place, homes) and not is_a_place(leaf.context)) or _is_of_a_happening(place, homes)
    if field in _OF_A_THING or (field == "message" and not _REMARKS.isdisjoint(parts(leaf.label)[-1:])):
        return is_of_something(leaf.context) and "=" not in leaf.path
    return False


def _is_above(place: Place, homes: Sequence[Place]) -> bool:
    """`company` beside an `applicant`: whoever runs the system is told there, too."""
    return bool(homes) and all(len(home) > len(place) and home[: len(place)] == place for home in homes)


def _is_of_a_happening(place: Place, homes: Sequence[Place]) -> bool:
    """Where an event takes place, and who holds it."""
    return any(
        not _HAPPENINGS.isdisjoint(parts(name)[-1:]) and all(home[: n + 1] != place[: n + 1] for home in homes)
        for n, name in enumerate(place)
    )


def _has_equal(field: str, winner: int, offers: Sequence[Offer], leaves: Sequence[Leaf], homes: Sequence[Place]) -> bool:
    """Whether another object, as near to the person, says something else of the same; where goods go does not count."""
    home, its = where(leaves[winner]), _home(leaves[winner])
    if its and its in homes:
        return False
    beside = its in homes
    return any(
        one.candidate.field == field
        and one.leaf != winner
        and one.place != home
        and one.candidate.confidence >= _ANOTHER
        and leaves[one.leaf].value != leaves[winner].value
        and (not beside or _home(leaves[one.leaf]) in homes)
        and not goes_with_a_parcel(leaves[one.leaf].label, leaves[one.leaf].context)
        for one in offers
    )


def _home(leaf: Leaf) -> Place:
    """The objects around a leaf that mean something: no envelope, no list of answers, and no address."""
    return tuple(name for name in where(leaf) if not _is_idle(name))


@lru_cache(maxsize=4096)
def _is_idle(name: str) -> bool:
    book, found = lexicon().words, [word for word in parts(name) if not word.isdigit()]
    if found and found[-1] in book["container"] and around((name,))[0] in (Around.NOTHING, Around.EVENT):
        return True  # `additional_fields`, `form_data`
    return (book["container"] | book["plumbing"] | book["filler"] | book["noise"] | book["place"]).issuperset(found)
