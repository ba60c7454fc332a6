"""What the pure core costs: CPU time per lead on one core, stage by stage, in the simulator's usual mix.

Every slice of records is new to all caches but the ones that real traffic fills, too; each batch's results are dropped after the
batch, as in a worker. CPU time and not wall time, because the machine has other work; the best slice counts, because other
work makes this work slower (caches, clock rate) and nothing makes it faster.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any, cast

import orjson
import pytest
from rich.console import Console
from rich.table import Table

from app.edges.memory import FixedModel
from app.edges.memory_index import MemoryMatchIndex
from app.errors import BadRecord
from app.inventory.models import Routing, Source
from app.match_index import Ask, Link, Sought
from app.pipeline.attributes import collect
from app.pipeline.delivery import Delivery
from app.pipeline.enrichment import Enricher
from app.pipeline.explaining import reasons
from app.pipeline.explaining_changes import counterfactual
from app.pipeline.features import features
from app.pipeline.identified import Identified
from app.pipeline.identity import Identity
from app.pipeline.intake.decode import decode
from app.pipeline.ladder.classifier import shipped
from app.pipeline.ladder.ladder import Ladder
from app.pipeline.lead import Lead
from app.pipeline.mapping import Mapped, compile_mapping
from app.pipeline.process import Pipeline
from app.pipeline.routing import Router
from app.pipeline.scoring import score
from app.pipeline.shape import Shapes
from app.pipeline.source import InboundEvent
from app.pipeline.validation import Validator, compile_validator
from app.ports import Model
from app.wiring import Installation
from app.worker import COLLECT_AFTER
from tests.benchmarks.material import SHORT, learned, material, nowhere

pytestmark = pytest.mark.bench

LIMIT_US = 150.0  # of the core: intake … routing, identity and the model's prediction not
PREDICT_US = 150.0  # of the model's prediction
EXPLAIN_US = 25.0  # of reasons and counterfactual together, the model's answers to the latter included; a part of the core
BATCH = 500
SLICE = 2_000  # records
SLICES = 6 if SHORT else 15
TRAINING = 4_000  # records whose outcomes the model learns; they warm the caches, too

STAGES = ("intake", "mapping", "ladder", "shape", "validation", "enrichment", "identity", "scoring", "routing")
PARTS = {"scoring": ("features", "predict", "explain")}
Costs = dict[str, list[float]]  # name → microseconds per record, slice by slice


def test_the_core_takes_at_most_150_microseconds_per_lead() -> None:
    """Intake to routing stays within the budget of one core; so do, each within its own, prediction and explanation."""
    installation = nowhere()
    stuff = material(installation, TRAINING + 2 * SLICES * SLICE)
    model = learned(installation, stuff.planned[:TRAINING], stuff.events[:TRAINING])
    slices = [stuff.events[at : at + SLICE] for at in range(TRAINING, len(stuff.events), SLICE)]
    gc.collect()
    gc.freeze()  # the material is no part of a worker's heap
    usual = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, 20, 20)  # as in a worker
    try:
        # Turn and turn about: the stages must not find in the caches what the whole has just put there.
        costs = _whole(installation, model, slices[::2]) | _stages(installation, model, slices[1::2])
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
    _print(costs)
    assert min(costs["core"]) - min(costs["predict"]) - min(costs["explain"]) <= LIMIT_US
    assert min(costs["predict"]) <= PREDICT_US
    assert min(costs["explain"]) <= EXPLAIN_US


def _whole(installation: Installation, model: Model, slices: Sequence[Sequence[InboundEvent]]) -> Costs:
    """The core as the worker runs it, then delivery, then a yardstick that every machine and every reader knows."""
    identity = _Apart(installation.identity(MemoryMatchIndex()))
    pipeline, delivery = installation.pipeline(cast(Identity, identity), FixedModel(model)), installation.delivery()
    costs: Costs = defaultdict(list)
    for events in slices:
        with _Slice(costs, len(events)) as clock:
            for batch in _batches(events):
                _one_batch(pipeline, delivery, batch, clock, installation, identity)
    return costs


def _one_batch(
    pipeline: Pipeline,
    delivery: Delivery,
    batch: Sequence[InboundEvent],
    clock: _Slice,
    installation: Installation,
    identity: _Apart,
) -> None:
    with clock.measure("core", identity):
        fates = pipeline.process(batch)
    with clock.measure("delivery"):
        outgoing = [delivery.outgoing(fate) for fate in fates]
    read = installation.codec.read_own
    decisions = [orjson.dumps(read(pair[1].value or b"", "decision") | {"index": None}) for pair in outgoing]  # JSON has no bytes
    with clock.measure("yardstick"):
        for decision in decisions:
            installation.codec.encode("decision", orjson.loads(decision))


def _stages(installation: Installation, model: Model, slices: Sequence[Sequence[InboundEvent]]) -> Costs:
    """The same stages called one by one over a batch. Each is measured alone, so their sum leaves out what joins them."""
    inventory, names, index = installation.inventory, installation.names, _Aside()
    sources = {names.inbound(name): source for name, source in inventory.sources.items()}
    mappers = {topic: compile_mapping(source) for topic, source in sources.items()}
    validators = {topic: compile_validator(source) for topic, source in sources.items()}
    enricher, router, identity = Enricher(inventory.sources), Router(inventory.routing), installation.identity(index)
    ladder, shapes = Ladder(inventory.ladder, shipped()), Shapes()
    costs: Costs = defaultdict(list)
    for events in slices:
        with _Slice(costs, len(events)) as clock:
            for batch in _batches(events):
                with clock.measure("intake"):
                    payloads = [
                        (event, payload)
                        for event in batch
                        if (payload := _or_none(lambda e=event: decode(e, sources[e.position.topic], installation.codec)))  # type: ignore[misc]
                    ]
                with clock.measure("mapping"):
                    mapped = [(event, mappers[event.position.topic].map(payload)) for event, payload in payloads]
                with clock.measure("ladder"):
                    mapped = [(event, ladder.climb(one, sources[event.position.topic])) for event, one in mapped]
                with clock.measure("shape"):
                    kept = [(event, one, *_shaped(shapes, sources[event.position.topic].name, one)) for event, one in mapped]
                with clock.measure("validation"):
                    begun = [
                        (validator, validator.begin(one.fields, attributes, one.provenance, event))
                        for event, one, attributes, _ in kept
                        for validator in (validators[event.position.topic],)
                    ]
                    for step in (Validator.join, Validator.name, Validator.judge):
                        for validator, draft in begun:
                            step(validator, draft)
                leads = [(draft.event, draft.lead) for _, draft in begun]
                with clock.measure("enrichment"):
                    for _, lead in leads:
                        enricher.enrich(lead)
                with clock.measure("identity", index):
                    found = identity.of([(lead, sources[event.position.topic]) for event, lead in leads])
                firsts = [lead for (_, lead), who in zip(leads, found, strict=True) if who.duplicate_of is None]
                with clock.measure("scoring"):
                    scored = [(lead, score(lead, model, inventory.routing)) for lead in firsts]
                _parts_of_scoring(firsts, model, inventory.routing, clock)
                with clock.measure("routing"):
                    for lead, one_score in scored:
                        router.assign(lead, one_score)
                        router.review_reasons(lead, one_score)
    return costs


def _parts_of_scoring(leads: Sequence[Lead], model: Model, routing: Routing, clock: _Slice) -> None:
    with clock.measure("features"):
        seen = [features(lead) for lead in leads]
    with clock.measure("predict"):
        predicted = [(*one, model.predict(*one)) for one in seen]
    with clock.measure("explain"):
        for numbers, categories, prediction in predicted:
            reasons(prediction.contributions, numbers, categories)
            counterfactual(numbers, categories, prediction, model, routing)


def _shaped(shapes: Shapes, source: str, mapped: Mapped) -> tuple[dict[str, str], str | None]:
    """What is left over as attributes, and the shape of it all, as the normaliser makes them."""
    types: list[type] = []
    attributes = collect(mapped.left, types, mapped.cut)
    return attributes, shapes.of(source).shape_of(mapped.fields, mapped.provenance, attributes, types)


class _Aside(MemoryMatchIndex):
    """An index whose time does not count: Redis does its work elsewhere."""

    _spent = 0.0

    def seek(self, asks: Sequence[Ask], links: Sequence[Link] = ()) -> list[Sought]:
        began = time.process_time()
        try:
            return super().seek(asks, links)
        finally:
            self._spent += time.process_time() - began

    def taken(self) -> float:
        spent, self._spent = self._spent, 0.0
        return spent


class _Apart:
    """The stage identity, whose time does not count with the core's."""

    def __init__(self, identity: Identity) -> None:
        self._identity, self._spent = identity, 0.0

    def of(self, leads: Sequence[tuple[Lead, Source]]) -> list[Identified]:
        began = time.process_time()
        try:
            return self._identity.of(leads)
        finally:
            self._spent += time.process_time() - began

    def taken(self) -> float:
        spent, self._spent = self._spent, 0.0
        return spent


class _Slice:
    """Adds up what the parts of one slice cost, and puts it down per record."""

    def __init__(self, costs: Costs, records: int) -> None:
        self._costs, self._records = costs, records
        self._spent: dict[str, float] = defaultdict(float)

    def __enter__(self) -> _Slice:
        return self

    def __exit__(self, *_: object) -> None:
        for name, seconds in self._spent.items():
            self._costs[name].append(1e6 * seconds / self._records)

    @contextmanager
    def measure(self, name: str, aside: _Aside | _Apart | None = None) -> Iterator[None]:
        began = time.process_time()
        yield
        self._spent[name] += time.process_time() - began - (aside.taken() if aside else 0.0)


def _batches(events: Sequence[InboundEvent]) -> Iterator[Sequence[InboundEvent]]:
    return (events[at : at + BATCH] for at in range(0, len(events), BATCH))


def _or_none(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except BadRecord:
        return None


def _print(costs: Costs) -> None:
    table = Table(title=f"Pure core, CPU microseconds per record ({SLICES} slices of {SLICE} records, batches of {BATCH})")
    for column in ("", "best", "median", "share of core"):
        table.add_column(column, justify="left" if not column else "right")
    core = min(costs["core"])
    for name in STAGES:
        table.add_row(f"  {name}", f"{min(costs[name]):.1f}", f"{median(costs[name]):.1f}", f"{min(costs[name]) / core:.0%}")
        for part in PARTS.get(name, ()):
            table.add_row(f"    of it {part}", f"{min(costs[part]):.1f}", f"{median(costs[part]):.1f}", "")
    table.add_section()
    table.add_row("core: intake … routing, without identity", f"{core:.1f}", f"{median(costs['core']):.1f}", "")
    without = core - min(costs["predict"]) - min(costs["explain"])
    table.add_row("core without prediction and explanation", f"{without:.1f}", "", f"limit {LIMIT_US:.0f}")
    table.add_row(
        "delivery: message and decision, encoded", f"{min(costs['delivery']):.1f}", f"{median(costs['delivery']):.1f}", ""
    )
    both = [a + b for a, b in zip(costs["core"], costs["delivery"], strict=True)]
    table.add_row(
        "together, without identity", f"{min(both):.1f}", f"{median(both):.1f}", f"{1e6 / min(both):,.0f} leads/s per core"
    )
    table.add_section()
    yardstick = min(costs["yardstick"])
    table.add_row(
        "yardstick: orjson reads a decision, fastavro writes it",
        f"{yardstick:.1f}", f"{median(costs['yardstick']):.1f}", f"core is {core / yardstick:.1f} yardsticks",
    )  # fmt: skip
    Console(width=130).print(table)
