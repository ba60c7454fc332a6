"""Which sessions stand: as Redis says, and while it is away as this process remembers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

from cachetools import LRUCache

from app.errors import EdgeDown

_MOST: Final = 10_000


class Standing(Protocol):
    """A list of sessions by their digests."""

    def begin(self, known: str, idle_ms: int) -> None: ...

    def touch(self, known: str, idle_ms: int) -> bool:
        """Whether it stands; then it does for so long from now on."""
        ...

    def end(self, known: str) -> None: ...


class MemoryStanding:
    """Of this process alone. Safe to use from all threads."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms, self._lock = now_ms, threading.Lock()
        self._until: LRUCache[str, int] = LRUCache(_MOST)

    def begin(self, known: str, idle_ms: int) -> None:
        with self._lock:
            self._until[known] = self._now_ms() + idle_ms

    def touch(self, known: str, idle_ms: int) -> bool:
        with self._lock:
            stands = self._until.get(known, 0) > self._now_ms()
            if stands:
                self._until[known] = self._now_ms() + idle_ms
            return stands

    def end(self, known: str) -> None:
        with self._lock:
            self._until.pop(known, None)


class FallingBack:
    """The list that all processes share; while it is away, what this one has seen of it.

    Who logged out while it was away is out here for good, wherever it stands in the shared list.
    """

    def __init__(self, shared: Standing, now_ms: Callable[[], int]) -> None:
        self._shared, self._own, self._lock = shared, MemoryStanding(now_ms), threading.Lock()
        self._ended: LRUCache[str, bool] = LRUCache(_MOST)

    def begin(self, known: str, idle_ms: int) -> None:
        """Also while the shared list is away: then the session stands in this process, until the list is back."""
        self._own.begin(known, idle_ms)
        try:
            self._shared.begin(known, idle_ms)
        except EdgeDown:
            return

    def touch(self, known: str, idle_ms: int) -> bool:
        if known in self._ended:
            return False
        try:
            stands = self._shared.touch(known, idle_ms)
        except EdgeDown:
            return self._own.touch(known, idle_ms)
        self._own.begin(known, idle_ms) if stands else self._own.end(known)
        return stands

    def end(self, known: str) -> None:
        """Raises EdgeDown where it ended in this process alone."""
        with self._lock:
            self._ended[known] = True
        self._own.end(known)
        self._shared.end(known)
