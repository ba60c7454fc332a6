"""One rollout on its way: which leads count, what every guardrail has counted, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from math import sqrt
from typing import Any, Final, NamedTuple

from app.inventory.rolling import Guardrail
from app.rollout.arms import candidate_share
from app.rollout.book import Book, Facts
from app.rollout.guardrails import DAY_MS, GRACE_MS, Tally, limit, looks_at_all, seen, window_ms
from app.rollout.plan import Rollout

SETTLE_MS: Final = 5_000  # after a change of the share: some worker may not know it yet
DOUBTFUL: Final = 10.0  # e-value from which the share grows no further by itself
FEW: Final = 20  # leads of an arm from which its share counts at all


class Span(NamedTuple):
    """From when on which share was in."""

    since_ms: int
    stage: int
    share: float


class Course:
    """See the module.

    Args:
        rollout: As its record has it; what was counted so far stands in there.

    Attributes:
        rollout: As it stands now.
        until_ms: All leads whose window was over by then have been counted.
        kept_ms: The same, of what is in the record.
    """

    def __init__(self, rollout: Rollout) -> None:
        self.rollout = rollout
        self.guardrails = rollout.plan.guardrails
        self.spans: list[Span] = []
        self.tallies: dict[str, Tally] = {}
        self.until_ms = self.kept_ms = rollout.started_ms
        self._due: dict[str, list[tuple[int, str]]] = {one.called: [] for one in self.guardrails}
        self._subjects: set[int] = set()
        self._go_on(rollout.counts)
        self.adopt(rollout)

    def adopt(self, rollout: Rollout) -> None:
        """The rollout was moved. Counts of its record are taken over where they have come further."""
        self.rollout = rollout
        if int(rollout.counts.get("until", 0)) > self.until_ms:
            self._go_on(rollout.counts)
        if not self.spans or (rollout.stage, rollout.share) != self.spans[-1][1:]:
            self.spans.append(Span(rollout.changed_ms, rollout.stage, rollout.share))

    @property
    def needed(self) -> float:
        """The e-value that proves harm: so many guardrails share the chance of a false alarm."""
        return len(self.guardrails) / self.rollout.plan.alpha

    @property
    def pending(self) -> int:
        """Leads whose last window is open."""
        return max((len(heap) for heap in self._due.values()), default=0)

    @property
    def needed_since_ms(self) -> int:
        """From when on decisions have to be read again to go on from the record."""
        longest = max((window_ms(one) for one in self.guardrails), default=0)
        return max(self.rollout.started_ms, self.kept_ms - longest - GRACE_MS)

    def take(self, lead: str, facts: Facts) -> None:
        """A lead in one of the arms. The first of each subject counts, the others are in its arm whatever happens."""
        assert facts.at_ms is not None
        subject = hash(facts.subject)
        if self.span(facts.at_ms) is None or subject in self._subjects:
            return
        self._subjects.add(subject)
        for one in self.guardrails:
            due_ms = facts.at_ms + window_ms(one)
            if due_ms > self.until_ms:
                heappush(self._due[one.called], (due_ms, lead))

    def count(self, now_ms: int, book: Book) -> None:
        """All leads whose window is over are counted, in that order."""
        until_ms = now_ms - GRACE_MS
        if until_ms <= self.until_ms:
            return
        for one in self.guardrails:
            heap = self._due[one.called]
            while heap and heap[0][0] <= until_ms:
                due_ms, lead = heappop(heap)
                if lead in book:
                    self._count(one, lead, book[lead], due_ms)
        self.until_ms = until_ms

    def span(self, at_ms: int) -> Span | None:
        """How the rollout stood for a lead of that time; None: not yet, or nobody can say."""
        for span in reversed(self.spans):
            if at_ms >= span.since_ms:
                return span if at_ms >= span.since_ms + SETTLE_MS else None
        return None

    def leads(self) -> int:
        """Leads of this stage by which it can be judged: the candidate's, by the slowest guardrail whose window is not longer
        than the stage has to be; in the shadow those that people decided, or all where nobody looks at that."""
        stage = self.rollout.stage
        hours = self.rollout.plan.stages[stage].least_hours
        looking = [(one, self._tally(one).at(stage)) for one in self.guardrails if one.window_hours <= hours]
        counted = [figures.candidate for one, figures in looking if looks_at_all(one)]
        if self.rollout.share == 0:
            judged = [figures.candidate for one, figures in looking if not looks_at_all(one)]
            counted = judged or [figures.others for _, figures in looking]
        return min(counted, default=0)

    def breach(self) -> Guardrail | None:
        """The guardrail that has proven harm, the surest first."""
        surest = max(self.guardrails, key=self.value, default=None)
        return surest if surest is not None and self.value(surest) >= self.needed else None

    def doubtful(self) -> bool:
        """Whether something speaks against the candidate, though it proves nothing yet."""
        return any(self.value(one) >= DOUBTFUL or self._worse(one) for one in self.guardrails)

    def value(self, one: Guardrail) -> float:
        """The e-value against the candidate."""
        return self._tally(one).bets.value

    def told(self, one: Guardrail) -> dict[str, Any]:
        """How a guardrail stands, for evidence and for people: over all leads, and of this stage."""
        tally = self._tally(one)
        total = tally.total
        others = total.other_hits / total.others if total.others else one.usual
        return {
            "guardrail": one.called,
            **total.to_json(),
            "stage": tally.at(self.rollout.stage).to_json(),
            "allowed": round(min(1.0, max(0.0, limit(one).of(others))), 4),
            "window_hours": one.window_hours,
            "e_value": float(f"{self.value(one):.4g}"),
            "needed": round(self.needed, 1),
            "samples": tally.samples,
        }

    def counts(self) -> dict[str, Any]:
        """For the record: the same counts go on from it."""
        return {
            "until": self.until_ms,
            "spans": [list(span) for span in self.spans],
            "tallies": {name: tally.to_json() for name, tally in sorted(self.tallies.items())},
        }

    def _go_on(self, counts: Mapping[str, Any]) -> None:
        if not counts:
            return
        self.spans = [Span(*span) for span in counts["spans"]]
        self.tallies = {name: Tally.from_json(tally) for name, tally in counts["tallies"].items()}
        self.until_ms = self.kept_ms = int(counts["until"])

    def _worse(self, one: Guardrail) -> bool:
        """Whether the candidate's leads of this stage did worse than is allowed, by more than a standard error."""
        figures = self._tally(one).at(self.rollout.stage)
        if figures.candidate < FEW or (one.ratio and figures.others < FEW):
            return False
        others = figures.other_hits / figures.others if figures.others else 0.0
        share, n = figures.candidate_hits / figures.candidate, figures.candidate
        error = sqrt(share * (1 - share) / n)
        return limit(one).breached(share - error if one.harmful_up else share + error, others)

    def _tally(self, one: Guardrail) -> Tally:
        tally = self.tallies.get(one.called)
        if tally is None:
            tally = self.tallies[one.called] = Tally()
        return tally

    def _count(self, one: Guardrail, lead: str, facts: Facts, due_ms: int) -> None:
        hit, span = seen(one, facts, due_ms), self.span(facts.at_ms or 0)
        if hit is None or span is None:
            return
        if one.watch == "rerouted" and facts.held and self.rollout.kind != "source":
            return  # no team has it that could send it on; that it is held has nothing to do with this rollout's arms
        proposed = self.rollout.kind == "source" and not looks_at_all(one)  # the machine proposes in every arm
        candidate = proposed or facts.arms.get(self.rollout.name) == "candidate"
        chance = 1.0 if one.ratio == 0 else candidate_share(span.share, self.rollout.control)
        day = 1 + max(0, due_ms - self.rollout.started_ms) // DAY_MS
        self._tally(one).count(one, lead, span.stage, chance, day, candidate=candidate, hit=hit)
