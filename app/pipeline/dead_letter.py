"""A dead letter as a message: the original value and headers untouched, and added headers that say what happened.

Its key is the id that the lead would have had, so that one letter can be erased by a tombstone; the original key is the header
`leadstream.key` (absent: there was none). `leadstream.headers` says how many of the headers, from the first on, are the record's:
so a replay sends the record as it was.

The names are Kafka Connect's (`__connect.errors.*`) where they fit, so that the tools people have for those work here, too; a
header of such a name that the record already has stays as it is. Our own (`leadstream.*`, `src`) are always added: of
several with one name the last one counts, as everywhere in Kafka.
"""

from __future__ import annotations

from hashlib import sha256

from app.pipeline.fate import DeadLetter
from app.pipeline.replayed import ATTEMPT, Header, came

__all__ = ["Header", "dead_letter"]

ERROR_CLASS = b"app.errors.BadRecord"
RESERVE_BYTES = 4_096  # for our headers (below 2 kB), the framing of a batch, and the headers that a truncation adds
HEADER_OVERHEAD = 10  # lengths of name and value, as varints of at most five bytes each


def dead_letter(fate: DeadLetter, app_version: bytes, limit: int) -> tuple[bytes, bytes | None, list[Header]]:
    """Key, value and headers for the DLQ, together at most `limit` bytes.

    A record that would be larger loses, in this order and only as far as it must: the end of its value, its own headers, the end
    of its key. Headers then give the original size in bytes and, for value and key, the SHA-256.
    """
    event, position = fate.event, fate.event.position
    key, value, original = event.key, event.value, list(event.headers)
    present = {name for name, _ in original}
    message = f"{fate.stage}: {fate.reason}: {fate.detail}" if fate.detail else f"{fate.stage}: {fate.reason}"
    connect: list[Header] = [
        ("__connect.errors.topic", position.topic.encode()),
        ("__connect.errors.partition", b"%d" % position.partition),
        ("__connect.errors.offset", b"%d" % position.offset),
        ("__connect.errors.stage", fate.stage.encode()),
        ("__connect.errors.exception.class.name", ERROR_CLASS),
        ("__connect.errors.exception.message", message.encode("utf-8", "replace")),
    ]
    added = [header for header in connect if header[0] not in present]
    added += [
        ("leadstream.source", fate.source.encode()),
        ("leadstream.stage", fate.stage.encode()),
        ("leadstream.reason", fate.reason.encode()),
        ("leadstream.detail", fate.detail.encode("utf-8", "replace")),
        ("leadstream.repairable", b"true" if fate.repairable else b"false"),
        ("leadstream.timestamp", b"%d" % event.timestamp_ms),
        ("leadstream.app_version", app_version),
        (ATTEMPT, b"%d" % came(event).attempt),
        ("src", position.identity.encode()),
    ]
    room = limit - RESERVE_BYTES
    if _size(key) + _size(value) + _headers_size(original) > room:
        if value:
            kept = max(0, room - _size(key) - _headers_size(original))
            added += _shortened("value", value)
            value = value[:kept]
        if _size(key) + _headers_size(original) > room:
            added.append(("leadstream.headers_dropped", b"%d" % len(original)))
            original = []
        if key and len(key) > room:
            added += _shortened("key", key)
            key = key[:room]
    added.append(("leadstream.headers", b"%d" % len(original)))
    if key is not None:
        added.append(("leadstream.key", key))
    return position.lead_id.encode(), value, original + added


def _shortened(what: str, data: bytes) -> list[Header]:
    return [(f"leadstream.{what}_bytes", b"%d" % len(data)), (f"leadstream.{what}_sha256", sha256(data).hexdigest().encode())]


def _size(data: bytes | None) -> int:
    return len(data) if data else 0


def _headers_size(headers: list[Header]) -> int:
    return sum(len(name.encode("utf-8", "replace")) + _size(value) + HEADER_OVERHEAD for name, value in headers)
