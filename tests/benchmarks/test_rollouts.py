"""What rollouts cost: a lead in a worker, and a lead that guardrails count. CPU time; the best of several rounds counts."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.inventory.rolling import Rolling
from app.rollout.orders import started
from app.rollout.pilot import Pilot
from app.rollout.table import Table
from tests.harness.stream_of_arms import HOUR_MS, Stream, calm
from tests.unit.test_rollout_guardrails import at

pytestmark = pytest.mark.bench

LEADS, ROUNDS = 20_000, 7
NONE_US, ONE_US, THREE_US, COUNTED_US = 0.3, 2.5, 5.0, 1_000.0
KEYS = [f"su_{n:020x}" for n in range(LEADS)]
SOURCE = replace(started(None, "web", "source", "web-form", Rolling().plan("source"), 0.1, "ops", "x", 1), share=0.25)
RULES = replace(SOURCE, name="eu", kind="routing", target="eu-rules", status="running")
MODEL = replace(RULES, name="trial", kind="model", target="online-9-a")


def micros(leads: int, work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """CPU microseconds a lead, of the best round."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        gc.disable()
        began = time.thread_time()
        work()
        best = min(best, (time.thread_time() - began) / leads)
        gc.enable()
    return best * 1e6


def test_arms_of_a_lead() -> None:
    """Next to nothing where nothing is rolled out; a hash for each rollout that the source takes part in."""

    def placed(table: Table) -> float:
        return micros(LEADS, lambda: [table.place("web-form", key) for key in KEYS])

    none, one, three = placed(Table()), placed(Table([SOURCE])), placed(Table([SOURCE, RULES, MODEL]))
    print(f"\narms, us a lead: no rollout {none:.2f}, one {one:.2f}, three {three:.2f}")
    assert (none < NONE_US, one < ONE_US, three < THREE_US) == (True, True, True)


def test_a_lead_that_guardrails_count() -> None:
    """Below a millisecond, with all guardrails and all that is told of the lead: a restart reads thousands a second again."""
    stream = Stream(at(0.25, "model"), calm, 1, 4_000).run(1)

    def again() -> None:
        pilot = Pilot()
        for what, value, at_ms in stream.past:
            (pilot.on_decision if what == "decision" else pilot.on_outcome)(value, at_ms)
        pilot.on_rollout(stream.records[0], stream.now_ms)
        pilot.tick(stream.now_ms + 48 * HOUR_MS)

    took = micros(4_000, again, 3)
    print(f"\nguardrails: {took:.0f} us a lead; their state is {len(stream.records[-1]['counts']):,} bytes of JSON a rollout")
    assert took < COUNTED_US
