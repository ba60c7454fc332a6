"""What the steward's memory of open leads costs: bytes and time a lead, and how long a tick takes when all are overdue."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from rich.console import Console

from app.desk.roster import Roster
from app.inventory.models import Inventory, Routing, Service, ServiceLevel, Team
from app.inventory.people import Member
from app.service.engine import ServiceEngine
from tests.benchmarks.material import SHORT
from tests.harness.open_leads import HOUR, START, decided, outcome

pytestmark = pytest.mark.bench

LEADS = 200_000 if SHORT else 1_000_000
LIMIT_BYTES = 450  # a lead that is open: a million of them in half a gigabyte
LIMIT_US = 30  # to take a decision in, once it is decoded
STORM_MS = 2_000  # the first tick after an outage in which all became overdue

TEAM = Team(name="inside-sales", description="calls leads back", members=(Member(name="inside-1"), Member(name="inside-2")))
LEVEL = ServiceLevel(contact_within_minutes=30)


def test_a_million_open_leads_fit() -> None:
    """Taken in, all overdue in one tick, and contacted."""
    routing = Routing(version=1, rules=(), catch_all="inside-sales", service=Service(hot=LEVEL))
    inventory = Inventory(sources={}, teams={"inside-sales": TEAM}, routing=routing)
    roster = Roster(inventory.teams)
    engine, before = ServiceEngine(inventory, lambda: roster), resident()
    cost = {"decision": 0.0, "outcome": 0.0}
    for n in range(LEADS):
        value = decided(n * 7919, service_level="hot", due_at=START + HOUR + n)
        began = time.process_time()
        engine.on_decision(value, START + n)
        cost["decision"] += time.process_time() - began
    held = (resident() - before) / LEADS
    began = time.process_time()
    said = len(engine.tick(START + 2 * HOUR + LEADS))
    storm_ms = 1_000 * (time.process_time() - began)
    for n in range(LEADS):
        value = outcome(n * 7919)
        began = time.process_time()
        engine.on_outcome(value, START + 2 * HOUR)
        cost["outcome"] += time.process_time() - began
    each = {what: 1e6 * spent / LEADS for what, spent in cost.items()}
    Console().print(
        f"{LEADS:,} open leads: {held:.0f} bytes each; a decision {each['decision']:.1f} µs, "
        f"an outcome {each['outcome']:.1f} µs; "
        f"all overdue at once: a tick of {storm_ms:.0f} ms, {said} deeds"
    )
    assert held < LIMIT_BYTES
    assert each["decision"] < LIMIT_US
    assert storm_ms < STORM_MS


def resident() -> int:
    """Bytes of this process that are in memory."""
    (line,) = [line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("VmRSS")]
    return 1024 * int(line.split()[1])
