"""A dead letter as the DLQ's headers tell it (app/pipeline/dead_letter.py writes them), and the record that it was."""

from __future__ import annotations

from collections.abc import Sequence
from sys import intern
from typing import Final, NamedTuple

from app.pipeline.replayed import ATTEMPT, OURS, RECEIVED_AT, REPLAY_OF, Header, came_by
from app.pipeline.source import InboundEvent, Position

_KNOWN: Final = frozenset({"identity", "scoring", "routing", "delivery"})
MOST_DETAIL: Final = 300  # characters
_TEXTS: Final = ("source", "stage", "reason", "detail", "app_version")


class Letter(NamedTuple):
    """What there is to know of a dead letter without its bytes. No personal data.

    Attributes:
        lead_id: The id that the lead would have had; the letter's key.
        src: The input record that it was this time.
        first: The input record that it was the first time.
        source, stage, reason, detail, repairable: Why it is here.
        attempt: How often it came.
        received_ms: When it first came, milliseconds since the epoch, UTC.
        failed_ms: When it became this letter.
        size: Bytes of the original value; None: it had none.
        weight: Bytes of value, key and own headers as they are here.
        headers: How many of the letter's headers are the record's own.
        cut: The end of the value or of the key is missing, or the record's headers are: what came cannot be sent again.
        where: Partition and offset in the DLQ.
    """

    lead_id: str
    src: Position
    first: str
    source: str
    stage: str
    reason: str
    detail: str
    repairable: bool
    attempt: int
    received_ms: int
    failed_ms: int
    size: int | None
    weight: int
    headers: int
    cut: bool
    app_version: str
    where: tuple[int, int]


class Sending(NamedTuple):
    """A record for an inbound topic, as the producer takes it."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[Header]
    timestamp_ms: int


def entered(letter: Letter) -> bool:
    """Whether the lead may stand in the match index although it is none: it failed there or later, or who knows where."""
    return letter.stage in _KNOWN or letter.reason == "suspected_poison"


def read(
    key: bytes | None, value: bytes | None, headers: Sequence[Header], failed_ms: int, where: tuple[int, int]
) -> Letter | None:
    """The letter; None where it is none of ours: its key is not that of the record that it names, or a header is missing."""
    told = {name: value or b"" for name, value in headers}  # of several with one name the last is ours
    src = position_of(_text(told.get("src")))
    own, attempt, received = (_number(told.get(name)) for name in ("leadstream.headers", ATTEMPT, "leadstream.timestamp"))
    if src is None or own is None or attempt is None or received is None or key != src.lead_id.encode() or own > len(headers):
        return None
    first = came_by(headers[:own], src.topic).replay_of if attempt > 1 else None
    source, stage, reason, detail, version = (_text(told.get(f"leadstream.{name}")) for name in _TEXTS)
    bytes_ = _number(told.get("leadstream.value_bytes"))
    around = sum(len(name) + len(text or b"") for name, text in headers[:own]) + len(told.get("leadstream.key", b""))
    return Letter(
        src.lead_id,
        src,
        first or src.identity,
        source,
        stage,
        reason,
        detail,
        told.get("leadstream.repairable") == b"true",
        attempt,
        received,
        failed_ms,
        None if value is None else len(value) if bytes_ is None else bytes_,
        around + len(value or b""),
        own,
        bytes_ is not None or "leadstream.key_bytes" in told or "leadstream.headers_dropped" in told,
        version,
        where,
    )


def original(letter: Letter, value: bytes | None, headers: Sequence[Header]) -> InboundEvent:
    """The record as it came, with the headers that a replay adds: what the pipeline gets to see of it.

    Raises:
        ValueError: The letter is cut.
    """
    if letter.cut:
        raise ValueError(f"{letter.lead_id} is cut: what came cannot be made again")
    own = [header for header in headers[: letter.headers] if header[0] not in OURS]
    own += [(REPLAY_OF, letter.first.encode()), (ATTEMPT, b"%d" % (letter.attempt + 1))]
    key = next((key for name, key in reversed(headers[letter.headers :]) if name == "leadstream.key"), None)
    return InboundEvent(letter.src, key, value, tuple(own), letter.received_ms)


def sending(event: InboundEvent, now_ms: int, keeps_ms: int | None) -> Sending:
    """The record to send.

    Its time is the one at which it first came, so that windows and features are what they would have been. Where the topic would
    delete it for that, before workers that are down come back, it has the present time, and a header has its own.

    Args:
        keeps_ms: For how long the topic keeps a record (`keeps`); None: for ever.
    """
    position, at_ms, headers = event.position, event.timestamp_ms, list(event.headers)
    if keeps_ms is not None and at_ms < now_ms - keeps_ms:
        headers.append((RECEIVED_AT, b"%d" % at_ms))
        at_ms = now_ms
    return Sending(position.topic, position.partition, event.key, event.value, headers, at_ms)


def position_of(identity: str) -> Position | None:
    """The record that is called so; None: nobody could be."""
    parts = identity.rsplit("-", 2)
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts[1:]):
        return None
    return Position(intern(parts[0]), int(parts[1]), int(parts[2]))


def _number(told: bytes | None) -> int | None:
    return int(told) if told is not None and told.isdigit() and len(told) < 19 else None


def _text(told: bytes | None) -> str:
    return intern((told or b"").decode("utf-8", "replace")[:MOST_DETAIL])  # thousands of letters say the same
