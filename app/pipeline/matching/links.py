"""What was decided and is not in the match index yet: it travels there with the next batch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from app.match_index import Earlier, Link

REMEMBERED: Final = 10_000  # decided leads
WAITING: Final = 100_000  # links; more, while the index is away, are restored from the decisions


class Links:
    """Links on their way, shared by all lanes of a process. What they say is known here from the moment of the decision."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Link] = []
        self._decided: dict[str, tuple[str, str]] = {}  # lead → the lead that it is part of, and the first of its person

    @property
    def waiting(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self._waiting)

    def take(self) -> list[Link]:
        """All that wait; the caller tells them, or gives them back."""
        with self._lock:
            links, self._waiting = self._waiting, []
        return links

    def give_back(self, links: Sequence[Link]) -> None:
        """They could not be told."""
        if links:
            with self._lock:
                self._waiting = [*links, *self._waiting][-WAITING:]

    def add(self, lead: str, into: str, root: str, *, same: bool) -> None:
        """The lead was merged into another (same), or is the same person's; `root`: of whom it is then."""
        with self._lock:
            self._waiting.append(Link(lead, into, same))
            self._decided[lead] = into if same else lead, root
            if len(self._decided) > REMEMBERED:
                del self._decided[next(iter(self._decided))]

    def join(self, root: str, other: str) -> None:
        """Two persons are one. Which of them came first only the index knows."""
        with self._lock:
            self._waiting.append(Link(other, root, same=False))

    def now(self, earlier: Earlier) -> tuple[str, str]:
        """The lead that an earlier one is part of, and the first of its person, by what the index told and what it does not know
        yet."""
        of, root = earlier.of, earlier.root
        while (known := self._decided.get(of)) and known[0] != of:  # to ever earlier leads: it ends
            of = known[0]
        while (known := self._decided.get(root)) and known[1] != root:
            root = known[1]
        return of, root
