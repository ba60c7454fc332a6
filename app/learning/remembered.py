"""What the ledger remembers of one lead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from app.learning.lessons import Outcome
from app.learning.outcomes import Meaning
from app.learning.packing import Packed

SEEN: Final = 16  # outcomes of one lead that are recognised when repeated


@dataclass(slots=True)
class Entry:
    """A lead: where its newest decision stands, its features, and what was told and learned of it.

    Attributes:
        since: From when on its end is waited for.
        good: What the decision says of its source, as `good_lead` has it.
        features: None: it was a duplicate from the beginning.
        of: The lead that it is a duplicate of; then `told` is empty: all is told of that one.
        learned: What the model was taught last.
        open: It was reopened since: what was learned counts for no source until it is decided again.
    """

    partition: int
    offset: int
    revision: int
    since: int
    source: str
    good: bool | None
    features: Packed | None
    of: str | None = None
    learned: bool | None = None
    open: bool = False
    told: list[Outcome] = field(default_factory=list)

    def tell(self, outcome: Outcome) -> Outcome | None:
        """Remember an outcome; the one that is forgotten for it, which may be itself: when it is known."""
        if any(outcome.identity == one.identity for one in self.told):
            return outcome
        self.told.append(outcome)
        if len(self.told) <= SEEN:
            return None
        oldest = min(self.told, key=lambda one: one.order)
        self.told.remove(oldest)
        return oldest

    @property
    def stands(self) -> Meaning | None:
        """What the latest outcome says: won, lost or open; None: there is none."""
        return max(self.told, key=lambda one: one.order).says if self.told else None

    @property
    def counted(self) -> bool | None:
        """What counts for its source."""
        return None if self.open else self.learned

    @property
    def code(self) -> int:
        """`learned` and `open` as one number."""
        return 0 if self.learned is None else 3 if self.open else 1 + self.learned

    def recall(self, code: int) -> None:
        """Set both from such a number."""
        self.learned, self.open = (None, False, True, False)[code], code == 3
