"""What matching costs on one core: evidence, keys, packing, judging. CPU time; the best of several rounds counts."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from itertools import count

import pytest

from app.embedded.simulator.people import World as SimulatedWorld
from app.learning.match_dice import Dice
from app.learning.match_pairs import pair
from app.learning.match_people import World
from app.pipeline.lead import Lead
from app.pipeline.matching.blocking import blocking_keys
from app.pipeline.matching.judge import judge
from app.pipeline.matching.packing import packed, unpacked
from app.pipeline.matching.reading import evidence_of
from app.pipeline.matching.weights import CLASSES

pytestmark = pytest.mark.bench

LEADS, ROUNDS = 3_000, 7
_INDEX, _WORLD = count(), SimulatedWorld(1)


def leads(n: int) -> list[Lead]:
    """So many leads of people that were not met before."""
    out = []
    for index in (next(_INDEX) for _ in range(n)):
        one = _WORLD.person(index)
        lead = Lead("ld", "bench", "e", 0, 0, email=one.email, phone=one.phone, first_name=one.first, last_name=one.last)
        lead.company, lead.street, lead.city, lead.region = one.company, one.street, one.city, one.region
        lead.postcode, lead.country = one.postcode, one.country.code
        out.append(lead)
    return out


def micros(made: Callable[[], list[object]], run: Callable[[list[object]], object]) -> float:
    """CPU microseconds per item of the best round; each round gets its own items."""
    best = float("inf")
    for _ in range(ROUNDS):
        items = made()
        gc.collect()
        gc.disable()
        begin = time.thread_time()
        run(items)
        best = min(best, (time.thread_time() - begin) / len(items))
        gc.enable()
    return best * 1e6


def test_cost() -> None:
    """Evidence and keys together at most 15 microseconds a lead, judging 10 a pair; what a packed lead needs."""
    dice = Dice(1)
    world = World(dice)
    reading = micros(lambda: [*leads(LEADS)], lambda items: [evidence_of(one) for one in items])  # type: ignore[arg-type]
    known = [evidence_of(one) for one in leads(LEADS)]
    keys = micros(lambda: [*known], lambda items: [blocking_keys(one) for one in items])  # type: ignore[arg-type]
    packing = micros(lambda: [*known], lambda items: [packed(one) for one in items])  # type: ignore[arg-type]
    sizes = sorted(len(packed(one)) for one in known)
    reading_back = micros(lambda: [packed(one) for one in known], lambda items: [unpacked(one) for one in items])  # type: ignore[arg-type]
    pairs = [pair(dice, world, kind) for kind in CLASSES for _ in range(LEADS // len(CLASSES))]
    judging = micros(lambda: [*pairs], lambda items: [judge(*one) for one in items])  # type: ignore[misc]
    new = micros(
        lambda: [pair(dice, world, kind) for kind in CLASSES for _ in range(LEADS // len(CLASSES))],
        lambda items: [judge(*one) for one in items],  # type: ignore[misc]
    )
    print(f"\nevidence {reading:.1f} us, keys {keys:.1f} us, packed {packing:.1f} us, unpacked {reading_back:.1f} us a lead")
    print(f"judged {judging:.1f} us a pair; {new:.1f} where most patterns were never weighed before")
    most = sizes[int(0.95 * len(sizes))]
    print(f"packed bytes: {sum(sizes) / len(sizes):.0f} in the mean, {most} at the 95th percentile, {sizes[-1]} at most")
    assert most <= 90
