"""What each guardrail counts of a lead, and how it stands: figures of both arms, and the bets against the candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from app.inventory.rolling import OF_THE_JUDGED, Guardrail
from app.rollout.betting import Bets, Limit
from app.rollout.book import Facts
from app.rollout.intervals import bounds

GRACE_MS: Final = 60_000  # what is known so long after a window's end still counts: records of several topics come as they like
DAY_MS: Final = 86_400_000
SAMPLES: Final = 5
_CONVERTED: Final = ("qualified", "won")


class Figures(NamedTuple):
    """What was counted. Others: control, and those not yet in."""

    candidate_hits: int = 0
    candidate: int = 0
    other_hits: int = 0
    others: int = 0

    def plus(self, *, candidate: bool, hit: bool) -> Figures:
        a, n, b, m = self
        return Figures(a + hit, n + 1, b, m) if candidate else Figures(a, n, b + hit, m + 1)

    def to_json(self) -> dict[str, Any]:
        """With the bounds that hold however often one looks."""
        return {"candidate": _share(self.candidate_hits, self.candidate), "others": _share(self.other_hits, self.others)}


def _share(hits: int, of: int) -> dict[str, Any]:
    low, high = bounds(hits, of)
    return {"hits": hits, "leads": of, "share": round(hits / of, 4) if of else None, "low": round(low, 4), "high": round(high, 4)}


@dataclass(slots=True)
class Tally:
    """How one guardrail of one rollout stands.

    Attributes:
        stages: Stage → figures of the leads that came in it.
        bets: Against the candidate, over all stages.
        samples: The last of the candidate's leads that speak against it.
    """

    stages: dict[int, Figures] = field(default_factory=dict)
    bets: Bets = field(default_factory=Bets)
    samples: list[str] = field(default_factory=list)

    @property
    def total(self) -> Figures:
        sums = [sum(parts) for parts in zip(*self.stages.values(), strict=True)]
        return Figures(*sums)

    def at(self, stage: int) -> Figures:
        return self.stages.get(stage, Figures())

    def count(self, one: Guardrail, lead: str, stage: int, chance: float, day: int, *, candidate: bool, hit: bool) -> None:
        """A lead's window is over.

        Args:
            chance: That a lead was the candidate's when this one came.
            day: Of the rollout's life, from 1.
        """
        self.stages[stage] = self.at(stage).plus(candidate=candidate, hit=hit)
        while self.bets.day < day:
            self.bets.begin_day()
        if one.ratio == 0 and not candidate:
            return  # the limit is a fixed one: what others do is only shown
        if chance:
            self.bets.look(limit(one), chance, one.usual, candidate=candidate, hit=hit)
        else:
            self.bets.learn(hit=hit)
        if candidate and hit == one.harmful_up:
            self.samples = [*self.samples, lead][-SAMPLES:]

    def to_json(self) -> dict[str, Any]:
        stages = {str(stage): list(figures) for stage, figures in self.stages.items()}
        return {"stages": stages, "bets": self.bets.to_json(), "samples": self.samples}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Tally:
        """What `to_json` gave."""
        stages = {int(stage): Figures(*figures) for stage, figures in state["stages"].items()}
        return cls(stages, Bets.from_json(state["bets"]), list(state["samples"]))


def limit(one: Guardrail) -> Limit:
    """What is no harm to this guardrail."""
    return Limit(one.harmful_up, one.ratio, one.points)


def window_ms(one: Guardrail) -> int:
    """For how long a lead is looked at."""
    return int(one.window_hours * 3_600_000)


def seen(one: Guardrail, facts: Facts, due_ms: int) -> bool | None:
    """Whether a lead is a hit by the end of its window; None: it is none of those that this guardrail looks at."""
    known_ms = due_ms + GRACE_MS
    match one.watch:
        case "rerouted":
            return _by(facts.sent_on_ms, known_ms)
        case "duplicates":
            return _by(facts.again_ms, known_ms)
        case "catch_all":
            return facts.catch_all
        case "latency":
            return facts.late_s > one.over_s
        case "disagreement":
            return None if facts.judged is None or facts.judged[0] > known_ms else not facts.judged[1]
        case "misjudged":
            converted = any(_by(facts.outcomes.get(outcome), known_ms) for outcome in _CONVERTED)
            return (facts.band == "hot" and not converted) or (facts.band == "cold" and converted)
        case "conversion":
            return any(_by(facts.outcomes.get(outcome), known_ms) for outcome in one.outcomes)


def looks_at_all(one: Guardrail) -> bool:
    """Whether every lead counts, and not only those that people decided."""
    return one.watch not in OF_THE_JUDGED


def _by(at_ms: int | None, known_ms: int) -> bool:
    return at_ms is not None and at_ms <= known_ms
