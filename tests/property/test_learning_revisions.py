"""Leads are merged and set apart again, in whatever order: each outcome counts for the lead that it belongs to now, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.learning.ledger import Ledger
from app.learning.lessons import Label, Lesson, Moved, Outcome
from tests.harness.examples import examples

LEADS = "ABCDE"
LEAD = st.sampled_from(LEADS)
STEP = st.one_of(
    st.tuples(st.just("merge"), LEAD, LEAD),
    st.tuples(st.just("apart"), LEAD, st.none()),
    st.tuples(st.just("report"), LEAD, st.tuples(st.sampled_from(["won", "lost"]), st.integers(0, 9))),
    st.tuples(st.just("repeat"), LEAD, st.integers(0, 20)),
)
STEPS = st.lists(STEP, max_size=30)


def source(lead: str) -> str:
    return f"source-{LEADS.index(lead) % 2}"


class Story:
    """A ledger, what it was told, and what a person would say of it."""

    def __init__(self, **limits: Any) -> None:
        self.ledger = Ledger(**limits)
        self.of: dict[str, str] = {}
        self.revisions = Counter[str]()
        self.outcomes: list[Outcome] = []
        self.records: list[tuple[str, int, Any]] = []  # stream, offset, value
        self.lessons: list[Lesson] = []
        for lead in LEADS:
            self.decide(lead)

    def decide(self, lead: str) -> None:
        self.revisions[lead] += 1
        of = self.of.get(lead)
        value: dict[str, Any] = {
            "lead_id": lead, "source": source(lead), "fate": "duplicate" if of else "routed", "duplicate_of": of,
            "duplicate_kind": "same_lead" if of else None, "revision": self.revisions[lead], "received_at": 0,
            "numbers": {}, "categories": {"source": source(lead)}, "violations": [],
        }  # fmt: skip
        self.records.append(("decisions", len(self.records), value))
        self.lessons += self.ledger.decided(0, len(self.records) - 1, value)

    def take(self, step: tuple[str, str, Any]) -> None:
        what, lead, more = step
        match what:
            case "merge" if more < lead:  # into an earlier lead: so there are no circles
                self.of[lead] = more
                self.decide(lead)
            case "apart" if lead in self.of:
                del self.of[lead]
                self.decide(lead)
            case "report":
                outcome, at = more
                self.report(Outcome(0, len(self.records), lead, outcome, at, f"e{len(self.records)}"))
            case "repeat" if self.outcomes:
                first = self.outcomes[more % len(self.outcomes)]
                again = Outcome(0, len(self.records), first.lead_id, first.outcome, first.occurred_at, first.event_id)
                self.report(again)

    def report(self, outcome: Outcome) -> None:
        self.records.append(("outcomes", len(self.records), outcome))
        if outcome.identity not in {one.identity for one in self.outcomes}:
            self.outcomes.append(outcome)
        self.lessons += self.ledger.reported(outcome)

    def end(self, lead: str) -> str:
        while lead in self.of:
            lead = self.of[lead]
        return lead

    def truth(self) -> dict[str, bool]:
        """Lead → whether it was won, of all outcomes of the leads that are part of it now."""
        latest: dict[str, Outcome] = {}
        for one in sorted(self.outcomes, key=lambda one: one.order):
            latest[self.end(one.lead_id)] = one
        return {lead: one.outcome == "won" for lead, one in latest.items()}


def learned(ledger: Ledger) -> dict[str, bool]:
    return {lead: entry.learned for lead, entry in ledger._entries.items() if entry.learned is not None}


def ends(lessons: list[Lesson]) -> Iterator[tuple[str, bool, int]]:
    """(source, won, how many more) of each lesson."""
    for one in lessons:
        match one:
            case Label():
                yield one.categories["source"], one.won, 1
                if one.corrects:
                    yield one.categories["source"], not one.won, -1
            case Moved():
                if one.source is not None:
                    yield one.source, one.won, -1
                if one.to is not None:
                    yield one.to, one.won, 1


@examples(150)
@given(STEPS)
def test_what_is_learned_is_the_truth_of_now(steps: list[Any]) -> None:
    """After any story each lead is learned as the latest outcome of all that was merged into it says; duplicates not at all."""
    story = Story()
    for step in steps:
        story.take(step)
        assert learned(story.ledger) == story.truth()


@examples(150)
@given(STEPS)
def test_each_end_counts_for_one_source_once(steps: list[Any]) -> None:
    """What labels and moves add up to, by source, is the ends that there are now."""
    story = Story()
    for step in steps:
        story.take(step)
    counted = Counter[tuple[str, bool]]()
    for name, won, n in ends(story.lessons):
        counted[name, won] += n
    assert +counted == Counter((source(lead), won) for lead, won in story.truth().items())
    assert min(counted.values(), default=0) >= 0


@examples(100)
@given(STEPS, st.integers(5, 12))
def test_reading_again_from_the_oldest_needed_builds_the_same(steps: list[Any], pending: int) -> None:
    """A restart that reads from where the ledger says knows the same of every lead that is remembered."""
    story = Story(pending=pending)
    for step in steps:
        story.take(step)
    oldest, again = story.ledger.oldest_needed(), Ledger(pending=pending, state=story.ledger.state())
    for stream, offset, value in story.records:
        if offset >= oldest.get((stream, 0), len(story.records)):
            list(again.decided(0, offset, value) if stream == "decisions" else again.reported(value))
    again.rebuilt()
    assert {lead: (entry.of, entry.revision) for lead, entry in again._entries.items()} == {
        lead: (entry.of, entry.revision) for lead, entry in story.ledger._entries.items()
    }
    assert learned(again) == learned(story.ledger)
    assert again.state() == story.ledger.state()
