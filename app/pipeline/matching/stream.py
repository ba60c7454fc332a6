"""The rule of the stream: each lead is seen once, looked for under its keys, compared, joined to whom it is best taken for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from app.pipeline.matching.blocking import blocking_keys
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import Judge, Verdict
from app.pipeline.matching.weights import shipped

MOST_PER_KEY: Final = 50  # distinct leads: a key that more of them share (info@, a call centre's phone) tells nobody
JOINING: Final = 4.0  # bits, 0.94: from there on a lead that fits two persons shows that they are one
LONGEST_CHAIN: Final = 25  # leads that one person makes: more are not believed

Outcome = Literal["new", "merged", "asked"]


@dataclass(frozen=True, slots=True)
class Known:
    """A lead in the index.

    Attributes:
        lead: Its id.
        first: Id of the first lead of its person; its own where it is the first.
        chain: How many leads its person has.
    """

    lead: str
    first: str
    chain: int
    evidence: Evidence


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
        most_per_key: A key that more distinct persons share is no key any more.
    """

    def __init__(self, most_per_key: int = MOST_PER_KEY) -> None:
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
        leads = dict.fromkeys(lead for key in keys for lead in self._under.get(key, ()))
        return [Known(lead, first, self._chains[first], self._leads[lead][1]) for lead in leads for first in (self.first(lead),)]

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
            persons = self._persons.setdefault(key, set())
            if len(persons) > self._most:
                continue
            persons.add(first)
            if len(persons) > self._most:
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


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of a lead.

    Attributes:
        first: The first lead of the person it is taken for; its own id where it is new or people are asked.
        with_: The lead it is best taken for, also where it is not merged; None without any candidate worth a question.
        verdict: On these two.
        also: First leads of other persons that it is merged with, too: it shows that they are one, and they are joined.
        chained: It would have been merged, but for the length of the chain: worth an alert.
        compared: How many candidates there were.
    """

    lead: str
    outcome: Outcome
    first: str
    with_: str | None
    verdict: Verdict | None
    also: tuple[str, ...]
    chained: bool
    compared: int


def choose(lead: str, evidence: Evidence, known: Iterable[Known], judge: Judge, longest: int = LONGEST_CHAIN) -> Matched:
    """What becomes of a lead, given the earlier ones that share a key with it: whoever finds them.

    Merges before questions, then the weightiest; of equal ones the first told. A redelivered lead is no duplicate of itself.

    Args:
        longest: From so many leads of one person on, no more are merged into it.
    """
    best: tuple[Verdict, Known] | None = None
    persons: dict[str, int] = {}
    compared = 0
    for one in known:
        if one.lead == lead:
            continue
        compared += 1
        verdict = judge(evidence, one.evidence)
        if verdict.kind == "new":
            continue
        if verdict.kind == "merge" and verdict.weight >= JOINING:
            persons[one.first] = one.chain
        if best is None or (verdict.kind == "merge", verdict.weight) > (best[0].kind == "merge", best[0].weight):
            best = verdict, one
    if best is None:
        return Matched(lead, "new", lead, None, None, (), False, compared)
    verdict, one = best
    chained = verdict.kind == "merge" and one.chain >= longest
    if verdict.kind != "merge" or chained:
        return Matched(lead, "asked", lead, one.lead, verdict, (), chained, compared)
    also = tuple(person for person, chain in persons.items() if person != one.first and chain + one.chain < longest)
    return Matched(lead, "merged", one.first, one.lead, verdict, also, False, compared)


class Matcher:
    """Finds the earlier lead of the same person, and puts each lead down for those that come."""

    def __init__(self, index: Index, judge: Judge | None = None, longest_chain: int = LONGEST_CHAIN) -> None:
        self._index = index
        self._judge = Judge(shipped()) if judge is None else judge
        self._longest = longest_chain

    def match(self, lead: str, evidence: Evidence) -> Matched:
        """Judge a lead against the earlier ones, then put it down."""
        keys = blocking_keys(evidence)
        matched = choose(lead, evidence, self._index.known(keys), self._judge, self._longest)
        self._index.put(lead, matched.first, evidence, keys)
        for other in matched.also:
            self._index.join(matched.first, other)
        return matched
