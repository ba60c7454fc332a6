"""The plan: what the simulator will send, with the truth about each record beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.embedded.simulator.people import Kin
from app.embedded.simulator.visits import Trail
from app.pipeline.fate import DeadLetterReason

Kind = Literal["original", "exact_duplicate", "fuzzy_duplicate", "new_intent", "garbage"]
OutcomeName = Literal["contacted", "qualified", "won", "lost", "disqualified", "refunded", "reopened", "on hold"]


@dataclass(frozen=True, slots=True)
class PlannedOutcome:
    """What a CRM will report about a lead, `after_days` days after it. `repeated`: reported a second time, with the same id."""

    outcome: OutcomeName
    after_days: float
    value: float | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """One inbound record, and what is true of it.

    Attributes:
        index: Its place in the plan, from 0.
        kind: What it is. An original is its person's first; an exact duplicate is the same event once more; a fuzzy duplicate is
            the same lead by another event, mostly of another source; a new intent is another lead of the same person, with
            another product or form. Fuzzy duplicates and new intents point to their original, and a person has one at most.
        reason: Of garbage: the reason it must be dead-lettered with. Garbage never is anybody's duplicate.
        poison: Of garbage: which item of the catalogue.
        key, value: The record.
        story_ms: When it arrives, in the simulated world: rhythm, bursts and incidents follow this time.
        stamp_ms: The same moment as the records' time stamps say it, and as it is sent when paced: story time, compressed.
        occurred_ms: The vendor's time in the record; garbage has none.
        late: The vendor's time lies hours or days of story time before the arrival.
        person: Index of the person; the same for all records of that person.
        of: Of a duplicate or a new intent: the index of its original.
        shares: Of a fuzzy duplicate: which of e-mail and phone it surely has in common with its original.
        brings: Of a fuzzy duplicate: what it tells that its original did not.
        kin: Of an original: who the person is related to, who is somebody else nevertheless.
        dirt: What was soiled, as `field:how`.
        probability: Of an original or a new intent: how likely it is to be won, by the concept in force (`before` or `after` the
            drift).
        outcomes: What will be reported about it, in order of time.
        incident: The planted incident that shaped this record, if any.
        trail: Of an original: what the person did in the shop before, if they came by.
    """

    index: int
    source: str
    kind: Kind
    key: bytes | None
    value: bytes | None
    story_ms: int
    stamp_ms: int
    occurred_ms: int | None = None
    late: bool = False
    reason: DeadLetterReason | None = None
    poison: str | None = None
    person: int | None = None
    of: int | None = None
    shares: Literal["email", "phone"] | None = None
    brings: tuple[str, ...] = ()
    kin: Kin | None = None
    dirt: tuple[str, ...] = ()
    probability: float | None = None
    concept: Literal["before", "after"] | None = None
    outcomes: tuple[PlannedOutcome, ...] = ()
    incident: str | None = None
    trail: Trail | None = None

    @property
    def won(self) -> bool | None:
        """What the last final outcome says; None where none will be reported."""
        ends = ("won", "lost", "disqualified", "refunded")
        final = [planned.outcome for planned in self.outcomes if planned.outcome in ends]
        return final[-1] == "won" if final else None
