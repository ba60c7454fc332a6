"""Headers of a revision: as of what it revises, and that it is one."""

from __future__ import annotations

from typing import Final

import orjson

from app.pipeline.dead_letter import Header
from app.pipeline.delivery import AVRO, JSON, TRACE
from app.pipeline.revision.records import Kept, Place

REVISION: Final = "leadstream.revision"
DUPLICATE_OF: Final = "leadstream.duplicate_of"
DEDUPE: Final = "leadstream.dedupe"
CORRECTED: Final = "leadstream.corrected"  # JSON: source, shape, [field, path, value] of each: whoever learns need not decode
_KEPT: Final = frozenset({"src", "ce_source", "ce_specversion"}) | TRACE
_KINDS: Final[dict[Place, str]] = {
    "routed": "routed",
    "review": "held",
    "duplicates": "merged",
    "rejected": "rejected",
    "decisions": "decided",
}


def headers_of(kept: Kept, *, json: bool = False) -> list[Header]:
    """For a revision; `json`: its value is JSON."""
    kind = _KINDS[kept.place]
    headers = [header for header in kept.headers if header[0] in _KEPT]
    headers += [
        ("content-type", JSON if json else AVRO),
        ("ce_type", f"io.leadstream.lead.{kind}".encode()),
        ("ce_id", f"{kept.lead}.{kind}.{kept.revision}".encode()),
        (REVISION, str(kept.revision).encode()),
    ]
    if kept.place == "decisions":
        if kept.value["dedupe"] == "unknown":
            headers.append((DEDUPE, b"unknown"))
        if (said := kept.value["corrected"]) and kept.value["shape"] is not None:
            rows = [(one["field"], one["path"], one["value"]) for one in said]
            headers.append((CORRECTED, orjson.dumps((kept.value["source"], kept.value["shape"], rows))))
    elif kept.duplicate_of is not None:
        headers.append((DUPLICATE_OF, kept.duplicate_of.encode()))
    return headers
