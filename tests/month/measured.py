"""The month's KPIs, by the code of `leadstream kpi`, from the moment that automation had its full share."""

from __future__ import annotations

from typing import Final

from app.embedded.simulator.arrivals import DAY_MS
from app.fairness.intervals import Interval
from app.inventory.measuring import Kpi
from app.kpi.facts import Facts
from app.kpi.report import Report, report
from tests.month.machine import AUTOMATION
from tests.month.month import Month

WANTED: Final[dict[Kpi, float]] = {  # what a mid-sized shop reported
    "manual_share": -0.60,
    "hot_response_median": -0.30,
    "cost_per_acquisition": -0.15,
    "conversion_rate": 0.12,
}


def measured(month: Month) -> Report:
    """All KPIs."""
    facts, topics = Facts(), month.machine.topics
    for decision in topics.decisions:
        facts.decided(decision)
    for outcome in topics.outcomes:
        facts.reported(outcome)
    for spend in topics.spend:
        facts.spent(spend)
    now_ms = max(one["period_end"] for one in topics.spend)
    since_ms = month.full_ms if month.full_ms is not None else now_ms - DAY_MS
    return report(facts, month.machine.inventory.measuring, now_ms, since_ms=since_ms, by=())


def moved(found: Report, kpi: Kpi) -> Interval:
    """How the automated organisation differs from the one that works as before, relative."""
    contrast = found.contrast(AUTOMATION)
    one = None if contrast is None else contrast.of(kpi)
    if one is None or one.relative is None:
        return Interval(0.0, float("-inf"), float("inf"))
    return one.relative
