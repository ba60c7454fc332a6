"""How leads end: joins what was decided to what is reported of it later, for a bounded number of leads.

A lead's first final outcome counts, won or lost; what reverses it later is the learner's business. A lead that is put out again
by a revision keeps its first decision: that is what was served.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, NamedTuple

from app.learning.outcomes import meaning

EARLY: Final = 10_000  # outcomes that wait for the decision on their lead, about 500 bytes each
REMEMBERED: Final = 100_000  # leads that wait for their end, about 250 bytes each


class Served(NamedTuple):
    """A lead as it was decided: its source, when (ms), and the probability that was served."""

    source: str
    at_ms: int
    score: float | None


@dataclass(frozen=True, slots=True)
class End:
    """What became of a lead, `age_ms` after it was decided."""

    served: Served
    won: bool
    age_ms: int


class Ends:
    """Decisions and outcomes in, ends out."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._leads: OrderedDict[str, Served] = OrderedDict()
        self._early: OrderedDict[str, Mapping[str, Any]] = OrderedDict()  # outcomes before their decision
        self._most = remembered

    def decided(self, decision: Mapping[str, Any], at_ms: int) -> Served | None:
        """Remember a lead; None for a decision that no outcome can follow."""
        lead_id = decision["lead_id"]
        if decision["fate"] not in ("routed", "review") or (decision.get("revision") or 1) > 1 or lead_id in self._leads:
            return None
        score = decision.get("score")
        served = Served(decision["source"], at_ms, score if score is not None and isfinite(score) else None)
        self._leads[lead_id] = served
        return served

    def pushed_out(self) -> Served | None:
        """The oldest lead, where there are too many; it is forgotten."""
        return self._leads.popitem(last=False)[1] if len(self._leads) > self._most else None

    def waited(self, lead_id: str) -> End | None:
        """The end of a lead that has just been decided, where its outcome came first: while workers lag behind, for instance."""
        outcome = self._early.pop(lead_id, None)
        return None if outcome is None else self.reported(outcome)

    def reported(self, outcome: Mapping[str, Any]) -> End | None:
        """The end that an outcome is; None where it is none, or of no lead that is remembered: then it waits."""
        says = meaning(outcome["outcome"])
        if says not in ("won", "lost"):
            return None
        served = self._leads.pop(outcome["lead_id"], None)
        if served is None:
            self._early[outcome["lead_id"]] = outcome
            if len(self._early) > EARLY:
                self._early.popitem(last=False)
            return None
        return End(served, says == "won", max(0, outcome["occurred_at"] - served.at_ms))
