"""How fast leads go back to something that was away: carefully at first, faster as long as it takes them, and not at all for a
while once it does not.

The number under way doubles with each full round that worked and falls to one with a failure, as TCP's slow start does (Jacobson
1988). After a failure nothing is tried for a pause, which doubles with each one. The pause becomes short again only after
`STEADY` leads in a row: what comes and goes is tried less and less often, and never gets a storm.
"""

from __future__ import annotations

from typing import Final

SHORTEST_MS: Final = 30_000
LONGEST_MS: Final = 30 * 60_000
STEADY: Final = 20
MOST: Final = 50  # under way at once: what the reviser carries out in a fraction of a second
ANSWER_MS: Final = 10 * 60_000  # without an answer for so long it counts as failed


class Trickle:
    """The pace towards one thing."""

    def __init__(self) -> None:
        self._under_way: dict[int, int] = {}  # number → when it was sent
        self._wide, self._row = 1, 0
        self._pause_ms, self._until_ms = SHORTEST_MS, 0

    def room(self, now_ms: int) -> int:
        """How many more may be sent now."""
        if self._under_way and now_ms - next(iter(self._under_way.values())) >= ANSWER_MS:
            self._under_way.clear()
            self.failed(now_ms)
        return 0 if now_ms < self._until_ms else self._wide - len(self._under_way)

    def sent(self, number: int, now_ms: int) -> None:
        """This one is under way."""
        self._under_way[number] = now_ms

    def answered(self, number: int) -> bool:
        """Whether it was under way, and is no more."""
        return self._under_way.pop(number, None) is not None

    def worked(self) -> None:
        """One was taken."""
        self._row += 1
        self._wide = min(MOST, self._wide + 1)
        if self._row >= STEADY:
            self._pause_ms = SHORTEST_MS

    def failed(self, now_ms: int) -> None:
        """One was not. Others that were under way say the same, and make the pause no longer."""
        if now_ms >= self._until_ms:
            self._until_ms = now_ms + self._pause_ms
            self._pause_ms = min(LONGEST_MS, 2 * self._pause_ms)
        self._wide, self._row = 1, 0

    @property
    def tried_again_ms(self) -> int:
        """Before then nothing is sent."""
        return self._until_ms
