"""Records that are normalised together come to what each would come to alone."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import BadRecord
from app.pipeline.fate import DeadLetter
from app.pipeline.lead import Lead
from app.pipeline.source import InboundEvent, Position
from app.pipeline.staged import PORTION, PORTION_BYTES, Record, each, portions
from tests.benchmarks.material import material, nowhere


def event(value: bytes | None, offset: int = 0) -> InboundEvent:
    return InboundEvent(Position("leads.inbound.x", 0, offset), None, value, (), 1_795_392_000_000)


def test_together_as_alone() -> None:
    """A batch of all sources, with garbage and topics of nobody in it, gives what its records give one by one, in their order."""
    installation = nowhere()
    events = [*material(installation, 260).events, event(b"{}"), event(None)]
    together, alone = installation.normaliser(), installation.normaliser()
    leads = together.normalise_all(events)
    assert leads == [alone.normalise(one) for one in events]
    assert {type(one) for one in leads} == {Lead, DeadLetter}
    assert together.normalise_all([]) == []


@pytest.mark.parametrize(
    "sizes", [[], [1], [10] * 250, [PORTION_BYTES * 2, 5, PORTION_BYTES, 5], [400_000] * 7, [0, PORTION_BYTES + 1]]
)
def test_portions_are_small(sizes: list[int]) -> None:
    """No more than so many records and bytes are decoded at a time; a record that is larger is alone. None is left out."""
    events = [event(b"x" * size, n) for n, size in enumerate(sizes)]
    some = list(portions(events))
    assert [one for portion in some for one in portion] == events
    for portion in some:
        assert len(portion) <= PORTION
        assert len(portion) <= 1 or sum(len(one.value or b"") for one in portion) <= PORTION_BYTES


def test_a_failure_costs_its_record_alone() -> None:
    """Where a stage fails on a record, this one is a dead letter of that stage, and the others go on."""
    source: Any = nowhere().inventory.sources["shopify-customer"]
    records = [Record(event(b"x", n), source) for n in range(4)]

    def work(one: Record, given: int) -> int:
        if given == 1:
            raise BadRecord("intake", "invalid_json", "no JSON")
        if given == 2:
            raise ZeroDivisionError
        return given * 10

    passed = each("mapping", work, [(one, n) for n, one in enumerate(records)])
    assert [made for _, made in passed] == [0, 30]
    came: list[Any] = [one.came for one in records]
    assert [one and (one.stage, one.reason) for one in came] == [
        None,
        ("intake", "invalid_json"),
        ("mapping", "internal_error"),
        None,
    ]


@pytest.mark.parametrize("fatal", [MemoryError])
def test_what_is_no_records_fault_is_raised(fatal: type[BaseException]) -> None:
    """What is not the record's fault ends the batch: nothing of it was decided."""

    def work(one: Record, given: int) -> int:
        raise fatal

    with pytest.raises(fatal):
        each("intake", work, [(Record(event(b"x"), None), 1)])
