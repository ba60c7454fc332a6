"""The review queue in a file of SQLite's own that nobody else sees and that ends with the process: topics make it again.

The twin of `app.review.queue.MemoryQueue`. Holds no personal data. Safe to use from all threads.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from app.edges.kafka.review_rows import (
    COLUMNS,
    SCHEMA,
    decided_read,
    decided_told,
    entry_of,
    joined,
    packed,
    row_of,
    said_of,
)
from app.review.entry import NOTHING, Decided, Entry, Item, Said
from app.review.queue import AGES, GROUPS, OLDER, Counted, Filter, Followed, Judged, Place, followed

_CACHE_KB: Final = 65_536  # of the file in memory; what is beyond lies on the disk
_ALL: Final = ", ".join(f'"{name}"' for name in COLUMNS)
_PUT: Final = (
    f"INSERT INTO entry ({_ALL}) VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT (id) DO UPDATE SET "  # noqa: S608  ours
    + ", ".join(f'"{name}" = excluded."{name}"' for name in COLUMNS[1:])
)
_SAID: Final = """
INSERT INTO verdict (number, lead, says, by, at, part, "offset", digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (number) DO UPDATE SET lead = excluded.lead, says = excluded.says, by = excluded.by, at = excluded.at,
    part = excluded.part, "offset" = excluded."offset", digest = excluded.digest WHERE says IS NULL
"""
_DONE: Final = """
INSERT INTO verdict (number, revision, done) VALUES (?, ?, ?)
ON CONFLICT (number) DO UPDATE SET revision = excluded.revision, done = excluded.done
    WHERE revision IS NULL OR excluded.revision < revision
"""
_JUDGED: Final = """
SELECT source, sum(agreed IS NOT NULL), sum(coalesce(agreed, 0)), sum(agreed IS NULL AND open) FROM entry
WHERE reasons = ? AND received >= ? GROUP BY source ORDER BY source
"""
_SPREAD: Final = "source, team, band, checkpoint, reasons"
_ONE: Final = f"SELECT {_ALL} FROM entry WHERE id = ?"  # noqa: S608
_HOUR_MS: Final = 3_600_000


class ReviewStore:
    """See the module and `app.review.queue.Queue`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed: dict[int, int] = {}
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # no name: gone when closed
        self._db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{_CACHE_KB}; {SCHEMA}")

    def take(self, news: Iterable[Item | Decided | Said]) -> None:
        with self._lock:
            changed: dict[str, Entry] = {}
            self._db.execute("BEGIN")
            for one in news:
                entry = changed.get(one.lead) or self._entry(one.lead)
                changed[one.lead] = self._folded(entry, one).with_passed(self._passed)
            self._db.executemany(_PUT, [row_of(lead, entry) for lead, entry in changed.items()])
            self._db.execute("COMMIT")

    def passed(self, partition: int, offset: int) -> None:
        with self._lock:
            if offset <= self._passed.get(partition, 0):
                return
            self._passed[partition] = offset
            self._db.execute(
                'UPDATE entry INDEXED BY waits SET passed = 1, pending = 0 WHERE pending AND part = ? AND "offset" < ?',
                (partition, offset),
            )

    def entry(self, lead: str) -> Entry:
        with self._lock:
            return self._entry(lead)

    def page(self, wanted: Filter, after: Place | None, most: int) -> list[Entry]:
        where, values = _where(wanted)
        if after is not None:
            where, values = f"{where} AND (rank, due, received, id) > (?, ?, ?, ?)", [*values, *after[:3], packed(after[3])]
        asked = f"SELECT {_ALL} FROM entry WHERE {where} ORDER BY rank, due, received, id LIMIT ?"  # noqa: S608  words are ours
        with self._lock:
            return [entry_of(row) for row in self._db.execute(asked, [*values, most])]

    def count(self, wanted: Filter, now_ms: int) -> Counted:
        where, values = _where(wanted)
        groups: dict[str, Counter[str]] = {name: Counter() for name in GROUPS}
        asked = f"SELECT {_SPREAD}, {_age(now_ms)}, count(*) FROM entry INDEXED BY place WHERE {where} GROUP BY 1, 2, 3, 4, 5, 6"  # noqa: S608
        total = 0
        with self._lock:
            rows = self._db.execute(asked, values).fetchall()
        for source, team, band, checkpoint, reasons, age, count in rows:
            total += count
            told = (("source", source), ("team", team), ("band", band), ("checkpoint", checkpoint), ("age", age))
            for name, value in told:
                if value is not None:
                    groups[name][value] += count
            for reason in reasons.split():
                groups["reason"][reason] += count
        return Counted(total, groups)

    def verdict(self, number: str) -> Followed | None:
        with self._lock:
            row = self._db.execute(
                'SELECT lead, number, says, by, at, part, "offset", digest, done FROM verdict WHERE number = ?', (number,)
            ).fetchone()
            if row is None:
                return None
            said = said_of(row[0], row[1:8]) if row[2] is not None else None
            return followed(said, decided_read(row[8]) if row[8] is not None else None, self._passed)

    def judged(self, since_ms: int, reason: str) -> list[Judged]:
        with self._lock:
            return [Judged(*row) for row in self._db.execute(_JUDGED, (joined((reason,)), since_ms))]

    def waiting(self) -> tuple[dict[str, int], int | None]:
        """Band → open items, those with a verdict on its way included; when the one that waits longest was received."""
        with self._lock:
            asked = "SELECT band, count(*), min(received) FROM entry INDEXED BY place WHERE open GROUP BY band"
            rows = self._db.execute(asked).fetchall()
        return {band: count for band, count, _ in rows}, min((oldest for _, _, oldest in rows), default=None)

    def forget(self, before_ms: int) -> None:
        """What was received before is no longer kept on the topics: nobody could open or decide it."""
        with self._lock:
            self._db.execute("DELETE FROM entry WHERE coalesce(received, at, 0) < ?", (before_ms,))
            self._db.execute("DELETE FROM verdict WHERE at < ?", (before_ms,))

    def close(self) -> None:
        """Its file is gone then."""
        with self._lock:
            self._db.close()

    def _folded(self, entry: Entry, news: Item | Decided | Said) -> Entry:
        match news:
            case Item():
                return entry.with_item(news)
            case Decided():
                told = decided_told(news)
                self._db.executemany(_DONE, [(number, news.revision, told) for number in news.verdicts])
                return entry.with_decided(news)
            case Said():
                if news.number is not None:
                    told_of = (news.says, news.by, news.at_ms, news.partition, news.offset, news.digest)
                    self._db.execute(_SAID, (news.number, news.lead, *told_of))
                return entry.with_said(news)

    def _entry(self, lead: str) -> Entry:
        row = self._db.execute(_ONE, (packed(lead),)).fetchone()
        return NOTHING if row is None else entry_of(row)


def _where(wanted: Filter) -> tuple[str, list[Any]]:
    clauses, values = ["open"], list[Any]()
    for name in ("source", "team", "band", "checkpoint"):
        if (value := getattr(wanted, name)) is not None:
            clauses.append(f"{name} = ?")
            values.append(value)
    for clause, limit in (("received < ?", wanted.received_before), ("due < ?", wanted.due_before)):
        if limit is not None:
            clauses.append(clause)
            values.append(limit)
    if wanted.reason is not None:
        clauses.append("instr(reasons, ?)")
        values.append(joined((wanted.reason,)))
    if wanted.pending is not None:
        clauses.append("pending" if wanted.pending else "NOT pending")
    if wanted.not_by is not None:
        clauses.append("NOT instr(seconded, ?)")
        values.append(joined((wanted.not_by,)))
    return " AND ".join(clauses), values


def _age(now_ms: int) -> str:
    """A CASE that says the word of `age_of`; all numbers in it are ours."""
    cases = " ".join(f"WHEN received >= {int(now_ms) - hours * _HOUR_MS} THEN '{name}'" for name, hours in AGES)
    return f"CASE {cases} ELSE '{OLDER}' END"
