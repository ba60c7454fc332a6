"""What the ledger remembers of one lead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from app.learning.lessons import Outcome
from app.learning.packing import Packed

SEEN: Final = 16  # outcomes of one lead that are recognised when repeated


@dataclass(slots=True)
class Entry:
    """A lead: where its newest decision stands, its features, and what was told and learned of it.

    Attributes:
        good: What the decision says of its source, as `good_lead` has it.
        features: None: it was a duplicate from the beginning.
        of: The lead that it is a duplicate of; then `told` is empty: all is told of that one.
    """

    partition: int
    offset: int
    revision: int
    source: str
    good: bool | None
    features: Packed | None
    of: str | None = None
    learned: bool | None = None
    told: list[Outcome] = field(default_factory=list)

    def tell(self, outcome: Outcome) -> bool:
        """Remember an outcome; whether it was not known."""
        if any(outcome.identity == one.identity for one in self.told):
            return False
        self.told.append(outcome)
        if len(self.told) > SEEN:
            self.told.remove(min(self.told, key=lambda one: one.order))
        return True

    @property
    def wanted(self) -> bool | None:
        """What is to be learned by all that was told; None: nothing, or what is learned already holds."""
        if not self.told:
            return None
        latest = max(self.told, key=lambda one: one.order)
        if latest.outcome == "reopened":  # open again: nothing is known until the next final outcome
            return False if self.learned else None
        return latest.outcome == "won"
