"""Which leaf becomes which field: one leaf per field, one field per leaf, people's parts kept together."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from app.pipeline.ladder.label import words
from app.pipeline.ladder.leaf import Candidate, Leaf

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
_UTC = 0.05  # of two times that are twins, the one that tells its zone
_RIVAL = 0.03  # as sure as the winner, or nearly
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
    home = _home(leaves, weighed)
    offers = [
        _Offer(
            n,
            one,
            place,
            one.confidence + _NEAR * _nearness(place, home) + _UTC * _tells_zone(leaves[n]),
        )
        for n, candidates in enumerate(weighed)
        if candidates
        for place in (_place(leaves[n].path),)
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
        if sure >= certain_from and _has_rival(offer, offers, leaves):
            sure = certain_from * _NOT_SO_SURE
        chosen[field] = Assigned(offer.leaf, field, sure, offer.candidate.rung)
    _settle_names(chosen, leaves, taken)
    return list(chosen.values())


def _home(leaves: Sequence[Leaf], weighed: Sequence[Sequence[Candidate]]) -> tuple[str, ...] | None:
    """Where the person is: around the surest e-mail address, else the surest phone."""
    for field in ("email", "phone"):
        best: tuple[float, int] | None = None
        for n, candidates in enumerate(weighed):
            for one in candidates:
                if one.field == field and (best is None or one.confidence > best[0]):
                    best = one.confidence, n
        if best is not None and best[0] >= 0.5:
            return _place(leaves[best[1]].path)
    return None


def _place(path: str) -> tuple[str, ...]:
    """The members that enclose a value; a list's elements are one place, for their number says nothing."""
    return tuple(_SEGMENT.findall(_SELECTOR.sub("", path)))[:-1]


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


def _settle_names(chosen: dict[str, Assigned], leaves: Sequence[Leaf], taken: Collection[str]) -> None:
    """`Name` is the last name beside `Vorname`, `Nombre` the first beside `Apellidos`."""
    first, last, full = (name in chosen or name in taken for name in ("first_name", "last_name", "full_name"))
    if first and last:
        return
    if full and "full_name" in chosen and _is_bare(leaves[chosen["full_name"].leaf]) and (first or last):
        name = "last_name" if first else "first_name"
        chosen[name] = replace(chosen.pop("full_name"), field=name)
    elif not full and not last and "first_name" in chosen and _is_whole(leaves[chosen["first_name"].leaf]):
        chosen["full_name"] = replace(chosen.pop("first_name"), field="full_name")


def _is_whole(leaf: Leaf) -> bool:
    """`Nombre: Ana García`: a bare name of several words is the whole one."""
    return _is_bare(leaf) and " " in str(leaf.value).strip()


def _is_bare(leaf: Leaf) -> bool:
    told = words(leaf.label)
    return len(told) == 1 and told[0] in _BARE
