"""The records that are revised, as they stand now and as one transaction will leave them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol

from app.pipeline.dead_letter import Header
from app.pipeline.matching.compare import Levels
from app.pipeline.revision.form import Value

Place = Literal["routed", "review", "duplicates", "rejected", "decisions"]
_LONGEST_WAY: Final = 100  # from a duplicate to its end: longer than any chain that is believed


@dataclass(frozen=True, slots=True)
class Kept:
    """A record on a topic.

    Attributes:
        place: Which kind of topic; a routed one's team is in the value.
        value: A routed_lead, a lead or a decision.
        headers: As they were read.
    """

    place: Place
    value: Value
    headers: tuple[Header, ...] = ()

    @property
    def lead(self) -> str:
        return str(self.value["lead_id"])

    @property
    def revision(self) -> int:
        return int(self.value["revision"])

    @property
    def duplicate_of(self) -> str | None:
        """The lead whose duplicate it says that its lead is."""
        found: str | None = self.value["merged_into" if self.place == "routed" else "duplicate_of"]
        return found


class Records(Protocol):
    """What stands on the topics. Nothing of it is changed here.

    Raises:
        EdgeDown: Each of these, where Kafka does not answer.
    """

    def newest(self, lead: str) -> Kept | None:
        """The lead's newest record on a team's, the review, rejected or duplicates topic; None where none is known or kept."""
        ...

    def first(self, lead: str) -> Kept | None:
        """Its first record on one of these."""
        ...

    def decision(self, lead: str) -> Kept | None:
        """Its newest decision."""
        ...

    def duplicate_of(self, lead: str) -> str | None:
        """What its newest record says; None where it stands alone, or no record is known."""
        ...

    def duplicates_of(self, lead: str) -> Sequence[str]:
        """The leads that say so of this one."""
        ...


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of two leads: whether they are one, given on which level each field agrees."""

    levels: Levels
    same: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a work stood."""

    said: dict[str, Kept]
    left: dict[str, Kept]
    decided: dict[str, Kept]
    outcomes: dict[str, Value]
    labels: int


class Work:
    """What one transaction will say, and the records as they stand with that. One revision per lead, however often it is said.

    A lead that goes from one team to another is two records: the old team's, which says where it went, and the new team's, which
    is one revision higher.

    Attributes:
        said: Lead → its record.
        left: Lead → what the team is told that had it.
        decided: Lead → its decision.
        outcomes: Lead → what people said it came to, as schemas/outcome has it.
        labels: What people said of pairs.
        freed: Leads that no member of a team has any more.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self.said: dict[str, Kept] = {}
        self.left: dict[str, Kept] = {}
        self.decided: dict[str, Kept] = {}
        self.outcomes: dict[str, Value] = {}
        self.labels: list[Label] = []
        self.freed: list[str] = []

    def newest(self, lead: str) -> Kept | None:
        return self.said.get(lead) or self._records.newest(lead)

    def first(self, lead: str) -> Kept | None:
        return self._records.first(lead)

    def decision(self, lead: str) -> Kept | None:
        return self.decided.get(lead) or self._records.decision(lead)

    def duplicate_of(self, lead: str) -> str | None:
        said = self.said.get(lead)
        return said.duplicate_of if said else self._records.duplicate_of(lead)

    def end(self, lead: str) -> str:
        """The lead that it is part of in the end: its own id where it stands alone."""
        met = {lead}
        for _ in range(_LONGEST_WAY):
            of = self.duplicate_of(lead)
            if of is None or of in met:
                break
            met.add(of)
            lead = of
        return lead

    def under(self, lead: str) -> list[str]:
        """All leads that end in this one, the nearest first."""
        found: dict[str, None] = {}
        row = [lead]
        for one in row:
            for duplicate in (*self._records.duplicates_of(one), *self._said_of(one)):
                if duplicate not in found and duplicate != lead and self.duplicate_of(duplicate) == one:
                    found[duplicate] = None
                    row.append(duplicate)
        return list(found)

    def say(self, kept: Kept, **changes: Any) -> None:
        """Put a lead's record out again, changed."""
        lead, stands = kept.lead, self._records.newest(kept.lead)
        self.left.pop(lead, None)
        said = self._next(kept, stands, changes)
        if stands is not None and stands.place == kept.place == "routed" and stands.value["team"] != said.value["team"]:
            self.left[lead] = self._next(stands, stands, {"moved_to": said.value["team"], "owner": None, "due_at": None})
            said = self._next(said, self.left[lead], {})
        self.said[lead] = said

    def decide(self, kept: Kept, **changes: Any) -> None:
        """Put a lead's decision out again, changed."""
        self.decided[kept.lead] = self._next(kept, self._records.decision(kept.lead), changes)

    def mark(self) -> Mark:
        """Where it stands now, to come back to."""
        return Mark(dict(self.said), dict(self.left), dict(self.decided), dict(self.outcomes), len(self.labels))

    def back(self, mark: Mark) -> None:
        """As it stood then."""
        self.said, self.left, self.decided, self.outcomes = mark.said, mark.left, mark.decided, mark.outcomes
        del self.labels[mark.labels :]

    def all(self) -> Iterator[Kept]:
        """Every record that is to be put out."""
        yield from self.left.values()
        yield from self.said.values()
        yield from self.decided.values()

    def _next(self, kept: Kept, stands: Kept | None, changes: dict[str, Any]) -> Kept:
        revision = (stands.revision if stands else 0) + 1
        return replace(kept, value={**kept.value, **changes, "revision": revision})

    def _said_of(self, lead: str) -> list[str]:
        return [one for one, kept in self.said.items() if kept.duplicate_of == lead]
