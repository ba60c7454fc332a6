"""What a member's name, or the path to what a declaration left over, says of the leaf below it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from app.inventory.paths import Index, Inside, Name, PathError, Selector, parse
from app.pipeline.attributes import clean, segment
from app.pipeline.ladder.unfold.memory import Memory
from app.pipeline.ladder.unfold.words import INSIDE_VALUES, VALUES, plain

# data[merges][EMAIL], contact[email], user.address.zip: forms and spreadsheets that flatten what was nested.
_BRACKETED = re.compile(r"[^\[\]]*[^\[\]\s](?:\[[^\[\]]*\])+")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.\w+)+")
_PARTS = re.compile(r"[^\[\].]+")


class Named(NamedTuple):
    """A member's name.

    Attributes:
        segment: As paths spell it.
        label: What it calls the value.
        around: Names that it holds besides, the nearest first: ("merges", "data") of `data[merges][EMAIL]`.
        idle: Says nothing below something that has a name: `value`, `answer`.
        idle_inside: Says nothing within an answer: `label`, `text`.
    """

    segment: str
    label: str
    around: tuple[str, ...]
    idle: bool
    idle_inside: bool


class Origin(NamedTuple):
    """What names the value at a path."""

    label: str
    context: tuple[str, ...]
    selected: tuple[str, ...]  # the values of the path's selectors


def read_name(name: Any) -> Named:
    """A member's name, read. Remembered in `NAMES`."""
    text = clean(name if type(name) is str else str(name))
    word = plain(text)
    label = text
    around: tuple[str, ...] = ()
    if _BRACKETED.fullmatch(text[:300]):
        label, around = _parted([part for part in _PARTS.findall(text) if not part.isspace()], text)
    elif _DOTTED.fullmatch(text[:300]):
        label, around = _parted(text.split("."), text)
    return Named(segment(name), label, around, word in VALUES, word in INSIDE_VALUES)


def read_path(path: str, names: Mapping[Any, Named] | None = None) -> Origin:
    """What the names of a path say of the value there. Remembered in `ORIGINS`, where nothing else tells what `names` mean."""
    names = NAMES if names is None else names
    try:
        steps = parse(path)
    except PathError:  # `items[5000:]`, what is beyond the bounds of a record; "", the whole payload
        return Origin(path, (), ())
    label = ""
    context: tuple[str, ...] = ()
    selected: tuple[str, ...] = ()
    for step in steps:
        match step:
            case Name(name):
                label, context = below(label, context, names[name], inside=bool(selected))
            case Selector(_, value):
                context = (label, *context) if label and not label.isdigit() else context
                label, context = names[value].label, (*names[value].around, *context)
                selected = (*selected, value)
            case Index() | Inside():
                pass
    return Origin(label, context, selected)


def below(label: str, context: tuple[str, ...], named: Named, *, inside: bool) -> tuple[str, tuple[str, ...]]:
    """Label and context of a member of what is called `label`."""
    if label and (named.idle or (inside and named.idle_inside)):
        return label, context
    around = (label, *context) if label and not label.isdigit() else context
    return named.label, (*named.around, *around) if named.around else around


def _parted(parts: list[str], text: str) -> tuple[str, tuple[str, ...]]:
    """The last part that says something, and those before it, the nearest first."""
    while len(parts) > 1 and (parts[-1].isdigit() or plain(parts[-1]) in VALUES):
        parts.pop()  # items[0], answers[email][value]
    return (parts[-1], tuple(parts[-2::-1])) if parts else (text, ())


NAMES: Memory[Any, Named] = Memory(read_name)
ORIGINS: Memory[str, Origin] = Memory(read_path)
