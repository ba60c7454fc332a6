"""Attributes: whatever no mapping took, as path → text, within bounds. Nothing leaves a lead without being counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from functools import lru_cache
from itertools import islice
from typing import Any

from app.inventory.paths import quote

# Bounds of one lead's attributes. 128 of at most 200 + 1,000 characters, 4 bytes each in the worst case, are 614 kB:
# with the lead's own fields a record stays below the 1,048,588 bytes that a Kafka topic takes by default. A web shop's
# order of ten items, the widest payload we know of, has some 110 leaves that no field takes.
MAX_ATTRIBUTES = 128
MAX_TEXT = 1_000
MAX_PATH = 200
MAX_VISITED = 5_000  # leaves and containers looked at, 0.3 microseconds each; beyond, they are only counted

TRUNCATED = "_truncated"  # how many leaves were left out or cut; absent when none were


def clean(text: str) -> str:
    """Text that every encoder takes: no NUL (many sinks end a string there), no lone surrogate (not encodable)."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def scalar(value: Any) -> Any:
    """The value, cleaned; None where it holds nothing: null, blank text. Not for objects and lists."""
    if type(value) is str:
        value = clean(value)
        return value if value and not value.isspace() else None
    return value


def text_of(value: Any) -> str:
    """A scalar as text: JSON's spelling of booleans, ISO 8601 for times, hex for bytes."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return clean(str(value))


def collect(left: Iterable[tuple[str, Any]], types: list[type] | None = None, cut: int = 0) -> dict[str, str]:
    """Flatten what is left of a payload.

    Args:
        left: (path, value) pairs, scalars or whole objects and lists.
        types: To it the type of each attribute's value is added, in order; `_truncated` has none.
        cut: Leaves that were left out before.

    Returns:
        Path → text of each leaf that is not blank, those nearest the top first. `_truncated` counts the leaves left
        out or cut, where the bounds above were met.
    """
    attributes: dict[str, str] = {}
    queue = list(left)
    for done, (path, value) in enumerate(queue):  # grows while it is read: breadth first, so no depth is too deep
        kind = type(value)
        if kind is str:
            if not value.isprintable():
                value = clean(value)
            if not value or value.isspace():
                continue
        elif value is None:
            continue
        elif kind is dict or kind is list or kind is tuple:
            room = MAX_VISITED - len(queue)
            if len(value) > room:
                cut += count(islice(value.values() if kind is dict else value, max(room, 0), None))
            queue.extend(islice(_members(path[:MAX_PATH], value), max(room, 0)))
            continue
        else:
            value = text_of(value)
        if len(attributes) >= MAX_ATTRIBUTES:
            cut += count(item for _, item in queue[done:])
            break
        if len(value) > MAX_TEXT or len(path) > MAX_PATH:
            value, path = value[:MAX_TEXT], path[:MAX_PATH]
            cut += 1
        attributes[path if path not in attributes else _free(path, attributes)] = value
        if types is not None:
            types.append(kind)
    if cut:
        attributes[TRUNCATED] = str(cut)
    return attributes


def count(values: Iterable[Any]) -> int:
    """How many leaves that are not blank stand in these values, at any depth."""
    found = 0
    level = list(values)
    while level:
        inner: list[Any] = []
        for value in level:
            kind = type(value)
            if kind is dict:
                inner.extend(value.values())
            elif kind is list or kind is tuple:
                inner.extend(value)
            elif kind is str:
                found += not (not value or value.isspace() or ("\0" in value and scalar(value) is None))
            elif value is not None:
                found += 1
        level = inner
    return found


def segment(name: Any) -> str:
    """An object's member name as a path spells it. Cut where the path would be cut anyway, so that it can be cached."""
    text = name if type(name) is str else str(name)
    return quote(clean(text[: MAX_PATH + 1]))


def _members(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if type(value) is dict:
        return ((_member(path, str(name)[: MAX_PATH + 1]), item) for name, item in value.items())
    return ((_item(path, n), item) for n, item in enumerate(value))


@lru_cache(maxsize=4_096)  # few records bring names of their own
def _member(path: str, name: str) -> str:
    return f"{path}.{segment(name)}" if path else segment(name)


@lru_cache(maxsize=4_096)
def _item(path: str, n: int) -> str:
    return f"{path}[{n}]"


def _free(path: str, taken: dict[str, str]) -> str:
    """`path#2`, `path#3`, …: names cut short, or an answer given twice, may end at the same path."""
    n = 2
    while f"{path}#{n}" in taken:
        n += 1
    return f"{path}#{n}"
