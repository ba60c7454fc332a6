"""Stage by stage over a few records at a time: what a stage needs stays in the processor's caches meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.errors import BadRecord, EdgeDown, Stage
from app.inventory.models import Source
from app.pipeline.fate import DeadLetter
from app.pipeline.lead import Lead
from app.pipeline.source import InboundEvent

PORTION, PORTION_BYTES = 250, 1_000_000  # records that are decoded at a time (fewer cost more: 30 a tenth); a larger one is alone

Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(slots=True)
class Record:
    """A record on its way.

    Attributes:
        source: None: nobody's.
        off: Toggles that are off for it.
        told: What its source declares for scoring and for the audit of fairness; None: nothing.
        came: What it came to; None: it is still on its way.
    """

    event: InboundEvent
    source: Source | None
    off: tuple[str, ...] = ()
    told: tuple[dict[str, str], dict[str, str]] | None = None
    came: Lead | DeadLetter | None = None
    _lead_id: str = ""  # the hash is made once

    @property
    def its(self) -> Source:
        """The source of one that has one."""
        assert self.source is not None
        return self.source

    @property
    def lead_id(self) -> str:
        """The id of the lead that it may become."""
        if not self._lead_id:
            self._lead_id = self.event.position.lead_id
        return self._lead_id


def portions(events: Sequence[InboundEvent]) -> Iterator[Sequence[InboundEvent]]:
    """A few events at a time, so that not all of a batch is in memory decoded."""
    start = size = 0
    for n, event in enumerate(events):
        size += len(event.value or b"")
        if size > PORTION_BYTES or n - start >= PORTION:
            if n > start:
                yield events[start:n]
            start, size = n, len(event.value or b"")
    yield events[start:]


def each(
    stage: Stage, work: Callable[[Record, Given], Made], records: Iterable[tuple[Record, Given]]
) -> list[tuple[Record, Made]]:
    """One stage's work on each record. Those that it fails on are dead letters, and go no further."""
    passed: list[tuple[Record, Made]] = []
    for one, given in records:
        try:
            passed.append((one, work(one, given)))
        except BadRecord as bad:
            one.came = DeadLetter(one.event, one.its.name, bad.stage, bad.reason, bad.detail, bad.repairable)
        except (EdgeDown, MemoryError):
            raise
        except Exception as bug:  # ours, met by this record: set the record aside, or it would stop its partition for good
            one.came = DeadLetter(one.event, one.its.name, stage, "internal_error", type(bug).__name__, True)
    return passed
