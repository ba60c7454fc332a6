"""The queue: what is open, by which filter, in which order, and how much of what. The one in memory is the twin of
app/edges/kafka/review_store.py: both pass the same contract tests."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import orjson

from app.review.entry import NOTHING, Decided, Entry, Item, Said

Place = tuple[int, int, int, str]
State = Literal["said", "carried_out", "refused"]
_HOUR_MS: Final = 3_600_000
AGES: Final = (("1h", 1), ("4h", 4), ("1d", 24), ("3d", 72), ("7d", 168))
OLDER: Final = "older"
GROUPS: Final = ("reason", "source", "team", "band", "checkpoint", "age")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which open items; all that is set must hold.

    Attributes:
        received_before, due_before: Milliseconds since the epoch.
        pending: True: only those with a verdict on its way; False: only those without; None: both.
        not_by: Leaves out what this reviewer has said already and a second one is awaited for.
    """

    reason: str | None = None
    source: str | None = None
    team: str | None = None
    band: str | None = None
    checkpoint: str | None = None
    received_before: int | None = None
    due_before: int | None = None
    pending: bool | None = False
    not_by: str | None = None

    def fits(self, entry: Entry) -> bool:
        item = entry.item
        if item is None or not entry.open:
            return False
        pairs = ((self.source, item.source), (self.team, item.team), (self.band, item.band), (self.checkpoint, item.checkpoint))
        return (
            all(wanted is None or wanted == found for wanted, found in pairs)
            and (self.reason is None or self.reason in item.reasons)
            and (self.received_before is None or item.received_ms < self.received_before)
            and (self.due_before is None or item.place[1] < self.due_before)
            and (self.pending is None or self.pending == entry.pending)
            and (self.not_by is None or self.not_by not in said_by(entry))
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """How many items fit a filter, and how they are spread: group → value → count. An item with two reasons counts in both."""

    total: int
    groups: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of a verdict.

    Attributes:
        decided: The revision that it led to.
    """

    said: Said | None
    state: State
    decided: Decided | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """Sampled leads of a source: so many were decided by people, who left so many of them as the machine proposed."""

    source: str
    decided: int
    agreed: int
    open: int


class Queue(Protocol):
    """What is held for people."""

    def take(self, news: Iterable[Item | Decided | Said]) -> None:
        """Fold in what topics say, in any order, as often as they like."""
        ...

    def passed(self, partition: int, offset: int) -> None:
        """All verdicts before this offset were dealt with."""
        ...

    def entry(self, lead: str) -> Entry:
        """All that is known of a lead; `NOTHING` where that is nothing."""
        ...

    def page(self, wanted: Filter, after: Place | None, most: int) -> list[Entry]:
        """The next ones in order."""
        ...

    def count(self, wanted: Filter, now_ms: int) -> Counted: ...

    def verdict(self, number: str) -> Followed | None:
        """What became of it; None: nobody said such a one."""
        ...

    def judged(self, since_ms: int, reason: str) -> list[Judged]:
        """Of the leads received since then that were held for this reason alone, by source."""
        ...


class MemoryQueue:
    """See `Queue`."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._said: dict[str, Said] = {}
        self._done: dict[str, Decided] = {}
        self._passed: dict[int, int] = {}

    def take(self, news: Iterable[Item | Decided | Said]) -> None:
        for one in news:
            entry = self._entries.get(one.lead, NOTHING)
            match one:
                case Item():
                    entry = entry.with_item(one)
                case Decided():
                    entry = entry.with_decided(one)
                    for number in one.verdicts:
                        first = self._done.get(number)
                        if first is None or first.revision > one.revision:
                            self._done[number] = one
                case Said():
                    entry = entry.with_said(one)
                    if one.number is not None:
                        self._said.setdefault(one.number, one)
            self._entries[one.lead] = entry.with_passed(self._passed)

    def passed(self, partition: int, offset: int) -> None:
        self._passed[partition] = max(offset, self._passed.get(partition, 0))
        self._entries = {lead: entry.with_passed(self._passed) for lead, entry in self._entries.items()}

    def entry(self, lead: str) -> Entry:
        return self._entries.get(lead, NOTHING)

    def page(self, wanted: Filter, after: Place | None, most: int) -> list[Entry]:
        found = sorted((entry for entry in self._entries.values() if wanted.fits(entry)), key=place_of)
        return [entry for entry in found if after is None or place_of(entry) > after][:most]

    def count(self, wanted: Filter, now_ms: int) -> Counted:
        groups: dict[str, Counter[str]] = {name: Counter() for name in GROUPS}
        total = 0
        for entry in self._entries.values():
            if wanted.fits(entry) and entry.item is not None:
                total += 1
                add(groups, entry.item, now_ms)
        return Counted(total, groups)

    def verdict(self, number: str) -> Followed | None:
        said, done = self._said.get(number), self._done.get(number)
        return followed(said, done, self._passed)

    def judged(self, since_ms: int, reason: str) -> list[Judged]:
        rows: dict[str, list[int]] = {}
        for entry in self._entries.values():
            item, decided = entry.item, entry.decided
            if item is None or item.received_ms < since_ms or item.reasons != (reason,):
                continue
            row = rows.setdefault(item.source, [0, 0, 0])
            if decided is not None and decided.agreed is not None:
                row[0] += 1
                row[1] += decided.agreed
            else:
                row[2] += entry.open
        return [Judged(source, *row) for source, row in sorted(rows.items())]


def place_of(entry: Entry) -> Place:
    """Of an entry that has an item."""
    assert entry.item is not None
    return entry.item.place


def said_by(entry: Entry) -> tuple[str, ...]:
    """Who has said something, while a second person is waited for."""
    approvals = entry.decided.approvals if entry.decided is not None else ()
    return (approvals[0][0],) if len(approvals) == 1 else ()


def followed(said: Said | None, done: Decided | None, passed: Mapping[int, int]) -> Followed | None:
    """What became of a verdict; `passed`: partition → all before was dealt with."""
    if done is not None:
        return Followed(said, "carried_out", done)
    if said is None:
        return None
    return Followed(said, "refused" if said.offset < passed.get(said.partition, 0) else "said")


def age_of(received_ms: int, now_ms: int) -> str:
    """In words of `AGES`: the first that it is not older than."""
    hours = (now_ms - received_ms) / _HOUR_MS
    return next((name for name, most in AGES if hours <= most), OLDER)


def add(groups: Mapping[str, Counter[str]], item: Item, now_ms: int) -> None:
    """One item more in each group."""
    groups["reason"].update(item.reasons)
    groups["source"][item.source] += 1
    groups["team"][item.team] += 1
    groups["band"][item.band] += 1
    groups["age"][age_of(item.received_ms, now_ms)] += 1
    if item.checkpoint is not None:
        groups["checkpoint"][item.checkpoint] += 1


def to_cursor(place: Place) -> str:
    """A place as text for URLs."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def of_cursor(text: str) -> Place:
    """The place again.

    Raises:
        ValueError: It is no cursor.
    """
    try:
        told = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        rank, due, received, lead = told
    except (ValueError, TypeError, binascii.Error):
        raise ValueError("no cursor of ours") from None
    if not (all(isinstance(one, int) and abs(one) < 2**63 for one in (rank, due, received)) and isinstance(lead, str)):
        raise ValueError("no cursor of ours")
    return rank, due, received, lead
