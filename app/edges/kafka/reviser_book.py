"""Where each lead's records stand: topic, partition, offset. About sixty bytes a lead, in a file of SQLite's own that nobody else
sees and that ends with the process; no value of any record.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.pipeline.revision.blanking import ERASED
from app.pipeline.source import Position

_CACHE_KB: Final = 65_536  # of the file in memory; what is beyond lies on the disk
_LEAD_BYTES: Final = 10

_SCHEMA: Final = """
CREATE TABLE lead (
    id BLOB PRIMARY KEY, topic INT, part INT, at INT, revision INT NOT NULL DEFAULT 0, of BLOB,
    first_topic INT, first_part INT, first_at INT, decided_part INT, decided_at INT, decided INT NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX duplicate ON lead (of) WHERE of IS NOT NULL;
CREATE TABLE unknown (id BLOB PRIMARY KEY, at_ms INT NOT NULL) WITHOUT ROWID;
CREATE INDEX oldest ON unknown (at_ms);
"""
# The record of revision 1 is the first. It is written down beside the newest only once that is another.
_RECORD: Final = f"""
INSERT INTO lead (id, topic, part, at, revision, of) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
    first_topic = CASE WHEN excluded.revision = 1 AND revision BETWEEN 2 AND {ERASED - 1} THEN excluded.topic
                       WHEN excluded.revision > 1 AND revision = 1 THEN topic ELSE first_topic END,
    first_part = CASE WHEN excluded.revision = 1 AND revision BETWEEN 2 AND {ERASED - 1} THEN excluded.part
                      WHEN excluded.revision > 1 AND revision = 1 THEN part ELSE first_part END,
    first_at = CASE WHEN excluded.revision = 1 AND revision BETWEEN 2 AND {ERASED - 1} THEN excluded.at
                    WHEN excluded.revision > 1 AND revision = 1 THEN at ELSE first_at END,
    topic = CASE WHEN excluded.revision >= revision THEN excluded.topic ELSE topic END,
    part = CASE WHEN excluded.revision >= revision THEN excluded.part ELSE part END,
    at = CASE WHEN excluded.revision >= revision THEN excluded.at ELSE at END,
    of = CASE WHEN excluded.revision >= revision THEN excluded.of ELSE of END,
    revision = max(revision, excluded.revision)
"""  # noqa: S608  the number is ours
_DECISION: Final = """
INSERT INTO lead (id, decided_part, decided_at, decided) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
    decided_part = excluded.decided_part, decided_at = excluded.decided_at, decided = excluded.decided
    WHERE excluded.decided >= decided
"""
_UNKNOWN: Final = "INSERT OR IGNORE INTO unknown SELECT id, ? FROM lead WHERE id = ? AND decided = ?"
_KNOWN: Final = "DELETE FROM unknown WHERE id = ? AND ? >= (SELECT decided FROM lead WHERE lead.id = unknown.id)"
_ERASE: Final = """
INSERT INTO lead (id, revision) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET
    topic = NULL, part = NULL, at = NULL, first_topic = NULL, first_part = NULL, first_at = NULL, of = NULL,
    revision = excluded.revision
"""
_FORGET: Final = (
    "UPDATE lead SET topic = NULL, part = NULL, at = NULL WHERE topic = ? AND part = ? AND at < ?",
    "UPDATE lead SET first_topic = NULL WHERE first_topic = ? AND first_part = ? AND first_at < ?",
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A record that was read.

    Attributes:
        of: The lead whose duplicate it says that its lead is.
        unknown: It is a decision that could not tell who the lead is.
        at_ms: Its time stamp.
    """

    lead: str
    where: Position
    revision: int
    of: str | None = None
    unknown: bool = False
    at_ms: int = 0


class Book:
    """Positions by lead.

    Args:
        decisions: The topic of decisions; every other topic holds leads.
        topics: Those.
    """

    def __init__(self, decisions: str, topics: Sequence[str]) -> None:
        self._decisions, self._topics = decisions, list(topics)
        self._number = {topic: n for n, topic in enumerate(topics)}
        # No name: a file of its own, gone when closed. Threads that share it hold a lock of theirs (app/edges/web/room.py).
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON;"
            f"PRAGMA cache_size = -{_CACHE_KB}; {_SCHEMA}"
        )

    def take(self, seen: Iterable[Sighting]) -> None:
        """Write down where records stand; of several of one lead the newest revision counts, in whatever order they come."""
        leads, decisions, unknown, known = [], [], [], []
        for one in seen:
            key, where = _packed(one.lead), one.where
            if where.topic == self._decisions:
                decisions.append((key, where.partition, where.offset, one.revision))
                if one.unknown:
                    unknown.append((one.at_ms, key, one.revision))
                elif one.revision > 1:
                    known.append((key, one.revision))
            else:
                of = _packed(one.of) if one.of else None
                leads.append((key, self._number[where.topic], where.partition, where.offset, one.revision, of))
        self._db.execute("BEGIN")
        for statement, rows in ((_RECORD, leads), (_DECISION, decisions), (_UNKNOWN, unknown), (_KNOWN, known)):
            if rows:
                self._db.executemany(statement, rows)
        self._db.execute("COMMIT")

    def erase(self, leads: Iterable[str]) -> None:
        """Their persons were erased: none of their records counts any more, whichever is read after this."""
        keys = [_packed(lead) for lead in leads]
        self._db.execute("BEGIN")
        self._db.executemany(_ERASE, [(key, ERASED) for key in keys])
        self._db.executemany("DELETE FROM unknown WHERE id = ?", [(key,) for key in keys])
        self._db.execute("COMMIT")

    def newest(self, lead: str) -> Position | None:
        """Where its newest record stands."""
        return self._lead_at("topic, part, at", lead)

    def first(self, lead: str) -> Position | None:
        """Where its first record stands."""
        found = self._lead_at("first_topic, first_part, first_at", lead)
        return found or self._lead_at("CASE revision WHEN 1 THEN topic END, part, at", lead)

    def decision(self, lead: str) -> Position | None:
        """Where its newest decision stands."""
        row = self._row("decided_part, decided_at", lead)
        return None if row is None or row[0] is None else Position(self._decisions, row[0], row[1])

    def duplicate_of(self, lead: str) -> str | None:
        """As `Sighting.of` of its newest record."""
        row = self._row("of", lead)
        return _unpacked(row[0]) if row and row[0] else None

    def duplicates_of(self, lead: str) -> list[str]:
        """The leads whose newest records say so of this one."""
        return [_unpacked(row[0]) for row in self._db.execute("SELECT id FROM lead WHERE of = ?", (_packed(lead),))]

    def unknown(self, most: int) -> list[str]:
        """Leads that nobody knows who they are, the oldest first."""
        return [_unpacked(row[0]) for row in self._db.execute("SELECT id FROM unknown ORDER BY at_ms, id LIMIT ?", (most,))]

    def unknown_since(self) -> int:
        """When the oldest of them was decided; 0 without any."""
        return int(self._db.execute("SELECT coalesce(min(at_ms), 0) FROM unknown").fetchone()[0])

    def give_up(self, lead: str) -> None:
        """Whoever this is will never be known."""
        self._db.execute("DELETE FROM unknown WHERE id = ?", (_packed(lead),))

    def unknown_count(self) -> int:
        """How many they are."""
        return int(self._db.execute("SELECT count(*) FROM unknown").fetchone()[0])

    def forget(self, topic: str, partition: int, before: int) -> None:
        """The partition keeps nothing before this offset any more."""
        if topic == self._decisions:
            self._db.execute("DELETE FROM lead WHERE topic IS NULL AND decided_part = ? AND decided_at < ?", (partition, before))
            return
        for statement in _FORGET:
            self._db.execute(statement, (self._number[topic], partition, before))

    def close(self) -> None:
        """Its file is gone then."""
        self._db.close()

    def _lead_at(self, columns: str, lead: str) -> Position | None:
        row = self._row(columns, lead)
        return None if row is None or row[0] is None else Position(self._topics[row[0]], row[1], row[2])

    def _row(self, columns: str, lead: str) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._db.execute(
            f"SELECT {columns} FROM lead WHERE id = ?",  # noqa: S608  columns are ours
            (_packed(lead),),
        ).fetchone()
        return found


def _packed(lead: str) -> bytes:
    try:
        return bytes.fromhex(lead[3:])
    except ValueError:  # no lead id, whoever wrote it: nobody has it
        return b""


def _unpacked(key: bytes) -> str:
    return "ld_" + key.hex()
