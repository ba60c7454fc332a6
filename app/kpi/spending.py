"""Whose money a lead was. A bill of a source (or of one campaign of it) for a period is shared by the records that came in that
period, alike; a source without any bill costs what the inventory says of each lead. Nothing is converted: one currency counts."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class Billed(Protocol):
    """What a share of a bill needs to know of a record."""

    @property
    def source(self) -> str: ...
    @property
    def campaign(self) -> str | None: ...
    @property
    def at_ms(self) -> int: ...
    @property
    def cost(self) -> float | None: ...


class Bill(NamedTuple):
    """Money for a period [start, end), in milliseconds."""

    source: str
    campaign: str | None
    start_ms: int
    end_ms: int
    currency: str


class Shared(NamedTuple):
    """How the money falls.

    Attributes:
        each: Of each record, in order.
        unclaimed: Billed for periods in which no record came.
        foreign: Currency → amount that is not counted.
    """

    each: list[float]
    unclaimed: float
    foreign: dict[str, float]


class Spending:
    """Bills. The same period of the same source and campaign again corrects the bill before."""

    def __init__(self) -> None:
        self._bills: dict[Bill, float] = {}

    def __len__(self) -> int:
        return len(self._bills)

    def add(self, spend: Mapping[str, Any]) -> None:
        """Take in a bill (schemas/spend)."""
        bill = Bill(spend["source"], spend.get("campaign"), spend["period_start"], spend["period_end"], spend["currency"])
        self._bills[bill] = float(spend["amount"])

    def share(self, records: Sequence[Billed], currency: str, since_ms: int | None, until_ms: int | None) -> Shared:
        """Each record's share, of bills whose period begins in [since, until)."""
        bills = {
            bill: amount
            for bill, amount in self._bills.items()
            if (since_ms is None or bill.start_ms >= since_ms) and (until_ms is None or bill.start_ms < until_ms)
        }
        foreign: defaultdict[str, float] = defaultdict(float)
        billed, by_source = {bill.source for bill in self._bills}, defaultdict[str, list[tuple[int, int]]](list)
        each = [0.0] * len(records)
        for n, record in enumerate(records):
            if record.source in billed:
                by_source[record.source].append((record.at_ms, n))
            else:
                each[n] = record.cost or 0.0
        for came in by_source.values():
            came.sort()
        unclaimed = 0.0
        for bill, amount in bills.items():
            if bill.currency != currency:
                foreign[bill.currency] += amount
                continue
            came = by_source[bill.source]
            theirs = [
                n
                for _, n in came[bisect_left(came, (bill.start_ms, -1)) : bisect_left(came, (bill.end_ms, -1))]
                if bill.campaign in (None, records[n].campaign)
            ]
            if not theirs:
                unclaimed += amount
            for n in theirs:
                each[n] += amount / len(theirs)
        return Shared(each, unclaimed, dict(foreign))
