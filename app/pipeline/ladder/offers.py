"""What leaves offer: a field, how surely, and where in the payload they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.pipeline.ladder.leaf import Candidate, Leaf
from app.pipeline.ladder.surroundings import is_of_something

OF_A_PERSON = frozenset({"email", "phone", "full_name", "first_name", "last_name", "company"})
A_PERSON = 0.85  # so sure of one of these, and it is a person
NOT_SO_SURE = 0.95  # of the certain limit: what a doubt leaves of it
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
class Offer:
    leaf: int
    candidate: Candidate
    place: tuple[str, ...]
    weight: float  # confidence, and a little for standing near the person's address


def place_of(path: str) -> tuple[str, ...]:
    """The members that enclose a value; a list's elements are one place, for their number says nothing."""
    return tuple(_SEGMENT.findall(_SELECTOR.sub("", path)))[:-1]


def where(leaf: Leaf) -> tuple[str, ...]:
    """The members that enclose a value, but for numbers and the one that names it: {email: {value: …}}."""
    place = tuple(name for name in place_of(leaf.path) if not name.isdecimal())
    return place[:-1] if place and place[-1].strip('"') == leaf.label else place


def is_of_a_thing(leaf: Leaf) -> bool:
    """Not where an element of a list names itself: that is an answer, whatever its list is called."""
    return "=" not in leaf.path and is_of_something(leaf.context)


def nearness(place: tuple[str, ...], home: tuple[str, ...] | None) -> float:
    """1: beside it; less for each step of the way there."""
    if home is None:
        return 0.0
    common = 0
    for one, other in zip(place, home, strict=False):
        if one != other:
            break
        common += 1
    return 1.0 / (1 + len(place) + len(home) - 2 * common)
