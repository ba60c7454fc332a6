"""The expiry of reviews: a lead that people did not decide in time goes on without them, as review.yaml says."""

from __future__ import annotations

from typing import Final

from app.inventory.reviewing import APPROVE, Reviewing
from app.monitoring.verdicts import Kind
from app.service.deadlines import Step
from app.service.open_lead import Open

_HOUR_MS: Final = 3_600_000
_APPROVE: Final = Step("approve", "approve", "expired")


class ReviewExpiry:
    """The rule; see the module.

    Args:
        reviewing: How long leads wait for people, and what then becomes of them.
        catch_all: The team that gets a lead whose own fallback was refused.
    """

    name: Final = "review_expiry"
    alert: Kind = "overdue_reviews"

    def __init__(self, reviewing: Reviewing, catch_all: str) -> None:
        self._reviewing, self._catch_all = reviewing, Step("catch_all", "reroute", "expired", catch_all)

    def due_ms(self, row: Open) -> int | None:
        """None where it is not held, or waits until somebody decides."""
        if not row.held or (hours := self._reviewing.waiting(row.checkpoint).hold_hours) is None:
            return None
        return row.since_ms + int(hours * _HOUR_MS)

    def priority(self, row: Open) -> int:
        """Hot ones first."""
        return row.band

    def steps(self, row: Open) -> list[Step]:
        """The fallback; where it cannot be carried out (no such team any more), the catch-all."""
        fallback = self._reviewing.waiting(row.checkpoint).fallback
        return [_APPROVE if fallback == APPROVE else Step("reroute", "reroute", "expired", fallback), self._catch_all]
