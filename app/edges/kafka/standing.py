"""The leads that stand, from the decisions topic: what the match index holds can always be made again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Final

import structlog

from app.edges.kafka.lane import TRANSACTION_MS
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end, watermarks
from app.edges.kafka.standing_book import StandingBook
from app.errors import BadRecord
from app.match_index import LATE_S, Standing
from app.pipeline.locking import Locks

SIGN_S: Final = 2.0  # between signs of life while decisions are read

log = structlog.get_logger(__name__)


def standing_leads(
    client: dict[str, Any],
    names: Topics,
    decode: Callable[[bytes, str], dict[str, Any]],
    locks: Locks,
    *,
    late_s: int = LATE_S,
    wait_s: float = TRANSACTION_MS / 1000,
    clock: Callable[[], float] = time.time,
) -> Iterator[Standing | None]:
    """Every lead that can still be found, in the order of its number, by the newest revision of its decision.

    Those that the index could not tell of (number 0) are left out: whoever looks into them later enters them. Nothing is read
    before the first is asked for.

    Args:
        decode: Reads a decision.
        locks: Open what is locked; leads whose key is gone stay away.
        late_s: For how long after its window a lead is told, for askers that lag.
        wait_s: Transactions under way have ended by then: what they entered is lost, too, and their decisions not yet told.
        clock: Unix time.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    if not any(high > low for low, high in watermarks(client, [names.decisions]).values()):
        return
    time.sleep(wait_s)
    yield None
    with closing(StandingBook(locks)) as book:
        unreadable, sign = 0, time.monotonic() + SIGN_S
        for message in read_to_end(client, [names.decisions]):
            try:
                if (value := message.value()) is not None:
                    book.take(decode(value, "decision"))
            except (BadRecord, ValueError):
                unreadable += 1
            if time.monotonic() >= sign:
                yield None
                sign = time.monotonic() + SIGN_S
        for message in read_to_end(client, [names.keys]):  # last: every decision that was read had its key beside it
            book.key(message.key(), message.value())
            if time.monotonic() >= sign:
                yield None
                sign = time.monotonic() + SIGN_S
        if unreadable:
            log.warning("decisions_unreadable", count=unreadable, consequence="their leads are not found by later ones")
        now_ms = min(
            book.latest_ms, int(1000 * clock())
        )  # records may be of other days; none may end the others by its wrong clock
        yield from book.standing(now_ms - 1000 * late_s)
        if book.shredded or book.unreadable:
            log.info("leads_not_restored", erased=book.shredded, unreadable=book.unreadable)
