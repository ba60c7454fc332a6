"""Where values stand in payloads: all that unfolding knows of a place before it sees the value. Made once, met in every record.

A source's payloads differ in their values; places, labels and contexts come again and again. So they are kept as a tree that
payloads are walked along: a `Spot` for each scalar, a `Place` for each object or list. What is kept depends on names alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.inventory.paths import What, quote
from app.pipeline.attributes import MAX_PATH
from app.pipeline.ladder.leaf import Role
from app.pipeline.ladder.unfold.elements import Reading
from app.pipeline.ladder.unfold.flat import flat_path
from app.pipeline.ladder.unfold.forms import Definitions
from app.pipeline.ladder.unfold.memory import MAX_KEY, small

# What a container holds.
PLAIN, ANSWER, NAMING, FORM = 0, 1, 2, 3  # members · parts of an answer · names and descriptions · a form's definition

_AN_ID = re.compile(r"(?:^|[^a-z])id$|[a-z]I[dD]$")
_SPOT_BYTES, _PLACE_BYTES, _NAMER_BYTES = 450, 900, 700  # about, with the texts of a name of usual length
_REFERENCE = 8


class Account:
    """How many bytes are taken by what is remembered, about."""

    __slots__ = ("bytes",)

    def __init__(self) -> None:
        self.bytes = 0

    def add(self, more: int) -> None:
        self.bytes += more


class Tree:
    """One reading of names, and the places that were met under it.

    Attributes:
        definitions: Questions that the answers refer to.
        definition_paths: What of the payload is a form's definition.
        by_name: Whether elements that name themselves are called by that name.
        flat: Where the payload was sent flat: path in the nested members → path of the flat member.
        root: What a mapping left over, by path.
        used: Where it is put down what its places take.
    """

    def __init__(
        self,
        used: Account,
        definitions: Definitions,
        definition_paths: frozenset[str] = frozenset(),
        *,
        by_name: bool = True,
        flat: Mapping[str, str] | None = None,
    ) -> None:
        self.definitions, self.definition_paths, self.by_name, self.flat = definitions, definition_paths, by_name, flat
        self.used = used
        self.root = Root(self)


class Spot:
    """A place of a scalar: a leaf without its value, and what may stand there in its stead.

    Attributes:
        path, label, context, role: As in `Leaf`.
        raw: The path before it was flattened.
        selected: The values of its path's selectors; of a declared path only.
    """

    __slots__ = (
        "_alone",
        "_block",
        "_inside",
        "_list",
        "_object",
        "context",
        "holds",
        "label",
        "path",
        "raw",
        "role",
        "selected",
        "single",
        "tree",
    )  # fmt: skip

    def __init__(
        self,
        tree: Tree,
        path: str,
        label: str,
        context: tuple[str, ...],
        holds: int = PLAIN,
        role: Role | None = None,
        selected: tuple[str, ...] = (),
    ) -> None:
        self.tree, self.raw, self.label, self.context = tree, path, label[:MAX_KEY], context  # longer: no name
        self.path = path if tree.flat is None else flat_path(path, tree.flat)
        self.role: Role = role or ("value" if holds < NAMING else _role(holds, label))
        self.holds = NAMING if holds == FORM else holds  # of what stands here
        self.selected = selected
        self.single: tuple[str, tuple[str, ...]] | None = (
            None  # what names an object that stands here, where it is the only member
        )
        self._object: Place | None = None
        self._alone: Place | None = None
        self._list: Place | None = None
        self._block: Spot | None = None
        self._inside: dict[What, tuple[Place, Place]] | None = None
        tree.used.add(_SPOT_BYTES + 2 * len(path) + _REFERENCE * len(context))

    def object(self, *, alone: bool = False) -> Place:
        """The place of an object that stands here.

        Args:
            alone: It is the only member of what encloses it.
        """
        if alone and self.single is not None:
            if self._alone is None:
                self._alone = Place(self.tree, self.raw, *self.single, self.holds)
            return self._alone
        found = self._object
        if found is None:
            found = self._object = Place(self.tree, self.raw, self.label, self.context, self.holds)
        return found

    def list(self) -> Place:
        """The place of a list that stands here."""
        found = self._list
        if found is None:
            found = self._list = Place(self.tree, self.raw, self.label, self.context, self.holds, is_list=True)
        return found

    def block(self) -> Spot:
        """The spot of a text whose lines are leaves of their own."""
        found = self._block
        if found is None:
            found = self._block = Spot(self.tree, self.raw, self.label, self.context, self.holds, "block")
        return found

    def inside(self, what: What, *, is_list: bool) -> Place:
        """The place of what stands inside a text."""
        if self._inside is None:
            self._inside = {}
        found = self._inside.get(what)
        if found is None:
            path = f"{self.raw}@{what}"
            one, other = (Place(self.tree, path, self.label, self.context, is_list=some) for some in (False, True))
            found = self._inside[what] = (one, other)
        return found[is_list]


class Place:
    """A place of an object or a list."""

    __slots__ = (
        "_around",
        "_prefix",
        "at",
        "context",
        "first",
        "holds",
        "in_list",
        "label",
        "members",
        "namers",
        "path",
        "tree",
    )

    def __init__(
        self, tree: Tree, path: str, label: str, context: tuple[str, ...], holds: int = PLAIN, *, is_list: bool = False
    ) -> None:
        if tree.definition_paths and holds < NAMING and path in tree.definition_paths:
            holds = NAMING if is_list else FORM
        self.tree, self.path, self.label, self.context, self.holds = tree, path, label, context, holds
        self.in_list = path.endswith("]")
        self._around = (label, *context) if label and not label.isdigit() else context  # a number names nothing
        self._prefix = f"{path[: MAX_PATH + 1]}." if path else ""
        self.members = _Members(self)
        self.at: dict[int, Spot] = {}
        self.first: Spot | None = None
        self.namers: dict[Any, Namer | None] = {}
        tree.used.add(_PLACE_BYTES + 2 * len(path) + _REFERENCE * len(context))

    def member(self, name: Any) -> Spot:
        """The spot of an object's member. Remembered in `members`."""
        holds, label = self.holds, self.label
        segment, own, before, idle, idle_inside = self.tree.definitions.names[name]
        answer = holds == ANSWER
        if label and (idle or (answer and idle_inside)):
            own, its = label, self.context
        else:
            its = (*before, *self._around) if before else self._around
        spot = Spot(self.tree, self._prefix + segment, own, its, holds)
        if label and answer:
            spot.single = label, self.context
        return spot

    def item(self, n: int) -> Spot:
        """The spot of a list's element number n."""
        found = self.at.get(n)
        if found is None:
            found = self.at[n] = self._item(f"{self.path[: MAX_PATH + 1]}[{n}]")
        return found

    def whole(self) -> Spot:
        """The spot of the plain value that stands for the list: the first that is not blank."""
        found = self.first
        if found is None:
            found = self.first = self._item(self.path[: MAX_PATH + 1])
        return found

    def remember(self, key: Any, namer: Namer | None) -> Namer | None:
        """The namer, kept under its key unless that is too long to be kept."""
        if small(key):
            self.namers[key] = namer
            self.tree.used.add(_NAMER_BYTES)
        return namer

    def _item(self, path: str) -> Spot:
        return Spot(self.tree, path, self.label, self.context, self.holds)


class Namer:
    """How elements of a place name themselves that say the same of themselves."""

    __slots__ = ("_by_name", "_numbered", "_place", "reading")

    def __init__(self, place: Place, reading: Reading) -> None:
        self._place, self.reading = place, reading
        self._by_name: Element | None = None
        self._numbered: dict[int | None, Element] = {}

    def by_name(self) -> Element:
        """The element that this name selects."""
        found = self._by_name
        if found is None:
            reading = self.reading
            path = f"{self._place.path[: MAX_PATH + 1]}[{_spelled(reading.key)}={quote(reading.told)}]"
            found = self._by_name = Element(self._place, path, reading, reading.key)
        return found

    def numbered(self, n: int | None) -> Element:
        """The element at this position; None: the object that stands here itself."""
        found = self._numbered.get(n)
        if found is None:
            path = self._place.path if n is None else f"{self._place.path[: MAX_PATH + 1]}[{n}]"
            found = self._numbered[n] = Element(self._place, path, self.reading, None)
        return found


class Element:
    """An element that names itself.

    Attributes:
        key: The member that is in its path already; None: its path has a number.
        values: Members that hold the answer → their spots.
        naming: Members that name or describe.
        others, names: The places of its other members, and of those that name.
        asked: The spot of its name, where that is in its path: it may be asked and not answered.
    """

    __slots__ = ("asked", "key", "names", "naming", "others", "values")

    def __init__(self, place: Place, path: str, reading: Reading, key: tuple[str, ...] | None) -> None:
        tree, label, names, around, context = place.tree, reading.label, reading.names, place.label, place.context
        if tree.definitions and (question := tree.definitions.find(reading.ids)) is not None:
            other = (name for name in (*names, label, *question.names) if name != question.label and not name.isdigit())
            names = tuple(dict.fromkeys(other))
            label = question.label
        own = (*names, around, *context) if around and not around.isdigit() else (*names, *context)
        book = tree.definitions.names
        self.key, self.naming = key, reading.naming
        self.values = {name: Spot(tree, f"{path}.{book[name].segment}", label, own, ANSWER) for name in reading.values}
        self.others = Place(tree, path, label, own, place.holds)
        self.names = Place(tree, path, label, own, NAMING)
        self.asked = None if key is None else Spot(tree, f"{path}.{_spelled(key)}", key[-1], own, role="name")


class Root:
    """What a mapping left over, by path."""

    __slots__ = ("members", "tree")

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.members = _Members(self)

    def member(self, path: str) -> Spot:
        """The spot of what stands at a path that was left over. Remembered in `members`."""
        label, context, selected = self.tree.definitions.origins[path]
        holds = ANSWER if selected and not path.endswith("]") else PLAIN
        return Spot(self.tree, path, label, context, holds, selected=selected)


class _Members(dict[Any, Spot]):
    """Name → spot. A plain dict's speed where the name is known."""

    __slots__ = ("_place",)

    def __init__(self, place: Place | Root) -> None:
        super().__init__()
        self._place = place

    def __missing__(self, name: Any) -> Spot:
        spot = self._place.member(name)
        if type(name) is str and len(name) <= MAX_KEY:  # a longer one is no name, and would not come again
            self[name] = spot
        return spot


def _spelled(key: tuple[str, ...]) -> str:
    return quote(key[0]) if len(key) == 1 else ".".join(map(quote, key))


def _role(holds: int, label: str) -> Role:
    """Of a form's definition the texts are names; its id and version may be fields of the lead."""
    return "value" if holds == FORM and _AN_ID.search(label) else "name"
