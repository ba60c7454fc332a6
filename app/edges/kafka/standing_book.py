"""Decisions put in the order of the match index, on disk: there may be millions, and they come in the order of partitions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.match_index import Ask, Link, Standing, check
from app.pipeline.locking import Locks, WrongKey, unpacked
from app.pipeline.revision.linking import links_of

CACHE_KB: Final = 32_768
MOST: Final = 2**48
_BUFFER: Final = 1_000
_SIGN: Final = 20_000  # rows: a fraction of a second

_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE told (
    lead BLOB, revision INT, number INT, at INT, until INT, keys BLOB, event BLOB, record BLOB, links TEXT, locked INT
);
CREATE TABLE held (lead BLOB, key BLOB);
CREATE TABLE revised (lead BLOB PRIMARY KEY, revision INT, apart INT) WITHOUT ROWID;
CREATE TABLE needed (lead BLOB PRIMARY KEY) WITHOUT ROWID;
"""
_REVISED: Final = """
INSERT INTO revised VALUES (?, ?, ?)
ON CONFLICT (lead) DO UPDATE SET revision = max(revision, excluded.revision), apart = max(apart, excluded.apart)
"""
_NEWEST: Final = "FROM told LEFT JOIN revised USING (lead) WHERE (revised.revision IS NULL OR revised.revision = told.revision)"
_LINKED: Final = f"SELECT lead, until, links {_NEWEST} AND links IS NOT NULL ORDER BY number DESC, told.rowid DESC"
_KEY: Final = "(SELECT key FROM held WHERE held.lead = told.lead ORDER BY held.rowid DESC LIMIT 1)"
_STANDING: Final = f"""
SELECT lead, number, at, until, keys, event, record, links, coalesce(apart, 0), locked, {_KEY} {_NEWEST}
AND (until >= ? OR lead IN needed) ORDER BY number, told.rowid
"""


class StandingBook:
    """Takes decisions in any order, then keys; tells the leads that stand in the order of the index. A temporary file, gone when
    it is closed.

    Args:
        locks: Open what is locked.

    Attributes:
        latest_ms: When the last lead came.
        shredded: Leads passed over because their key is gone: their persons were erased.
        unreadable: Leads passed over because they cannot be opened.
    """

    def __init__(self, locks: Locks) -> None:
        self._locks = locks
        self._db = sqlite3.connect("", isolation_level=None)  # in memory up to the cache, then a file without a name
        self._db.executescript(f"PRAGMA cache_size = -{CACHE_KB};" + _TABLES)
        self._db.execute("BEGIN")
        self._told: list[tuple[Any, ...]] = []
        self._held: list[tuple[bytes, bytes | None]] = []
        self.latest_ms = self.shredded = self.unreadable = 0

    def close(self) -> None:
        """Forget all."""
        self._db.close()

    def take(self, decision: Mapping[str, Any]) -> None:
        """One revision of a decision; the newest of a lead counts.

        Raises:
            ValueError: It cannot have been in the index as it stands.
        """
        entry, revision = decision["index"], decision["revision"]
        if not entry and revision == 1:
            return  # the same event again, or a dead letter
        lead, links = bytes.fromhex(decision["lead_id"][3:]), links_of(decision)
        if revision > 1:
            self._db.execute(_REVISED, (lead, revision, any(link.into is None for link in links)))
        if not entry or not entry["number"]:
            return
        at_ms, event = decision["received_at"], bytes.fromhex(decision["event_id"] or "")
        if not event or not 0 < entry["number"] < MOST:
            raise ValueError("no index gives such a number, or the pseudonym of the event is missing")
        keys, record, locked = entry["keys"], entry["record"], bool(entry.get("locked"))
        if not locked:
            check(_ask(lead, at_ms, entry["until"], keys, event, record))
        self.latest_ms = max(self.latest_ms, at_ms)
        told = json.dumps([(link.lead, link.into, link.same) for link in links]) if links else None
        self._told.append((lead, revision, entry["number"], at_ms, entry["until"], keys, event, record, told, locked))
        if len(self._told) == _BUFFER:
            self._write()

    def key(self, lead: bytes | None, key: bytes | None) -> None:
        """A record of the topic of keys, in its order; None: the key is gone."""
        try:
            self._held.append((bytes.fromhex((lead or b"")[3:].decode()), key))
        except ValueError:
            return  # no lead's
        if len(self._held) == _BUFFER:
            self._write()

    def standing(self, since_ms: int) -> Iterator[Standing | None]:
        """All whose window ends at `since_ms` or later, and those whom such a lead belongs to: they stand as long as it does.

        Now and then None: a sign of life.
        """
        self._write()
        self._db.execute("CREATE INDEX by_number ON told (number)")
        self._db.execute("CREATE INDEX by_lead ON held (lead)")
        yield None
        for _ in self._mark_needed(since_ms):
            yield None
        apart = {lead for (lead,) in self._db.execute("SELECT lead FROM revised WHERE apart")}  # by people: few
        rows = self._db.execute(_STANDING, (since_ms,))
        for lead, number, at_ms, until_ms, keys, event, record, links, was_apart, locked, key in rows:
            opened = self._opened(key, record) if locked else (keys, record)
            if opened is None:
                continue
            ask = _ask(lead, at_ms, until_ms, opened[0], event, opened[1])
            told = [Link(ask.lead, None)] if was_apart else []
            for link in _links(links):
                of_others = link.lead != ask.lead  # persons joined by it, before people set one of them apart
                if not of_others or not apart or not {_id(link.lead), _id(link.into)} & apart:
                    told.append(link)
            yield Standing(ask, number, tuple(dict.fromkeys(told)))

    def _opened(self, key: bytes | None, record: bytes) -> tuple[bytes, bytes] | None:
        if key is None:
            self.shredded += 1
            return None
        try:
            return unpacked(self._locks.unlock(key, record))
        except WrongKey:
            self.unreadable += 1
            return None

    def _mark_needed(self, since_ms: int) -> Iterator[None]:
        """From the last lead to the first, for links lead to earlier ones."""
        for n, (lead, until, links) in enumerate(self._db.execute(_LINKED)):
            if n % _SIGN == 0:
                yield
            told = _links(links)
            if until >= since_ms or len(told) > 1 or self._needed(lead):  # who joins persons need not stand itself
                names = {name for link in told for name in (link.lead, link.into) if name}
                its = [(one,) for one in map(_id, names) if one != lead]
                self._db.executemany("INSERT OR IGNORE INTO needed VALUES (?)", its)

    def _needed(self, lead: bytes) -> bool:
        return self._db.execute("SELECT 1 FROM needed WHERE lead = ?", (lead,)).fetchone() is not None

    def _write(self) -> None:
        self._db.executemany("INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._told)
        self._db.executemany("INSERT INTO held VALUES (?, ?)", self._held)
        self._told.clear()
        self._held.clear()


def _ask(lead: bytes, at_ms: int, until_ms: int, keys: bytes, event: bytes, record: bytes) -> Ask:
    return Ask(f"ld_{lead.hex()}", keys, event, record, at_ms, (until_ms - at_ms) // 1000)


def _links(told: str | None) -> list[Link]:
    return [Link(lead, into, same) for lead, into, same in json.loads(told)] if told else []


def _id(lead: str | None) -> bytes:
    return bytes.fromhex(lead[3:]) if lead else b""
