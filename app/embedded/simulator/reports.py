"""Outcomes that wait for their day: what a CRM will report about leads whose place in Kafka is known."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.embedded.simulator.planned import Planned, PlannedOutcome
from app.pipeline.source import Position


@dataclass(frozen=True, slots=True, order=True)
class Report:
    """One report about one lead, due at `due_ms`; both times are stamps."""

    due_ms: int
    lead_id: str
    number: int
    planned: PlannedOutcome

    @property
    def record(self) -> dict[str, Any]:
        """As schemas/outcome has it."""
        value, event_id = self.planned.value, f"{self.lead_id}-{self.number}"
        return {
            "lead_id": self.lead_id,
            "outcome": self.planned.outcome,
            "occurred_at": self.due_ms,
            "value": value,
            "currency": None if value is None else "EUR",
            "reported_by": "crm",
            "event_id": event_id,
        }


class Reports:
    """A queue by due time.

    Args:
        day_ms: How long, on the stamps' clock, a day between a lead and its outcome lasts.
    """

    def __init__(self, day_ms: float) -> None:
        self._day_ms, self._heap = day_ms, list[Report]()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, planned: Planned, position: Position) -> None:
        """A lead has its place, and so its id: queue what will be reported about it."""
        for number, outcome in enumerate(planned.outcomes):
            due = planned.stamp_ms + int(outcome.after_days * self._day_ms)
            heapq.heappush(self._heap, Report(due, position.lead_id, number, outcome))

    def due(self, now_ms: float) -> Iterator[Report]:
        """All reports due by now, in order; one that is repeated comes twice, with the same event id."""
        while self._heap and self._heap[0].due_ms <= now_ms:
            report = heapq.heappop(self._heap)
            yield report
            if report.planned.repeated:
                yield report
