"""The account of what was sent: counts, lines, bills and reports."""

from __future__ import annotations

import json
from itertools import islice
from math import inf
from pathlib import Path

import pytest

from app.embedded.simulator.arrivals import HOUR_MS
from app.embedded.simulator.planned import Planned, PlannedOutcome
from app.embedded.simulator.reports import Reports
from app.embedded.simulator.spend import SpendBook
from app.embedded.simulator.traffic import Traffic
from app.embedded.simulator.truth import Truth, TruthFile
from app.inventory.load import load
from app.pipeline.source import Position

ROOT = Path(__file__).parents[2]
START_MS = 1_772_438_400_000
INVENTORY = load(ROOT / "deploy/config")


def test_counts_add_up() -> None:
    """Records = leads + duplicates + dead letters, by source and by kind."""
    truth = Truth()
    for planned in islice(Traffic(INVENTORY, 1, START_MS).events(), 2000):
        truth.add(planned)
    assert truth.records == truth.sources.total() == sum(truth.fates.values()) == 2000
    assert truth.reasons.total() == truth.fates["dead_letter"] > 0
    assert truth.final["won"] < truth.final["lost"]


def test_the_file_holds_a_line_per_record_and_nothing_personal(tmp_path: Path) -> None:
    """Each line names the record by position and lead id, and says what it is without a value of it."""
    plan = list(islice(Traffic(INVENTORY, 1, START_MS).events(), 300))
    with TruthFile(tmp_path / "truth.jsonl") as told:
        for planned in plan:
            told(planned, Position(f"leads.inbound.{planned.source}", 0, planned.index))
    text = (tmp_path / "truth.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["index"] for line in lines] == list(range(300))
    assert lines[7]["lead_id"] == Position(f"leads.inbound.{plan[7].source}", 0, 7).lead_id
    assert any(line["kind"].startswith("garbage:") for line in lines)
    assert "@" not in text


def test_each_source_is_billed_for_its_leads() -> None:
    """Bills of a source add up to its leads times its cost within a tenth; what costs nothing is not billed; periods join."""
    traffic = Traffic(INVENTORY, 1, START_MS, compression=60)
    book, bills, leads, last = SpendBook(traffic, HOUR_MS), [], 0, START_MS
    for planned in islice(traffic.events(), 12_000):
        bills += book.add(planned)
        leads += planned.source == "meta-lead-ads" and planned.kind in ("original", "fuzzy_duplicate", "new_intent")
        last = planned.story_ms
    bills += book.close(last + 1)
    meta = [bill for bill in bills if bill.source == "meta-lead-ads"]
    assert sum(bill.amount for bill in meta) == pytest.approx(leads * 9.70, rel=0.1)
    assert [bill.end_ms for bill in meta[:-1]] == [bill.start_ms for bill in meta[1:]]
    assert meta[0].end_ms - meta[0].start_ms == HOUR_MS / 60
    assert not [bill for bill in bills if bill.source == "shopify-customer"]


def test_reports_come_when_they_are_due() -> None:
    """In order of time over all leads, repeated ones twice with the same event id, and about the lead's own id."""
    outcomes = (PlannedOutcome("contacted", 1.0), PlannedOutcome("won", 3.0, 90.0, repeated=True))
    first = Planned(0, "typeform", "original", None, b"{}", 0, 1000, outcomes=outcomes)
    second = Planned(1, "typeform", "original", None, b"{}", 0, 1500, outcomes=(PlannedOutcome("contacted", 1.0),))
    reports, at = Reports(day_ms=100), Position("leads.inbound.typeform", 0, 5)
    reports.add(first, at)
    reports.add(second, Position("leads.inbound.typeform", 1, 0))
    assert list(reports.due(1099)) == []
    [contacted] = reports.due(1100)
    assert contacted.record["lead_id"] == at.lead_id
    rest = [report.record for report in reports.due(inf)]
    assert [record["outcome"] for record in rest] == ["won", "won", "contacted"]
    assert rest[0] == rest[1]
    assert rest[0]["value"] == 90.0
    assert len(reports) == 0
