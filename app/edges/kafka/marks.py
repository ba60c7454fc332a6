"""From which offset of a partition on records of a time and later stand: known to the minute, for a few bytes a minute."""

from __future__ import annotations

from collections import deque
from typing import Final

SPAN_MS: Final = 60_000


class Marks:
    """Of what was read in one partition, in its order. Its times may go back now and then (CreateTime: senders' clocks).

    Args:
        offset: Where reading begins.
    """

    def __init__(self, offset: int | None = None) -> None:
        self._marks: deque[tuple[int, int]] = deque([] if offset is None else [(0, offset)])

    def read(self, at_ms: int, offset: int) -> None:
        """A record was read. Only times that go ahead make marks: so all before a mark is older than the mark."""
        if not self._marks or at_ms - self._marks[-1][0] >= SPAN_MS:
            self._marks.append((at_ms, offset))

    def since(self, at_ms: int) -> int | None:
        """An offset before which nothing of that time or later stands; earlier ones are forgotten. None: nothing was read."""
        while len(self._marks) > 1 and self._marks[1][0] <= at_ms:
            self._marks.popleft()
        return self._marks[0][1] if self._marks else None

    def forget(self) -> None:
        """Nothing that was read matters any more."""
        self._marks.clear()
