"""An entry of the review queue as a row of SQLite, and back."""

from __future__ import annotations

from typing import Any, Final

import orjson

from app.review.entry import Decided, Entry, Item, Said
from app.review.queue import said_by

COLUMNS: Final = (
    *("id", "revision", "source", "team", "rule", "band", "score", "confidence", "received", "reasons", "checkpoint"),
    *("due_at", "expires", "of", "rank", "due"),
    *("decided", "number", "says", "by", "at", "part", "offset", "digest", "passed", "open", "pending", "seconded", "agreed"),
)
# Rows lie in the order in which they came, so that what is decided soon is near; the index `place` has all that lists and counts
# look at, so that they read nothing else.
SCHEMA: Final = """
CREATE TABLE entry (
    id BLOB UNIQUE NOT NULL, revision INT, source TEXT, team TEXT, rule TEXT, band TEXT, score REAL, confidence REAL,
    received INT, reasons TEXT, checkpoint TEXT, due_at INT, expires INT, of TEXT, rank INT, due INT,
    decided TEXT, number TEXT, says TEXT, by TEXT, at INT, part INT, "offset" INT, digest TEXT,
    passed INT NOT NULL, open INT NOT NULL, pending INT NOT NULL, seconded TEXT NOT NULL, agreed INT
);
CREATE INDEX place ON entry (
    rank, due, received, id, source, team, band, checkpoint, reasons, pending, seconded
) WHERE open;
CREATE INDEX waits ON entry (part, "offset") WHERE pending;
CREATE INDEX judged ON entry (reasons, received, source, agreed, open);
CREATE TABLE verdict (
    number TEXT UNIQUE NOT NULL, lead TEXT, says TEXT, by TEXT, at INT, part INT, "offset" INT, digest TEXT,
    revision INT, done TEXT
);
"""


def row_of(lead: str, entry: Entry) -> tuple[Any, ...]:
    """In the order of `COLUMNS`."""
    item, said = entry.item, entry.said
    told: tuple[Any, ...] = (None,) * 15
    if item is not None:
        rank, due, _, _ = item.place
        told = (
            *(item.revision, item.source, item.team, item.rule, item.band, item.score, item.confidence, item.received_ms),
            *(joined(item.reasons), item.checkpoint, item.due_ms, item.expires_ms, item.of, rank, due),
        )
    verdict: tuple[Any, ...] = (None,) * 7
    if said is not None:
        verdict = said.number, said.says, said.by, said.at_ms, said.partition, said.offset, said.digest
    decided, agreed = None, None
    if entry.decided is not None:
        decided, agreed = decided_told(entry.decided), entry.decided.agreed
    seconded = joined(tuple(by.replace(" ", "_") for by in said_by(entry)))
    return (packed(lead), *told, decided, *verdict, entry.passed, entry.open, entry.pending, seconded, agreed)


def entry_of(row: tuple[Any, ...]) -> Entry:
    """The entry again."""
    lead, told, decided, verdict, passed = unpacked(row[0]), row[1:16], row[16], row[17:24], row[24]
    item = None
    if told[0] is not None:
        revision, source, team, rule, band, score, confidence, received_ms, reasons, checkpoint, due_ms, expires_ms, of, _, _ = (
            told
        )
        about = (source, team, rule, band, score, confidence, received_ms, tuple(reasons.split()))
        item = Item(lead, revision, *about, checkpoint, due_ms, expires_ms, of)
    return Entry(
        item,
        decided_read(decided) if decided is not None else None,
        said_of(lead, verdict) if verdict[2] is not None else None,
        bool(passed),
    )


def said_of(lead: str, told: tuple[Any, ...]) -> Said:
    """Of number, says, by, at, partition, offset, digest."""
    return Said(lead, *told)


def decided_told(decided: Decided) -> str:
    """As JSON."""
    one = decided  # named one by one: dataclasses.astuple copies all that is inside, and takes thirty times as long
    told = [one.lead, one.revision, one.fate, one.how, one.by, one.agreed, one.approvals, one.verdicts, one.at_ms]
    return orjson.dumps(told).decode()


def decided_read(text: str) -> Decided:
    """The same again."""
    lead, revision, fate, how, by, agreed, approvals, verdicts, at_ms = orjson.loads(text)
    return Decided(lead, revision, fate, how, by, agreed, tuple(map(tuple, approvals)), tuple(verdicts), at_ms)


def joined(words: tuple[str, ...]) -> str:
    """Blanks around each, so that one can be found in all of them."""
    return f" {' '.join(words)} " if words else ""


def packed(lead: str) -> bytes:
    """A lead id in ten bytes; nobody's where it is none."""
    try:
        return bytes.fromhex(lead[3:])
    except ValueError:
        return b""


def unpacked(key: bytes) -> str:
    """The lead id again."""
    return "ld_" + key.hex()
