"""The way of a lead, as a list of stages. Each input record becomes exactly one fate.

intake → mapping → validation → enrichment (`normalise.py`; behaviour, here, for the whole batch) → identity → scoring → routing
(a team; inside it an owner, for the whole batch) (→ delivery, `delivery.py`)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.inventory.models import Inventory, Source
from app.pipeline.enrichment.visits import Visits
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed, Score
from app.pipeline.handling import Handling
from app.pipeline.identified import Identified
from app.pipeline.identity import Identity
from app.pipeline.lead import Lead
from app.pipeline.normalise import Normaliser
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.routing import Assignment, Router
from app.pipeline.scoring import score
from app.pipeline.source import InboundEvent
from app.ports import Arm, Desk, Journeys, Model, Models, Rollouts, Toggles, Wanted


class Pipeline:
    """The stages, compiled from the inventory, joined to their ports.

    Args:
        inventory: Sources, teams, routing.
        normaliser: The first half of the way.
        identity: Who a lead is.
        models: Where the model is found.
        pseudonyms: How people and events are named where no personal data may be.
        toggles: Which modules are switched on.
        rollouts: What is rolled out in stages.
        desk: Who of a team gets a lead.
        journeys: What visitors did before; None: nobody asks.
    """

    def __init__(
        self,
        inventory: Inventory,
        normaliser: Normaliser,
        *,
        identity: Identity,
        models: Models,
        pseudonyms: Pseudonyms,
        toggles: Toggles,
        rollouts: Rollouts,
        desk: Desk,
        journeys: Journeys | None = None,
    ) -> None:
        self._normaliser, self._identity, self._models = normaliser, identity, models
        self._toggles, self._rollouts, self._desk = toggles, rollouts, desk
        self._visits = Visits(journeys, pseudonyms)
        self._router = Router(inventory.routing)

    def process(self, events: Sequence[InboundEvent]) -> list[Fate]:
        """One fate per event, in order. One round trip asks what all people of the batch did before, one who they are.

        Raises:
            EdgeDown: A port does not answer. Nothing was decided; call again with the same events.
        """
        leads = self._normaliser.normalise_all(events)
        clean = [(lead, self._source(event)) for event, lead in zip(events, leads, strict=True) if isinstance(lead, Lead)]
        self._visits.join([lead for lead, _ in clean])
        identified = iter(self._identity.of(clean) if clean else ())
        model = self._models.current()  # one model for the whole batch
        return self._owned(
            [
                lead if isinstance(lead, DeadLetter) else self._decided(event, lead, next(identified), model)
                for event, lead in zip(events, leads, strict=True)
            ]
        )

    def _decided(self, event: InboundEvent, lead: Lead, who: Identified, model: Model) -> Fate | _ForTeam:
        source = self._source(event)
        lead.source_reliability = model.reliability(source.name, source.reliability)
        if who.duplicate_of is not None:
            return Duplicate(event, lead, who)
        arms = self._rollouts.arms(source.name, who.subject or lead.lead_id)
        returning = None if who.dedupe in ("unknown", "asked") else who.dedupe == "linked"
        scored = score(lead, model, self._router.routing, returning)
        team = self._router.assign(lead, scored)
        reasons = self._router.review_reasons(lead, scored, source)
        if who.dedupe == "asked":
            reasons = (*reasons, "possible_duplicate")
        if reasons:
            return Review(event, lead, who, scored, team.team, team.rule, team.considered, reasons, Handling(arms=arms))
        return _ForTeam(event, lead, who, scored, team, arms)

    def _owned(self, decided: Sequence[Fate | _ForTeam]) -> list[Fate]:
        """An owner for what goes to teams, all asked for at once."""
        wanted = [Wanted(one.lead.lead_id, one.who.subject, one.to.team) for one in decided if isinstance(one, _ForTeam)]
        assigned = iter(self._desk.assign(wanted) if wanted else ())
        return [
            Routed(
                one.event,
                one.lead,
                one.who,
                one.score,
                one.to.team,
                one.to.rule,
                one.to.considered,
                Handling(next(assigned), arms=one.arms),
            )
            if isinstance(one, _ForTeam)
            else one
            for one in decided
        ]

    def _source(self, event: InboundEvent) -> Source:
        source = self._normaliser.source(event.position.topic)
        assert source is not None  # else there were no lead
        return source


class _ForTeam(NamedTuple):
    """A lead that goes to a team, and has no owner yet."""

    event: InboundEvent
    lead: Lead
    who: Identified
    score: Score
    to: Assignment
    arms: Mapping[str, Arm]
