"""Sales people: who takes which lead next, what they make of it, how long it takes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Any, Final, Literal, NamedTuple

from tests.month.assumptions import Assumptions
from tests.month.shop import DACH, DESK, INSIDE, NURTURE
from tests.month.world import Arriving

MINUTE_MS: Final = 60_000
Task = Literal["triage", "talk"]
_URGENCY: Final = {"hot": 0, "warm": 1, "cold": 2}


@dataclass(slots=True)
class Case:
    """A lead among people.

    Attributes:
        control: Handled as before.
        fate, team, owner, band: By the newest decision.
        proposed: Team that the machine wanted first.
        ticket: Grows whenever it goes to another line; what stands in older ones is void.
        contacted_ms: None: nobody has spoken to it.
        closed: Nothing more is to be done by sales.
    """

    arriving: Arriving
    control: bool = False
    fate: str = ""
    team: str = ""
    owner: str | None = None
    band: str = ""
    proposed: str = ""
    ticket: int = 0
    contacted_ms: int | None = None
    closed: bool = False

    @property
    def lead_id(self) -> str:
        return self.arriving.lead.lead_id

    @property
    def at_ms(self) -> int:
        return self.arriving.lead.received_at


@dataclass(slots=True)
class Rep:
    """One person."""

    name: str
    team: str
    busy: bool = False
    minutes: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def german(self) -> bool:
        return self.team == DACH


class _Waiting(NamedTuple):
    key: tuple[int, ...]
    ticket: int
    lead: str


class Organisation:
    """Reps, and the lines of leads before them.

    First come first served (`ordered` false): one line per team and one for triage, and whoever is free takes the lead that came
    first of all that they may take. Ordered: each rep has their own list, hot leads first, then what is held for people, then
    the others, always in the order of arrival.
    """

    def __init__(self, reps: list[Rep], cases: dict[str, Case], *, ordered: bool) -> None:
        self.reps, self._cases, self.ordered = reps, cases, ordered
        self._triage: list[_Waiting] = []
        self._lines = defaultdict[str, list[_Waiting]](list)  # of a team, or of a rep

    def place(self, case: Case) -> None:
        """Where its newest decision puts it."""
        case.ticket += 1
        if case.fate == "review" or (case.fate == "routed" and case.team == DESK):
            heappush(self._triage, _Waiting((case.at_ms,), case.ticket, case.lead_id))
        elif case.fate == "routed" and case.team in (DACH, INSIDE):
            if not self.ordered:
                heappush(self._lines[case.team], _Waiting((case.at_ms,), case.ticket, case.lead_id))
            elif case.owner is not None:
                heappush(self._lines[case.owner], _Waiting((_URGENCY[case.band], case.at_ms), case.ticket, case.lead_id))

    def next(self, rep: Rep) -> tuple[Task, Case] | None:
        """What a free rep does now."""
        line = self._lines[rep.name if self.ordered else rep.team]
        triage, own = self._top(self._triage), self._top(line)
        if triage is None and own is None:
            return None
        if own is None or (triage is not None and self._triage_first(triage, own)):
            heappop(self._triage)
            assert triage is not None
            return "triage", triage
        heappop(line)
        return "talk", own

    def waiting(self) -> int:
        """Leads in all lines, void ones too."""
        return len(self._triage) + sum(map(len, self._lines.values()))

    def _triage_first(self, triage: Case, own: Case) -> bool:
        if self.ordered:
            return own.band != "hot"
        return triage.at_ms < own.at_ms

    def _top(self, line: list[_Waiting]) -> Case | None:
        while line:
            case = self._cases[line[0].lead]
            if case.ticket == line[0].ticket and not case.closed:
                return case
            heappop(line)
        return None


class Judgement:
    """What a person makes of a lead that they read.

    Args:
        worth: Log-odds from which they find a talk worth it.
    """

    def __init__(self, assumed: Assumptions, worth: float, rng: Random) -> None:
        self._assumed, self._worth, self._rng = assumed, worth, rng

    def of(self, case: Case) -> dict[str, Any]:
        """A verdict on a lead that is held, or left to the desk that looks at each.

        Handled as before they judge by themselves. Where a proposal is shown, people go by it unless it is plainly wrong: by
        twice the spread of their own error.
        """
        truth, lead, assumed = case.arriving.truth, case.arriving.lead, self._assumed
        if self._rng.random() < (0.9 if truth.junk else 0.005):
            if case.fate == "review":
                return {"decision": "reject", "why": "spam"}
            return {"decision": "reroute", "team": NURTURE}
        guess = truth.intent + self._rng.gauss(0.0, assumed.judgement)
        proposed_sales = case.proposed in (DACH, INSIDE)
        margin = 0.0 if case.control or case.proposed == DESK else 2 * assumed.judgement * (-1 if proposed_sales else 1)
        if guess < self._worth + margin and (lead.email or case.proposed != DESK):
            team = NURTURE
        else:
            right = DACH if truth.german else INSIDE
            team = right if self._rng.random() >= assumed.misplaced else INSIDE if right == DACH else DACH
        if case.fate == "review" and team == case.proposed:
            return {"decision": "approve"}
        return {"decision": "reroute", "team": team}
