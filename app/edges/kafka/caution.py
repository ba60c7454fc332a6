"""Which record ended the process? Told by notes beside the group's committed position, so that kill -9 and a move of the
partition to another worker leave them standing.

The first batch after a lane was opened is noted before it is begun ("these n records, begun by this process"); the commit that
accounts for it clears the note. So a lane that opens on a note knows that somebody began these records and did not finish, and
takes them in pieces, noting each piece, until one record stands alone. One that was alone when processes ended, often enough, is
set aside as a dead letter (`suspected_poison`), and the partition goes on. Batches after the first need no note: where one of
them ends the process, it is the first of the next. So a note costs one transaction for each opening, nothing while all is well.

Who lost the partition to another worker, and lives or ends by itself, did not end of its records: it says so where the next
owner can read it (`spared`, see `GroupOffsets`), for beside the position it may write no more. An edge that is down is nobody's
fault either: the note is taken back, and not written again for these records by this process.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final, NamedTuple

ENDS: Final = 3  # of processes with the record under way, …
ALONE: Final = 2  # … of which so many with nothing else: kill -9 by somebody else would have to meet one record twice
PIECES: Final = 16  # 500 records are looked through in pieces of 31, those one by one
_KEPT: Final = 8  # ends that a note names: the search for one record of 500 needs five

_NOTE: Final = re.compile(r"begun=(\d{1,6}) by=([0-9a-f]{8}!?(?:,[0-9a-f]{8}!?){0,15})")


class _End(NamedTuple):
    """A process that began the records and did not finish; `alone`: the first of them, with nothing else."""

    process: str
    alone: bool


class Caution:
    """What a lane knows of the records at its position.

    Args:
        process: This process: 8 hex digits.
        told: The note beside the position when the lane was opened.
        spared: Processes that said that it was not their records.

    Attributes:
        note: What is to stand beside the position with the next commit.
    """

    def __init__(self, process: str, told: str = "", spared: Set[str] = frozenset()) -> None:
        found = _NOTE.fullmatch(told)
        self._process = process
        self._ends = tuple(_End(end[:8], end.endswith("!")) for end in found[2].split(",")) if found else ()
        self._suspects = int(found[1]) if found else 0
        self._piece = max(1, self._suspects // PIECES)
        self._unproven = True  # nothing was delivered since the opening
        self._patient = False
        self.acquit({process, *spared})
        self.note = self._standing

    def acquit(self, spared: Set[str]) -> None:
        """These processes did not end of their records."""
        self._ends = tuple(end for end in self._ends if end.process not in spared)
        if not self._ends:
            self._suspects = 0
        self._standing = _note(self._suspects, self._ends)

    @property
    def suspects(self) -> int:
        """How many records from the position on are handled with care."""
        return self._suspects

    @property
    def convicted(self) -> bool:
        """Whether the record at the position is set aside without another try."""
        return self._suspects == 1 and self.ends >= ENDS and sum(end.alone for end in self._ends) >= ALONE

    @property
    def ends(self) -> int:
        """How many processes ended with the record at the position under way, as far as that was noted."""
        return len(self._ends)

    @property
    def begun(self) -> bool:
        """Whether the note says that this process has records under way."""
        return self._process in self.note

    def most(self, count: int) -> int:
        """How many of the next `count` records may be decided together."""
        return min(count, self._piece) if self._suspects else count

    def begins(self, count: int) -> bool:
        """These many records are about to be decided. True: `note` has changed and must be committed first."""
        if self._patient or self.convicted or not (self._unproven or self._suspects):
            return False
        before, self.note = self.note, self._with_us(count, self._ends if count == 1 else _together(self._ends))
        return self.note != before

    def survived(self) -> bool:
        """They were not decided, and it was not their fault. True: `note` has changed and should be committed."""
        self._patient = True
        before, self.note = self.note, self._standing
        return self.note != before

    def decided(self, count: int, more: int) -> None:
        """They were. `note` is for the commit that accounts for them: it begins the next piece, if records for it are at hand."""
        left, ends = max(0, self._suspects - count), _together(self._ends)
        piece = min(self._piece, left, more)
        self.note = self._with_us(piece, ends) if piece else _note(left, ends)

    def went_on(self, count: int) -> None:
        """That commit was made."""
        self._suspects = max(0, self._suspects - count)
        self._ends = _together(self._ends) if self._suspects else ()
        self._unproven = self._patient = False
        self._standing = _note(self._suspects, self._ends)

    def _with_us(self, count: int, ends: tuple[_End, ...]) -> str:
        return _note(count, (*ends[1 - _KEPT :], _End(self._process, count == 1)))


def _together(ends: tuple[_End, ...]) -> tuple[_End, ...]:
    """The record at the position is another one, or has company."""
    return tuple(end._replace(alone=False) for end in ends)


def _note(begun: int, ends: tuple[_End, ...]) -> str:
    return f"begun={begun} by={','.join(end.process + '!' * end.alone for end in ends)}" if begun and ends else ""
