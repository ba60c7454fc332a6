"""From whatever a payload is to its leaves: each scalar once, with the path to it and all that names it.

Breadth first, without recursion, bounded: no payload is too deep, and what lies beyond `MAX_VISITED` is counted. What names a
value may stand beside it ({name, value}: unfold_elements.py), in a form's definition (unfold_forms.py) or before it in a text
(`@json`, `@form`, `@text`: inside.py).

Of a list of plain values each is a leaf: the first that is not blank at the path of the list, as a declared path reads a list,
the others at their index.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

from app.inventory.paths import quote
from app.pipeline.attributes import MAX_PATH, MAX_VISITED, clean, count
from app.pipeline.inside import open_text
from app.pipeline.ladder.leaf import Leaf, Role
from app.pipeline.ladder.unfold_elements import PLANS, Reading, alike, guess, read, wraps
from app.pipeline.ladder.unfold_flat import flat_path, nest
from app.pipeline.ladder.unfold_forms import NONE, Definitions, Form, joined
from app.pipeline.mapping import Left

_new = tuple.__new__  # a third of the time that Leaf(…) takes
_SPECIAL = frozenset(" \t\n\r{[")  # a text that begins so is looked at closely
_AN_ID = re.compile(r"(?:^|[^a-z])id$|[a-z]I[dD]$")
_FORM_WITHIN = 3  # members up from its questions: definition.fields, form.content.questions
_NUMBERS = frozenset((int, bool, float))
_FOR_QUOTES = 10  # and a number

# What a container holds.
_PLAIN, _ANSWER, _NAMING, _FORM = 0, 1, 2, 3  # members · parts of an answer · names and descriptions · a form's definition


class Unfolded(NamedTuple):
    """The leaves, those nearest the top first, and how many more there were beyond the bounds."""

    leaves: list[Leaf]
    cut: int


class _Place(NamedTuple):
    """An object or a list that is yet to be looked into."""

    path: str
    value: Any
    label: str
    context: tuple[str, ...]
    holds: int
    above: _Place | None  # None: it is what the mapping left over


def unfold_all(left: Left, definitions: Definitions = NONE) -> Unfolded:
    """The leaves of what a mapping left over (of an undeclared source: of the whole payload). Never raises.

    Args:
        left: (path, value) pairs, scalars or whole objects and lists.
        definitions: Questions that the answers refer to, where the source lists its forms.
    """
    if ']"' in "".join([path for path, _ in left]) and len(left) <= MAX_VISITED:
        nested, flat, others = nest(left)
        if flat:
            one, other = unfold_all(others, definitions), _unfolded(list(nested.items()), definitions, by_name=False)
            leaves = [leaf._replace(path=flat_path(leaf.path, flat)) for leaf in other.leaves]
            return Unfolded(_checked(one.leaves + leaves), one.cut + other.cut)
    return _unfolded(left, definitions)


def _unfolded(left: Left, definitions: Definitions, *, by_name: bool = True) -> Unfolded:
    walk = _Walk(left, definitions, by_name=by_name)
    walk.run()
    if walk.forms:
        typed = any(form.plan.kinds for form in walk.forms)
        numbered = [leaf for leaf in walk.leaves if typed and leaf.label[:1].isdigit()]  # {1: Eva, 2: eva@example.com}
        ids, answers = walk.ids.union(leaf.label for leaf in numbered), walk.answers.union(leaf.path for leaf in numbered)
        local, paths = joined(walk.forms, ids, answers) if ids else (NONE, frozenset())
        if paths:  # walked again, knowing the questions: rare, and simpler than to rename leaves
            walk = _Walk(left, definitions.and_(local), paths, by_name=by_name)
            walk.run()
    return Unfolded(_checked(walk.leaves), walk.cut)


class _Walk:
    """One way through one payload."""

    def __init__(
        self, left: Left, definitions: Definitions, definition_paths: frozenset[str] = frozenset(), *, by_name: bool = True
    ) -> None:
        self.left, self.definitions, self.definition_paths, self.by_name = left, definitions, definition_paths, by_name
        self.leaves: list[Leaf] = []
        self.cut = 0
        self.queue: list[_Place] = []
        self.room = MAX_VISITED
        self.alike: dict[tuple[int, tuple[Any, ...]], bool] = {}
        self.forms: list[Form] = []  # what may be definitions
        self.ids: set[str] = set()  # what answers call themselves
        self.answers: set[str] = set()  # the lists in which they stand

    def run(self) -> None:
        """Fill `leaves`."""
        origins, leaves, queue = self.definitions.origins, self.leaves, self.queue
        for path, value in self._within(self.left):
            label, context, selected = origins[path]
            kind = type(value)
            if selected:
                self.ids.update(selected)
                self.answers.add(path)
                self._value(path, value, label, context, _PLAIN if path.endswith("]") else _ANSWER, None)
            elif (kind is str and value.isprintable() and not _looks_special(value)) or kind in _NUMBERS:
                leaves.append(_new(Leaf, (path, label, context, value, "value")))
            elif kind is dict or kind is list:
                if value:
                    queue.append(_new(_Place, (path, value, label, context, _PLAIN, None)))
            else:
                self._value(path, value, label, context, _PLAIN, None)
        for place in queue:  # grows while it is read
            if self.definition_paths and place.holds < _NAMING and place.path in self.definition_paths:
                place = place._replace(holds=_NAMING if type(place.value) is list else _FORM)
            if type(place.value) is dict:
                self._object(place)
            else:
                self._list(place)

    def _within(self, items: Any) -> Any:
        """As many of these as there is still room for; the others are counted."""
        if len(items) > self.room:
            room = max(self.room, 0)
            self.cut += count(item[1] if items is self.left else item for item in islice(items, room, None))
            items = items[:room]
        self.room -= len(items)
        return items

    def _object(self, place: _Place) -> None:
        value, holds = place.value, place.holds
        if holds == _PLAIN and (place.above is None or type(place.above.value) is dict):  # of a list it was read already
            reading = _reading(value, None)
            if reading is not None and (
                place.path.endswith("]") or not self.by_name or wraps(place.label, value, reading, lambda: self._alike(place))
            ):
                self._element(place, reading, None)
                return
        self._members(place, value)

    def _alike(self, place: _Place) -> bool:
        """Whether what stands beside an object is made the same way; looked at once per container and make."""
        key = id(place.above), tuple(place.value)
        if (known := self.alike.get(key)) is None:
            siblings = [value for _, value in self.left] if place.above is None else place.above.value.values()
            known = self.alike[key] = alike(key[1], siblings)
        return known

    def _members(self, place: _Place, value: dict[str, Any]) -> None:
        path, _, label, context, holds, _ = place
        if len(value) > self.room:
            room = max(self.room, 0)
            self.cut += count(islice(value.values(), room, None))
            value = dict(islice(value.items(), room))
        self.room -= len(value)
        prefix = f"{path[: MAX_PATH + 1]}." if path else ""
        around = (label, *context) if label and not label.isdigit() else context  # a number names nothing
        names, leaves, answer, plain = self.definitions.names, self.leaves, holds == _ANSWER, holds < _NAMING
        for name, item in value.items():
            if item is None or item == "":
                continue
            segment, own, before, idle, idle_inside = names[name]
            if label and (idle or (answer and (idle_inside or (len(value) == 1 and type(item) is dict)))):
                own, its = label, context
            else:
                its = (*before, *around) if before else around
            kind = type(item)
            if kind is str:
                if plain and item.isprintable() and not (item[0] in _SPECIAL or "&" in item or "<" in item):
                    leaves.append(_new(Leaf, (prefix + segment, own, its, item, "value")))
                else:
                    self._text(prefix + segment, item, own, its, holds, place)
            elif kind is dict or kind is list or kind is tuple:
                if item:
                    self.queue.append(
                        _new(_Place, (prefix + segment, item, own, its, _NAMING if holds == _FORM else holds, place))
                    )
            else:
                leaves.append(_new(Leaf, (prefix + segment, own, its, item, "value" if plain else _role(holds, own))))

    def _value(self, path: str, item: Any, label: str, context: tuple[str, ...], holds: int, above: _Place | None) -> None:
        kind = type(item)
        if item is None:
            return
        if kind is str:
            self._text(path, item, label, context, holds, above)
        elif kind is dict or kind is list or kind is tuple:
            if item:
                self.queue.append(_new(_Place, (path, item, label, context, holds, above)))
        else:
            self.leaves.append(Leaf(path, label, context, item, "value" if holds < _NAMING else _role(holds, label)))

    def _text(self, path: str, text: str, label: str, context: tuple[str, ...], holds: int, above: _Place | None) -> None:
        text = clean(text)
        if not text or text.isspace():
            return
        if holds >= _NAMING:
            self.leaves.append(Leaf(path, label, context, text, _role(holds, label)))
            return
        opened = open_text(text)
        if opened is None:
            self.leaves.append(Leaf(path, label, context, text))
            return
        what, inside = opened
        if what == "text":
            self.leaves.append(Leaf(path, label, context, text, "block"))
        self.queue.append(_new(_Place, (f"{path}@{what}", inside, label, context, _PLAIN, above)))

    def _list(self, place: _Place) -> None:
        path, items, label, context, holds, _ = place
        path = path[: MAX_PATH + 1]
        items = self._within(items)
        guessed = None
        if holds < _NAMING and items and type(items[0]) is dict:
            guessed = self._known(place, items[0], items)
        told_before: set[tuple[tuple[str, ...], str]] = set()
        placed = False
        for n, item in enumerate(items):
            kind = type(item)
            if kind is dict:
                if holds < _NAMING and (reading := _reading(item, guessed)) is not None:
                    key, told = reading.key, reading.told
                    self.answers.add(path)
                    self.ids.update(reading.ids)
                    by_name = self.by_name and bool(key) and (key, told) not in told_before
                    told_before.add((key, told))
                    where = f"{path}[{_spelled(key)}={quote(told)}]" if by_name else f"{path}[{n}]"
                    self._element(_new(_Place, (where, item, label, context, holds, place)), reading, key if by_name else None)
                elif item:
                    self.queue.append(_new(_Place, (f"{path}[{n}]", item, label, context, holds, place)))
            elif kind is list or kind is tuple:
                self.queue.append(_new(_Place, (f"{path}[{n}]", item, label, context, holds, place)))
            elif item is not None and not (kind is str and (not item or clean(item).strip() == "")):
                self._value(f"{path}[{n}]" if placed else path, item, label, context, holds, place)
                placed = True

    def _known(self, place: _Place, first: dict[str, Any], items: Sequence[Any]) -> tuple[str, str] | None:
        """What the list's first element tells of all: note a definition, guess names and values."""
        plan = PLANS[tuple(first)]
        if plan is None:
            return guess(items)
        if plan.asks and not (plan.readable and read(first, plan)):
            self.forms.append(Form(place.path, _form_around(place), items, plan))
        return None

    def _element(self, place: _Place, reading: Reading, key: tuple[str, ...] | None) -> None:
        """An object that names what it holds. `key`: the member that is in its path already."""
        path, item, around, context = place[:4]
        label, names = reading.label, reading.names
        if self.definitions and (question := self.definitions.find(reading.ids)) is not None:
            other = (name for name in (*names, label, *question.names) if name != question.label and not name.isdigit())
            names = tuple(dict.fromkeys(other))
            label = question.label
        own = (*names, around, *context) if around and not around.isdigit() else (*names, *context)
        names_of, said = self.definitions.names, len(self.leaves) + len(self.queue)
        others, naming = {}, {}
        for name, value in item.items():
            if key is not None and name == key[0]:
                if len(key) > 1:
                    naming[name] = {inner: told for inner, told in value.items() if inner != key[1]}
            elif value is None or value == "":
                continue
            elif name in reading.values:
                self.room -= 1
                self._value(f"{path}.{names_of[name].segment}", value, label, own, _ANSWER, place)
            elif name in reading.naming:
                naming[name] = value
            else:
                others[name] = value
        if others:
            self._members(_new(_Place, (path, item, label, own, place.holds, place.above)), others)
        if naming:
            self._members(_new(_Place, (path, item, label, own, _NAMING, place.above)), naming)
        if key is not None and said == len(self.leaves) + len(self.queue):  # asked and not answered
            self.leaves.append(Leaf(f"{path}.{_spelled(key)}", key[-1], own, _at(item, key), "name"))


def _reading(item: dict[str, Any], guessed: tuple[str, str] | None) -> Reading | None:
    if guessed is not None:
        name, value = guessed
        told = item[name]
        return Reading(told.strip(), (), (name,), told, frozenset((value,)), frozenset(), ())
    plan = PLANS[tuple(item)]
    return read(item, plan) if plan is not None and plan.readable else None


def _form_around(place: _Place) -> str | None:
    """The path of the object that a list of questions belongs to: the nearest with an id, else the one that holds the list."""
    nearest, above = place.above, place.above
    for _ in range(_FORM_WITHIN):
        if above is None:
            break
        if type(above.value) is dict and "id" in above.value:
            return above.path
        above = above.above
    return nearest.path if nearest else None


def _at(item: Any, key: tuple[str, ...]) -> Any:
    for name in key:
        item = item[name]
    return item


def _spelled(key: tuple[str, ...]) -> str:
    return quote(key[0]) if len(key) == 1 else ".".join(map(quote, key))


def _looks_special(text: str) -> bool:
    """Whether a printable text may hold something inside."""
    return not text or text[0] in _SPECIAL or "&" in text or "<" in text


def _role(holds: int, label: str) -> Role:
    """Of a form's definition the texts are names; its id and version may be fields of the lead."""
    return "value" if holds == _FORM and _AN_ID.search(label) else "name"


def _checked(leaves: list[Leaf]) -> list[Leaf]:
    paths = {leaf[0] for leaf in leaves}
    if len(paths) < len(leaves) or max(map(len, paths), default=0) > MAX_PATH:
        return _apart(leaves)
    return leaves


def _apart(leaves: list[Leaf]) -> list[Leaf]:
    """Paths that were cut, and answers that a declaration passed over, may be the same: they get a number each."""
    taken: dict[str, Any] = {}
    out = []
    for leaf in leaves:
        if "@text" in leaf.path and taken.get(leaf.path) == leaf.value:
            continue  # a declared path went there, and left it over
        path = (
            leaf.path
            if len(leaf.path) <= MAX_PATH
            else quote(leaf.path[: MAX_PATH - _FOR_QUOTES].replace('"', "'").replace("\\", "/"))
        )
        n, told = 2, path
        while path in taken:
            path, n = f"{told}.#{n}", n + 1
        taken[path] = leaf.value
        out.append(leaf if path == leaf.path else leaf._replace(path=path))
    return out
