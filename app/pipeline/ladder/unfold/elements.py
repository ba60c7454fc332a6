"""Elements that name themselves: {name, value}, {question, answer}, {field: {ref}, type: email, email: …}.

Which members play which part is read from their names once per combination of names (`PLANS`); what an element says by them is
read from each (`read`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from app.pipeline.attributes import clean, text_of
from app.pipeline.ladder.unfold.memory import Memory
from app.pipeline.ladder.unfold.words import (
    ANSWER_KINDS,
    HUMAN,
    INSIDE_VALUES,
    KINDS,
    MACHINE,
    OPTIONS,
    RECORDS,
    VALUES,
    WEAK_VALUES,
    plain,
)

MAX_MEMBERS = 24  # an element with more of them is a record of its own
MAX_LABEL = 300  # characters of a question; what is longer is no name
MAX_NAME = 60  # of a member that names
MAX_SELECTED = 100  # characters of what a path's selector compares

_HUMAN = {word: n for n, word in enumerate(HUMAN)}
_MACHINE = {word: n for n, word in enumerate(MACHINE)}
_TEXTS = {str}
_BARE_ID = frozenset(("id", "uid", "uuid", "gid", "identifier"))
_OF_ANYTHING = _BARE_ID | {"name", "title"}  # a note has them, too: {title, text}, {name, content}
_MAX_BESIDE_WEAK = 6
_MAX_BESIDE = 4  # members of a wrapped field that are neither its name nor its value
_MAX_ANSWERS = 3
_MAX_GUESSED = 4
_A_NAME = re.compile(r"[^\W\d_][^@\n]{0,99}")


class Plan(NamedTuple):
    """The parts that members of these names could play.

    Attributes:
        members: All.
        namers: Members that could name it, or say of which type it is.
        human, machine: Members that could name the element, best first.
        kinds: Members that say of which type the answer is.
        values: Members that hold the answer; empty: only a type can tell.
        options: Members that list what could have been answered.
        record: It has members of a record of its own.
        asks: It could be a question of a form's definition: an id and a text for people, and no answer.
        readable: An element with these could name what it holds.
    """

    members: tuple[Any, ...]
    namers: tuple[str, ...]
    human: tuple[str, ...]
    machine: tuple[str, ...]
    kinds: tuple[str, ...]
    values: frozenset[str]
    options: tuple[str, ...]
    record: bool
    asks: bool
    readable: bool


class Reading(NamedTuple):
    """What an element says of itself.

    Attributes:
        label: The question it answers, else its name.
        names: Its other names.
        key, told: The member that names it best in a path (names from the element down), and its text; () where none does.
        values: The members that hold the answer.
        naming: Members that name or describe, besides `key`.
        ids: All that could be known to a form's definition.
    """

    label: str
    names: tuple[str, ...]
    key: tuple[str, ...]
    told: str
    values: frozenset[str]
    naming: frozenset[str]
    ids: tuple[str, ...]


def plan(members: tuple[Any, ...]) -> Plan | None:
    """What the members of an element could be. None: nothing here names anything. Remembered in `PLANS`."""
    if len(members) > MAX_MEMBERS:
        return None
    words = {name: plain(name) for name in members if type(name) is str and len(name) <= MAX_NAME}
    human = sorted((name for name, word in words.items() if word in _HUMAN), key=lambda name: _HUMAN[words[name]])
    machine = sorted((name for name, word in words.items() if word in _MACHINE), key=lambda name: _MACHINE[words[name]])
    kinds = tuple(name for name, word in words.items() if word in KINDS)
    values = frozenset(name for name, word in words.items() if word in VALUES)
    if not human and not machine and not (kinds and values):
        return None
    clear = any(words[name] not in _OF_ANYTHING for name in human + machine)
    if not values and not kinds and clear and len(members) <= _MAX_BESIDE_WEAK:
        values = frozenset(name for name, word in words.items() if word in WEAK_VALUES)
    record = any(word in RECORDS for word in words.values())
    asks = bool(human and machine) and not values
    readable = len(members) > 1 and bool(kinds or (values and not record))
    options = tuple(name for name, word in words.items() if word in OPTIONS) if values else ()
    lasting = [name for name in machine if words[name] not in _BARE_ID] or machine  # record ids would never be read twice
    namers = tuple(dict.fromkeys((*human, *lasting, *kinds)))
    return Plan(members, namers, tuple(human), tuple(machine), kinds, values, options, record, asks, readable)


PLANS: Memory[tuple[Any, ...], Plan | None] = Memory(plan)


def told_by(item: dict[str, Any], plan: Plan) -> tuple[Any, ...] | None:
    """All that a reading depends on besides the members' names; None: it is not to be remembered by."""
    told = tuple([item[name] for name in plan.namers])
    if set(map(type, told)) == _TEXTS:
        return told
    told = tuple([one if type(one) is str else (type(one), _inside(one)) for one in told])
    try:
        hash(told)
    except TypeError:
        return None
    return told


def _inside(one: Any) -> Any:
    return tuple([(name, type(value), value) for name, value in one.items()]) if type(one) is dict else one


def read(item: dict[str, Any], plan: Plan) -> Reading | None:
    """What an element says of itself; None: it does not name what it holds."""
    values = plan.values
    kinds: tuple[str, ...] = ()
    if plan.kinds:
        kinds = tuple(item[name] for name in plan.kinds if type(item[name]) is str)
        typed = next((kind for kind in kinds if kind in item and kind not in plan.kinds), None)  # {type: email, email: …}
        if typed is not None and not values:
            values = frozenset((typed,))
        elif plan.record:
            return None
    elif plan.record:
        return None
    if not values:
        return None
    human: list[_Told] = []
    machine: list[_Told] = []
    name: str
    for name in plan.human:
        if name not in values:
            _tell(item[name], (name,), human, human, machine)
    for name in plan.machine:
        if name not in values and name in plan.namers:
            _tell(item[name], (name,), machine, human, machine)
    told = human + machine
    if not told:  # {type: EMAIL, value: …}
        for name in plan.kinds if plan.values else ():
            _tell(item[name], (name,), machine, human, machine)
        told = machine
    if not told:
        return None
    label = told[0].text.strip()
    best = _best(human, machine)
    names = [text for one in told if one.key[-1].lower() not in _BARE_ID and (text := one.text.strip()) != label]
    names += [
        name for name in kinds if name in values and plain(name) not in INSIDE_VALUES
    ]  # phone_number says more than `value`
    names += [kind for kind in kinds if kind != label and plain(kind) in ANSWER_KINDS]
    naming = frozenset((*plan.human, *plan.machine, *plan.kinds, *plan.options)) - values
    ids = tuple(one.text for one in machine)
    return Reading(label, tuple(dict.fromkeys(names)), best.key, best.text, values, naming, ids)


class _Told(NamedTuple):
    key: tuple[str, ...]
    text: str


_NO_KEY = _Told((), "")


def _tell(value: Any, key: tuple[str, ...], to: list[_Told], human: list[_Told], machine: list[_Told]) -> None:
    """Add what a naming member says: itself, or what the object in it says of itself, as {field: {id, ref, title}}."""
    kind = type(value)
    if kind is str:
        if value and len(value) <= MAX_LABEL and not value.isspace() and clean(value) == value:
            to.append(_Told(key, value))
    elif kind is int:
        to.append(_Told(key, text_of(value)))
    elif kind is dict and len(key) == 1:
        inner = PLANS[tuple(value)]
        if inner is not None:
            for name in inner.human:
                _tell(value[name], (*key, name), human, human, machine)
            for name in inner.machine:
                _tell(value[name], (*key, name), machine, human, machine)
        elif text := text_in(value):
            human.append(_Told((*key, ""), text))  # no path leads there: the key is another's
    elif kind is dict and (text := text_in(value)):  # {question: {slug: …, label: {ru: …}}}
        human.append(_Told((*key, ""), text))
    elif kind is list and len(value) == 1 and len(key) == 1:  # {headings: [{heading: …}]}
        one = value[0]
        inner = PLANS[tuple(one)] if type(one) is dict else None
        text = text_in(one if inner is None else next((one[name] for name in inner.human), None))
        if text:
            human.append(_Told((*key, ""), text))


def _best(human: list[_Told], machine: list[_Told]) -> _Told:
    """What names it best in a path: a name that lasts, then the question, then an id."""
    for one in machine:
        if one.key[-1].lower() not in _BARE_ID and len(one.text) <= MAX_SELECTED:
            return one
    for one in human:
        if one.key[-1] and len(one.text) <= MAX_SELECTED:
            return one
    return next((one for one in machine if len(one.text) <= MAX_SELECTED), _NO_KEY)


class Asked(NamedTuple):
    """A question of a form's definition."""

    label: str
    names: tuple[str, ...]  # its name, its predefined field, its type
    ids: tuple[str, ...]


def asked(item: dict[str, Any], plan: Plan) -> Asked | None:
    """The question that an element of a definition asks; None: it asks none."""
    human: list[_Told] = []
    machine: list[_Told] = []
    for name in plan.human:
        _tell(item[name], (name,), human, human, machine)
    for name in plan.machine:
        _tell(item[name], (name,), machine, human, machine)
    if not human or not machine:
        return None
    label = human[0].text.strip()
    names = [one.text for one in human[1:] + machine if one.key[-1].lower() not in _BARE_ID]
    names += [text for name, text in item.items() if type(text) is str and plain(name) == "predefinedfield"]
    names += [item[name] for name in plan.kinds if type(item[name]) is str]
    return Asked(label, tuple(dict.fromkeys(names)), tuple(one.text for one in machine))


def text_in(value: Any) -> str | None:
    """A text for people: itself, or in the first language of {localized: {de_DE: …}}. None: there is none."""
    for _ in range(3):
        if type(value) is dict:
            value = next(iter(value.values()), None)
    if type(value) is not str or len(value) > MAX_LABEL:
        return None
    return clean(value).strip() or None


def wraps(label: str, item: dict[str, Any], reading: Reading, siblings_are_alike: Callable[[], bool]) -> bool:
    """Whether {label: {value: …, title: …}} is a field with its question. Else it is an option that was chosen, as
    {country: {value: DE, label: Germany}}. A field's siblings are made the same way, or its `label` alone says nothing."""
    if len(reading.values) > _MAX_ANSWERS or len(item) > len(reading.values) + len(reading.naming) + _MAX_BESIDE:
        return False
    if any(letter.isdigit() for letter in label) or plain(label) in _MACHINE or plain(label) in VALUES:
        return True
    return siblings_are_alike()


def alike(members: tuple[Any, ...], siblings: Iterable[Any]) -> bool:
    """Whether half of the siblings or more are objects with these members, and more than one is."""
    some = [type(sibling) is dict and tuple(sibling) == members for sibling in islice(siblings, MAX_MEMBERS)]
    return 1 < sum(some) >= len(some) / 2


def guess(items: Sequence[Any]) -> tuple[str, str] | None:
    """The members that hold name and value in a list of elements whose member names are in no list of ours; None: not so.

    Names differ from element to element and read like names; values differ in kind, as answers to different questions do, where
    the members of records are of one kind each.
    """
    if len(items) < 2:
        return None
    first = items[0]
    members = tuple(first)
    if not 2 <= len(members) <= _MAX_GUESSED or any(plain(name) in RECORDS for name in members if type(name) is str):
        return None
    if any(type(item) is not dict or tuple(item) != members for item in items):
        return None
    namers = [name for name in members if _all_names([item[name] for item in items])]
    values = [name for name in members if name not in namers[:1] and len({_sort(item[name]) for item in items} - {None}) > 1]
    return (namers[0], values[0]) if namers and len(values) == 1 else None


def _all_names(texts: list[Any]) -> bool:
    if len(set(map(id, texts))) < 2 or not all(type(text) is str and _A_NAME.fullmatch(text) for text in texts):
        return False
    return len(set(texts)) == len(texts)


def _sort(value: Any) -> str | None:
    """The coarsest sort of a value; None: it is blank."""
    if type(value) is list and len(value) == 1:
        value = value[0]
    if type(value) is not str:
        return None if value is None else type(value).__name__
    if not value or value.isspace():
        return None
    if "@" in value:
        return "address"
    digits = sum(letter.isdigit() for letter in value[:100])
    return "digits" if digits * 2 > min(len(value), 100) else "words"
