"""What the mapping ladder costs on payloads of sources that nobody declared: unfolding and climbing, CPU time of one thread.

A known shape is one whose like was met before, with other people's values in it; its names, its plan and its commonest values are
remembered. A new one is met for the first time, by a ladder that knows its names from other payloads, or (strange) never met a
single one of them. The least of several rounds counts, as in test_core.py, and for its reasons.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median

import pytest
from rich.console import Console
from rich.table import Table

from app.inventory.models import Ladder as Limits
from app.pipeline.ladder.classifier import Classifier, shipped
from app.pipeline.ladder.ladder import Ladder
from app.pipeline.mapping import Mapped
from tests.benchmarks.material import SHORT
from tests.benchmarks.payloads import UNDECLARED, Payload, payloads

pytestmark = pytest.mark.bench

KNOWN_US, NEW_US = 60.0, 2_000.0
RECORDS = 40 if SHORT else 100  # of one shape in one round, all different
ROUNDS = 5 if SHORT else 9
NEW_ROUNDS = 12
LEARNING = 20  # records by which a shape, and how its values look, are known


@dataclass(frozen=True)
class Cost:
    """Microseconds per record of one payload's shape."""

    payload: Payload
    known: float
    new: float
    strange: float
    parsed: float  # by json.loads: a yardstick that every machine and every reader knows


def test_the_ladder_takes_at_most_60_microseconds_for_a_known_shape_and_2_ms_for_a_new_one() -> None:
    """In the middle of all payloads a lead costs no more than these; a new shape of known names in the mean of every family."""
    classifier = shipped()
    mix = sorted(payloads(), key=lambda one: one.family)
    Ladder(Limits(), classifier).climb(mix[0].records(1)[0], UNDECLARED)  # loads the dictionary
    costs = [_cost(one, classifier) for one in mix]
    families = {name: list(some) for name, some in groupby(costs, key=lambda one: one.payload.family)}
    _print(costs, families)
    assert median(one.known for one in costs) <= KNOWN_US
    assert median(one.strange for one in costs) <= NEW_US
    for name, some in families.items():
        assert fmean(one.new for one in some) <= NEW_US, name


def _cost(payload: Payload, classifier: Classifier) -> Cost:
    records = payload.records(LEARNING + RECORDS * ROUNDS)
    rounds = [records[at : at + RECORDS] for at in range(LEARNING, len(records), RECORDS)]
    ladder = Ladder(Limits(), classifier)
    _climb(ladder, records[:LEARNING])
    gc.collect()
    gc.freeze()
    try:
        known = min(_us(lambda some=some: _climb(ladder, some)) / RECORDS for some in rounds)  # type: ignore[misc]
        parsed = min(_us(lambda: [json.loads(payload.text) for _ in range(RECORDS)]) / RECORDS for _ in rounds)
        new = min(_us(lambda: _climb(Ladder(Limits(), classifier), records[:1])) for _ in range(NEW_ROUNDS))
        strange = min(_strange(classifier, records[:1]) for _ in range(NEW_ROUNDS))
    finally:
        gc.unfreeze()
    return Cost(payload, known, new, strange, parsed)


def _strange(classifier: Classifier, records: Sequence[Mapped]) -> float:
    _forget_names(classifier)
    return _us(lambda: _climb(Ladder(Limits(), classifier), records))


def _forget_names(classifier: Classifier) -> None:
    """Empties what the ladder remembers of names; what it loaded stays."""
    classifier._answers.clear()
    for name, module in list(sys.modules.items()):
        if name.startswith(("app.pipeline.ladder", "app.inventory.paths")):
            for one in vars(module).values():
                if hasattr(one, "cache_clear") and (one.cache_parameters()["maxsize"] or 0) > 1:
                    one.cache_clear()
                elif type(one).__name__ == "Memory":
                    one.clear()


def _climb(ladder: Ladder, records: Iterable[Mapped]) -> None:
    for record in records:
        ladder.climb(record, UNDECLARED)


def _us(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return 1e6 * (time.thread_time() - began)


def _print(costs: Sequence[Cost], families: dict[str, list[Cost]]) -> None:
    table = Table(title=f"Mapping ladder, CPU microseconds per lead: {len(costs)} payloads that nobody declared")
    for column in ("", "payloads", "known", "worst", "new", "worst", "strange", "worst", "known / json.loads"):
        table.add_column(column, justify="left" if not column else "right")
    for name, some in families.items():
        table.add_row(f"  {name}", *_row(some, fmean))
    table.add_section()
    table.add_row("all: median", *_row(costs, median))
    table.add_row("limit", "", f"{KNOWN_US:.0f}", "", f"{NEW_US:,.0f}", "", f"{NEW_US:,.0f}", "", "")
    Console(width=130).print(table)


def _row(costs: Sequence[Cost], middle: Callable[[Iterable[float]], float]) -> tuple[str, ...]:
    known, new, strange = ([getattr(one, name) for one in costs] for name in ("known", "new", "strange"))
    figures = [f"{figure:,.0f}" for some in (known, new, strange) for figure in (middle(some), max(some))]
    return (str(len(costs)), *figures, f"{middle([one.known / one.parsed for one in costs]):.1f}")
