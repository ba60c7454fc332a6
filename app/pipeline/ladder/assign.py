"""Which leaf becomes which field: one leaf per field, one field per leaf, people's parts kept together."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.pipeline.ladder.doubts import doubt_apart, doubt_others, has_another, has_rival, is_anybodys, is_one_of_many
from app.pipeline.ladder.leaf import Candidate, Leaf
from app.pipeline.ladder.offers import A_PERSON, NOT_SO_SURE, OF_A_PERSON, Assigned, Offer, is_of_a_thing, nearness, where
from app.pipeline.ladder.reasons import doubt_without_reason
from app.pipeline.ladder.surroundings import goes_with_a_parcel, is_of_a_user, is_the_leads
from app.pipeline.ladder.together import keep_together, settle_names

__all__ = ["CONTACT", "Assigned", "assign"]

CONTACT = frozenset(
    {
        "email",
        "phone",
        "full_name",
        "first_name",
        "last_name",
        "company",
        "city",
        "postcode",
        "country",
        "message",
        "occurred_at",
    }
)
_NEAR = 0.04  # what standing beside the person's address adds, at most
_OWN = 0.03  # what a name adds that says whose it is (`customer_phone`)
_UTC = 0.05  # of two times that are twins, the one that tells its zone


def assign(
    leaves: Sequence[Leaf],
    weighed: Sequence[Sequence[Candidate]],
    taken: Collection[str],
    certain_from: float,
    plausible_from: float,
    *,
    kept: bool = False,
    spoken: Collection[tuple[str, ...]] = (),
) -> list[Assigned]:
    """Greedy by weight: what is surest chooses first.

    Args:
        leaves: The payload's.
        weighed: For each leaf what it could be, likeliest first.
        taken: Fields that are filled already.
        certain_from: A field with an equal rival elsewhere stays below this.
        plausible_from: What is less sure is not assigned.
        kept: Whether the payload is a record that staff keep.
        spoken: Objects that tell who speaks in them.
    """
    own = _own(leaves, weighed)
    named = list(zip(leaves, weighed, strict=True))
    parcels = [bool(some) and goes_with_a_parcel(leaf.label, leaf.context) for leaf, some in named]
    whose = [
        mine - (bool(some) and (is_of_a_user(leaf.context) or is_of_a_thing(leaf))) - parcel
        for (leaf, some), mine, parcel in zip(named, own, parcels, strict=True)
    ]
    home = _home(leaves, weighed, whose)
    offers = [
        Offer(
            n,
            one,
            place,
            one.confidence + _NEAR * nearness(place, home) + _UTC * _tells_zone(leaves[n]) + _OWN * whose[n],
        )
        for n, candidates in enumerate(weighed)
        if candidates
        for place in (where(leaves[n]),)
        for one in candidates
        if one.field not in taken and one.confidence >= plausible_from
    ]
    offers.sort(key=lambda offer: (-offer.weight, len(offer.place), offer.leaf))
    used: set[int] = set()
    chosen: dict[str, Assigned] = {}
    for offer in offers:
        field = offer.candidate.field
        assert field is not None
        if offer.leaf in used or field in chosen:
            continue
        used.add(offer.leaf)
        sure = offer.candidate.confidence
        if sure >= certain_from and (
            has_rival(offer, offers, leaves)
            or is_anybodys(offer, offers, leaves, own)
            or (parcels[offer.leaf] and (field in OF_A_PERSON or has_another(offer, offers, leaves)))
            or (field == "message" and is_one_of_many(offer, offers, leaves))
        ):
            sure = certain_from * NOT_SO_SURE
        chosen[field] = Assigned(offer.leaf, field, sure, offer.candidate.rung)
    keep_together(chosen, offers, leaves)
    doubt_others(chosen, offers, leaves, certain_from)
    doubt_apart(chosen, leaves, own, certain_from)
    doubt_without_reason(chosen, offers, leaves, own, certain_from, kept=kept, spoken=spoken)
    settle_names(chosen, leaves, taken)
    return list(chosen.values())


def _own(leaves: Sequence[Leaf], weighed: Sequence[Sequence[Candidate]]) -> list[bool]:
    """Which leaves say that they are the lead's own; not what lies within another person's record (a person's `client`)."""
    own = [bool(some) and is_the_leads(leaf.label, leaf.context) for leaf, some in zip(leaves, weighed, strict=True)]
    if not any(own):
        return own
    people = {
        (one.field, where(leaf))
        for leaf, some in zip(leaves, weighed, strict=True)
        for one in some
        if one.field in OF_A_PERSON and one.confidence >= A_PERSON
    }
    for n, candidates in enumerate(weighed):
        if own[n] and candidates:
            place, field = where(leaves[n]), candidates[0].field
            own[n] = not any((field, place[:depth]) in people for depth in range(len(place)))
    return own


def _home(leaves: Sequence[Leaf], weighed: Sequence[Sequence[Candidate]], whose: Sequence[int]) -> tuple[str, ...] | None:
    """Where the person is: around the surest e-mail address, else the surest phone."""
    for field in ("email", "phone"):
        best: tuple[float, int] | None = None
        for n, candidates in enumerate(weighed):
            for one in candidates:
                if one.field == field and (best is None or one.confidence + _OWN * whose[n] > best[0]):
                    best = one.confidence + _OWN * whose[n], n
        if best is not None and best[0] >= 0.5:
            return where(leaves[best[1]])
    return None


def _tells_zone(leaf: Leaf) -> bool:
    return leaf.label.casefold().endswith(("gmt", "utc"))
