"""What leaves a field doubtful: somebody or something else in the payload that could be meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.pipeline.ladder.leaf import Leaf
from app.pipeline.ladder.offers import A_PERSON, NOT_SO_SURE, OF_A_PERSON, Assigned, Offer, is_of_a_thing, where
from app.pipeline.ladder.surroundings import is_a_place, is_of_a_user, is_the_leads

_RIVAL = 0.03  # as sure as the winner, or nearly
_ANOTHER = 0.12  # less sure than the winner, and still another person
_REACHED = ("email", "phone", "full_name")  # by which one tells a person from another
_OF_A_PLACE = ("company", "street", "city", "region", "postcode", "country")


def has_rival(winner: Offer, offers: Sequence[Offer], leaves: Sequence[Leaf]) -> bool:
    """Whether another part of the payload says something else of the same field, and is as near and as sure."""
    return any(
        one.candidate.field == winner.candidate.field
        and one.leaf != winner.leaf
        and one.place != winner.place
        and one.weight > winner.weight - _RIVAL
        and len(one.place) <= len(winner.place)
        and leaves[one.leaf].value != leaves[winner.leaf].value
        for one in offers
    )


def has_another(winner: Offer, offers: Sequence[Offer], leaves: Sequence[Leaf]) -> bool:
    """Whether anything else could be that field and says something else."""
    return any(
        one.candidate.field == winner.candidate.field
        and one.leaf != winner.leaf
        and leaves[one.leaf].value != leaves[winner.leaf].value
        for one in offers
    )


def is_one_of_many(winner: Offer, offers: Sequence[Offer], leaves: Sequence[Leaf]) -> bool:
    """Whether it is one message of a conversation: whose, its neighbours would have to tell."""
    return any(
        one.candidate.field == winner.candidate.field
        and one.place == winner.place
        and leaves[one.leaf].label == leaves[winner.leaf].label
        and leaves[one.leaf].value != leaves[winner.leaf].value
        for one in offers
    )


def is_anybodys(winner: Offer, offers: Sequence[Offer], leaves: Sequence[Leaf], own: Sequence[bool]) -> bool:
    """Whether it is a person's, does not say whose, and the payload has another person: an agent, a seller, a colleague."""
    return (
        winner.candidate.field in OF_A_PERSON
        and not own[winner.leaf]
        and any(
            one.candidate.field == winner.candidate.field
            and one.place != winner.place
            and one.weight > winner.weight - _ANOTHER
            and leaves[one.leaf].value != leaves[winner.leaf].value
            for one in offers
        )
    )


def doubt_others(chosen: dict[str, Assigned], offers: Sequence[Offer], leaves: Sequence[Leaf], certain_from: float) -> None:
    """What lies in another person's record (an agent's language, a user's country) is not certain to be the lead's."""
    sure = {one.candidate.field for one in offers if one.candidate.confidence >= certain_from}
    taken = {field: leaves[chosen[field].leaf] for field in _REACHED if field in chosen and field in sure}
    homes = {where(leaf) for leaf in taken.values()}
    others = {
        one.place
        for one in offers
        if one.candidate.field in taken
        and one.candidate.confidence >= A_PERSON
        and leaves[one.leaf].value != taken[one.candidate.field].value
        and one.place
        and not any(home[: len(one.place)] == one.place for home in homes)
    }
    for field, one in list(chosen.items()) if others else ():
        place = where(leaves[one.leaf])
        if one.confidence >= certain_from and any(place[: len(other)] == other for other in others):
            chosen[field] = replace(one, confidence=certain_from * NOT_SO_SURE)


def doubt_apart(chosen: dict[str, Assigned], leaves: Sequence[Leaf], own: Sequence[bool], certain_from: float) -> None:
    """A company or a place that stands apart from the person (`practice.zip`, `adsInfo.city`) may be anybody's."""
    known = next((chosen[field] for field in _REACHED if field in chosen), None)
    if known is None:
        return
    home = where(leaves[known.leaf])
    names = {where(leaves[chosen[field].leaf]) for field in ("first_name", "last_name", "full_name") if field in chosen}
    for field in ("email", "phone"):
        one = chosen.get(field)
        if one is None or one.confidence < certain_from or not is_of_a_user(leaves[one.leaf].context):
            continue
        if names - {where(leaves[one.leaf])}:  # the records' keeper, and another's name
            chosen[field] = replace(one, confidence=certain_from * NOT_SO_SURE)
    prefixed = sum(mine and is_the_leads(leaf.label, ()) for leaf, mine in zip(leaves, own, strict=True)) > 1
    for field in _OF_A_PLACE:
        one = chosen.get(field)
        if one is None or one.confidence < certain_from or own[one.leaf]:
            continue
        leaf = leaves[one.leaf]
        place = where(leaf)
        apart = place[: len(home)] != home and home[: len(place)] != place and not is_a_place(leaf.context)
        beside = len(place) > len(home) and is_of_a_thing(leaf)
        if apart or beside or (prefixed and field == "company"):
            chosen[field] = replace(one, confidence=certain_from * NOT_SO_SURE)
