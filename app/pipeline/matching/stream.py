"""The rule of the stream: each lead is seen once, looked for under its keys, compared, joined to whom it is best taken for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from app.pipeline.matching.blocking import blocking_keys
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import Judge, Verdict
from app.pipeline.matching.weights import shipped

MOST_PER_KEY: Final = 50  # distinct leads: a key that more of them share (info@, a call centre's phone) tells nobody
LONGEST_CHAIN: Final = 25  # leads that one person makes: more are not believed

Outcome = Literal["new", "merged", "asked"]


@dataclass(frozen=True, slots=True)
class Known:
    """A lead in the index.

    Attributes:
        lead: Its id.
        first: Id of the first lead of its person; its own where it is the first.
        chain: How many leads its person had when it was put down, itself among them.
    """

    lead: str
    first: str
    chain: int
    evidence: Evidence


class MatchIndex(Protocol):
    """Where leads are put down and found again."""

    def candidates(self, keys: Sequence[str]) -> list[Known]:
        """Every lead that was put down under one of the keys, each once, the earliest first. Keys that more than the limit share
        give none."""
        ...

    def put(self, known: Known, keys: Sequence[str]) -> None:
        """Put a lead down under its keys. Again: nothing happens."""
        ...

    def chain(self, first: str) -> int:
        """How many leads the person of this first lead has."""
        ...


class MemoryIndex:
    """An index in memory, for one process.

    Args:
        most_per_key: From so many distinct persons on a key is no key any more.
    """

    def __init__(self, most_per_key: int = MOST_PER_KEY) -> None:
        self._most = most_per_key
        self._under: dict[str, dict[str, Known]] = {}
        self._persons: dict[str, set[str]] = {}
        self._chains: dict[str, int] = {}
        self._leads: set[str] = set()
        self.dropped = 0

    def candidates(self, keys: Sequence[str]) -> list[Known]:
        found: dict[str, Known] = {}
        for key in keys:
            if len(self._persons.get(key, ())) <= self._most:
                found.update(self._under.get(key, {}))
        return list(found.values())

    def put(self, known: Known, keys: Sequence[str]) -> None:
        if known.lead in self._leads:
            return
        self._leads.add(known.lead)
        self._chains[known.first] = self._chains.get(known.first, 0) + 1
        for key in keys:
            persons = self._persons.setdefault(key, set())
            if len(persons) > self._most:
                continue
            persons.add(known.first)
            if len(persons) > self._most:
                self.dropped += 1
                self._under.pop(key, None)
            else:
                self._under.setdefault(key, {})[known.lead] = known

    def chain(self, first: str) -> int:
        return self._chains.get(first, 0)


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of a lead.

    Attributes:
        first: The first lead of the person it is taken for; its own id where it is new or people are asked.
        with_: The lead it is best taken for, also where it is not merged; None without any candidate worth a question.
        verdict: On these two.
        also: First leads of other persons that it would be merged with, too: it shows that they are one, which people may join.
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


class Matcher:
    """Finds the earlier lead of the same person, and puts each lead down for those that come."""

    def __init__(self, index: MatchIndex, judge: Judge | None = None, longest_chain: int = LONGEST_CHAIN) -> None:
        self._index = index
        self._judge = Judge(shipped()) if judge is None else judge
        self._longest = longest_chain

    def match(self, lead: str, evidence: Evidence) -> Matched:
        """Judge a lead against the earlier ones, then put it down. A redelivered lead is no duplicate of itself."""
        keys = blocking_keys(evidence)
        candidates = [known for known in self._index.candidates(keys) if known.lead != lead]
        best: tuple[Verdict, Known] | None = None
        persons: list[str] = []
        for known in candidates:
            verdict = self._judge(evidence, known.evidence)
            if verdict.kind == "new":
                continue
            if verdict.kind == "merge" and known.first not in persons:
                persons.append(known.first)
            if best is None or (verdict.kind == "merge", verdict.weight) > (best[0].kind == "merge", best[0].weight):
                best = verdict, known
        first, chained = lead, False
        outcome: Outcome = "new"
        if best is not None:
            outcome = "asked"
            if best[0].kind == "merge":
                chained = self._index.chain(best[1].first) >= self._longest
                if not chained:
                    first, outcome = best[1].first, "merged"
        chain = self._index.chain(first) + 1
        self._index.put(Known(lead, first, chain, evidence), keys)
        also = tuple(person for person in persons if person != first) if outcome == "merged" else ()
        verdict_, with_ = (best[0], best[1].lead) if best is not None else (None, None)
        return Matched(lead, outcome, first, with_, verdict_, also, chained, len(candidates))
