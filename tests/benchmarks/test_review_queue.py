"""What the review queue costs: with 100,000 open leads, 1,000,000 leads behind it (BENCH=short: a tenth of both), and what
checkpoints cost a lead. Kafka is left out, and so is the reading of Avro but for its price, which is measured beside."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from app.edges.kafka.review_store import ReviewStore
from app.edges.kafka.reviser_book import Book, Sighting
from app.inventory.reviewing import Checkpoint, Reviewing, When
from app.pipeline.checkpoints import Checkpoints, Seen
from app.pipeline.fate import Score
from app.pipeline.lead import Lead
from app.pipeline.source import Position
from app.review.entry import Decided, Item
from app.review.queue import Filter
from tests.benchmarks.material import SEED, SHORT
from tests.harness.leads_told import CODEC, T, a_lead

pytestmark = pytest.mark.bench

OPEN = 10_000 if SHORT else 100_000
BEHIND = 10 * OPEN
BATCH = 2_000
PAGE_S, COUNT_S = 0.1, 2.0  # limits: what a reviewer waits for a page, and for the counts
REASONS = (("low_confidence",), ("low_confidence", "email:invalid"), ("sample",), ("possible_duplicate",))


def test_the_queue_answers_at_once_with_all_that_lies_behind_it() -> None:
    """A page, counts and one lead; half of what was held is decided."""
    dice, table = random.Random(SEED), Table("what", "cost", box=None)
    store, book = ReviewStore(), Book("decisions", ["routed"])
    items = [_item(n, f"ld_{dice.getrandbits(80):020x}") for n in range(2 * OPEN)]
    decided = [Decided(one.lead, 2, "routed", "approved", "sales", True, (), (f"v{one.lead}",), T) for one in items[:OPEN]]
    table.add_row("take in a held lead", _each(items, store.take))
    table.add_row("take in that it was decided", _each(decided, store.take))
    seen = [Sighting(f"ld_{n:020x}", Position("decisions", n % 6, n), 1) for n in range(BEHIND)]
    table.add_row("write down where any other record stands", _each(seen, book.take))
    held = CODEC.encode("lead", a_lead(1, email="a@b.example", review_reasons=["x"], score=0.3, band="hot", team="t", rule="r"))
    table.add_row("read a held lead's Avro", _took(lambda: CODEC.read_own(held, "lead"), 2_000)[0])
    page, page_s = _took(lambda: store.page(Filter(), None, 50))
    counts, counts_s = _took(lambda: store.count(Filter(), T))
    for what, cost in (("a page of 50", page), ("counts of all groups", counts)):
        table.add_row(what, cost)
    table.add_row("a page of what is nowhere", _took(lambda: store.page(Filter(reason="no:such"), None, 50))[0])
    table.add_row("precision by the sample", _took(lambda: store.judged(0, "sample"))[0])
    Console(width=120).print(f"{OPEN:,} open, {OPEN:,} decided, {BEHIND:,} behind", table)
    assert store.count(Filter(), T).total == OPEN
    assert page_s < PAGE_S
    assert counts_s < COUNT_S
    store.close()
    book.close()


def test_checkpoints_cost_a_lead_next_to_nothing() -> None:
    """Twenty of them, none of which fits; and none at all."""
    points = [
        Checkpoint(name=f"point-{n}", after="routing", when=When(sources=(f"source-{n}",), order_value_at_least=1e6))
        for n in range(15)
    ]
    points += [Checkpoint(name=f"all-{n}", after="routing", when=When(teams=(f"team-{n}",), bands=("hot",))) for n in range(5)]
    lead = Lead(f"ld_{1:020x}", "source-3", "e", T, T)
    score = Score(0.2, "warm", 0.9, "rules", {}, {}, {})
    table = Table("checkpoints", "a lead", box=None)
    for name, those in (("none", ()), ("twenty", tuple(points))):
        checkpoints = Checkpoints(Reviewing(checkpoints=those, sample=0.01))

        def ask(asked: Checkpoints = checkpoints) -> Any:
            return asked.hold(Seen(lead, score, "nurture", "catch-all", "new", 0.0)), asked.sampled(lead.lead_id)

        cost, seconds = _took(ask, 20_000)
        table.add_row(name, cost)
        assert seconds < 20e-6  # a few in fact; the limit is for busy machines
    Console(width=120).print(table)


def _item(n: int, lead: str) -> Item:
    due = T + n * 10 + 3_600_000 if n % 2 else None
    band = ("hot", "warm", "cold")[n % 3]
    return Item(lead, 1, f"source-{n % 12}", f"team-{n % 6}", "r", band, 0.3, 0.4, T + n * 10, REASONS[n % 4], None, due)


def _each(news: list[Any], take: Callable[[list[Any]], None]) -> str:
    """Processor time of each."""
    started = time.process_time()
    for start in range(0, len(news), BATCH):
        take(news[start : start + BATCH])
    return f"{(time.process_time() - started) / len(news) * 1e6:.0f} µs"


def _took(do: Callable[[], Any], times: int = 1) -> tuple[str, float]:
    """The best of five, as text and in seconds."""
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(times):
            do()
        best = min(best, (time.perf_counter() - started) / times)
    return (f"{best * 1e3:.1f} ms" if best > 1e-3 else f"{best * 1e6:.1f} µs"), best
