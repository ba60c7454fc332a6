"""Matching within one process, for files and tests, where all leads want the same; workers share `app/match_index.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from app.pipeline.matching.blocking import blocking_keys
from app.pipeline.matching.crowding import CROWD, TOGETHER, most_of, own
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.stream import LONGEST_CHAIN, Judging, Known, Matched, choose
from app.pipeline.matching.weights import shipped


class Index(Protocol):
    """Where leads are put down and found again."""

    def known(self, keys: Sequence[str]) -> list[Known]:
        """Every lead that was put down under one of the keys, each once. Keys that more than the limit share give none."""
        ...

    def put(self, lead: str, first: str, evidence: Evidence, keys: Sequence[str]) -> None:
        """Put a lead of the person of lead `first` down under its keys. Again: nothing happens."""
        ...

    def join(self, first: str, other: str) -> None:
        """Make one person of two; the earlier lead is its first."""
        ...


class LocalIndex:
    """An index in memory, for a file or a test; workers share the one of `app/match_index.py`.

    Args:
        most_per_key: A key that more distinct persons share is no key any more, nor one of which `crowding` says so.
    """

    def __init__(self, most_per_key: int = CROWD) -> None:
        self._most = most_per_key
        self._under: dict[str, list[str]] = {}
        self._persons: dict[str, set[str]] = {}
        self._chains: dict[str, int] = {}
        self._leads: dict[str, tuple[str, Evidence]] = {}
        self._order: dict[str, int] = {}
        self._into: dict[str, str] = {}
        self.dropped = 0

    def known(self, keys: Sequence[str]) -> list[Known]:
        """See `Index`."""
        shared: Counter[str] = Counter()
        bare = not own(keys)
        for key in keys:
            enough = bare or most_of(key) >= CROWD
            shared.update(dict.fromkeys(self._under.get(key, ()), TOGETHER if enough else 1))
        firsts = ((lead, self.first(lead)) for lead, times in shared.items() if times >= TOGETHER)
        return [Known(lead, first, first, self._chains[first], self._leads[lead][1]) for lead, first in firsts]

    def first(self, lead: str) -> str:
        """The first lead of the person whose lead this is, as far as is known by now."""
        first = self._leads[lead][0]
        while first in self._into:
            first = self._into[first]
        return first

    def put(self, lead: str, first: str, evidence: Evidence, keys: Sequence[str]) -> None:
        """See `Index`."""
        if lead in self._leads:
            return
        self._leads[lead] = first, evidence
        self._order[lead] = len(self._order)
        first = self.first(lead)
        self._chains[first] = self._chains.get(first, 0) + 1
        for key in keys:
            persons, most = self._persons.setdefault(key, set()), min(self._most, most_of(key))
            if len(persons) > most:
                continue
            persons.add(first if most_of(key) >= CROWD else lead)
            if len(persons) > most:
                self.dropped += 1
                self._under.pop(key, None)
            else:
                self._under.setdefault(key, []).append(lead)

    def join(self, first: str, other: str) -> None:
        """See `Index`."""
        earlier, later = sorted((self.first(first), self.first(other)), key=self._order.__getitem__)
        if earlier != later:
            self._into[later] = earlier
            self._chains[earlier] += self._chains.pop(later)


class Matcher:
    """Finds the earlier lead of the same person, and puts each lead down for those that come."""

    def __init__(self, index: Index, judge: Judging | None = None, longest_chain: int = LONGEST_CHAIN) -> None:
        self._index = index
        self._judge = Judge(shipped()) if judge is None else judge
        self._longest = longest_chain

    def match(self, lead: str, evidence: Evidence) -> Matched:
        """Judge a lead against the earlier ones, then put it down."""
        keys = blocking_keys(evidence)
        matched = choose(lead, evidence, self._index.known(keys), self._judge, longest=self._longest)
        self._index.put(lead, matched.first, evidence, keys)
        for other in matched.also:
            self._index.join(matched.first, other)
        return matched
