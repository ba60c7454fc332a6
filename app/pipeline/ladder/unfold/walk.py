"""One way through one payload, along the tree of places that are known already.

Breadth first, without recursion, bounded: no payload is too deep, and what lies beyond `MAX_VISITED` is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from app.pipeline.attributes import MAX_VISITED, clean, count
from app.pipeline.inside import open_text
from app.pipeline.ladder.unfold.elements import MAX_MEMBERS, PLANS, Plan, Reading, alike, guess, read, told_by, wraps
from app.pipeline.ladder.unfold.forms import LABELS, Form, labels_as_questions
from app.pipeline.ladder.unfold.places import NAMING, PLAIN, Element, Namer, Place, Spot, Tree
from app.pipeline.ladder.unfold.words import LABEL_MAPS
from app.pipeline.mapping import Left

_SPECIAL = " {["  # a printable text that begins so is looked at closely
_FORM_WITHIN = 3  # members up from its questions: definition.fields, form.content.questions
_NUMBERS = frozenset((int, bool, float))

Entry = tuple[
    Place, Any, Any
]  # an object or a list that is yet to be looked into, and the entry that it stands in; None: left over


class Walk:
    """What was found on the way.

    Attributes:
        spots, values: The leaves, those nearest the top first.
        cut: How many more there are beyond the bounds.
        forms: What may be definitions.
    """

    __slots__ = ("_alike", "_left", "_queue", "_room", "_said", "_tree", "cut", "forms", "spots", "values")

    def __init__(self, left: Left, tree: Tree) -> None:
        self._left, self._tree, self._room = left, tree, MAX_VISITED
        self.spots: list[Spot] = []
        self.values: list[Any] = []
        self.cut = 0
        self.forms: list[Form] = []
        self._queue: list[Entry] = []
        self._said: list[tuple[str, Iterable[str]]] = []
        self._alike: dict[tuple[int, tuple[Any, ...]], bool] = {}
        self._run()

    def answers(self) -> tuple[set[str], set[str]]:
        """What answers call themselves, and the paths of the lists in which they stand."""
        return {one for _, ids in self._said for one in ids}, {path for path, _ in self._said}

    def _run(self) -> None:
        members, spots, values, queue = self._tree.root.members, self.spots, self.values, self._queue
        for path, value in self._within(self._left):
            spot = members[path]
            kind = type(value)
            if spot.selected:
                self._said.append((path, spot.selected))
                self._value(spot, value, None)
            elif kind in _NUMBERS or (
                kind is str and value.isprintable() and value and not (value[0] in _SPECIAL or "&" in value or "<" in value)
            ):
                spots.append(spot)
                values.append(value)
            else:
                self._value(spot, value, None)
        for entry in queue:  # grows while it is read
            if type(entry[1]) is dict:
                self._object(entry)
            else:
                self._list(entry)

    def _within(self, items: Any) -> Any:
        """As many of these as there is still room for; the others are counted."""
        if len(items) > self._room:
            room = max(self._room, 0)
            self.cut += count(item[1] if items is self._left else item for item in islice(items, room, None))
            items = items[:room]
        self._room -= len(items)
        return items

    def _object(self, entry: Entry) -> None:
        place, value, above = entry
        if place.label in LABEL_MAPS and place.holds == PLAIN and (asked := labels_as_questions(value)) is not None:
            assert LABELS is not None
            self.forms.append(Form(place.path, None, asked, LABELS))
        if place.holds == PLAIN and len(value) <= MAX_MEMBERS and (above is None or type(above[1]) is dict):
            plan = PLANS[tuple(value)]  # what stands in a list was read already
            if plan is not None and plan.readable and (namer := _namer(place, value, plan)) is not None:
                reading = namer.reading
                if place.in_list or not self._tree.by_name or wraps(place.label, value, reading, lambda: self._is_alike(entry)):
                    self._element(namer.numbered(None), value, above)
                    return
        self._members(place, value, entry)

    def _is_alike(self, entry: Entry) -> bool:
        """Whether what stands beside an object is made the same way; looked at once per container and make."""
        _, value, above = entry
        key = id(above), tuple(value)
        if (known := self._alike.get(key)) is None:
            siblings = [one for _, one in self._left] if above is None else above[1].values()
            known = self._alike[key] = alike(key[1], siblings)
        return known

    def _members(self, place: Place, value: dict[str, Any], entry: Entry) -> None:
        if len(value) > self._room:
            room = max(self._room, 0)
            self.cut += count(islice(value.values(), room, None))
            value = dict(islice(value.items(), room))
        self._room -= len(value)
        members, spots, values, queue, plain = place.members, self.spots, self.values, self._queue, place.holds < NAMING
        for name, item in value.items():
            if item is None:
                continue
            spot = members[name]
            kind = type(item)
            if kind is str:
                if not item:
                    continue
                if item.isprintable() and not (item[0] in _SPECIAL or (plain and ("&" in item or "<" in item))):
                    spots.append(spot)
                    values.append(item)
                else:
                    self._text(spot, item, entry)
            elif kind is dict:
                if item:
                    queue.append((spot.object(alone=len(value) == 1), item, entry))
            elif kind is list or kind is tuple:
                if item:
                    queue.append((spot.list(), item, entry))
            else:
                spots.append(spot)
                values.append(item)

    def _value(self, spot: Spot, item: Any, above: Entry | None) -> None:
        kind = type(item)
        if item is None:
            return
        if kind is str:
            if item.isprintable() and item and not (item[0] in _SPECIAL or "&" in item or "<" in item):
                self.spots.append(spot)
                self.values.append(item)
            else:
                self._text(spot, item, above)
        elif kind is dict or kind is list or kind is tuple:
            if item:
                self._queue.append((spot.object() if kind is dict else spot.list(), item, above))
        else:
            self.spots.append(spot)
            self.values.append(item)

    def _text(self, spot: Spot, text: str, above: Entry | None) -> None:
        text = clean(text)
        if not text or text.isspace():
            return
        opened = open_text(text) if spot.holds < NAMING else None
        if opened is not None:
            what, inside = opened
            self._queue.append((spot.inside(what, is_list=type(inside) is not dict), inside, above))
            if what != "text":
                return
            spot = spot.block()
        self.spots.append(spot)
        self.values.append(text)

    def _list(self, entry: Entry) -> None:
        place, items, _ = entry
        items = self._within(items)
        guessed = None
        plain = place.holds < NAMING
        if plain and items and type(items[0]) is dict:
            guessed = self._known(entry, items[0], items)
        told_before: set[tuple[tuple[str, ...], str]] = set()
        placed = False
        for n, item in enumerate(items):
            kind = type(item)
            if kind is dict:
                if plain and (namer := _named(place, item, guessed)) is not None:
                    reading = namer.reading
                    self._said.append((place.path, reading.ids))
                    told = reading.key, reading.told
                    by_name = self._tree.by_name and bool(reading.key) and told not in told_before
                    told_before.add(told)
                    self._element(namer.by_name() if by_name else namer.numbered(n), item, entry)
                elif item:
                    self._queue.append((place.item(n).object(), item, entry))
            elif kind is list or kind is tuple:
                self._queue.append((place.item(n).list(), item, entry))
            elif item is not None and not (kind is str and (not item or clean(item).strip() == "")):
                self._value(place.item(n) if placed else place.whole(), item, entry)
                placed = True

    def _known(self, entry: Entry, first: dict[str, Any], items: Sequence[Any]) -> tuple[str, str] | None:
        """What the list's first element tells of all: note a definition, guess names and values."""
        plan = PLANS[tuple(first)]
        if plan is None:
            return guess(items)
        if plan.asks and not (plan.readable and _namer(entry[0], first, plan) is not None):
            self.forms.append(Form(entry[0].path, _form_around(entry), items, plan))
        return None

    def _element(self, element: Element, item: dict[str, Any], above: Entry | None) -> None:
        """An object that names what it holds."""
        key, found, queued = element.key, len(self.spots), len(self._queue)
        entry = (element.others, item, above)
        others, naming = {}, {}
        for name, value in item.items():
            if key is not None and name == key[0]:
                if len(key) > 1:
                    naming[name] = {inner: told for inner, told in value.items() if inner != key[1]}
            elif value is None or value == "":
                continue
            elif (spot := element.values.get(name)) is not None:
                self._room -= 1
                self._value(spot, value, entry)
            elif name in element.naming:
                naming[name] = value
            else:
                others[name] = value
        if others:
            self._members(element.others, others, entry)
        if naming:
            self._members(element.names, naming, entry)
        if element.asked is not None and found == len(self.spots) and queued == len(self._queue):  # asked and not answered
            self.spots.append(element.asked)
            self.values.append(_at(item, key or ()))


def _named(place: Place, item: dict[str, Any], guessed: tuple[str, str] | None) -> Namer | None:
    """How an element of a list names itself; None: it does not."""
    if guessed is None:
        plan = PLANS[tuple(item)]
        return None if plan is None or not plan.readable else _namer(place, item, plan)
    name, value = guessed
    told = item[name]
    found = place.namers.get((guessed, told))
    if found is None:
        reading = Reading(told.strip(), (), (name,), told, frozenset((value,)), frozenset(), ())
        found = place.remember((guessed, told), Namer(place, reading))
    return found


def _namer(place: Place, item: dict[str, Any], plan: Plan) -> Namer | None:
    """How an element names itself, read once for all that say the same; None: it does not."""
    told = told_by(item, plan)
    key = None if told is None else (plan.members, told)
    if key in place.namers:
        return place.namers[key]
    reading = read(item, plan)
    namer = None if reading is None else Namer(place, reading)
    return namer if key is None else place.remember(key, namer)


def _form_around(entry: Entry) -> str | None:
    """The path of the object that a list of questions belongs to: the nearest with an id, else the one that holds the list."""
    nearest, above = entry[2], entry[2]
    for _ in range(_FORM_WITHIN):
        if above is None:
            break
        if type(above[1]) is dict and "id" in above[1]:
            return str(above[0].path)
        above = above[2]
    return str(nearest[0].path) if nearest else None


def _at(item: Any, key: tuple[str, ...]) -> Any:
    for name in key:
        item = item[name]
    return item
