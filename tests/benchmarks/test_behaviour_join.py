"""What it costs to join behaviour to leads: in the core, and the question to a real Redis.

CPU time for the core; wall time for the round trip, because that is what a batch waits. The best counts: see test_core.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.table import Table

from app.edges.memory import MemoryJourneys
from app.edges.redis.connecting import connect
from app.edges.redis.journeys import RedisJourneys
from app.embedded.redis import EmbeddedRedis
from app.pipeline.behaviour import browser_of, step_of
from app.pipeline.enrichment.visits import Visits
from app.pipeline.lead import Lead
from app.pipeline.pseudonyms import Pseudonyms
from app.ports import JourneyStore, Moved
from app.settings import RedisSettings

pytestmark = pytest.mark.bench

LIMIT_US = 5.0  # of the core, for a lead of whom nothing is known
BATCH, ROUNDS = 100, 50
STEPS = 20  # of a visitor who is known
NOW = 1_790_000_000_000
PSEUDONYMS = Pseudonyms(b"a pepper for benchmarks, long enough")
KINDS = ("nobody to ask for", "an e-mail, unknown", "a visitor, unknown", f"a visitor with {STEPS} steps")


def leads(kind: str) -> list[Lead]:
    """A batch, new to all that remembers."""
    known = {KINDS[1]: "email", KINDS[2]: "visitor_id", KINDS[3]: "visitor_id"}.get(kind)
    values = ["known-visitor-{}" if kind == KINDS[3] else "someone-{}@example.org"] * BATCH
    found = [Lead(f"ld_{n}", "web-form", f"e{n}", NOW, NOW) for n in range(BATCH)]
    for n, (lead, value) in enumerate(zip(found, values, strict=True)):
        if known:
            setattr(lead, known, value.format(n))
    return found


def fill(store: JourneyStore) -> None:
    """Visitors whom a batch asks for."""
    event = dict.fromkeys(("event_id", "referrer", "product_id", "quantity", "value"))
    event |= {"event": "page_view", "page_url": "https://shop.example/lamps"}
    moved = []
    for n in range(BATCH):
        browser = browser_of(f"known-visitor-{n}", PSEUDONYMS)
        steps = [step_of(event | {"occurred_at": NOW - k * 60_000, "event_id": f"{n}-{k}"}, NOW) for k in range(STEPS)]
        assert browser is not None
        moved.append(Moved(browser, tuple(step for step in steps if step is not None)))
    store.keep(0, None, 1, moved)


def best_us(store: JourneyStore, kind: str, clock: Callable[[], float]) -> float:
    """Microseconds for a batch."""
    visits, best = Visits(store, PSEUDONYMS), float("inf")
    for _ in range(ROUNDS):
        batch = leads(kind)
        began = clock()
        visits.join(batch)
        best = min(best, clock() - began)
    assert (batch[0].pages_viewed == STEPS) is (kind == KINDS[3])
    return 1e6 * best


def test_the_join_costs_at_most_5_microseconds_for_a_lead_of_whom_nothing_is_known(redis_server: EmbeddedRedis) -> None:
    """In the core with the store in memory; beside it, what a batch waits for a real Redis, its answer read."""
    memory, redis = MemoryJourneys(), RedisJourneys(connect(RedisSettings(url=redis_server.url)), "bench")
    fill(memory)
    fill(redis)
    core = {kind: best_us(memory, kind, time.process_time) / BATCH for kind in KINDS}
    waits = {kind: best_us(redis, kind, time.perf_counter) / 1_000 for kind in KINDS}
    table = Table(title=f"Behaviour, batches of {BATCH}, best of {ROUNDS}")
    for column in ("leads with", "core, µs of CPU per lead", "with a real Redis, ms per batch"):
        table.add_column(column, justify="left" if column == "leads with" else "right")
    for kind in KINDS:
        table.add_row(kind, f"{core[kind]:.1f}", f"{waits[kind]:.2f}")
    Console(width=100).print(table)
    assert max(core[kind] for kind in KINDS[:3]) <= LIMIT_US
