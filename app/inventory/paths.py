"""The little language in which a mapping says where in a payload a value stands.

    path     = name { "." name | "[" number "]" | "[" key "=" value "]" | "@" what }
    key      = name { "." name }
    what     = "json" | "form" | "text"
    name     = bare | quoted      bare: anything without . [ ] " = @    quoted: "data[email]", with \\" and \\\\ inside
    value    = bare | quoted      bare: anything without ] "

`@` opens a text and goes on inside it: `@json` reads it as JSON, `@form` as a submitted form (a=1&b=2), `@text` as lines of
`label: value`. `app/pipeline/inside.py` says what can be opened; a text that cannot has nothing inside.

`traits.address.city`, `line_items[0].title`, `field_data[name=email].values`, `answers[field.ref=email].email`,
`rawRequest@json.q3_email`, `message@text."Your e-mail"`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_NAME = re.compile(rf'{_QUOTED}|[^.\[\]"=@]+')
_INDEX = re.compile(r"\[(\d{1,6})\]")
_VALUE = re.compile(rf'({_QUOTED}|[^\]"]*)\]')
_ESCAPED = re.compile(r"\\(.)")
_BARE = re.compile(r'[^.\[\]"=@\s]+')
_INSIDE = re.compile(r"@(json|form|text)(?=[.@\[]|$)")

What = Literal["json", "form", "text"]


@dataclass(frozen=True, slots=True)
class Name:
    """The member of an object."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """The n-th element of a list, from 0."""

    n: int


@dataclass(frozen=True, slots=True)
class Selector:
    """The first element of a list in which `key` (names from the element down) has `value`, compared as text."""

    key: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Inside:
    """What a text holds, read as JSON, as a submitted form, or as lines of label and value."""

    what: What


Step = Name | Index | Selector | Inside


class PathError(ValueError):
    """A path that cannot be read; the message says at which character and what was expected there."""


def parse(path: str) -> tuple[Step, ...]:
    """The steps of a path, from the payload's top.

    Raises:
        PathError: It is not a path.
    """
    names, at = _names(path, 0)
    steps: list[Step] = [Name(name) for name in names]
    while at < len(path):
        if index := _INDEX.match(path, at):
            steps.append(Index(int(index[1])))
            at = index.end()
        elif path[at] == "[":
            selector, at = _selector(path, at + 1)
            steps.append(selector)
        elif path[at] == ".":
            names, at = _names(path, at + 1)
            steps += [Name(name) for name in names]
        elif inside := _INSIDE.match(path, at):
            steps.append(Inside(cast(What, inside[1])))
            at = inside.end()
        elif path[at] == "@":
            raise PathError(f"character {at + 1}: expected @json, @form or @text; a name that holds @ is written in quotes")
        else:
            raise PathError(f'character {at + 1}: expected ".", "[", "@" or the end, found {path[at]!r}')
    return tuple(steps)


def render(steps: tuple[Step, ...]) -> str:
    """The path that `parse` reads back to the same steps."""
    text = ""
    for step in steps:
        match step:
            case Name(name):
                text = join(text, name)
            case Index(n):
                text += f"[{n}]"
            case Selector(key, value):
                text += f"[{'.'.join(map(quote, key))}={quote(value)}]"
            case Inside(what):
                text += f"@{what}"
    return text


def join(prefix: str, name: str) -> str:
    """The path of the member `name` of what stands at `prefix`."""
    return f"{prefix}.{quote(name)}" if prefix else quote(name)


@lru_cache(maxsize=4096)  # names repeat from record to record; callers keep them short
def quote(name: str) -> str:
    """A name as a path spells it. What begins with an underscore and "truncated" is ours, so it is quoted, too."""
    if _BARE.fullmatch(name) and name != "_truncated":
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _names(path: str, at: int) -> tuple[list[str], int]:
    """One or more names joined by dots, and where they end."""
    names = []
    while True:
        found = _NAME.match(path, at)
        if found is None:
            raise PathError(f'character {at + 1}: expected a name; one that holds . [ ] = @ or " is written in quotes')
        names.append(_unquoted(found[0]))
        at = found.end()
        if not path.startswith(".", at):
            return names, at
        at += 1


def _selector(path: str, at: int) -> tuple[Selector, int]:
    key, at = _names(path, at)
    if not path.startswith("=", at):
        raise PathError(f"character {at + 1}: expected = and a value, as in [name=email], or a number, as in [0]")
    found = _VALUE.match(path, at + 1)
    if found is None:
        raise PathError(f"character {at + 2}: this bracket is never closed; add ]")
    return Selector(tuple(key), _unquoted(found[1])), found.end()


def _unquoted(text: str) -> str:
    if text.startswith('"'):
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text.strip()
