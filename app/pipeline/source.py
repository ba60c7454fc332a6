"""Where a record came from. Every id that leadstream makes derives from here, so a replay makes the same ids."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Position:
    """One record of one Kafka topic partition."""

    topic: str
    partition: int
    offset: int

    @property
    def identity(self) -> str:
        """`topic-partition-offset`: names this record in headers, decisions and tests."""
        return f"{self.topic}-{self.partition}-{self.offset}"

    @property
    def lead_id(self) -> str:
        """The id of the lead that this record becomes: `ld_` and 20 hex digits, the same at every delivery."""
        return "ld_" + blake2b(self.identity.encode(), digest_size=10).hexdigest()


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """A raw record as Kafka delivered it.

    Attributes:
        position: Topic, partition, offset.
        key: The record's key, untouched.
        value: The record's value, untouched; None is a tombstone.
        headers: (name, value) pairs in order, repeated names kept.
        timestamp_ms: The record's CreateTime, milliseconds since the epoch, UTC. The pipeline's only clock.
    """

    position: Position
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    timestamp_ms: int
