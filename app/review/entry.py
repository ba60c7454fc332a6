"""One held lead of the queue, folded from what topics say of it. In whatever order that comes, the same entry results.

No personal data: what a reviewer needs of the lead itself is read from its record when it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from app.inventory.reviewing import Reviewing

Value = dict[str, Any]

RANKS: Final = {"hot": 0, "warm": 1, "cold": 2}
_LAST: Final = 3
NEVER: Final = 2**62
ERASED: Final = "erased"
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Item:
    """What a record of the review topic says of a lead.

    Attributes:
        due_ms: Until when somebody must have contacted it; None: no service level.
        expires_ms: When it stops to wait for people; None: never.
        of: The lead that it may be a duplicate of.
    """

    lead: str
    revision: int
    source: str
    team: str
    rule: str
    band: str
    score: float
    confidence: float
    received_ms: int
    reasons: tuple[str, ...]
    checkpoint: str | None = None
    due_ms: int | None = None
    expires_ms: int | None = None
    of: str | None = None

    @property
    def place(self) -> tuple[int, int, int, str]:
        """Where it stands: the best band first, in it what is due first, else what waits longest."""
        due = min((one for one in (self.due_ms, self.expires_ms) if one is not None), default=NEVER)
        return RANKS.get(self.band, _LAST), due, self.received_ms, self.lead


@dataclass(frozen=True, slots=True)
class Decided:
    """What a revised decision says.

    Attributes:
        fate: As of then; `ERASED` where the lead's person was erased, so that nobody is asked about it any more.
        how: approved, rerouted, merged, rejected, awaits_second, …
        agreed: Whether a person left everything as the machine proposed it; None where no person decided.
        approvals: Who has said what, where two have to agree.
        verdicts: Ids of those that led to it.
    """

    lead: str
    revision: int
    fate: str
    how: str | None = None
    by: str | None = None
    agreed: bool | None = None
    approvals: tuple[tuple[str, str, str | None], ...] = ()
    verdicts: tuple[str, ...] = ()
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict on its way.

    Attributes:
        number: None where its sender gave it none.
        offset: Where it stands on its partition.
        digest: Of what it says, to tell a repetition from another one under the same number.
    """

    lead: str
    number: str | None
    says: str
    by: str
    at_ms: int
    partition: int
    offset: int
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """All that is known of one lead.

    Attributes:
        item: None where it never was held, or its record was not read yet.
        decided: The newest revision; None: as the worker decided.
        said: The newest verdict.
        passed: That verdict was dealt with, whatever came of it.
    """

    item: Item | None = None
    decided: Decided | None = None
    said: Said | None = None
    passed: bool = field(default=False, compare=False)  # of what was carried out nobody need know it

    @property
    def open(self) -> bool:
        """Whether people are to decide it."""
        return self.item is not None and (self.decided is None or self.decided.fate == "review")

    @property
    def pending(self) -> bool:
        """Whether a verdict is on its way that is not carried out yet."""
        if self.said is None or self.passed or self.said.number is None:
            return False
        return self.decided is None or self.said.number not in self.decided.verdicts

    def with_item(self, item: Item) -> Entry:
        return self if self.item is not None and self.item.revision > item.revision else replace(self, item=item)

    def with_decided(self, decided: Decided) -> Entry:
        return self if self.decided is not None and self.decided.revision > decided.revision else replace(self, decided=decided)

    def with_said(self, said: Said) -> Entry:
        if self.said is not None and (self.said.offset, self.said.partition) >= (said.offset, said.partition):
            return self
        return replace(self, said=said, passed=False)

    def with_passed(self, passed: Mapping[int, int]) -> Entry:
        """Partition of the verdicts → everything before this offset was dealt with."""
        if not self.pending or self.said is None or self.said.offset >= passed.get(self.said.partition, 0):
            return self
        return replace(self, passed=True)


NOTHING: Final = Entry()


def item_of(value: Value, reviewing: Reviewing, at_ms: int) -> Item:
    """What a record of the review topic (schema lead) says.

    Args:
        at_ms: The time of the record. It waits from then on; of one that was revised while it waited, since it was received.
    """
    checkpoint, match = value["checkpoint"], value["match"]
    hours = reviewing.waiting(checkpoint).hold_hours
    since_ms = at_ms if value["revision"] == 1 else value["received_at"]
    return Item(
        lead=value["lead_id"],
        revision=value["revision"],
        source=value["source"],
        team=value["team"] or "",
        rule=value["rule"] or "",
        band=value["band"] or "",
        score=value["score"] or 0.0,
        confidence=value["confidence"] or 0.0,
        received_ms=value["received_at"],
        reasons=tuple(value["review_reasons"]),
        checkpoint=checkpoint,
        due_ms=value["due_at"],
        expires_ms=None if hours is None else since_ms + int(hours * _HOUR_MS),
        of=match["of"] if match else None,
    )


def decided_of(value: Value, at_ms: int) -> Decided:
    """What a revision of a decision says.

    Args:
        at_ms: The time of its record.
    """
    return Decided(
        lead=value["lead_id"],
        revision=value["revision"],
        fate=value["fate"] if value["erased_at"] is None else ERASED,
        how=value["revised_why"],
        by=value["revised_by"],
        agreed=value["agreed"],
        approvals=tuple((one["by"], one["says"], one["team"]) for one in value["approvals"]),
        verdicts=tuple(value["verdict_ids"]),
        at_ms=at_ms,
    )
