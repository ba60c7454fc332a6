"""The leads that are open, who was contacted, and what the steward has said: one memory for all of the service.

All of it is a function of records: read in whatever order the topics come, it is the same in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from app.service.memory import Lately, Oldest
from app.service.open_lead import Open, lead_of, number_of, open_lead
from app.steward import STEWARD, Said, SayVerdict, Value, cause_of, verdict_id

CONTACTED_MS: Final = 14 * 24 * 3_600_000  # for so long the topics keep a lead, and it may be revised (docs/revision.md)
KEPT_MS: Final = 45 * 24 * 3_600_000  # half as long again as a lead is kept anywhere: nobody could carry out a verdict about it
PATIENCE_MS: Final = 3_600_000  # a verdict that had no effect for so long was refused, or nobody carries verdicts out
PEOPLE_MS: Final = 60_000  # what a person has just said comes first
_LOOK_MS: Final = 3_600_000

Changed = Callable[[int, Open | None, Open | None], None]
"""Told of each change: the lead's number, its row before, its row now."""


class _Spoken(NamedTuple):
    """What the steward said of a lead: the newest revision that it spoke about, the steps it tried there, and when last."""

    revision: int
    steps: tuple[str, ...]
    at_ms: int


class Book:
    """See the module.

    Args:
        changed: Who follows the rows.
        cares: Whether anybody would do something about such a lead.

    Attributes:
        rows: Number of the lead → what is kept of it.
        outstanding: Leads that a verdict was said about, and not carried out yet.
    """

    def __init__(self, changed: Changed, cares: Callable[[Open], bool]) -> None:
        self.rows: dict[int, Open] = {}
        self.outstanding: dict[int, int] = {}
        self._changed, self._cares = changed, cares
        self._contacted, self._oldest = Lately(CONTACTED_MS), Oldest()
        self._spoken: dict[int, _Spoken] = {}
        self._people: dict[int, int] = {}
        self._looked_ms = 0

    def on_decision(self, value: Value, at_ms: int) -> None:
        """The newest decision of a lead holds."""
        number = number_of(value["lead_id"])
        before = self.rows.get(number)
        if before is not None and value["revision"] <= before.revision:
            return  # read once more
        row = open_lead(value, at_ms, before)
        if row is not None and (not self._cares(row) or (not row.held and number in self._contacted)):
            row = None
        self._put(number, before, row)

    def on_outcome(self, value: Value, at_ms: int) -> None:
        """Whatever a CRM reports: somebody has dealt with the lead."""
        if (number := _number(value)) is not None:
            self._contacted.add(number, at_ms)
            row = self.rows.get(number)
            if row is not None and not row.held:
                self._put(number, row, None)

    def on_verdict(self, value: Value, at_ms: int) -> None:
        """The steward's own, by which a deed that was done is known again; and people's, who come first."""
        number = _number(value)
        cause = cause_of(value["verdict_id"] or "") if value["reviewer"] == STEWARD else None
        if number is not None and cause is not None:
            self._note(number, cause[1], f"{cause[0]}:{cause[2]}", at_ms)
        elif number is not None:
            self._people[number] = max(at_ms, self._people.get(number, 0))

    def free(self, number: int, row: Open, now_ms: int) -> bool:
        """Whether nothing that was said about the lead is still to be carried out."""
        return now_ms >= self.free_from(number, row)

    def free_from(self, number: int, row: Open) -> int:
        """From when on it is, if nothing comes of what was said."""
        spoken, people = self._spoken.get(number), self._people.get(number)
        unanswered = spoken is not None and spoken.revision >= row.answered
        return max(spoken.at_ms + PATIENCE_MS if spoken and unanswered else 0, people + PEOPLE_MS if people is not None else 0)

    def tried(self, number: int, row: Open, engine: str, step: str) -> bool:
        """Whether this was said about this revision already."""
        spoken = self._spoken.get(number)
        return spoken is not None and spoken.revision == row.revision and f"{engine}:{step}" in spoken.steps

    def say(
        self, engine: str, number: int, row: Open, step: str, says: Said, why: str, now_ms: int, team: str | None = None
    ) -> SayVerdict:
        """A verdict about an open lead, noted as said."""
        self._note(number, row.revision, f"{engine}:{step}", now_ms)
        self.outstanding[number] = now_ms
        lead = lead_of(number)
        return SayVerdict(verdict_id(engine, lead, row.revision, step), lead, says, why, now_ms, team)

    def close(self, number: int) -> None:
        """Nothing more is to be done about it."""
        self._put(number, self.rows.get(number), None)

    def oldest_ms(self) -> int | None:
        """When the oldest decision came that an open lead's row is made of."""
        return self._oldest.at_ms

    @property
    def contacted(self) -> int:
        """Leads of lately that are known to be contacted."""
        return len(self._contacted)

    def forget(self, now_ms: int) -> None:
        """Once an hour: let go of what is too old to matter."""
        for number in [number for number, said_ms in self.outstanding.items() if now_ms - said_ms >= PATIENCE_MS]:
            del self.outstanding[number]
        if now_ms - self._looked_ms < _LOOK_MS:
            return
        self._looked_ms = now_ms
        self._contacted.forget(now_ms)
        if (self._oldest.at_ms or now_ms) < now_ms - KEPT_MS:
            for number in [number for number, row in self.rows.items() if row.since_ms < now_ms - KEPT_MS]:
                self.close(number)
        old = now_ms - 2 * PATIENCE_MS
        self._spoken = {n: one for n, one in self._spoken.items() if n in self.rows or one.at_ms > old}
        self._people = {n: at_ms for n, at_ms in self._people.items() if at_ms > old}

    def _put(self, number: int, before: Open | None, now: Open | None) -> None:
        if before is not None:
            self._oldest.remove(before.since_ms)
            if now is None or now.answered > before.answered or now.held != before.held:
                self.outstanding.pop(number, None)
        if now is not None:
            self._oldest.add(now.since_ms)
            self.rows[number] = now
        elif before is not None:
            del self.rows[number]
            self._spoken.pop(number, None)
        if before is not None or now is not None:
            self._changed(number, before, now)

    def _note(self, number: int, revision: int, step: str, at_ms: int) -> None:
        known = self._spoken.get(number)
        if known is None or revision > known.revision:
            self._spoken[number] = _Spoken(revision, (step,), at_ms)
        elif revision == known.revision:
            steps = known.steps if step in known.steps else (*known.steps, step)
            self._spoken[number] = _Spoken(revision, steps, max(at_ms, known.at_ms))


def _number(value: Value) -> int | None:
    """The lead's number; None where somebody wrote about no lead of ours."""
    try:
        return number_of(value["lead_id"])
    except ValueError:
        return None
