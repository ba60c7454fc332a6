"""The engine of time: service levels, expiry of reviews, queues and parked leads, on one memory of open leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from app.desk.roster import Roster
from app.inventory.models import Inventory
from app.service.book import Book
from app.service.concern import Concern
from app.service.deadlines import Deadlines
from app.service.drains import Drains
from app.service.expiry import ReviewExpiry
from app.service.levels import ServiceLevels
from app.service.open_lead import Open
from app.service.parked import Parked
from app.service.queues import TeamQueues
from app.steward import Deed, SayVerdict, Value

MOST_PER_TICK: Final = 100  # a second; the reviser carries out 1,000 and more
MOST_OUTSTANDING: Final = 500  # said and not carried out: where nobody carries them out, no more are said
ALARMS_MS: Final = 10_000


class ServiceEngine:
    """Implements `app.steward.Engine`.

    Of all that could be said in a second each concern has its turn at being the first, so that none starves while another
    has much to catch up with.

    Args:
        inventory: Service levels, how long reviews wait, teams.
        roster: Who works when, as it holds now.
        dependencies: Those that leads may be parked for.
    """

    name: Final = "service"

    def __init__(self, inventory: Inventory, roster: Callable[[], Roster], dependencies: tuple[str, ...] = ()) -> None:
        self._book = Book(self._changed, lambda row: any(concern.cares(row) for concern in self._concerns))
        self._parked, levels = Parked(dependencies), ServiceLevels(inventory.routing.service, inventory.teams)
        expiry = ReviewExpiry(inventory.reviewing, inventory.routing.catch_all)
        self._concerns: list[Concern] = [
            Deadlines(self._book, levels, inventory.teams),
            Deadlines(self._book, expiry, inventory.teams),
            Drains(self._book, self._parked),
            Drains(self._book, TeamQueues(roster, levels)),
        ]
        self._first = 0
        self._alarmed_ms = 0

    def on_decision(self, value: Value, at_ms: int) -> None:
        """See `app.steward.Engine`."""
        if value["fallbacks"]:
            self._parked.on_decision(value, at_ms)
        self._book.on_decision(value, at_ms)

    def on_outcome(self, value: Value, at_ms: int) -> None:
        """See `app.steward.Engine`."""
        self._book.on_outcome(value, at_ms)

    def on_verdict(self, value: Value, at_ms: int) -> None:
        """See `app.steward.Engine`."""
        self._book.on_verdict(value, at_ms)

    def on_rollout(self, value: Value, at_ms: int) -> None:
        """Rollouts do not matter here."""

    def tick(self, now_ms: int) -> list[Deed]:
        """See `app.steward.Engine`."""
        self._book.forget(now_ms)
        room = min(MOST_PER_TICK, MOST_OUTSTANDING - len(self._book.outstanding))
        said: list[SayVerdict] = []
        turns = self._concerns[self._first :] + self._concerns[: self._first]
        for concern in turns:
            said += concern.verdicts(now_ms, room - len(said))
        self._first = (self._first + 1) % len(self._concerns)
        if now_ms - self._alarmed_ms < ALARMS_MS:
            return [*said]
        self._alarmed_ms = now_ms
        return [*said, *(alarm for concern in self._concerns for alarm in concern.alarms(now_ms))]

    def needed_since(self, now_ms: int) -> int | None:
        """See `app.steward.Engine`."""
        return self._book.oldest_ms()

    def backlog(self, now_ms: int) -> Mapping[str, float]:
        """See `app.steward.Engine`; the names of concerns come before the metrics'."""
        told = {"open": float(len(self._book.rows)), "outstanding": float(len(self._book.outstanding))}
        for concern in self._concerns:
            told |= {f"{concern.name}_{what}": value for what, value in concern.backlog(now_ms).items()}
        return told

    def _changed(self, number: int, before: Open | None, now: Open | None) -> None:
        for concern in self._concerns:
            concern.changed(number, before, now)
