"""What to ring for of matching: a person with too many leads, leads that nobody could look up, questions that nobody answers."""

from __future__ import annotations

from collections import deque
from typing import Final

from app.monitoring.verdicts import State, Verdict
from app.monitoring.windows import Window

CALM_AFTER: Final = 10  # windows without another lead of the kind
BACKLOG: Final = 200  # questions: what two reviewers answer in a day
RISING_OVER: Final = 60  # windows within which more came than were answered


class Chain:
    """Leads that would have been counted for a person who has too many already: strangers taken for one, or a test that repeats
    itself. One is enough."""

    def __init__(self) -> None:
        self._quiet = 0

    def judge(self, window: Window) -> Verdict:
        self._quiet = 0 if window.chained else self._quiet + 1
        state: State = "breach" if window.chained else "calm" if self._quiet >= CALM_AFTER else "unclear"
        persons = ", ".join(f"su_{lead.removeprefix('ld_')}" for lead in sorted(window.chains))
        text = f"{window.chained} leads would have been counted for a person who has too many already ({persons})"
        samples = (*window.samples.get("chained", ()), *sorted(window.chains))
        return Verdict("match_chain", state, window.chained, 0.0, "records", text, samples=samples)


def dedupe_unknown(window: Window) -> Verdict:
    """Leads that were decided while the match index could not tell who was there before: of all sources together."""
    unknown, of = window.dedupe["unknown"], window.records
    state: State = "breach" if unknown else "calm" if of else "unclear"
    text = f"{unknown} of {of} leads decided without the match index, duplicates among them are found later"
    samples = tuple(window.samples.get("unknown", ()))
    return Verdict("dedupe_unknown", state, unknown / of if of else 0.0, 0.0, "share", text, samples=samples)


class Backlog:
    """Possible duplicates that wait for a person: counted from the first window that was seen, so never more than there are."""

    def __init__(self) -> None:
        self._waiting: int | None = None
        self._before = deque[int](maxlen=RISING_OVER)

    def judge(self, window: Window, *, firing: bool) -> Verdict:
        """Rings while there are many and more come than are answered; is calm when there are few, or a quarter less.

        Args:
            firing: Whether it rings already. Who begins then knows that there are many, and not how many.
        """
        if self._waiting is None:
            self._waiting = BACKLOG if firing else 0
        self._waiting = waiting = max(0, self._waiting + window.dedupe["asked"] - window.settled)
        lowest, highest = min(self._before, default=0), max(self._before, default=0)
        self._before.append(waiting)
        state: State = "unclear"
        if waiting >= BACKLOG and waiting > lowest:
            state = "breach"
        if waiting < BACKLOG / 2 or waiting <= 0.75 * highest:
            state = "calm"
        text = f"{waiting} possible duplicates wait for a person, and more come than are answered"
        samples = tuple(window.samples.get("asked", ()))
        return Verdict("review_backlog", state, waiting, float(BACKLOG), "records", text, samples=samples)
