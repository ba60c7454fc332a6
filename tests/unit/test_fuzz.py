"""The short form of the fuzzing runs, and every finding of the long ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pytest

from app.pipeline.source import InboundEvent
from tests.fuzz.corpus import nowhere, seeds
from tests.fuzz.decoders import REFUSALS, targets
from tests.fuzz.findings import keep, kept, smallest
from tests.fuzz.judge import Finding
from tests.fuzz.mutate import Mutator
from tests.fuzz.run import Process, Progress
from tests.harness.timing import within

INPUTS = 1_500  # of the pipeline, here; `make fuzz` makes a million
DAMAGES = 40  # of each decoder's seeds
LIMIT_S = 0.2


@cache
def process() -> Process:
    return Process(20261124, writes=False)


def test_hostile_inputs_have_one_fate_each() -> None:
    """All rules of tests/fuzz/judge.py hold for each input, and each is accounted for."""
    told = process().chunk(0, INPUTS)
    assert told.findings == []
    assert sum(told.fates.values()) == told.inputs == INPUTS


def test_the_same_seed_makes_the_same_inputs() -> None:
    """A finding can be made again: all chance comes from the seed."""
    one = nowhere()
    first, second = (Mutator(seeds(), one.inventory, one.names.inbound, one.codec.encode, one.codec.decode) for _ in "12")
    assert [first.event(Random(5), n) for n in range(50)] == [second.event(Random(5), n) for n in range(50)]


def test_findings_stay_mended() -> None:
    """What was found once holds every rule now."""
    assert [finding for _, event in kept() for finding in process().judge.alone(event)] == []


@pytest.mark.parametrize("name", sorted(targets()))
def test_decoders_take_any_bytes(name: str) -> None:
    """Seeds of a decoder, whole and damaged: read or refused with a typed reason, in time."""
    target, begin = targets()[name]
    one, chance = nowhere(), Random(name)
    mutator = Mutator(seeds(), one.inventory, one.names.inbound, one.codec.encode, one.codec.decode)

    def tried(data: bytes) -> None:
        try:
            target(data)
        except REFUSALS:
            return

    for data in begin:
        tried(data)
    for _ in range(DAMAGES):
        damaged = mutator._bytes(chance, chance.choice(begin))
        within(LIMIT_S, lambda damaged=damaged: tried(damaged), name)  # type: ignore[misc]


def test_a_finding_becomes_a_small_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An input that breaks a rule is cut down to what breaks it, written once for its kind, and read back the same."""
    monkeypatch.setattr("tests.fuzz.findings.FOUND", tmp_path / "found")
    event = process().mutator.event(Random(1), 0)
    event = InboundEvent(event.position, b"k", b"a" * 300 + b"poison" + b"b" * 300, (("h", None),), 5)

    def look(one: InboundEvent) -> list[Finding]:
        return [Finding("no poison", one)] if b"poison" in (one.value or b"") else []

    found = smallest(look(event)[0], look)
    assert (found.event.value, found.event.key, found.event.headers) == (b"poison", None, ())
    path = keep(found)
    assert path is not None
    assert keep(found) is None
    ((name, again),) = kept()
    assert (path.stem, again.value) == (name, b"poison")


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Chunks that were done stand on disk, and are not done again."""
    path = tmp_path / "seed-1.jsonl"
    told = process().chunk(3, 20)
    Progress(path).add(told)
    again = Progress(path)
    assert again.chunks[3] == told
    assert again.inputs == 20 == again.fates.total()
