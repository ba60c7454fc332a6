"""Finding one decision again."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from app.edges.kafka.reading import read_to_end
from app.ports import Codec


def find(client: dict[str, Any], topic: str, codec: Codec, lead_id: str) -> dict[str, Any] | None:
    """The decision on a lead, or None. Reads the decisions topic through; only a matching key is decoded."""
    key = lead_id.encode()
    records: Any = read_to_end(client, [topic])
    with closing(records):
        for message in records:
            if message.key() == key:
                return codec.decode(message.value(), "decision")
    return None
