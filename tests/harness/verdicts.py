"""What verdicts need in tests: records in memory, a house with a desk, and a way to say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.inventory.reviewing import FourEyes as Pair
from app.inventory.reviewing import Reviewing, When
from app.pipeline.checkpoints import FourEyes
from app.pipeline.deciding import Decided
from app.pipeline.fate import Score
from app.pipeline.handling import Handling
from app.pipeline.lead import Lead
from app.pipeline.revision.carrying import Answer, carry_out
from app.pipeline.revision.records import Kept, Place, Work
from app.pipeline.revision.routing import House
from app.pipeline.revision.verdict import Verdict
from app.pipeline.routing import Assignment
from app.ports import Assigned, Desk, Wanted
from tests.harness.leads_told import lead_id

NOW: Final = 1_763_900_500_000
SCORE: Final = Score(0.7, "hot", 0.9, "model-2", {"has_phone": 1.0}, {"source": "web-form"}, {"bias": 0.8})
MEMBERS: Final = {"nurture": ("nurture-1", "nurture-2"), "b2b": ("b2b-1", "b2b-2", "b2b-3"), "desk": ()}


class Shelf:
    """Records in dicts; what a work says can be put on it."""

    def __init__(self) -> None:
        self.leads: dict[str, list[Kept]] = {}
        self.decided: dict[str, Kept] = {}
        self.decisions: dict[str, list[Kept]] = {}

    def put(self, place: Place, value: dict[str, Any], decision: dict[str, Any] | None = None) -> Kept:
        kept = Kept(place, value, (("src", b"in-0-1"),))
        self.leads.setdefault(kept.lead, []).append(kept)
        if decision is not None:
            self._decide(Kept("decisions", decision))
        return kept

    def take(self, work: Work) -> None:
        for kept in work.all():
            if kept.place == "decisions":
                self._decide(kept)
            else:
                self.leads.setdefault(kept.lead, []).append(kept)

    def newest(self, lead: str) -> Kept | None:
        return max(self.leads[lead], key=lambda kept: kept.revision) if lead in self.leads else None

    def first(self, lead: str) -> Kept | None:
        return self.leads[lead][0] if lead in self.leads else None

    def decision(self, lead: str) -> Kept | None:
        return self.decided.get(lead)

    def duplicate_of(self, lead: str) -> str | None:
        kept = self.newest(lead)
        return kept.duplicate_of if kept else None

    def duplicates_of(self, lead: str) -> Sequence[str]:
        return [one for one in self.leads if self.duplicate_of(one) == lead]

    def _decide(self, kept: Kept) -> None:
        self.decided[kept.lead] = kept
        self.decisions.setdefault(kept.lead, []).append(kept)


@dataclass
class FirstOfTeam:
    """A desk that gives each lead to the first member who did not have it."""

    asked: list[Wanted] = field(default_factory=list)
    away: bool = False
    freed: list[str] = field(default_factory=list)

    def assign(self, wanted: Sequence[Wanted]) -> list[Assigned]:
        self.asked += wanted
        return [self._one(one) for one in wanted]

    def give_back(self, leads: Sequence[str]) -> None:
        self.freed += leads

    def _one(self, one: Wanted) -> Assigned:
        if self.away:
            return Assigned(None, "away", NOW)
        if one.named is not None:
            return Assigned(one.named, "named", NOW)
        there = MEMBERS[one.team]
        free = [member for member in there if member not in one.passed_over]
        passed_over = dict.fromkeys(one.passed_over, "had_it")
        if not free:
            return Assigned(None, "no_match" if there else "no_members", NOW, passed_over=passed_over)
        return Assigned(free[0], "in_turn", NOW, dict.fromkeys(there, 0), passed_over)


def house(
    desk: Desk | None = None, *, review: tuple[str, ...] = (), two: Iterable[str] = (), team: str = "b2b", **more: Any
) -> House:
    """A house in which every lead is hot and goes to one team.

    Args:
        review: Why people decide a lead that is assessed again.
        two: Verdicts that need a second person where an order is worth 1,000.
        team: Where the rules send every lead.
    """

    def assess(lead: Lead, decision: Mapping[str, Any]) -> Decided:
        return Decided(SCORE, Assignment(team, "big", ()), review, Handling(flags_version="f1"))

    pairs = (Pair(name="large", when=When(order_value_at_least=1000), says=tuple(two)),) if two else ()
    return House(
        teams=frozenset(MEMBERS),
        assess=more.pop("assess", assess),
        desk=desk or FirstOfTeam(),
        versions={"rules_version": 3, "app_version": "1"},
        clock=lambda: NOW,
        pseudonym=lambda kind, text: f"{kind}:{abs(hash(text)):x}",
        members=MEMBERS,
        due=lambda band, team: (NOW + 60_000, band),
        four_eyes=FourEyes(Reviewing(four_eyes=pairs)),
        **more,
    )


HOUSE: Final = house()


def say(
    shelf: Shelf, n: int, says: str, house: House = HOUSE, *, settled: bool = True, by: str = "sales", **told: Any
) -> tuple[Answer, Work]:
    """A verdict on lead n; what it gives stands on the shelf then."""
    work = Work(shelf)
    answer = carry_out(Verdict(lead_id(n), says, by, NOW, **told), work, house, settled=settled)
    shelf.take(work)
    return answer, work


def value(shelf: Shelf, n: int) -> dict[str, Any]:
    """The lead as it stands."""
    kept = shelf.newest(lead_id(n))
    assert kept is not None
    return dict(kept.value)


def decision(shelf: Shelf, n: int) -> dict[str, Any]:
    """What was decided of it last."""
    return dict(shelf.decided[lead_id(n)].value)
