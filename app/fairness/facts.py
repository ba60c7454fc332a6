"""What is known of leads for the audit: how each was treated, and what came of it. A bounded number of them, no personal data.

The newest revision tells how a lead was treated; that people were asked is told by the first. The last of won, lost and reopened
counts, as for learning. A lead that was merged into another is none.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any, Final

from app.learning.course import Course

MOST: Final = 1_000_000  # leads, about 500 bytes each
CATEGORIES: Final = ("country", "language", "device", "interest")  # of a decision, beside its source and its declared groups
MAX_TEXT: Final = 40
DAY_MS: Final = 86_400_000.0


@dataclass(slots=True)
class Lead(Course):
    """One lead, and how far it has come.

    Attributes:
        groups: Dimension → value: source, those of CATEGORIES, and `sensitive:<path>`.
        at_ms: When it arrived.
        score, band: As served; None where it was not scored.
        team: Routed or proposed to.
        review: Whether a person was asked.
    """

    groups: dict[str, str]
    at_ms: int
    score: float | None
    band: str | None
    team: str | None
    review: bool
    revision: int

    def course(self, now_ms: int) -> tuple[float, bool | None]:
        """Its age at its end or now, in days, and how it ended."""
        until = self.ended_ms if self.won is not None and self.ended_ms is not None else now_ms
        return max(0.0, (until - self.at_ms) / DAY_MS), self.won


class Facts:
    """Decisions and outcomes in, leads out.

    Args:
        most: Leads that are kept, the newest.
    """

    def __init__(self, most: int = MOST) -> None:
        self._leads: OrderedDict[str, Lead] = OrderedDict()
        self._most = most
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._leads)

    def decided(self, decision: Mapping[str, Any]) -> None:
        """Take in a decision (schemas/decision), in any order of revisions."""
        lead_id, revision = decision["lead_id"], decision.get("revision") or 1
        before = self._leads.get(lead_id)
        if before is not None and revision < before.revision:
            before.review = before.review or decision["fate"] == "review"
            return
        if decision["fate"] not in ("routed", "review", "rejected"):  # whom people reject most must show, too
            self._leads.pop(lead_id, None)
            return
        review = decision["fate"] in ("review", "rejected") or (before is not None and before.review)
        lead = Lead(
            _groups(decision),
            decision["received_at"],
            decision.get("score"),
            decision.get("band"),
            None if decision["fate"] == "rejected" else decision.get("team"),
            review,
            revision,
        )
        if before is not None:
            lead.follow(before)
        self._leads[lead_id] = lead
        if len(self._leads) > self._most:
            self._leads.popitem(last=False)
            self.forgotten += 1

    def reported(self, outcome: Mapping[str, Any]) -> None:
        """Take in an outcome (schemas/outcome), after the decision on its lead."""
        lead = self._leads.get(outcome["lead_id"])
        if lead is not None:
            lead.hear(outcome)

    def leads(self, since_ms: int | None = None, until_ms: int | None = None) -> Iterator[Lead]:
        """Those that arrived in this time."""
        for lead in self._leads.values():
            if (since_ms is None or lead.at_ms >= since_ms) and (until_ms is None or lead.at_ms < until_ms):
                yield lead


def _groups(decision: Mapping[str, Any]) -> dict[str, str]:
    categories = decision.get("categories") or {}
    found = {"source": intern(decision["source"])}
    for name in CATEGORIES:
        if name in categories:
            found[name] = intern(str(categories[name])[:MAX_TEXT])
    for path, value in (decision.get("groups") or {}).items():
        found[intern(f"sensitive:{path}"[:MAX_TEXT])] = intern(str(value)[:MAX_TEXT])
    return found
