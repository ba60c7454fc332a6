"""When to look at which lead again: slots of a second that hold numbers, so that a timer costs eight bytes and no comparison.

Varghese & Lauck, "Hashed and hierarchical timing wheels" (1987), scheme 4, with a heap of the slots that are used in place of a
fixed ring: leads are due within minutes and within weeks. A timer is never removed: who takes it out asks whether it still holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

_SLOT_MS = 1_000


class Wheel:
    """Timers of leads; a lead may have several, and stale ones."""

    def __init__(self) -> None:
        self._slots: dict[int, list[int]] = {}
        self._order: list[int] = []

    def set(self, lead: int, at_ms: int) -> None:
        """Have it come at `at_ms`, or up to a second later."""
        slot = -(-at_ms // _SLOT_MS)
        timers = self._slots.get(slot)
        if timers is None:
            self._slots[slot] = [lead]
            heappush(self._order, slot)
        else:
            timers.append(lead)

    def due(self, now_ms: int) -> Iterator[int]:
        """Take out those whose time has come, the oldest first."""
        slot = now_ms // _SLOT_MS
        while self._order and self._order[0] <= slot:
            yield from self._slots.pop(heappop(self._order))

    def __len__(self) -> int:
        return sum(map(len, self._slots.values()))
