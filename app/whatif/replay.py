"""Leads of the past take their way through scoring, routing and the desk once more, in the order in which they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.desk.roster import Roster
from app.desk.turns import Turns
from app.inventory.models import Routing
from app.pipeline.deciding import Decided
from app.pipeline.fate import Score
from app.pipeline.scoring import band
from app.ports import Model, Wanted
from app.whatif.past import Past

Place = Callable[[Past, Score], Decided]
"""Team and handling of a lead with this score."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A configuration that leads could go by.

    Attributes:
        routing: Its bands' limits.
        place: Its routing.
        roster: Who works in its teams.
        model: What scores a lead anew; None: its recorded score stands.
    """

    routing: Routing
    place: Place
    roster: Roster
    model: Callable[[Past], Model | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a lead went, or would go.

    Attributes:
        team: That gets it, or that reviewers are offered.
        owner: None: the team's queue, or held.
        held: Why a person decides; empty where the machine does.
        queued: Why nobody of the team got it although it has members; None: somebody did, or it is a queue by itself.
    """

    team: str
    rule: str
    owner: str | None
    score: float
    band: str
    held: tuple[str, ...]
    queued: str | None
    due_ms: int | None


def replay(past: Sequence[Past], plan: Plan, told: Callable[[int], None] = lambda _: None) -> list[Placed]:
    """Where each lead would go, in the order of `past`.

    Args:
        told: Called with the number of leads done, now and then.
    """
    placed, turns = [], Turns()
    for n, one in enumerate(past):
        placed.append(_placed(one, plan, turns))
        if n % 1_000 == 999:
            told(n + 1)
    told(len(past))
    return placed


def rescored(one: Past, routing: Routing, model: Model | None) -> Score:
    """Its score by another model, of the features as they were; by none: the recorded one, with these limits of the bands."""
    if model is None:
        return replace(one.score, band=band(one.score.probability, routing.hot_from, routing.warm_from))
    said = model.predict(one.score.numbers, one.score.categories)
    return replace(
        one.score,
        probability=said.probability,
        band=band(said.probability, routing.hot_from, routing.warm_from),
        model=model.version,
        contributions=said.contributions,
        sureness=said.sureness,
        unusual=said.unusual,
    )


def _placed(one: Past, plan: Plan, turns: Turns) -> Placed:
    scored = rescored(one, plan.routing, plan.model(one))
    decided = plan.place(one, scored)
    scored, to, due_ms = decided.score, decided.to, decided.handling.due_ms
    if decided.review:
        return Placed(to.team, to.rule, None, scored.probability, scored.band, decided.review, None, due_ms)
    assigned = turns.assign([Wanted(one.lead.lead_id, one.subject, to.team, to.needs)], plan.roster, one.at_ms)[0]
    queued = assigned.why if assigned.owner is None and assigned.why != "no_members" else None
    return Placed(to.team, to.rule, assigned.owner, scored.probability, scored.band, (), queued, due_ms)
