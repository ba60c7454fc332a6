"""What the ledger is told of leads, and what it says to whoever learns."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.learning.outcomes import Meaning, meaning


@dataclass(frozen=True, slots=True)
class Label:
    """Something to learn: features as they were when scoring, and what became of the lead.

    Attributes:
        corrects: The opposite was learned of this lead before.
        groups: Declared attributes for the audit, no features.
        served: The score that the worker gave; None: not known.
    """

    numbers: dict[str, float]
    categories: dict[str, str]
    won: bool
    corrects: bool = False
    groups: dict[str, str] = field(default_factory=dict)
    served: float | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """An end that was learned counts elsewhere now: for another source's lead, or for none (it had been counted twice, or the
    lead is open again). `source` None: it counted for none, and counts again.
    """

    source: str | None
    to: str | None
    won: bool


Lesson = Label | Moved


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome event and where it stands in its topic.

    Attributes:
        occurred_at: When it happened, by the clock of who reports it; orders the outcomes of one lead.
        at: The record's own time; None: `occurred_at` serves.
    """

    partition: int
    offset: int
    lead_id: str
    outcome: str
    occurred_at: int
    event_id: str | None
    at: int | None = None

    @property
    def says(self) -> Meaning | None:
        """What it means for the lead; None: an unknown name."""
        return meaning(self.outcome)

    @property
    def identity(self) -> tuple[str, str | int]:
        """Recognises a repetition, among the outcomes of one lead. Some CRMs give all events of one deal the same id, so the
        outcome is a part of it; when they send one again they may say another time, so that is not.
        """
        return self.outcome, self.occurred_at if self.event_id is None else self.event_id

    @property
    def order(self) -> tuple[int, int, int]:
        """The last one counts."""
        return self.occurred_at, self.partition, self.offset
