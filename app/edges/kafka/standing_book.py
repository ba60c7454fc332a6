"""Decisions put in the order of the match index, on disk: there may be millions, and they come in the order of partitions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.match_index import Ask, Link, Standing, check
from app.pipeline.revision.linking import links_of

CACHE_KB: Final = 32_768
MOST: Final = 2**48
_BUFFER: Final = 1_000
_SIGN: Final = 20_000  # rows: a fraction of a second

_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE told (lead BLOB, revision INT, number INT, at INT, until INT, keys BLOB, event BLOB, record BLOB, links TEXT);
CREATE TABLE revised (lead BLOB PRIMARY KEY, revision INT, apart INT) WITHOUT ROWID;
CREATE TABLE needed (lead BLOB PRIMARY KEY) WITHOUT ROWID;
"""
_REVISED: Final = """
INSERT INTO revised VALUES (?, ?, ?)
ON CONFLICT (lead) DO UPDATE SET revision = max(revision, excluded.revision), apart = max(apart, excluded.apart)
"""
_NEWEST: Final = "FROM told LEFT JOIN revised USING (lead) WHERE (revised.revision IS NULL OR revised.revision = told.revision)"
_LINKED: Final = f"SELECT lead, until, links {_NEWEST} AND links IS NOT NULL ORDER BY number DESC, told.rowid DESC"
_STANDING: Final = f"""
SELECT lead, number, at, until, keys, event, record, links, coalesce(apart, 0) {_NEWEST}
AND (until >= ? OR lead IN needed) ORDER BY number, told.rowid
"""


class StandingBook:
    """Takes decisions in any order; tells the leads that stand in that of the index. A temporary file, gone when it is closed."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # in memory up to the cache, then a file without a name
        self._db.executescript(f"PRAGMA cache_size = -{CACHE_KB};" + _TABLES)
        self._db.execute("BEGIN")
        self._told: list[tuple[Any, ...]] = []
        self.latest_ms = 0

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
        keys, record = entry["keys"], entry["record"]
        check(_ask(lead, at_ms, entry["until"], keys, event, record))
        self.latest_ms = max(self.latest_ms, at_ms)
        told = json.dumps([(link.lead, link.into, link.same) for link in links]) if links else None
        self._told.append((lead, revision, entry["number"], at_ms, entry["until"], keys, event, record, told))
        if len(self._told) == _BUFFER:
            self._write()

    def standing(self, since_ms: int) -> Iterator[Standing | None]:
        """All whose window ends at `since_ms` or later, and those whom such a lead belongs to: they stand as long as it does.

        Now and then None: a sign of life.
        """
        self._write()
        self._db.execute("CREATE INDEX by_number ON told (number)")
        yield None
        for _ in self._mark_needed(since_ms):
            yield None
        apart = {lead for (lead,) in self._db.execute("SELECT lead FROM revised WHERE apart")}  # by people: few
        for lead, number, at_ms, until_ms, keys, event, record, links, was_apart in self._db.execute(_STANDING, (since_ms,)):
            ask = _ask(lead, at_ms, until_ms, keys, event, record)
            told = [Link(ask.lead, None)] if was_apart else []
            for link in _links(links):
                of_others = link.lead != ask.lead  # persons joined by it, before people set one of them apart
                if not of_others or not apart or not {_id(link.lead), _id(link.into)} & apart:
                    told.append(link)
            yield Standing(ask, number, tuple(dict.fromkeys(told)))

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
        self._db.executemany("INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", self._told)
        self._told.clear()


def _ask(lead: bytes, at_ms: int, until_ms: int, keys: bytes, event: bytes, record: bytes) -> Ask:
    return Ask(f"ld_{lead.hex()}", keys, event, record, at_ms, (until_ms - at_ms) // 1000)


def _links(told: str | None) -> list[Link]:
    return [Link(lead, into, same) for lead, into, same in json.loads(told)] if told else []


def _id(lead: str | None) -> bytes:
    return bytes.fromhex(lead[3:]) if lead else b""
