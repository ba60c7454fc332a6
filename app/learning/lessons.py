"""What the ledger is told of leads, and what it says to whoever learns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """Something to learn: features as they were when scoring, and what became of the lead.

    Attributes:
        corrects: The opposite was learned of this lead before.
    """

    numbers: dict[str, float]
    categories: dict[str, str]
    won: bool
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """An end that was learned counts for another source's lead now; `to` None: for none, it had been counted twice."""

    source: str
    to: str | None
    won: bool


Lesson = Label | Moved


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome event and where it stands in its topic."""

    partition: int
    offset: int
    lead_id: str
    outcome: str
    occurred_at: int
    event_id: str | None

    @property
    def identity(self) -> str:
        """Recognises a repetition, among the outcomes of one lead."""
        return self.event_id or f"{self.outcome}@{self.occurred_at}"

    @property
    def order(self) -> tuple[int, int, int]:
        """The last one counts."""
        return self.occurred_at, self.partition, self.offset
