"""Leads that entered the match index and turned out to be none: it is told to forget them."""

from __future__ import annotations

from collections import deque
from typing import Final

from app.errors import EdgeDown
from app.match_index import MatchIndex

MOST: Final = 10_000  # that wait: a bug of ours, or a poison, makes a few


class Forgetting:
    """Dead letters that were leads until delivery, or ended a process who knows where. As long as the index knows them, a
    corrected record of the same event would be taken for a repetition of something that no team ever gets.

    Noted by lanes, told by the keeper's thread. What is noted when the process is killed stays until its window ends.
    """

    def __init__(self, index: MatchIndex) -> None:
        self._index = index
        self._waiting: deque[str] = deque(maxlen=MOST)

    def note(self, lead: str) -> None:
        """This one is none. Takes no time."""
        self._waiting.append(lead)

    def tell(self) -> None:
        """Tell the index.

        Raises:
            EdgeDown: It does not answer; it is told later.
        """
        leads = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not leads:
            return
        try:
            self._index.erase(leads)
        except EdgeDown:
            self._waiting.extend(leads)
            raise
