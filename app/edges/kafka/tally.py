"""How often each record of one input partition was met: a byte for each, from the first that was not met exactly once."""

from __future__ import annotations

from typing import Final

AHEAD: Final = 16_000_000  # no record is met so far ahead of the others: whoever names one is wrong
_COMPACT_AT: Final = 65_536  # bytes
_MOST: Final = 255


class Tally:
    """Counts meetings by offset.

    Args:
        since: The first offset that counts.
    """

    def __init__(self, since: int) -> None:
        self.since = since
        self._base = since  # every offset before it was met exactly once, unless it is in _again
        self._counts = bytearray()
        self._again: set[int] = set()

    @property
    def base(self) -> int:
        """Every record that counts and stands before it was met."""
        return self._base

    def meet(self, offset: int) -> bool:
        """Count a meeting; False for an offset that cannot be."""
        at = offset - self._base
        if at < 0:
            self._again.add(offset)
            return offset >= self.since
        if at >= len(self._counts):
            if at - len(self._counts) > AHEAD:
                return False
            self._counts.extend(bytes(at + 1 - len(self._counts)))
        self._counts[at] = min(_MOST, self._counts[at] + 1)
        if len(self._counts) >= _COMPACT_AT and at % 4_096 == 0:
            self._compact()
        return True

    def met(self, offset: int) -> bool:
        """Whether the record was met; one before the first that counts was."""
        at = offset - self._base
        return at < 0 or (at < len(self._counts) and self._counts[at] > 0)

    def missing(self, end: int) -> list[int]:
        """Offsets before `end` that were never met."""
        known = [self._base + at for at, n in enumerate(self._counts[: max(0, end - self._base)]) if n == 0]
        return known + list(range(max(self._base + len(self._counts), self.since), end))

    def repeated(self) -> list[int]:
        """Offsets met more than once."""
        return sorted(self._again) + [self._base + at for at, n in enumerate(self._counts) if n > 1]

    def met_from(self, start: int) -> list[int]:
        """Offsets at or after `start` that were met."""
        first = max(0, start - self._base)
        return [self._base + first + at for at, n in enumerate(self._counts[first:]) if n]

    def _compact(self) -> None:
        rest = self._counts.lstrip(b"\x01")
        self._base += len(self._counts) - len(rest)
        self._counts = rest
