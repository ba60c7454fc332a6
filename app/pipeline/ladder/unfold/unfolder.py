"""From whatever a payload is to its leaves: each scalar once, with the path to it and all that names it.

What names a value may stand beside it ({name, value}: elements.py), in a form's definition (forms.py) or before it
in a text (`@json`, `@form`, `@text`: inside.py). walk.py goes the way, places.py remembers it: of a payload whose
places are all known only the values are looked at.

Of a list of plain values each is a leaf: the first that is not blank at the path of the list, as a declared path reads a list,
the others at their index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from app.inventory.paths import quote
from app.pipeline.attributes import MAX_PATH, MAX_VISITED
from app.pipeline.ladder.leaf import Leaf
from app.pipeline.ladder.unfold.flat import Layout, nest
from app.pipeline.ladder.unfold.forms import NONE, Definitions, Form, ids_of, joined
from app.pipeline.ladder.unfold.places import Account, Spot, Tree
from app.pipeline.ladder.unfold.walk import Walk
from app.pipeline.mapping import Left

MAX_BYTES = 48_000_000  # of all that one unfolder remembers; then it starts anew
MAX_FORMS = 2_000  # combinations of forms and answers
_FOR_QUOTES = 10  # and a number
_OUTLINE_BYTES, _REFERENCE = 300, 24


class Unfolded(NamedTuple):
    """The leaves, those nearest the top first, and how many more there were beyond the bounds."""

    leaves: list[Leaf]
    cut: int


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The leaves of a payload but for their values: one object per combination of places, as long as it is remembered.

    Attributes:
        spots: Where they stand.
        paths: Their paths, unique; those of the spots, unless two of them have the same.
    """

    spots: tuple[Spot, ...]
    paths: tuple[str, ...]

    def leaves(self, values: Sequence[Any]) -> list[Leaf]:
        """The leaves with these values."""
        return [
            Leaf(path, spot.label, spot.context, value, spot.role)
            for path, spot, value in zip(self.paths, self.spots, values, strict=True)
        ]


class Unfolding(NamedTuple):
    """A payload's leaves: what is known of them, their values in the same order, and how many more there were."""

    outline: Outline
    values: Sequence[Any]
    cut: int


def unfold_all(left: Left, definitions: Definitions = NONE) -> Unfolded:
    """The leaves of what a mapping left over, by an unfolder that remembers nothing. See `Unfolder.unfold`."""
    outline, values, cut = Unfolder().unfold(left, definitions)
    return Unfolded(outline.leaves(values), cut)


class Unfolder:
    """Unfolds payloads, and remembers the places in them; no values, but the names that elements and forms give.

    Bounded whatever comes: payloads whose names are always new make it forget and start anew.
    """

    def __init__(self) -> None:
        self._forget()

    def unfold(self, left: Left, definitions: Definitions = NONE) -> Unfolding:
        """The leaves of what a mapping left over (of an undeclared source: of the whole payload). Never raises.

        Args:
            left: (path, value) pairs, scalars or whole objects and lists.
            definitions: Questions that the answers refer to, where the source lists its forms.
        """
        if self._used.bytes > MAX_BYTES:
            self._forget()
        if ']"' in "".join([path for path, _ in left]) and len(left) <= MAX_VISITED:
            nested, layout, others = nest(left)
            if layout.flat:
                one = self._walked(others, self._tree(definitions, None)) if others else None
                walk = self._walked(list(nested.items()), self._tree(definitions, layout))
                if one is None:
                    return self._outlined(walk.spots, walk.values, walk.cut)
                return self._outlined(one.spots + walk.spots, one.values + walk.values, one.cut + walk.cut)
        walk = self._walked(left, self._plain if definitions is NONE else self._tree(definitions, None))
        return self._outlined(walk.spots, walk.values, walk.cut)

    def _forget(self) -> None:
        self._used = Account()
        self._trees: dict[Any, Tree] = {}
        self._informed: dict[int, Tree | None] = {}
        self._asked: dict[tuple[Any, ...], set[str]] = {}
        self._outlines: dict[tuple[Any, ...], Outline] = {}
        self._plain = self._tree(NONE, None)

    def _tree(self, definitions: Definitions, layout: Layout | None) -> Tree:
        key = definitions, layout
        found = self._trees.get(key)
        if found is None:
            flat = None if layout is None else layout.flat
            found = self._trees[key] = Tree(self._used, definitions, by_name=layout is None, flat=flat)
        return found

    def _walked(self, left: Left, tree: Tree) -> Walk:
        walk = Walk(left, tree)
        if walk.forms and (informed := self._told_by_forms(walk, tree)) is not None:
            return Walk(left, informed)  # once more, knowing the questions: rare, and simpler than to rename leaves
        return walk

    def _told_by_forms(self, walk: Walk, tree: Tree) -> Tree | None:
        """The tree in which names mean what the payload's own forms say; None: they say nothing of its answers."""
        ids, answers = walk.answers()
        said = _said(walk.forms)
        asked = self._asked.get(said) if said is not None else None
        if asked is None:
            asked = ids_of(walk.forms)  # {field_1: Eva, 2: eva@example.com}
            if said is not None:
                if len(self._asked) >= MAX_FORMS:
                    self._asked.clear()
                self._asked[said] = asked
        numbered = [spot for spot in walk.spots if spot.label in asked and any(map(str.isdigit, spot.label))]
        ids.update([spot.label for spot in numbered])
        answers.update([spot.raw for spot in numbered])
        if not ids:
            return None
        key = hash((tree, said, frozenset(ids), frozenset(answers)))  # by the hash alone, as shape.py does, and for its reasons
        if said is not None and key in self._informed:
            return self._informed[key]
        local, paths = joined(walk.forms, ids, answers)
        informed = None
        if paths:
            place = (tree, said, paths)
            informed = self._trees.get(place)
            if informed is None:
                informed = Tree(self._used, tree.definitions.and_(local), paths, by_name=tree.by_name, flat=tree.flat)
        if said is not None:
            if len(self._informed) >= MAX_FORMS:
                self._forget()
            self._informed[key] = informed
            if informed is not None:
                self._trees[tree, said, paths] = informed
        return informed

    def _outlined(self, spots: list[Spot], values: list[Any], cut: int) -> Unfolding:
        key = tuple(spots)
        found = self._outlines.get(key)
        if found is None:
            paths = tuple([spot.path for spot in spots])
            if len(set(paths)) < len(paths) or max(map(len, paths), default=0) > MAX_PATH:
                return self._apart(spots, values, cut)
            found = self._remembered(key, Outline(key, paths))
        return Unfolding(found, values, cut)

    def _apart(self, spots: list[Spot], values: list[Any], cut: int) -> Unfolding:
        """Paths that were cut, and answers that a declaration passed over, may be the same: they get a number each."""
        taken: dict[str, Any] = {}
        kept = []
        for spot, value in zip(spots, values, strict=True):
            path = spot.path
            if "@text" in path and taken.get(path) == value:
                continue  # a declared path went there, and left it over
            if len(path) > MAX_PATH:
                path = quote(path[: MAX_PATH - _FOR_QUOTES].replace('"', "'").replace("\\", "/"))
            n, told = 2, path
            while path in taken:
                path, n = f"{told}.#{n}", n + 1
            taken[path] = value
            kept.append(spot)
        paths = tuple(taken)
        key = (*kept, *paths)
        found = self._outlines.get(key) or self._remembered(key, Outline(tuple(kept), paths))
        return Unfolding(found, list(taken.values()), cut)

    def _remembered(self, key: tuple[Any, ...], outline: Outline) -> Outline:
        self._outlines[key] = outline
        self._used.add(_OUTLINE_BYTES + _REFERENCE * len(key))
        return outline


def _said(forms: Sequence[Form]) -> tuple[Any, ...] | None:
    """What forms say, as a key; None: it is no JSON."""
    try:
        return tuple([(form.path, form.parent, hash(orjson.dumps(form.items))) for form in forms])
    except TypeError:
        return None
