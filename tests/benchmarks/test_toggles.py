"""What all toggles together cost a lead on one core. CPU time; the best of several rounds counts."""

from __future__ import annotations

import gc
import time

import pytest

from app.flags.catalogue import AUTOMATION, ROUTING_BY_SCORE, SCORING_MODEL, SWITCHES
from app.flags.definition import Definition, Rule
from app.flags.states import States
from app.flags.switches import Switches, switches

pytestmark = pytest.mark.bench

LEADS, ROUNDS = 20_000, 9
LEAST_US, PERCENT_US = 3.0, 8.0
KEYS = [(f"ld_{n:020x}", f"su_{n:020x}", ("web-form", "partner-csv", "meta-lead-ads")[n % 3]) for n in range(LEADS)]


def asked(toggles: Switches) -> None:
    """All that the stages ask of toggles, for each lead (normalise.py, deciding.py)."""
    for lead, subject, source in KEYS:
        off = toggles.off("arrival", source, lead)
        for _ in range(6):  # mapping.ladder, mapping.learned, enrichments, dedupe.fuzzy
            _ = off and "enrichment.place" in off
        scoring = toggles.off("decision", source, subject)
        _ = SCORING_MODEL in scoring
        routing = toggles.off("decision", source, subject)
        if ROUTING_BY_SCORE not in routing:
            toggles.on(ROUTING_BY_SCORE, source, subject, "b2b")
        toggles.share(AUTOMATION, source, "b2b")
        _ = off + routing


def micros(states: States) -> float:
    """CPU microseconds a lead, of the best round."""
    toggles, best = switches(states), float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        gc.disable()
        began = time.thread_time()
        asked(toggles)
        best = min(best, (time.thread_time() - began) / LEADS)
        gc.enable()
    return best * 1e6


def test_all_toggles_together() -> None:
    """Below 3 microseconds a lead where no percentage is set, rules by source or not; below 8 where every switch has one."""
    rules = (Rule(sources=("partner-csv",), enabled=False), Rule(sources=("web-form", "meta-lead-ads"), enabled=True))
    configured = dict.fromkeys(SWITCHES, Definition(enabled=True, rules=rules))
    plain, targeted = micros(States()), micros(States(configured))
    split = micros(States(dict.fromkeys(SWITCHES, Definition(percent=25))))
    print(f"\nall toggles, us a lead: on {plain:.2f}, by source {targeted:.2f}, a percentage of each {split:.2f}")
    assert max(plain, targeted) < LEAST_US
    assert split < PERCENT_US
