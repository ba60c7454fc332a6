"""Decisions, outcomes and spend in, leads out: how each was decided and changed, how far it came, what it cost."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Final, NamedTuple

from app.kpi.spending import Spending
from app.learning.course import Course
from app.learning.outcomes import meaning
from app.pipeline.checkpoints import SAMPLE

MOST: Final = 1_000_000  # leads, about 700 bytes each
MACHINES: Final = frozenset({"dedupe", "steward", "privacy"})  # who revises without being a person
_PARKED: Final = "dependency:"  # review reasons of a lead that waits for a dependency and not for people


class Step(NamedTuple):
    """One revision of a decision.

    Attributes:
        by: Who made it; None: the pipeline.
        for_people: It held the lead for people, and not only until a dependency comes back.
        agreed: Whether a person left everything as it was proposed; None: no person decided.
    """

    revision: int
    fate: str
    team: str | None
    by: str | None
    for_people: bool
    agreed: bool | None


@dataclass(slots=True, kw_only=True)
class Lead(Course):
    """One record, as it was first decided, and every change since.

    Attributes:
        cost: What the vendor bills for it by the inventory; None: not known.
        arms: Rollout → arm.
        band, rule, reasons: As first decided: what came later may depend on the arm.
        qualified_ms: When it was first reported qualified or won.
        steps: By revision.
    """

    source: str
    campaign: str | None
    at_ms: int
    cost: float | None = None
    currency: str | None = None
    arms: Mapping[str, str] = field(default_factory=dict)
    band: str | None = None
    rule: str | None = None
    reasons: tuple[str, ...] = ()
    duplicate_kind: str | None = None
    qualified_ms: int | None = None
    steps: tuple[Step, ...] = ()

    @property
    def fate(self) -> str:
        """Now."""
        return self.steps[-1].fate

    @property
    def team(self) -> str | None:
        """Routed or proposed to, now."""
        return self.steps[-1].team

    @property
    def is_lead(self) -> bool:
        """Whether it counts: no duplicate and no dead letter. What people rejected counts, or who rejects more looks better."""
        return self.fate in ("routed", "review", "rejected")

    @property
    def by_hand(self) -> bool:
        """Whether people had to handle it: held for them, changed by them, or left to the catch-all team, which looks at each.

        Held only until a dependency came back is not for people.
        """
        return self.rule == "catch-all" or any(one.for_people or _person(one) for one in self.steps)

    @property
    def routed(self) -> bool:
        """Whether any team had it."""
        return any(one.fate == "routed" for one in self.steps)

    @property
    def moved(self) -> bool:
        """Whether it was taken to another team after a team had it."""
        teams = [one.team for one in self.steps if one.fate == "routed"]
        return any(team != teams[0] for team in teams)

    @property
    def sampled(self) -> bool | None:
        """Of the random sample: whether people left what automation proposed. None: not of it, or not decided yet."""
        if self.reasons != (SAMPLE,):
            return None
        return next((one.agreed for one in self.steps if one.agreed is not None), None)


class Facts:
    """Everything that KPIs are made of.

    Args:
        most: Leads that are kept, the newest.
    """

    def __init__(self, most: int = MOST) -> None:
        self._leads: OrderedDict[str, Lead] = OrderedDict()
        self._most = most
        self.spending = Spending()
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._leads)

    def decided(self, decision: Mapping[str, Any]) -> None:
        """Take in a decision (schemas/decision), in any order of revisions."""
        lead_id, revision = decision["lead_id"], decision.get("revision") or 1
        step = _step(revision, decision)
        known = self._leads.get(lead_id)
        if known is not None and any(one.revision == revision for one in known.steps):
            return
        if known is None or revision < known.steps[0].revision:
            lead = _lead(decision)
            if known is not None:
                lead.follow(known)
                lead.qualified_ms = known.qualified_ms
            self._leads[lead_id] = lead
        else:
            lead = known
        lead.steps = tuple(sorted((*(known.steps if known else ()), step), key=lambda one: one.revision))
        lead.duplicate_kind = decision.get("duplicate_kind") or lead.duplicate_kind
        if len(self._leads) > self._most:
            self._leads.popitem(last=False)
            self.forgotten += 1

    def reported(self, outcome: Mapping[str, Any]) -> None:
        """Take in an outcome (schemas/outcome), after the decision on its lead."""
        lead = self._leads.get(outcome["lead_id"])
        if lead is None:
            return
        lead.hear(outcome)
        at_ms = outcome["occurred_at"]
        if outcome["outcome"] == "qualified" or meaning(outcome["outcome"]) == "won":
            lead.qualified_ms = at_ms if lead.qualified_ms is None else min(at_ms, lead.qualified_ms)

    def spent(self, spend: Mapping[str, Any]) -> None:
        """Take in a bill (schemas/spend)."""
        self.spending.add(spend)

    def leads(self, since_ms: int | None = None, until_ms: int | None = None) -> Iterator[Lead]:
        """Those that arrived in this time, duplicates and dead letters too."""
        for lead in self._leads.values():
            if (since_ms is None or lead.at_ms >= since_ms) and (until_ms is None or lead.at_ms < until_ms):
                yield lead


def _lead(decision: Mapping[str, Any]) -> Lead:
    return Lead(
        source=intern(decision["source"]),
        campaign=decision.get("campaign"),
        at_ms=decision["received_at"],
        cost=decision.get("cost"),
        arms={intern(name): intern(arm) for name, arm in (decision.get("arms") or {}).items()},
        band=decision.get("band"),
        rule=decision.get("rule"),
        reasons=tuple(map(intern, decision.get("review_reasons") or ())),
    )


def _step(revision: int, decision: Mapping[str, Any]) -> Step:
    reasons, held = decision.get("review_reasons") or (), decision["fate"] == "review"
    for_people = held and not (reasons and all(one.startswith(_PARKED) for one in reasons))
    about = (decision["fate"], decision.get("team"), decision.get("revised_by"), for_people, decision.get("agreed"))
    return Step(revision, *about)


def _person(step: Step) -> bool:
    return step.by is not None and step.by not in MACHINES
