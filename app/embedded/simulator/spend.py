"""What the leads of each source cost, period by period, as an advertising network bills it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from app.embedded.simulator.arrivals import DAY_MS
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.traffic import Traffic

_BILLED = ("original", "fuzzy_duplicate", "new_intent")  # nobody bills for garbage or for sending twice


@dataclass(frozen=True, slots=True)
class Spend:
    """Money spent on a source in [start_ms, end_ms), which are stamps; `amount` in `currency`."""

    source: str
    start_ms: int
    end_ms: int
    amount: float
    currency: str

    @property
    def record(self) -> dict[str, Any]:
        """As schemas/spend has it."""
        period = {"period_start": self.start_ms, "period_end": self.end_ms}
        return {"source": self.source, **period, "amount": self.amount, "currency": self.currency}


class SpendBook:
    """Counts leads, and bills each source at the end of each period of story time.

    Args:
        traffic: Whose sources, costs and clock these are.
        period_ms: Length of a billing period in story time.
    """

    def __init__(self, traffic: Traffic, period_ms: int = DAY_MS) -> None:
        self._traffic, self._period_ms, self._rng = traffic, period_ms, Random(traffic.seed + 3)
        self._since_ms, self._leads = traffic.story_ms, Counter[str]()

    def add(self, planned: Planned) -> list[Spend]:
        """Count a record; the bills of the period that ended before it."""
        end = (self._since_ms // self._period_ms + 1) * self._period_ms
        bills = self.close(end) if planned.story_ms >= end else []
        if planned.kind in _BILLED:
            self._leads[planned.source] += 1
        return bills

    def close(self, story_ms: int) -> list[Spend]:
        """The bills for everything up to this moment; prices vary by a tenth around the inventory's."""
        start, end = self._traffic.stamp(self._since_ms), self._traffic.stamp(story_ms)
        bills = []
        for name, source in self._traffic.sources.items():
            amount = float(source.cost_per_lead) * self._leads[name] * self._rng.uniform(0.9, 1.1)
            if amount > 0:
                bills.append(Spend(name, start, end, round(amount, 2), source.currency))
        self._leads.clear()
        self._since_ms = story_ms
        return bills
