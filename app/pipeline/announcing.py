"""Shapes of payloads are told on a topic of their own, each the first time this process meets it.

In the transaction of the record that has the shape: whoever reads that record's decision can read its shape. A shape may be told
twice (by two processes, after a restart), never not at all: it counts as told only once a transaction that told it is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.pipeline.delivery import AVRO, Outgoing
from app.pipeline.fate import DeadLetter, Fate
from app.pipeline.shape import Shape, Shapes

MAX_TOLD = 100_000  # shapes remembered as told; beyond, all are told once more

_Named = tuple[str, str]  # source, fingerprint


class Announcer:
    """Makes the records of schemas/payload_shape.

    Args:
        topic: Where to.
        encode: Record name and value → Avro in the wire format.
        shapes: What fingerprints stand for.
    """

    def __init__(self, topic: str, encode: Callable[[str, Mapping[str, Any]], bytes], shapes: Shapes) -> None:
        self._topic, self._encode, self._shapes = topic, encode, shapes
        self._told: dict[_Named, Shape] = {}
        self._under_way: dict[tuple[str, int], dict[_Named, tuple[int, Shape]]] = {}  # lane → shape → offset that tells it

    def outgoing(self, fate: Fate) -> list[Outgoing]:
        """The shape's record if it is news, else nothing. The same for the same fate, until its delivery is reported."""
        if isinstance(fate, DeadLetter) or fate.lead.shape is None:
            return []
        named = fate.lead.source, fate.lead.shape
        shape = self._shapes.get(*named)
        if shape is None or self._told.get(named) is shape:
            return []
        position = fate.event.position
        lane = self._under_way.setdefault((position.topic, position.partition), {})
        before = lane.get(named)
        if before is not None and before[0] < position.offset and before[1] is shape:
            return []  # an earlier record of this lane tells it
        lane[named] = position.offset, shape
        key = f"{named[0]}/{named[1]}".encode()
        value = self._encode("payload_shape", _record(named[0], shape, fate.event.timestamp_ms))
        return [Outgoing(self._topic, key, value, [("content-type", AVRO)])]

    def delivered(self, fates: Sequence[Fate]) -> None:
        """One lane's batch is committed: what it told is told. What an earlier batch would have told, and was aborted, is not."""
        if not fates:
            return
        first, last = fates[0].event.position, fates[-1].event.position
        lane = self._under_way.pop((first.topic, first.partition), None)
        if lane:
            if len(self._told) >= MAX_TOLD:
                self._told.clear()
            self._told |= {named: shape for named, (at, shape) in lane.items() if first.offset <= at <= last.offset}


def _record(source: str, shape: Shape, at_ms: int) -> dict[str, Any]:
    leaves = [{"path": leaf.path, "kind": leaf.kind, "field": leaf.field} for leaf in shape.leaves]
    return {"source": source, "shape": shape.fingerprint, "seen_at": at_ms, "leaves": leaves}
