"""Leads that wait for something, and go on when it is there: by what they wait for, the most urgent and the oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from typing import Final, Protocol

from app.service.book import Book
from app.service.open_lead import Open
from app.service.trickle import Trickle
from app.service.wheel import Wheel
from app.steward import Alarm, Said, SayVerdict

STEP: Final = "drain"


class Waiting(Protocol):
    """Which leads wait, what for, and what is said when it may be there."""

    @property
    def name(self) -> str: ...

    @property
    def says(self) -> Said: ...

    @property
    def why(self) -> str: ...

    def waits_for(self, row: Open) -> str | None:
        """A team, a dependency; None: for nothing of this kind."""
        ...

    def may(self, what: str, row: Open, now_ms: int) -> bool:
        """Whether it could be taken now, as far as is known."""
        ...

    def priority(self, row: Open) -> int:
        """The least comes first."""
        ...

    def alarms(self, waiting: Mapping[str, int], now_ms: int) -> Iterator[Alarm]:
        """How it stands; `waiting`: what for → how many."""
        ...


class Drains:
    """Looks after all leads that wait. See `app.service.concern.Concern`."""

    def __init__(self, book: Book, waiting: Waiting) -> None:
        self.name = waiting.name
        self._book, self._waiting = book, waiting
        self._queues: dict[str, list[tuple[int, int, int]]] = {}  # what for → (priority, since, number)
        self._counts: dict[str, int] = {}
        self._pace: dict[str, Trickle] = {}
        self._wheel = Wheel()  # of leads that something else was said about
        self._now_ms = 0

    def cares(self, row: Open) -> bool:
        """Whether it waits for something."""
        return self._waiting.waits_for(row) is not None

    def changed(self, number: int, before: Open | None, now: Open | None) -> None:
        """Queue it, and hear from it what was sent."""
        was = None if before is None else self._waiting.waits_for(before)
        waits = None if now is None else self._waiting.waits_for(now)
        if was is not None and was in self._pace and self._pace[was].answered(number):
            if waits == was:
                self._pace[was].failed(self._now_ms)
            else:
                self._pace[was].worked()
        if was is not None and was != waits:
            self._count(was, -1)
        if waits is not None and was != waits:
            self._count(waits, 1)
        if now is not None:
            self._push(number, now)

    def verdicts(self, now_ms: int, most: int) -> Iterator[SayVerdict]:
        """Leads of all queues in turn, as far as their paces allow."""
        self._now_ms = now_ms
        for number in self._wheel.due(now_ms):
            if (row := self._book.rows.get(number)) is not None:
                self._push(number, row)
        for what in sorted(self._queues, key=lambda one: self._queues[one][0]):
            pace = self._pace.setdefault(what, Trickle())
            for verdict in self._of(what, now_ms, min(most, pace.room(now_ms))):
                most -= 1
                yield verdict
            if not self._queues[what]:
                del self._queues[what]

    def alarms(self, now_ms: int) -> Iterator[Alarm]:
        """What the rule tells."""
        return self._waiting.alarms(self._counts, now_ms)

    def backlog(self, now_ms: int) -> Mapping[str, float]:
        """See `app.steward.Engine`."""
        rows = (self._book.rows.get(queue[0][2]) for queue in self._queues.values())
        oldest = min((row.since_ms for row in rows if row is not None and self._waiting.waits_for(row)), default=now_ms)
        return {"waiting": sum(self._counts.values()), "oldest_s": (now_ms - oldest) / 1000}

    def _of(self, what: str, now_ms: int, most: int) -> Iterator[SayVerdict]:
        queue = self._queues[what]
        while queue and most > 0:
            entry = queue[0]
            number = entry[2]
            row = self._book.rows.get(number)
            if row is None or self._waiting.waits_for(row) != what or self._book.tried(number, row, self.name, STEP):
                heappop(queue)  # gone, or under way: it comes again with its next revision
            elif not self._waiting.may(what, row, now_ms):
                break  # the others of the queue wait for the same
            elif now_ms < (free_from := self._book.free_from(number, row)):
                heappop(queue)
                self._wheel.set(number, free_from)
            else:
                heappop(queue)
                most -= 1
                self._pace[what].sent(number, now_ms)
                yield self._book.say(self.name, number, row, STEP, self._waiting.says, self._waiting.why, now_ms)

    def _push(self, number: int, row: Open) -> None:
        if (what := self._waiting.waits_for(row)) is not None:
            heappush(self._queues.setdefault(what, []), (self._waiting.priority(row), row.since_ms, number))

    def _count(self, what: str, more: int) -> None:
        self._counts[what] = self._counts.get(what, 0) + more
