"""One verdict read again from where it stands: rarely asked for, so with a connection of its own."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Protocol

from app.edges.kafka.reviser_values import Values
from app.errors import BadRecord
from app.pipeline.revision.verdict import Verdict, read
from app.pipeline.source import Position


class Codec(Protocol):
    """Reads Avro."""

    def read_own(self, value: bytes, record: str) -> dict[str, Any]: ...


def verdict_at(client: dict[str, Any], codec: Codec, where: Position) -> Verdict | None:
    """The verdict that stands there; None where it is no longer kept, or cannot be read.

    Args:
        client: confluent-kafka settings.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    with closing(Values(client, [where.topic], remembered=1)) as values:
        raw = values.one(where)
    if raw is None or not raw.value:
        return None
    try:
        return read(codec.read_own(raw.value, "verdict"), where.identity)
    except BadRecord:
        return None
