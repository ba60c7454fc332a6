"""What revisions say of leads: how many there were, that none is told twice, and which fate a lead has now.

Memory: a number for each of the newest revisions, and one for each of the newest leads that were revised.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from app.pipeline.fate import FateName, FateNow
from app.pipeline.source import Position

_MOST_WAITING: Final = 10_000  # revisions that may be read before the fate that they revise
_MOST_TOLD: Final = 1_000  # of a kind of wrong


class Revised:
    """Takes in revisions, in any order.

    Args:
        most: Revisions, and revised leads, that are remembered.

    Attributes:
        records: How many revisions there were.
        twice: Those that were told more than once, for a person.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.records = 0
        self.twice: list[str] = []
        self._seen: dict[int, None] = {}
        self._now: dict[int, tuple[int, FateNow, str]] = {}  # lead → newest revision of its record, its fate, inbound topic
        self._waiting: dict[Position, None] = {}

    def take(self, position: Position, lead: int, revision: int, fate: FateNow | None, *, known: bool) -> None:
        """Count one.

        Args:
            position: Of the input record that the lead was made of.
            lead: Its id as a number.
            fate: What the record says; None for a decision: that counts its revisions for itself.
            known: Whether what it revises was met.
        """
        self.records += 1
        mark = (lead << 32 | revision) << 1 | (fate is None)
        if mark in self._seen:
            if len(self.twice) < _MOST_TOLD:
                self.twice.append(f"revision {revision} of {'the decision on ' if fate is None else ''}{position.identity}")
            return
        self._seen[mark] = None
        if len(self._seen) > self._most:
            del self._seen[next(iter(self._seen))]
        if not known and len(self._waiting) < _MOST_WAITING:
            self._waiting[position] = None
        if fate is not None and revision > self._now.get(lead, (0,))[0]:
            self._now.pop(lead, None)
            self._now[lead] = revision, fate, position.topic
            if len(self._now) > self._most:
                del self._now[next(iter(self._now))]

    def strangers(
        self, has_fate: Callable[[Position], bool], committed: Mapping[tuple[str, int], int], ends: Mapping[tuple[str, int], int]
    ) -> Iterator[Position]:
        """Of leads that have no fate, although the group's position is past them or there is no such record."""
        self._waiting = {one: None for one in self._waiting if not has_fate(one)}
        for one in self._waiting:
            where = one.topic, one.partition
            if one.offset < committed.get(where, 0) or one.offset >= ends.get(where, 0):
                yield one

    def moved(self, leads: Mapping[int, FateName | int], sources: Mapping[str, str]) -> Counter[tuple[str, FateName, FateNow]]:
        """(source, first fate, fate now) → leads.

        Args:
            leads: Lead → its first fate; the lead that it was a duplicate of. Others are not counted.
            sources: Inbound topic → source.
        """
        counts = Counter[tuple[str, FateName, FateNow]]()
        for lead, (_, now, topic) in self._now.items():
            first = leads.get(lead)
            fate: FateName | None = "duplicate" if isinstance(first, int) else first
            if fate is not None and fate != now:
                counts[sources.get(topic, topic), fate, now] += 1
        return counts
