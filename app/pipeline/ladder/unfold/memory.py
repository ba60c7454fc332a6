"""What unfolding remembers: things that depend on names alone. Names repeat from record to record, values do not."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")

MAX_REMEMBERED = 4_096
MAX_KEY = 1_500  # characters: longer ones are no names, and a megabyte each would be no small memory


class Memory(dict[Key, Made]):
    """Key → what `make` makes of it, made once. Full: it starts anew. A plain dict's speed where the key is known."""

    def __init__(self, make: Callable[[Key], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Key) -> Made:
        made = self._make(key)
        if small(key):
            if len(self) >= MAX_REMEMBERED:
                self.clear()
            self[key] = made
        return made


def small(key: Any) -> bool:
    """Whether a key's texts, at any depth, are short enough to be remembered."""
    room, inner = MAX_KEY, [key]
    for part in inner:  # grows while it is read
        if isinstance(part, str):
            room -= len(part)
        elif isinstance(part, tuple):
            inner.extend(part)
    return room >= 0
