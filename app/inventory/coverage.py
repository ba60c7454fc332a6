"""Which leads can a rule ever take, and which does no rule take?

Rules look at a lead through tables (app/pipeline/routing/tables.py). Each table names a few values, its cells, that stand for
all: whatever value a lead has, and whichever rule it fits, some cell fits that rule, too, and no rule that the value does not
fit. So leads are boxes: a set of cells for each thing that rules look at. What earlier rules leave of a rule's box is found by
cutting their boxes out of it, piece by piece. If nothing is left, no lead whatever can reach the rule. If something is left,
most often a lead can; where two things hang together in a way that is not written here (a postcode and its region), perhaps
not: a rule is called unreachable only where it certainly is. Where the pieces become too many, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from app.inventory.models import Routing, Team
from app.pipeline.routing.aspects import BANDS, aspects, required

PIECES: Final = 5_000  # that are looked at, for one question
ALL_PIECES: Final = 150_000  # for all questions about some rules: a second or two at most
NAMED: Final = 12  # earlier rules of which it is worked out whether each is needed
FILLED: Final = "\1"  # stands for any value of a field of which rules only want that it is filled

Box = tuple[int, ...]
"""For each dimension a set of its cells, as bits."""


class Dimension(NamedTuple):
    """One thing about a lead that rules look at.

    Attributes:
        looks_at: As Aspect has it; `score` stands for the band, too.
        cells: The values that stand for all; of `score`, pairs of band and probability.
        failing: For each cell, the rules that fail on it, as bits.
    """

    looks_at: str
    cells: Sequence[Any]
    failing: Sequence[int]


class Space:
    """All leads, as rules see them.

    Args:
        routing: The rules, and the limits of the bands.
        teams: For their named accounts.
    """

    def __init__(self, routing: Routing, teams: Mapping[str, Team]) -> None:
        self.dimensions = list(_dimensions(routing, teams))
        self.all: Box = tuple((1 << len(one.cells)) - 1 for one in self.dimensions)
        self.rules = [self._box(n) for n in range(len(routing.rules))]
        self._pieces = ALL_PIECES

    def unreachable(self, n: int) -> list[int]:
        """The earlier rules that together take all leads of the n-th; none where a lead may reach it."""
        box = self.rules[n]
        met = [rule for rule in range(n) if overlap(box, self.rules[rule])]
        for rule in met:
            if not any(cells & ~its for cells, its in zip(box, self.rules[rule], strict=True)):
                return [rule]
        used = self._covering(box, met)
        if used is not None and len(used) <= NAMED:
            for rule in reversed(used):
                fewer = self._covering(box, [other for other in used if other != rule])
                used = used if fewer is None else fewer
        return used or []

    def gaps(self, most: int) -> list[Box]:
        """Leads that no rule takes, as wide boxes; at most so many."""
        found: list[Box] = []
        while len(found) < most:
            left = left_of(self.all, [*self.rules, *found], PIECES)
            if left.piece is None:
                break
            found.append(self._widened(left.piece))
        return found

    def _covering(self, box: Box, rules: Sequence[int]) -> list[int] | None:
        """Those of the rules that were needed to cover the box; None where they do not cover it for certain."""
        left = left_of(box, [self.rules[rule] for rule in rules], min(PIECES, self._pieces))
        self._pieces -= left.looked_at
        return [rules[at] for at in sorted(left.used)] if left.nothing else None

    def _widened(self, box: Box) -> Box:
        """As wide as it can be without meeting a rule."""
        for place, whole in enumerate(self.all):
            for wider in (whole, *(1 << cell for cell in range(whole.bit_length()))):
                tried = (*box[:place], box[place] | wider, *box[place + 1 :])
                if not any(overlap(tried, rule) for rule in self.rules):
                    box = tried
        return box

    def _box(self, n: int) -> Box:
        return tuple(
            sum(1 << cell for cell, failing in enumerate(one.failing) if not failing >> n & 1) for one in self.dimensions
        )


def overlap(one: Box, other: Box) -> bool:
    """Whether a lead may lie in both."""
    return all(mine & its for mine, its in zip(one, other, strict=True))


class Left(NamedTuple):
    """What some boxes leave of another.

    Attributes:
        nothing: For certain.
        piece: Something that is left; None where nothing is, or where the pieces became too many.
        looked_at: How many pieces there were.
        used: Places of the boxes that took something away.
    """

    nothing: bool
    piece: Box | None
    looked_at: int
    used: set[int]


def left_of(box: Box, others: Sequence[Box], most: int) -> Left:
    """See `Left`; looks at so many pieces at most."""
    pieces, used = [(box, 0)], set[int]()
    for looked_at in range(1, most + 1):
        piece, at = pieces.pop()
        while at < len(others) and not overlap(piece, others[at]):
            at += 1
        if at == len(others):
            return Left(False, piece, looked_at, used)
        used.add(at)
        pieces += sorted(((rest, at + 1) for rest in _cut(piece, others[at])), key=_breadth)
        if not pieces:
            return Left(True, None, looked_at, used)
    return Left(False, None, most, used)


def _cut(box: Box, other: Box) -> Iterator[Box]:
    """What is left of a box without another, as boxes that do not overlap."""
    for place, (cells, its) in enumerate(zip(box, other, strict=True)):
        if outside := cells & ~its:
            yield (*box[:place], outside, *box[place + 1 :])
            box = (*box[:place], cells & its, *box[place + 1 :])


def _breadth(piece: tuple[Box, int]) -> int:
    return sum(cells.bit_count() for cells in piece[0])


def _dimensions(routing: Routing, teams: Mapping[str, Team]) -> Iterator[Dimension]:
    found = {one.looks_at: one for one in aspects(routing, teams)}
    wanting, _ = required(routing)
    scored = [found.pop(name) for name in ("band", "score") if name in found]
    if scored:
        pairs = _scores(routing)
        by_name = {one.looks_at: one.table for one in scored}
        bands, limits = by_name.get("band"), by_name.get("score")
        failing = [(0 if bands is None else bands[band]) | (0 if limits is None else limits[score]) for band, score in pairs]
        yield Dimension("score", pairs, failing)
    for name, one in found.items():
        cells = one.table.cells()
        lacking = wanting.pop(name, 0) if None in cells else 0
        yield Dimension(name, cells, [one.table[cell] | (lacking if cell is None else 0) for cell in cells])
    for name, rules in wanting.items():
        yield Dimension(name, (None, FILLED), (rules, 0))


def _scores(routing: Routing) -> list[tuple[str, float]]:
    """A score for each piece between two limits, with its band."""
    limits = {one.when.score_at_least for one in routing.rules if one.when.score_at_least is not None}
    cuts = sorted({0.0, routing.warm_from, routing.hot_from, *(limit for limit in limits if 0 < limit < 1)})
    return [(BANDS[0 if cut >= routing.hot_from else 1 if cut >= routing.warm_from else 2], cut) for cut in cuts]
