"""Which record ended the process? Told by notes beside the group's committed position, so that kill -9 and a move of the
partition to another worker leave them standing.

The first batch after a lane was opened is noted before it is begun ("these n records"); the commit that accounts for it clears
the note. So a lane that opens on a note knows that a process ended between the two, and takes the noted records in pieces,
noting each piece, until one record stands alone. One that was alone when processes ended, often enough, is set aside as a dead
letter (`suspected_poison`), and the partition goes on. Batches after the first need no note: where one of them ends the process,
it is the first of the next. So a note costs one transaction for each opening, and nothing while all is well.

An edge that is down is nobody's fault: the note is taken back, and not written again for these records by this process.
"""

from __future__ import annotations

import re
from typing import Final

DEATHS: Final = 3  # ends of a process with the record under way, …
ALONE: Final = 2  # … of which so many with nothing else: kill -9 by somebody else would have to meet one record twice
PIECES: Final = 16  # 500 records are looked through in pieces of 31, those one by one

_NOTE: Final = re.compile(r"begun=(\d{1,6}) alone=(\d{1,3}) deaths=(\d{1,3})")


class Caution:
    """What a lane knows of the records at its position.

    Args:
        told: The note beside the position when the lane was opened.

    Attributes:
        note: What is to stand beside the position with the next commit.
    """

    def __init__(self, told: str | None = None) -> None:
        found = _NOTE.fullmatch(told or "")
        begun, self._alone, deaths = map(int, found.groups()) if found else (0, 0, 0)
        self._suspects, self._deaths = begun, deaths + 1 if begun else 0
        self._piece = max(1, begun // PIECES)
        self._unproven = True  # nothing was delivered since the opening
        self._spared = False
        self.note = self._standing = (told or "") if begun else ""

    @property
    def suspects(self) -> int:
        """How many records from the position on are handled with care."""
        return self._suspects

    @property
    def convicted(self) -> bool:
        """Whether the record at the position is set aside without another try."""
        return self._suspects == 1 and self._alone >= ALONE and self._deaths >= DEATHS

    @property
    def deaths(self) -> int:
        """How often a process ended with the record at the position under way, as far as that was noted."""
        return self._deaths

    def most(self, count: int) -> int:
        """How many of the next `count` records may be decided together."""
        return min(count, self._piece) if self._suspects else count

    def begins(self, count: int) -> bool:
        """These many records are about to be decided. True: `note` has changed and must be committed first."""
        if self._spared or self.convicted or not (self._unproven or self._suspects):
            return False
        before, self.note = self.note, _note(count, self._alone + 1, self._deaths)
        return self.note != before

    def survived(self) -> bool:
        """They were not decided, and it was not their fault. True: `note` has changed and should be committed."""
        self._spared = True
        before, self.note = self.note, self._standing
        return self.note != before

    def decided(self, count: int, more: int) -> None:
        """They were. `note` is for the commit that accounts for them: it begins the next piece, if records for it are at hand."""
        left = max(0, self._suspects - count)
        piece = min(self._piece, left, more)
        self.note = _note(piece, 1, self._deaths) if piece else self._standing_at(left)

    def went_on(self, count: int) -> None:
        """That commit was made."""
        self._suspects = max(0, self._suspects - count)
        self._alone = 0
        self._unproven = self._spared = False
        if not self._suspects:
            self._deaths = 0
        self._standing = self._standing_at(self._suspects)

    def _standing_at(self, suspects: int) -> str:
        """What is known, without a try: whoever opens on it counts as many ends as we did."""
        return _note(suspects, 0, self._deaths - 1) if suspects else ""


def _note(begun: int, alone: int, deaths: int) -> str:
    return f"begun={begun} alone={alone if begun == 1 else 0} deaths={deaths}"
