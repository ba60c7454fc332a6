"""Leads that were decided while the match index could not tell: asked for as soon as it can, the oldest first."""

from __future__ import annotations

import struct
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from app.edges.kafka.keys import KeyRing
from app.edges.kafka.reviser_book import Book
from app.edges.kafka.reviser_records import KafkaRecords
from app.errors import EdgeDown
from app.ops.health import Health
from app.pipeline.identified import Identified
from app.pipeline.identity import Identity, Traits
from app.pipeline.locking import Locks, WrongKey, opened_entry
from app.pipeline.matching.seal import BrokenSeal
from app.pipeline.revision.checking import ask_of, check
from app.pipeline.revision.form import Value
from app.pipeline.revision.records import Kept, Work

log = structlog.get_logger(__name__)

AT_ONCE: Final = 200  # leads in one transaction
AGAIN_S: Final = 1.0  # while the index cannot tell, or a record is not read yet
_TRIES: Final = 60  # for the record of a decision that was read already: it was written in the same transaction


class Keys:
    """Opens what decisions hold, with keys that are read when the first is needed."""

    def __init__(self, ring: KeyRing, locks: Locks) -> None:
        self._ring, self._locks = ring, locks

    def opened(self, lead: str, entry: Value | None, since: Callable[[], int]) -> Value | None:
        """A decision's `index`; None where there is none, or its key is gone.

        Args:
            since: When the oldest decision that will be asked for was made, in milliseconds.

        Raises:
            EdgeDown: Kafka does not answer.
            WrongKey: It is not this one's key.
        """
        if entry is None:
            return None
        key = self._ring.get(lead)
        if key is None and entry.get("locked"):
            self._ring.follow(since())
            key = self._ring.get(lead)
        return opened_entry(entry, key, self._locks)

    def close(self) -> None:
        """Forget them."""
        self._ring.close()


class Unknowns:
    """Looks into them.

    Args:
        keys: Open what their decisions hold.
        windows: Source → seconds for which the same intent of one person makes one lead.
        fuzzy: Source and lead → whether leads are compared now, or `dedupe.fuzzy` is off.
    """

    def __init__(
        self,
        identity: Identity,
        book: Book,
        records: KafkaRecords,
        keys: Keys,
        windows: Callable[[str], int],
        fuzzy: Callable[[str, str], bool],
        health: Health,
    ) -> None:
        self._identity, self._book, self._records, self._health = identity, book, records, health
        self._keys, self._windows, self._fuzzy = keys, windows, fuzzy
        self._next, self._tried = 0.0, Counter[str]()

    def look(self, work: Work) -> int:
        """Ask for some of them, where it is time to; how many were found out about."""
        if time.monotonic() < self._next:
            return 0
        leads = self._book.unknown(AT_ONCE)
        if not leads:
            self._tell_index(ok=True)
        self._records.fetch(leads, self._book.decision, self._book.newest)
        decisions, traits = list[Kept](), list[Traits]()
        for lead in leads:
            decision = self._records.decision(lead)
            if lead in work.decided:  # by a verdict, in this transaction: the next step sees what it came to
                continue
            if decision is None or decision.value["dedupe"] != "unknown":
                self._give_up(lead, "its decision is no longer kept" if decision is None else "")
            elif self._book.newest(lead) is None and self._tried[lead] < _TRIES:
                self._tried[lead] += 1
            elif (one := self._traits(decision)) is not None:
                decisions.append(decision)
                traits.append(one)
        found = self._asked(traits)
        for decision, who, asked in zip(decisions, found, traits, strict=False):
            check(decision, who, work, fuzzy=asked.fuzzy)
            self._tried.pop(decision.lead, None)
        if len(found) < AT_ONCE:
            self._next = time.monotonic() + AGAIN_S
        return len(found)

    def _traits(self, decision: Kept) -> Traits | None:
        value = decision.value
        try:
            ask = ask_of(value, self._keys.opened(decision.lead, value["index"], self._book.unknown_since))
            if ask is None:
                self._give_up(decision.lead, "its decision does not tell what to ask for, or its person was erased")
                return None
            source = value["source"]
            fuzzy = self._fuzzy(source, decision.lead)
            return self._identity.reopened(ask, value["event_id"], self._windows(source), fuzzy=fuzzy)
        except (BrokenSeal, WrongKey, ValueError, struct.error) as broken:
            self._give_up(decision.lead, f"what to compare cannot be read ({type(broken).__name__})")
            return None

    def _asked(self, traits: Sequence[Traits]) -> Sequence[Identified]:
        """Who they are, in one round trip, one after the other; nothing where the index cannot tell."""
        if not traits:
            return ()
        try:
            found = self._identity.asked(traits)
        except EdgeDown:
            found = None
        self._tell_index(ok=found is not None)
        return found or ()

    def _give_up(self, lead: str, why: str) -> None:
        self._book.give_up(lead)
        self._tried.pop(lead, None)
        if why:
            log.warning("lead_stays_unknown", lead_id=lead, why=why)

    def _tell_index(self, *, ok: bool) -> None:
        why, todo = "the match index cannot tell", "bring Redis back; leads decided meanwhile are looked into then"
        self._health.set("match_index", ok=ok, degraded=True, why=why, todo=todo)
