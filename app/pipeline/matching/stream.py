"""The rule of the stream: each lead is seen once, looked for under its keys, compared, joined to whom it is best taken for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, Protocol

from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.intent import Intent, same_intent
from app.pipeline.matching.judge import Verdict
from app.pipeline.matching.limits import own, told_apart

JOINING: Final = 4.0  # bits, 0.94: from there on a lead that fits two persons shows that they are one
LONGEST_CHAIN: Final = 25  # leads that one person makes: more are not believed

Outcome = Literal["new", "merged", "linked", "asked"]


class Judging(Protocol):
    """Says whether two leads are of one person."""

    def __call__(self, a: Evidence, b: Evidence, /) -> Verdict: ...


class Known(NamedTuple):
    """A lead that was there before.

    Attributes:
        lead: Its id.
        of: The lead that it is part of; its own id where it was not merged.
        root: The first lead of its person.
        chain: How many leads came to that person.
        intent: None: every lead wants the same.
        apart: People have said that its person is another: nobody is joined with it by machine.
    """

    lead: str
    of: str
    root: str
    chain: int
    evidence: Evidence
    intent: Intent | None = None
    apart: bool = False


class Matched(NamedTuple):
    """What became of a lead.

    Attributes:
        lead: Whose id this is.
        outcome: merged: the same lead as `known.of`; linked: another lead of the same person; asked: people decide.
        first: The first lead of the person it is taken for; its own id where it is new or people are asked.
        known: The lead it is best taken for, also where it is not merged; None without any candidate worth a question.
        verdict: On these two.
        also: First leads of other persons that it is taken for, too: it shows that they are one, and they are joined.
        chained: It would have been merged or linked, but for the length of the chain: worth an alert.
        compared: How many candidates there were.
    """

    lead: str
    outcome: Outcome
    first: str
    known: Known | None
    verdict: Verdict | None
    also: tuple[str, ...]
    chained: bool
    compared: int


def choose(
    lead: str,
    evidence: Evidence,
    known: Iterable[Known],
    judge: Judging,
    *,
    intent: Intent | None = None,
    window_s: int = 0,
    longest: int = LONGEST_CHAIN,
) -> Matched:
    """What becomes of a lead, given the earlier ones that share a key with it: whoever finds them.

    Merges before questions, then the weightiest; of equal ones the first told. A redelivered lead is no duplicate of itself.

    Args:
        intent: What it wants; None: the same as everybody.
        window_s: For how long the same intent of one person makes one lead.
        longest: From so many leads of one person on, no more are believed.
    """
    best: tuple[Verdict, Known] | None = None
    same: tuple[Verdict, Known] | None = None  # the best of those that it is merged with if they are of the best one's person
    merging: list[tuple[Verdict, Known]] = []
    others = [one for one in known if one.lead != lead]
    compared = len(others)
    for one, told in zip(others, own(evidence, [one.evidence for one in others]), strict=True):
        verdict = judge(told, one.evidence)
        if verdict.kind == "new":
            continue
        if verdict.kind == "merge":
            merging.append((verdict, one))
        if best is None or (verdict.kind == "merge", verdict.weight) > (best[0].kind == "merge", best[0].weight):
            best = verdict, one
    if best is None:
        return Matched(lead, "new", lead, None, None, (), False, compared)
    verdict, one = best
    if verdict.kind != "merge":
        return Matched(lead, "asked", lead, one, verdict, (), False, compared)
    for found in merging:
        wanted = intent is None or found[1].intent is None or same_intent(intent, found[1].intent, window_s)
        if found[1].root == one.root and wanted and (same is None or found[0].weight > same[0].weight):
            same = found
    if one.chain >= longest:  # a lead of its own is let through: nobody is to wait for a customer's twenty-sixth order
        return Matched(lead, "asked" if same else "new", lead, one, verdict, (), True, compared)
    also = () if one.apart else _also(merging, one, longest, judge)
    if same is None:
        return Matched(lead, "linked", one.root, one, verdict, also, False, compared)
    return Matched(lead, "merged", one.root, same[1], same[0], also, False, compared)


def _also(merging: Iterable[tuple[Verdict, Known]], best: Known, longest: int, judge: Judging) -> tuple[str, ...]:
    others = (one for verdict, one in merging if verdict.weight >= JOINING and one.root != best.root and not one.apart)
    persons = {one.root: one.chain for one in others if not told_apart(judge(best.evidence, one.evidence))}
    return tuple(person for person, chain in persons.items() if chain + best.chain < longest)
