"""Fates whose first record compaction has taken away: the lead's newer record on the same topic says which it was.

Lead topics keep each lead's newest record as long as they keep leads, and earlier ones for some days (topic_specs.py). Memory:
a byte for each record of a partition from the first without a fate up to the last that is noted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_args

from app.edges.kafka.tally import AHEAD, Tally
from app.pipeline.fate import FateName

_NAMES: Final[tuple[FateName, ...]] = get_args(FateName)
_TRIM_AT: Final = 65_536  # bytes


class Overwritten:
    """Of one input partition.

    Args:
        fated: Its records whose first fate was met.
        decided: Its records whose first decision was met; decisions are never compacted.
    """

    def __init__(self, fated: Tally, decided: Tally) -> None:
        self._fated, self._decided = fated, decided
        self._base = fated.since
        self._noted = bytearray()

    def note(self, offset: int, fate: FateName) -> None:
        """A later record of the lead stands on the topic of this fate. The first such record counts."""
        if len(self._noted) >= _TRIM_AT:
            self._trim()
        at = offset - self._base
        if at < 0 or at - len(self._noted) > AHEAD:
            return
        if at >= len(self._noted):
            self._noted.extend(bytes(at + 1 - len(self._noted)))
        self._noted[at] = self._noted[at] or 1 + _NAMES.index(fate)

    def all(self) -> Iterator[tuple[int, FateName]]:
        """Offsets of records without a first fate that had one, and which."""
        for at, code in enumerate(self._noted):
            if code and self.had(self._base + at):
                yield self._base + at, _NAMES[code - 1]

    def had(self, offset: int) -> bool:
        """Whether the record has no first fate any more, and had one: its decision stands, and a later record of its lead."""
        at = offset - self._base
        noted = 0 <= at < len(self._noted) and self._noted[at] > 0
        return noted and not self._fated.met(offset) and self._decided.met(offset)

    def _trim(self) -> None:
        gone = min(len(self._noted), max(0, self._fated.base - self._base))
        del self._noted[:gone]
        self._base += gone
