"""The claims that stand, from the decisions topic: what Redis holds can always be made again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.edges.kafka.lane import TRANSACTION_MS
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end, watermarks
from app.ports import Standing


def standing_claims(
    client: dict[str, Any],
    names: Topics,
    decode: Callable[[bytes, str], dict[str, Any]],
    windows: Mapping[str, int],
    others: int = 0,
) -> Iterator[Standing]:
    """Every claim whose window has not passed.

    Waits first until the transactions under way now have ended: their claims are lost, too, and their decisions not yet told.

    Args:
        decode: Reads a decision.
        windows: Source → seconds for which its claims stand.
        others: The same for sources that nobody declared.
    """
    if not any(high > low for low, high in watermarks(client, [names.decisions]).values()):
        return
    time.sleep(TRANSACTION_MS / 1000)
    now_ms = time.time() * 1000
    for message in read_to_end(client, [names.decisions]):
        decision = decode(message.value(), "decision")
        seconds = int(windows.get(decision["source"], others) - (now_ms - message.timestamp()[1]) / 1000)
        if decision["claims"] and seconds > 0:
            original = decision["duplicate_of"]
            left_by = decision["lead_id"] if original else None
            yield Standing(original or decision["lead_id"], left_by, tuple(decision["claims"]), seconds)
