"""Who has which lead, from the decisions topic: what the desk holds can always be made again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any, Final

import structlog

from app.desk.answering import WHYS, Standing
from app.desk.hours import DAY_MS
from app.desk.roster import Roster
from app.edges.kafka.inbound import records
from app.edges.kafka.lane import TRANSACTION_MS
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import watermarks
from app.errors import BadRecord

COUNTS_MS: Final = 2 * DAY_MS  # before that, no local day is today's
SIGN_S: Final = 2.0  # between signs of life while decisions are read
_CACHE_KB: Final = 16_384

log = structlog.get_logger(__name__)


def standing_owners(
    client: dict[str, Any],
    names: Topics,
    decode: Callable[[bytes, str], dict[str, Any]],
    roster: Callable[[], Roster],
    *,
    wait_s: float = TRANSACTION_MS / 1000,
    clock: Callable[[], float] = time.time,
) -> Iterator[Standing | None]:
    """Every lead that a member has, by the newest revision of its decision, in the order in which they got them.

    Args:
        decode: Reads a decision.
        roster: For the members' local dates.
        wait_s: Transactions under way have ended by then: what the desk gave for them is lost, too, and not told yet.
        clock: Unix time.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    if not any(high > low for low, high in watermarks(client, [names.decisions]).values()):
        return
    time.sleep(wait_s)
    yield None
    now_ms = int(1000 * clock())
    back_ms = max(COUNTS_MS, (roster().keep_days + 1) * DAY_MS)
    with closing(_Book()) as book:
        unreadable, sign = 0, time.monotonic() + SIGN_S
        for event in records(client, names.decisions, since=now_ms - back_ms):
            try:
                if event.value is not None:
                    book.take(decode(event.value, "decision"))
            except BadRecord:
                unreadable += 1
            if time.monotonic() >= sign:
                yield None
                sign = time.monotonic() + SIGN_S
        if unreadable:
            log.warning("decisions_unreadable", count=unreadable, consequence="their leads do not count for their owners' day")
        yield from book.standing(roster(), now_ms - COUNTS_MS)


class _Book:
    """The newest decision on each lead, on disk: there may be millions, and they come in the order of partitions."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # in memory up to the cache, then a file without a name
        self._db.executescript(
            f"""
            PRAGMA cache_size = -{_CACHE_KB}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
            CREATE TABLE told (lead TEXT PRIMARY KEY, revision INT, subject TEXT, team TEXT, owner TEXT, at INT, why TEXT)
            WITHOUT ROWID;
            """
        )
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Forget all."""
        self._db.close()

    def take(self, decision: Mapping[str, Any]) -> None:
        """One revision; the newest of a lead counts, also where it says that nobody has it any more."""
        erased = decision.get("erased_at") is not None
        desk, owner = decision["desk"], decision["owner"] if decision["fate"] == "routed" and not erased else None
        if decision["revision"] == 1 and (owner is None or desk is None):
            return  # nothing that a later revision could take away
        at, why = (0, "in_turn") if desk is None else (desk["at"], desk["why"])
        row = (decision["lead_id"], decision["revision"], decision["subject"], decision["team"], owner, at, why)
        self._db.execute(
            "INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (lead) DO UPDATE SET revision = excluded.revision,"
            " subject = excluded.subject, team = excluded.team, owner = excluded.owner, at = excluded.at, why = excluded.why"
            " WHERE excluded.revision > told.revision",
            row,
        )

    def standing(self, roster: Roster, counts_from_ms: int) -> Iterator[Standing]:
        """Those whom a member has, by time; before `counts_from_ms` they only tell whose a person is."""
        found = self._db.execute("SELECT lead, subject, team, owner, at, why FROM told WHERE owner IS NOT NULL ORDER BY at, lead")
        for lead, subject, team, owner, at_ms, why in found:
            counts = at_ms >= counts_from_ms
            if counts or subject is not None:
                day = roster.day(team, owner, at_ms)
                yield Standing(lead, subject, team, owner, at_ms, day, why if why in WHYS else "in_turn", counts)
