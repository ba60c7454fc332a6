"""The truth about what was sent: counts for a summary, and a line per record. Holds indexes of people, nothing personal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import orjson

from app.embedded.simulator.planned import Planned
from app.pipeline.source import Position

Delivered = Callable[[Planned, Position], None]


@dataclass(slots=True)
class Truth:
    """What was planted, counted.

    Attributes:
        final: Leads that ended won or lost.
        kin: Originals of people who are related to an earlier one, by relation.
    """

    sources: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    dirt: Counter[str] = field(default_factory=Counter)
    incidents: Counter[str] = field(default_factory=Counter)
    final: Counter[str] = field(default_factory=Counter)
    kin: Counter[str] = field(default_factory=Counter)
    late: int = 0

    @property
    def records(self) -> int:
        return self.kinds.total()

    @property
    def fates(self) -> dict[str, int]:
        """What must become of them: `lead` is routed or in review, one for each intent of a person; the order of arrival does not
        matter."""
        duplicates = self.kinds["exact_duplicate"] + self.kinds["fuzzy_duplicate"]
        return {
            "lead": self.kinds["original"] + self.kinds["new_intent"],
            "duplicate": duplicates,
            "dead_letter": self.kinds["garbage"],
        }

    def add(self, planned: Planned) -> None:
        """Count one record."""
        self.sources[planned.source] += 1
        self.kinds[planned.kind] += 1
        self.late += planned.late
        self.dirt.update(planned.dirt)
        if planned.reason:
            self.reasons[planned.reason] += 1
        if planned.incident:
            self.incidents[planned.incident] += 1
        if planned.kin:
            self.kin[planned.kin.relation] += 1
        if planned.won is not None:
            self.final["won" if planned.won else "lost"] += 1


def line(planned: Planned, position: Position) -> dict[str, Any]:
    """The truth about one delivered record, without its bytes."""
    kind = f"garbage:{planned.reason}" if planned.reason else planned.kind
    return {
        "index": planned.index,
        "source": planned.source,
        "kind": kind,
        "poison": planned.poison,
        "topic": position.topic,
        "partition": position.partition,
        "offset": position.offset,
        "lead_id": position.lead_id,
        "stamp_ms": planned.stamp_ms,
        "occurred_ms": planned.occurred_ms,
        "late": planned.late,
        "person": planned.person,
        "of": planned.of,
        "shares": planned.shares,
        "brings": planned.brings,
        "kin": planned.kin._asdict() if planned.kin else None,
        "dirt": planned.dirt,
        "probability": planned.probability,
        "concept": planned.concept,
        "won": planned.won,
        "incident": planned.incident,
        "pages": planned.trail.pages if planned.trail else None,
    }


class TruthFile:
    """Writes the line of each delivered record to a JSONL file. A context manager; an instance is a `Delivered`."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")

    def __call__(self, planned: Planned, position: Position) -> None:
        self._file.write(orjson.dumps(line(planned, position), option=orjson.OPT_APPEND_NEWLINE))

    def __enter__(self) -> TruthFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
