"""Whether an inbound record is a dead letter that was sent in again, as its headers say, and when it first came.

Whoever may write to an inbound topic may write these headers, too. So they count only where they fit together: the first record
of the same topic, and an attempt above 1. What a forger gains is a number in a decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from app.pipeline.source import InboundEvent

Header = tuple[str, bytes | None]

REPLAY_OF: Final = "leadstream.replay_of"  # topic-partition-offset of the first input record
ATTEMPT: Final = "leadstream.attempt"  # 1 for a record that comes for the first time
RECEIVED_AT: Final = "leadstream.received_at"  # where the record's own time is a later one; milliseconds since the epoch
OURS: Final = frozenset({REPLAY_OF, ATTEMPT, RECEIVED_AT})
MOST: Final = 9_999  # attempts


class Came(NamedTuple):
    """How a record came.

    Attributes:
        attempt: 1, and one more for each replay.
        replay_of: The input record that it was first; None: it is none.
    """

    attempt: int
    replay_of: str | None


FIRST: Final = Came(1, None)


def came(event: InboundEvent) -> Came:
    """How a record came."""
    if not event.headers:
        return FIRST
    return came_by(event.headers, event.position.topic)


def came_by(headers: Sequence[Header], topic: str) -> Came:
    """The same by its headers; of several with one name the last counts."""
    attempt, first = b"", b""
    for name, value in headers:
        if name == ATTEMPT:
            attempt = value or b""
        elif name == REPLAY_OF:
            first = value or b""
    if not first or not attempt.isdigit() or len(attempt) > 4 or not 1 < int(attempt) <= MOST:
        return FIRST
    told, _, place = first.decode("utf-8", "replace").partition(f"{topic}-")
    partition, _, offset = place.partition("-")
    fits = not told and _number(partition, 9) and _number(offset, 18)
    return Came(int(attempt), f"{topic}-{partition}-{offset}") if fits else FIRST


def received_ms(headers: Sequence[Header], timestamp_ms: int, topic: str) -> int:
    """When a record first came: its own time, unless it is a replay whose first time the topic would have deleted at once."""
    told = b""
    for name, value in headers:
        if name == RECEIVED_AT:
            told = value or b""
    if not told or not _number(told.decode("utf-8", "replace"), 15) or came_by(headers, topic) is FIRST:
        return timestamp_ms
    return min(int(told), timestamp_ms)


def _number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= digits
