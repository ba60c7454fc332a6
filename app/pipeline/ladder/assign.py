"""Which leaf becomes which field: one leaf per field, one field per leaf, people's parts kept together."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from app.pipeline.ladder.label import words
from app.pipeline.ladder.leaf import Candidate, Leaf
from app.pipeline.ladder.lexicon import lexicon
from app.pipeline.ladder.surroundings import (
    goes_with_a_parcel,
    is_a_place,
    is_of_a_user,
    is_of_something,
    is_the_leads,
)

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
_RIVAL = 0.03  # as sure as the winner, or nearly
_OF_A_PERSON = frozenset({"email", "phone", "full_name", "first_name", "last_name", "company"})
_REACHED = ("email", "phone", "full_name")  # by which one tells a person from another
_OF_AN_ADDRESS = ("street", "city", "region", "postcode", "country")
_OF_A_PLACE = ("company", "street", "city", "region", "postcode", "country")
_A_PERSON = 0.85
_ANOTHER = 0.12  # less sure than the winner, and still another person
_NOT_SO_SURE = 0.95  # of the certain limit: what a rival leaves of it

# A name that means "last name" beside a first name, and "first name" beside a last name; alone it is the full one.
_BARE = frozenset(
    "name nom nombre nome naam namn navn nimi nazwa imie imię jmeno jméno ad adi adı имя имена ім'я ім’я ism név nev".split()  # noqa: SIM905
)
_SELECTOR = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]')
_SEGMENT = re.compile(r'"(?:[^"\\]|\\.)*"|[^.@]+')


@dataclass(frozen=True, slots=True)
class Assigned:
    """Leaf number `leaf` becomes `field`."""

    leaf: int
    field: str
    confidence: float
    rung: str


@dataclass(frozen=True, slots=True)
class _Offer:
    leaf: int
    candidate: Candidate
    place: tuple[str, ...]
    weight: float  # confidence, and a little for standing near the person's address


def assign(
    leaves: Sequence[Leaf],
    weighed: Sequence[Sequence[Candidate]],
    taken: Collection[str],
    certain_from: float,
    plausible_from: float,
) -> list[Assigned]:
    """Greedy by weight: what is surest chooses first.

    Args:
        leaves: The payload's.
        weighed: For each leaf what it could be, likeliest first.
        taken: Fields that are filled already.
        certain_from: A field with an equal rival elsewhere stays below this.
        plausible_from: What is less sure is not assigned.
    """
    own = _own(leaves, weighed)
    named = list(zip(leaves, weighed, strict=True))
    parcels = [bool(some) and goes_with_a_parcel(leaf.label, leaf.context) for leaf, some in named]
    whose = [
        mine - (bool(some) and (is_of_a_user(leaf.context) or _is_of_something(leaf))) - parcel
        for (leaf, some), mine, parcel in zip(named, own, parcels, strict=True)
    ]
    home = _home(leaves, weighed, whose)
    offers = [
        _Offer(
            n,
            one,
            place,
            one.confidence + _NEAR * _nearness(place, home) + _UTC * _tells_zone(leaves[n]) + _OWN * whose[n],
        )
        for n, candidates in enumerate(weighed)
        if candidates
        for place in (_where(leaves[n]),)
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
            _has_rival(offer, offers, leaves)
            or _is_anybodys(offer, offers, leaves, own)
            or (parcels[offer.leaf] and (field in _OF_A_PERSON or _has_another(offer, offers, leaves)))
            or (field == "message" and _is_one_of_many(offer, offers, leaves))
        ):
            sure = certain_from * _NOT_SO_SURE
        chosen[field] = Assigned(offer.leaf, field, sure, offer.candidate.rung)
    _keep_together(chosen, offers, leaves)
    _doubt_others(chosen, offers, leaves, certain_from)
    _doubt_apart(chosen, leaves, own, certain_from)
    _settle_names(chosen, leaves, taken)
    return list(chosen.values())


def _own(leaves: Sequence[Leaf], weighed: Sequence[Sequence[Candidate]]) -> list[bool]:
    """Which leaves say that they are the lead's own; not what lies within another person's record (a person's `client`)."""
    own = [bool(some) and is_the_leads(leaf.label, leaf.context) for leaf, some in zip(leaves, weighed, strict=True)]
    if not any(own):
        return own
    people = {
        (one.field, _where(leaf))
        for leaf, some in zip(leaves, weighed, strict=True)
        for one in some
        if one.field in _OF_A_PERSON and one.confidence >= _A_PERSON
    }
    for n, candidates in enumerate(weighed):
        if own[n] and candidates:
            place, field = _where(leaves[n]), candidates[0].field
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
            return _where(leaves[best[1]])
    return None


def _place(path: str) -> tuple[str, ...]:
    """The members that enclose a value; a list's elements are one place, for their number says nothing."""
    return tuple(_SEGMENT.findall(_SELECTOR.sub("", path)))[:-1]


def _where(leaf: Leaf) -> tuple[str, ...]:
    """The members that enclose a value, but for numbers and the one that names it: {email: {value: …}}."""
    place = tuple(name for name in _place(leaf.path) if not name.isdecimal())
    return place[:-1] if place and place[-1].strip('"') == leaf.label else place


def _is_of_something(leaf: Leaf) -> bool:
    """Not where an element of a list names itself: that is an answer, whatever its list is called."""
    return "=" not in leaf.path and is_of_something(leaf.context)


def _nearness(place: tuple[str, ...], home: tuple[str, ...] | None) -> float:
    """1: beside it; less for each step of the way there."""
    if home is None:
        return 0.0
    common = 0
    for one, other in zip(place, home, strict=False):
        if one != other:
            break
        common += 1
    return 1.0 / (1 + len(place) + len(home) - 2 * common)


def _tells_zone(leaf: Leaf) -> bool:
    return leaf.label.casefold().endswith(("gmt", "utc"))


def _has_rival(winner: _Offer, offers: Sequence[_Offer], leaves: Sequence[Leaf]) -> bool:
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


def _has_another(winner: _Offer, offers: Sequence[_Offer], leaves: Sequence[Leaf]) -> bool:
    """Whether anything else could be that field and says something else."""
    return any(
        one.candidate.field == winner.candidate.field
        and one.leaf != winner.leaf
        and leaves[one.leaf].value != leaves[winner.leaf].value
        for one in offers
    )


def _is_one_of_many(winner: _Offer, offers: Sequence[_Offer], leaves: Sequence[Leaf]) -> bool:
    """Whether it is one message of a conversation: whose, its neighbours would have to tell."""
    return any(
        one.candidate.field == winner.candidate.field
        and one.place == winner.place
        and leaves[one.leaf].label == leaves[winner.leaf].label
        and leaves[one.leaf].value != leaves[winner.leaf].value
        for one in offers
    )


def _is_anybodys(winner: _Offer, offers: Sequence[_Offer], leaves: Sequence[Leaf], own: Sequence[bool]) -> bool:
    """Whether it is a person's, does not say whose, and the payload has another person: an agent, a seller, a colleague."""
    return (
        winner.candidate.field in _OF_A_PERSON
        and not own[winner.leaf]
        and any(
            one.candidate.field == winner.candidate.field
            and one.place != winner.place
            and one.weight > winner.weight - _ANOTHER
            and leaves[one.leaf].value != leaves[winner.leaf].value
            for one in offers
        )
    )


def _keep_together(chosen: dict[str, Assigned], offers: Sequence[_Offer], leaves: Sequence[Leaf]) -> None:
    """The parts of an address come from one element of a list, that which gives most of them."""
    element = {field: _element(leaves[chosen[field].leaf].path) for field in _OF_AN_ADDRESS if field in chosen}
    listed = [element[field] for field in sorted(element, key=lambda field: chosen[field].leaf) if element[field]]
    home = max(dict.fromkeys(listed), key=listed.count, default="")
    for field, path in element.items():
        if path and path != home:
            better = (one for one in offers if one.candidate.field == field and _element(leaves[one.leaf].path) == home)
            if (other := next(better, None)) is not None:
                sure = min(chosen[field].confidence, other.candidate.confidence)
                chosen[field] = Assigned(other.leaf, field, sure, other.candidate.rung)


def _element(path: str) -> str:
    """The path of the list's element in which something stands; "" where it stands in none."""
    return path[: path.rfind("]", 0, -1) + 1]


def _doubt_others(chosen: dict[str, Assigned], offers: Sequence[_Offer], leaves: Sequence[Leaf], certain_from: float) -> None:
    """What lies in another person's record (an agent's language, a user's country) is not certain to be the lead's."""
    sure = {one.candidate.field for one in offers if one.candidate.confidence >= certain_from}
    taken = {field: leaves[chosen[field].leaf] for field in _REACHED if field in chosen and field in sure}
    homes = {_where(leaf) for leaf in taken.values()}
    others = {
        one.place
        for one in offers
        if one.candidate.field in taken
        and one.candidate.confidence >= _A_PERSON
        and leaves[one.leaf].value != taken[one.candidate.field].value
        and one.place
        and not any(home[: len(one.place)] == one.place for home in homes)
    }
    for field, one in list(chosen.items()) if others else ():
        place = _where(leaves[one.leaf])
        if one.confidence >= certain_from and any(place[: len(other)] == other for other in others):
            chosen[field] = replace(one, confidence=certain_from * _NOT_SO_SURE)


def _doubt_apart(chosen: dict[str, Assigned], leaves: Sequence[Leaf], own: Sequence[bool], certain_from: float) -> None:
    """A company or a place that stands apart from the person (`practice.zip`, `adsInfo.city`) may be anybody's."""
    known = next((chosen[field] for field in _REACHED if field in chosen), None)
    if known is None:
        return
    home = _where(leaves[known.leaf])
    prefixed = sum(mine and is_the_leads(leaf.label, ()) for leaf, mine in zip(leaves, own, strict=True)) > 1
    for field in _OF_A_PLACE:
        one = chosen.get(field)
        if one is None or one.confidence < certain_from or own[one.leaf]:
            continue
        leaf = leaves[one.leaf]
        place = _where(leaf)
        apart = place[: len(home)] != home and home[: len(place)] != place and not is_a_place(leaf.context)
        beside = len(place) > len(home) and _is_of_something(leaf)
        if apart or beside or (prefixed and field == "company"):
            chosen[field] = replace(one, confidence=certain_from * _NOT_SO_SURE)


def _settle_names(chosen: dict[str, Assigned], leaves: Sequence[Leaf], taken: Collection[str]) -> None:
    """`Name` is the last name beside `Vorname`, `Nombre` the first beside `Apellidos`."""
    first, last, full = (name in chosen or name in taken for name in ("first_name", "last_name", "full_name"))
    if first and last:
        return
    if full and "full_name" in chosen and (first or last):
        name, other = ("last_name", "first_name") if first else ("first_name", "last_name")
        whole, part = leaves[chosen["full_name"].leaf], chosen.get(other)  # None: declared
        if part is not None and part.confidence < _A_PERSON:
            return
        beside = part is None or _where(whole) == _where(leaves[part.leaf])
        if beside and _is_bare(whole) and not (name == "first_name" and " " in str(whole.value).strip()):
            chosen[name] = replace(chosen.pop("full_name"), field=name)
    elif not full and not last and "first_name" in chosen and _is_whole(leaves[chosen["first_name"].leaf]):
        chosen["full_name"] = replace(chosen.pop("first_name"), field="full_name")


def _is_whole(leaf: Leaf) -> bool:
    """`Nombre: Ana García`: a bare name of several words is the whole one."""
    return _is_bare(leaf) and " " in str(leaf.value).strip()


def _is_bare(leaf: Leaf) -> bool:
    book = lexicon().words
    told = [word for word in words(leaf.label) if word not in book["person"] and word not in book["plumbing"]]
    return len(told) == 1 and told[0] in _BARE
