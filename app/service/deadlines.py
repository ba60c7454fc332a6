"""Leads that something must be done about by a certain time, step by step until it helps.

Where nothing comes of what was said (nobody carries verdicts out; it was refused) the next step follows after an hour. A lead
that no step is left for is shown for a day, an alert tells of it, and then it is let go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple, Protocol

from app.monitoring.verdicts import Kind
from app.service.book import Book
from app.service.open_lead import Open, lead_of
from app.service.wheel import Wheel
from app.steward import Alarm, Said, SayVerdict

LOOKS: Final = 5_000  # at leads in one tick, most of which come to nothing after an outage
_SHOWN_MS: Final = 24 * 3_600_000
_SAMPLES: Final = 5


class Step(NamedTuple):
    """One thing to try.

    Attributes:
        name: In the verdict's id.
        says, why, team: Of the verdict.
    """

    name: str
    says: Said
    why: str
    team: str | None = None


class Rule(Protocol):
    """Which leads have a deadline, and what is done about those that miss it."""

    @property
    def name(self) -> str: ...

    @property
    def alert(self) -> Kind:
        """Tells of leads that no step is left for."""
        ...

    def due_ms(self, row: Open) -> int | None:
        """None: there is none."""
        ...

    def priority(self, row: Open) -> int:
        """The least comes first."""
        ...

    def steps(self, row: Open) -> Sequence[Step]:
        """In their order."""
        ...


class Deadlines:
    """Looks after all leads of one rule. See `app.service.concern.Concern`.

    Args:
        teams: All that there are: an alarm of before a restart may be over.
    """

    def __init__(self, book: Book, rule: Rule, teams: Iterable[str]) -> None:
        self.name = rule.name
        self._book, self._rule = book, rule
        self._wheel = Wheel()
        self._overdue: list[tuple[int, int, int]] = []  # (priority, due, number): the most urgent first
        self._stranded: dict[int, int] = {}  # number → since when
        self._alarming = set(teams)

    def cares(self, row: Open) -> bool:
        """Whether it has a deadline."""
        return self._rule.due_ms(row) is not None

    def changed(self, number: int, before: Open | None, now: Open | None) -> None:
        """Set the timer of a row that has a new one."""
        stranded = self._stranded.pop(number, None) is not None
        due_ms = None if now is None else self._rule.due_ms(now)
        if due_ms is not None and (stranded or before is None or self._rule.due_ms(before) != due_ms):
            self._wheel.set(number, due_ms)

    def verdicts(self, now_ms: int, most: int) -> Iterator[SayVerdict]:
        """The next step for leads that are overdue, at most so many."""
        for number in self._wheel.due(now_ms):
            row = self._book.rows.get(number)
            if row is not None and (due_ms := self._rule.due_ms(row)) is not None and due_ms <= now_ms:
                heappush(self._overdue, (self._rule.priority(row), due_ms, number))
        looks = LOOKS
        while self._overdue and most > 0 and looks > 0:
            looks -= 1
            _, due_ms, number = heappop(self._overdue)
            row = self._book.rows.get(number)
            if row is None or self._rule.due_ms(row) != due_ms:
                continue  # contacted, decided, moved on
            free_from = self._book.free_from(number, row)
            if now_ms < free_from:
                self._wheel.set(number, free_from)
            elif (step := self._next(number, row)) is not None:
                most -= 1
                verdict = self._book.say(self.name, number, row, step.name, step.says, step.why, now_ms, step.team)
                self._wheel.set(number, self._book.free_from(number, row))
                yield verdict
            else:
                self._strand(number, max(due_ms, free_from), now_ms)

    def alarms(self, now_ms: int) -> Iterator[Alarm]:
        """Leads that nothing helped, by the team that has them or would have them."""
        teams: dict[str, list[int]] = {}
        for number in self._stranded:
            teams.setdefault(self._book.rows[number].team, []).append(number)
        for team in sorted(self._alarming | teams.keys()):
            left = teams.get(team, [])
            text = f"team {team}: {len(left)} leads are overdue, and nothing is left to try for them"
            samples = tuple(lead_of(number) for number in left[:_SAMPLES])
            yield Alarm(self._rule.alert, "*", team, bool(left), "error", text, len(left), 0, "records", now_ms, samples)
        self._alarming = set(teams)

    def backlog(self, now_ms: int) -> Mapping[str, float]:
        """See `app.steward.Engine`."""
        oldest = min((due_ms for _, due_ms, _ in self._overdue), default=now_ms)
        return {"overdue": len(self._overdue), "stranded": len(self._stranded), "oldest_s": (now_ms - oldest) / 1000}

    def _next(self, number: int, row: Open) -> Step | None:
        untried = (one for one in self._rule.steps(row) if not self._book.tried(number, row, self.name, one.name))
        return next(untried, None)

    def _strand(self, number: int, since_ms: int, now_ms: int) -> None:
        """Show it for a day from when its last step had failed; so a restart does not show it anew."""
        if now_ms - since_ms >= _SHOWN_MS:
            self._book.close(number)
        else:
            self._stranded[number] = since_ms
            self._wheel.set(number, since_ms + _SHOWN_MS)
