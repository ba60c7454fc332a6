"""The desk in memory: for tests, simulations and runs without Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from app.desk.answering import Standing, away
from app.desk.roster import Roster
from app.desk.turns import Turns
from app.ports import Assigned, Wanted


class MemoryDesk:
    """Implements `app.ports.Desk`.

    Args:
        roster: Who works, now.
        clock: Unix time.
    """

    def __init__(self, roster: Callable[[], Roster], clock: Callable[[], float] = time.time) -> None:
        self._roster, self._clock = roster, clock
        self._turns, self._lock = Turns(), threading.Lock()
        self.away = False  # True: as if it could not be asked

    def assign(self, wanted: Sequence[Wanted]) -> list[Assigned]:
        """See the port."""
        at_ms, roster = int(1000 * self._clock()), self._roster()
        if self.away:
            return away(wanted, at_ms, roster.version)
        with self._lock:
            return self._turns.assign(wanted, roster, at_ms)

    def give_back(self, leads: Sequence[str]) -> None:
        """See the port."""
        with self._lock:
            self._turns.give_back(() if self.away else leads)

    def restore(self, standing: Iterable[Standing | None]) -> int:
        """All anew, from what stands."""
        with self._lock:
            told = [one for one in standing if one is not None]
            self._turns.restore(told)
            return len(told)

    def taken(self, team: str) -> dict[str, tuple[int, int]]:
        """Member → (local date, leads taken on it)."""
        with self._lock:
            return self._turns.taken(team)
