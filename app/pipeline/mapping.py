"""Mapping: from a source's payload to the lead's fields, by the paths that the inventory declares.

The paths of a source are compiled into one tree. A record is walked once along that tree: what a path names becomes a
value, everything else an attribute. So an array that ten paths look into is read once, and nothing can be dropped.

This is the ladder's first rung, "declared". Further rungs take a `Mapped`, fill fields that are still empty from its
attributes, and answer a `Mapped`: they need nothing of what is below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.inventory.models import Source
from app.inventory.paths import Index, Inside, Name, Selector, Step, What, parse, render
from app.pipeline.attributes import MAX_VISITED, clean, collect, scalar, segment, text_of
from app.pipeline.inside import open_as
from app.pipeline.lead import Provenance, Rung

Left = list[tuple[str, Any]]  # path and value, a scalar or a whole object or list: what `collect` makes attributes of

ConfirmedPaths = Mapping[str, str | None]

_CONTAINERS = (dict, list, tuple)
_PLAIN = frozenset((int, bool, float))
_MAX_OTHERS = 512  # of one object
_MAX_LABEL = 100  # an unmapped answer is named by its question, up to this many characters: `field_data[name=car_make]`


class Mapped(NamedTuple):  # a tuple: made in a third of the time that a frozen dataclass takes
    """A payload, sorted.

    Attributes:
        fields: Lead field → the value as the source wrote it (text, number, boolean, time), never blank.
        left: Whatever no field took, by its path: scalars, or whole objects and lists.
        provenance: Where each field came from. The objects are shared between records.
        uncertain: Fields that the mapping ladder filled without being certain.
        cut: Leaves that are beyond the bounds and in none of the above.
    """

    fields: dict[str, Any]
    left: Left
    provenance: list[Provenance]
    uncertain: tuple[str, ...] = ()
    cut: int = 0

    @property
    def attributes(self) -> dict[str, str]:
        """Path → text of what is left, within bounds. Computed at each call."""
        return collect(self.left, cut=self.cut)


@dataclass(slots=True)
class _Node:
    """A place that some path passes through (children) or ends at (slots: where its value is put down)."""

    path: str
    prefix: str = field(init=False)  # of its members' paths
    slots: tuple[int, ...] = ()
    only: int = -1  # the slot of a node that has one and nothing else: its values need no looking around; else -1
    ignored: bool = False
    idle: bool = False  # ignored, and nothing else
    names: dict[str, _Node] = field(default_factory=dict)
    indexes: dict[int, _Node] = field(default_factory=dict)
    selectors: dict[tuple[str, ...], dict[str, _Node]] = field(default_factory=dict)
    inside: dict[What, _Node] = field(default_factory=dict)  # of a text, opened
    others: dict[str, str] = field(default_factory=dict)  # members that nobody asked for → their paths, as they are met
    labelled: dict[tuple[tuple[str, ...], str], str] = field(default_factory=dict)  # likewise elements that name themselves

    def __post_init__(self) -> None:
        self.prefix = f"{self.path}." if self.path else ""

    def other(self, name: Any) -> str:
        """The path of a member that nobody asked for. Bounded: names that are data are told anew."""
        path = self.prefix + segment(name)
        if type(name) is str and len(name) <= _MAX_LABEL and len(self.others) < _MAX_OTHERS:
            self.others[name] = path
        return path

    def element(self, key: tuple[str, ...], told: str) -> str:
        """The path of an element that says this of itself and that nobody asked for. Bounded as `other`."""
        path = self.labelled.get((key, told))
        if path is None:
            path = f"{self.path}[{'.'.join(map(segment, key))}={segment(told)}]"
            if len(self.labelled) < _MAX_OTHERS:
                self.labelled[key, told] = path
        return path

    def settle(self) -> None:
        """Note what is known once all paths are planted."""
        if len(self.slots) == 1 and not self.inside:
            self.only = self.slots[0]
        self.idle = self.ignored and not self.slots
        for below in self.below():
            below.settle()

    def below(self) -> list[_Node]:
        chosen = [one for table in self.selectors.values() for one in table.values()]
        return [*self.names.values(), *self.indexes.values(), *chosen]

    def child(self, step: Step, path: str) -> _Node:
        match step:
            case Name(name):
                return self.names.setdefault(name, _Node(path))
            case Index(n):
                return self.indexes.setdefault(n, _Node(path))
            case Selector(key, value):
                return self.selectors.setdefault(key, {}).setdefault(value, _Node(path))
            case Inside(what):
                return self.inside.setdefault(what, _Node(path))


class _Field(NamedTuple):
    """A lead field, and where it may stand: the slot of the best path, and those of the others, best first."""

    name: str
    slot: int
    origin: Provenance
    others: tuple[tuple[int, Provenance], ...]


def compile_mapping(source: Source, confirmed: ConfirmedPaths | None = None) -> Mapper:
    """The mapper of one source.

    Args:
        source: Its declaration.
        confirmed: Path → lead field or None (an attribute), as people said since. They have the last word: a path that they
            spoke of serves what they said and nothing else, before anything declared.

    Raises:
        PathError: A declared path cannot be read; `leadstream check` says in which file and line.
    """
    root = _Node("")
    slots: dict[tuple[Step, ...], int] = {}
    fields = []
    for name, paths in _paths(source, confirmed or {}).items():
        candidates = []
        for steps, rung in paths:
            slot = slots.setdefault(steps, len(slots))
            node = _plant(root, steps)
            if slot not in node.slots:
                node.slots += (slot,)
            candidates.append((slot, Provenance(name, render(steps), rung, 1.0)))
        fields.append(_Field(name, *candidates[0], tuple(candidates[1:])))
    for path in source.mapping.ignore:
        _plant(root, parse(path)).ignored = True
    root.settle()
    opens = _opens(root)
    return (OpeningMapper if opens else Mapper)(root, tuple(fields), [render(steps) for steps in slots])


def _paths(source: Source, confirmed: ConfirmedPaths) -> dict[str, list[tuple[tuple[Step, ...], Rung]]]:
    """Lead field → its paths, best first."""
    said = {parse(path): name for path, name in confirmed.items()}
    found: dict[str, list[tuple[tuple[Step, ...], Rung]]] = {}
    for steps, name in said.items():
        if name is not None:
            found.setdefault(name, []).append((steps, "confirmed"))
    for name, declared in source.mapping.fields.items():
        for path in (declared,) if isinstance(declared, str) else declared:
            if (steps := parse(path)) not in said:
                found.setdefault(name, []).append((steps, "declared"))
    return found


class Mapper:
    """Maps payloads of one source. Made by `compile_mapping`; keeps nothing of the records."""

    def __init__(self, root: _Node, fields: tuple[_Field, ...], paths: list[str]) -> None:
        self._root, self._fields, self._paths = root, fields, paths
        self._choices = [one for one in fields if one.others]
        self._merged: dict[tuple[int, ...], _Node] = {}

    def map(self, payload: dict[str, Any]) -> Mapped:
        """Sort a payload into fields and attributes. Never raises, whatever the payload holds."""
        found: list[Any] = [None] * len(self._paths)
        left: Left = []
        self._object(self._root, payload, found, left)

        fields: dict[str, Any] = {}
        provenance: list[Provenance] = []
        for name, slot, origin, others in self._fields:
            value = found[slot]
            for other, where in others if value is None else ():
                if (value := found[other]) is not None:
                    origin = where
                    break
            if value is not None:
                fields[name] = value
                provenance.append(origin)
        self._passed_over(found, fields, provenance, left)
        return Mapped(fields, left, provenance)

    def _passed_over(self, found: list[Any], fields: dict[str, Any], provenance: list[Provenance], left: Left) -> None:
        """A value behind a better alternative is an attribute, unless it says the same (billing and account e-mail)."""
        taken: set[str] | None = None
        for name, _, _, others in self._choices:  # what stands at the best path has won
            winner = fields.get(name)
            for slot, origin in others:
                value = found[slot]
                if value is None or value is winner or (value == winner and type(value) is type(winner)):
                    continue
                if taken is None:
                    taken = {origin.path for origin in provenance}
                if origin.path not in taken:
                    taken.add(origin.path)
                    left.append((origin.path, value))

    def _object(self, node: _Node, value: dict[str, Any], found: list[Any], left: Left) -> None:
        names, others = node.names, node.others
        if len(value) > MAX_VISITED:  # no payload of a person; what nobody asked for is left in one piece
            left.append((node.path, {name: item for name, item in value.items() if name not in names}))
            value = {name: value[name] for name in names if name in value}
        for name, item in value.items():
            if not item and (item is None or item == ""):
                continue
            child = names.get(name)
            if child is None:
                left.append((others.get(name) or node.other(name), item))
                continue
            only = child.only
            if only >= 0 and found[only] is None:
                one = item[0] if type(item) is list and len(item) == 1 and not child.indexes else item
                kind = type(one)
                if (kind is str and one[:1] > " " and one.isprintable()) or kind in _PLAIN:  # clean, and not blank
                    found[only] = one
                    continue
            if not child.idle:
                self._value(child, item, found, left)

    def _value(self, node: _Node, value: Any, found: list[Any], left: Left) -> None:
        kind = type(value)
        if node.ignored and not node.slots:
            return
        if kind is dict:
            self._object(node, value, found, left)
        elif kind is list or kind is tuple:
            self._list(node, value, found, left)
        elif (value := scalar(value)) is not None:
            placed = False
            for slot in node.slots:
                if found[slot] is None:
                    found[slot] = value
                    placed = True
            if not placed:  # nobody asked for it, or the same answer is given again: the first stands
                left.append((node.path, value))

    def _list(self, node: _Node, value: Sequence[Any], found: list[Any], left: Left) -> None:
        """Elements that a path names are followed. Of plain values, the first that is not blank stands for the list."""
        if len(value) > MAX_VISITED:
            left.append((f"{node.path}[{MAX_VISITED}:]", value[MAX_VISITED:]))
            value = value[:MAX_VISITED]
        for n, item in enumerate(value):
            children = [node.indexes[n]] if n in node.indexes else []
            label: tuple[tuple[str, ...], str] | None = None
            for key, wanted in node.selectors.items():
                told = said_under(item, key)
                if told is None:
                    continue
                child = wanted.get(told)
                if child is not None:
                    children.append(child)
                elif label is None and len(told) <= _MAX_LABEL:
                    label = key, told
            if children:
                self._value(children[0] if len(children) == 1 else self._merge(children), item, found, left)
            elif node.slots and type(item) not in _CONTAINERS and any(found[slot] is None for slot in node.slots):
                self._value(node, item, found, left)
            elif label is not None:
                left.append((node.element(*label), _without(item, label[0])))
            else:
                left.append((f"{node.path}[{n}]", item))

    def _merge(self, nodes: list[_Node]) -> _Node:
        """One node for an element that several paths name, as [0] and [type=email]. As many as the mapping has pairs."""
        key = tuple(map(id, nodes))
        merged = self._merged.get(key)
        if merged is None:
            merged = self._merged[key] = _merged(nodes)
        return merged


class OpeningMapper(Mapper):
    """A mapper whose paths go on inside texts (`@json`, `@form`, `@text`). Apart, so that the others need not look for them."""

    def _value(self, node: _Node, value: Any, found: list[Any], left: Left) -> None:
        if node.inside and not (node.ignored and not node.slots):
            if type(value) is str and self._open(node, clean(value), found, left) and not node.slots:
                return
            if type(value) is list or type(value) is tuple:
                value = self._open_first(node, value, found, left)
        super()._value(node, value, found, left)

    def _open(self, node: _Node, text: str, found: list[Any], left: Left) -> bool:
        """Follow the paths that go inside a text. True: what it says has all been said; a block of lines is a text, too."""
        whole = False
        for what, child in node.inside.items():
            opened = open_as(what, text)
            if opened is not None:
                self._value(child, opened, found, left)
                whole = whole or what != "text"
        return whole

    def _open_first(self, node: _Node, values: Sequence[Any], found: list[Any], left: Left) -> Sequence[Any]:
        """Of a list the first value that is not blank stands for it, inside, too. The list without what was opened."""
        for n, value in enumerate(values[:MAX_VISITED]):
            if type(value) in _CONTAINERS or value is None or (type(value) is str and scalar(value) is None):
                continue
            if type(value) is str and self._open(node, clean(value), found, left) and not node.slots:
                return [*values[:n], None, *values[n + 1 :]]
            break
        return values


def _opens(node: _Node) -> bool:
    """Whether a path goes inside a text at this node or below."""
    return bool(node.inside) or any(_opens(one) for one in node.below())


def _plant(node: _Node, steps: tuple[Step, ...], above: tuple[Step, ...] = ()) -> _Node:
    """The node at the end of a path, made where there was none. `above` leads to `node`."""
    for step in steps:
        above = (*above, step)
        node = node.child(step, render(above))
        if isinstance(step, Selector):  # its key is part of the path, no attribute of its own
            _plant(node, tuple(Name(name) for name in step.key), above).ignored = True
    return node


def _merged(nodes: list[_Node]) -> _Node:
    out = _Node(nodes[0].path, ignored=any(node.ignored for node in nodes))
    out.slots = tuple(dict.fromkeys(slot for node in nodes for slot in node.slots))
    for name in dict.fromkeys(name for node in nodes for name in node.names):
        out.names[name] = _one([node.names[name] for node in nodes if name in node.names])
    for n in dict.fromkeys(n for node in nodes for n in node.indexes):
        out.indexes[n] = _one([node.indexes[n] for node in nodes if n in node.indexes])
    for key in dict.fromkeys(key for node in nodes for key in node.selectors):
        tables = [node.selectors[key] for node in nodes if key in node.selectors]
        values = dict.fromkeys(value for table in tables for value in table)
        out.selectors[key] = {value: _one([table[value] for table in tables if value in table]) for value in values}
    for what in dict.fromkeys(what for node in nodes for what in node.inside):
        out.inside[what] = _one([node.inside[what] for node in nodes if what in node.inside])
    return out


def _one(nodes: list[_Node]) -> _Node:
    return nodes[0] if len(nodes) == 1 else _merged(nodes)


def _without(item: dict[str, Any], key: tuple[str, ...]) -> dict[str, Any]:
    """The element without what stands under the key, which names it already."""
    first, *rest = key
    out = dict(item)
    if rest:
        out[first] = _without(item[first], tuple(rest))
    else:
        del out[first]
    return out


def said_under(item: Any, key: tuple[str, ...]) -> str | None:
    """What an element says under a selector's key, as text; None where it says nothing."""
    for name in key:
        if type(item) is not dict:
            return None
        item = item.get(name)
    if type(item) is str:
        return item or None
    return None if item is None or type(item) in (dict, list, tuple) else text_of(item)
