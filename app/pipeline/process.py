"""The way of a lead, as a list of stages. Each input record becomes exactly one fate.

intake → mapping → validation → enrichment (`normalise.py`) (→ who does not want to be contacted, `screening.py`; behaviour, here,
for the whole batch) → identity → scoring → routing
(a team; inside it an owner, for the whole batch) (→ delivery, `delivery.py`)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.inventory.models import Inventory, Source
from app.pipeline.candidates import Candidates
from app.pipeline.deciding import Decided, Decider, reliability_of
from app.pipeline.enrichment.visits import Visits
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed
from app.pipeline.handling import DESK, Handling
from app.pipeline.identified import Identified
from app.pipeline.identity import Identity
from app.pipeline.lead import Lead
from app.pipeline.normalise import Normaliser
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.screening import Screen
from app.pipeline.source import InboundEvent
from app.pipeline.suppressing import NobodyObjects
from app.ports import Assigned, Desk, Journeys, Model, Models, Rollouts, Suppressions, Toggles, Wanted


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
        candidates: Rules and models that rollouts put leads to; None: there are none.
        suppressions: What people do not want; None: nobody objects.
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
        candidates: Candidates | None = None,
        suppressions: Suppressions | None = None,
    ) -> None:
        self._normaliser, self._identity, self._models = normaliser, identity, models
        self._toggles, self._decider, self._desk = toggles, Decider(inventory, toggles, rollouts, candidates), desk
        self._visits = Visits(journeys, pseudonyms)
        self._screen = Screen(inventory, suppressions or NobodyObjects(), pseudonyms)

    def process(self, events: Sequence[InboundEvent]) -> list[Fate]:
        """One fate per event, in order. One round trip asks what all people of the batch did before, one who they are.

        Raises:
            EdgeDown: A port does not answer. Nothing was decided; call again with the same events.
        """
        toggles = self._toggles.current()  # one state for the whole batch, as of the model
        leads = self._screen.screen(events, self._normaliser.normalise_all(events, toggles))
        clean = [(lead, self._source(event)) for event, lead in zip(events, leads, strict=True) if isinstance(lead, Lead)]
        self._visits.join([lead for lead, _ in clean])
        identified = iter(self._identity.of(clean) if clean else ())
        model = self._models.current()
        return self._owned(
            [
                lead if isinstance(lead, DeadLetter) else self._decided(event, lead, next(identified), model, toggles)
                for event, lead in zip(events, leads, strict=True)
            ]
        )

    def set_aside(self, event: InboundEvent, deaths: int) -> DeadLetter:
        """The fate of a record that ended the process so often; nothing looks into it any more."""
        source = self._normaliser.source(event.position.topic)
        name, detail = source.name if source else "", f"ended the process {deaths} times, alone at the last"
        return DeadLetter(event, name, "intake", "suspected_poison", detail, repairable=True)

    def _decided(self, event: InboundEvent, lead: Lead, who: Identified, model: Model, toggles: Toggles) -> Fate | _ForTeam:
        source = self._source(event)
        if who.duplicate_of is not None:
            lead.source_reliability = reliability_of(source, model)
            return Duplicate(event, lead, who, Handling(toggles_off=lead.toggles_off, flags_version=toggles.version))
        match = who.match.probability if who.match is not None else 0.0
        to = self._decider.decide(lead, source, model, who.dedupe, who.subject, match, toggles)
        if to.review:
            return Review(event, lead, who, to.score, to.to.team, to.to.rule, to.to.considered, to.review, to.handling)
        return _ForTeam(event, lead, who, to)

    def _owned(self, decided: Sequence[Fate | _ForTeam]) -> list[Fate]:
        """An owner for what goes to teams, all asked for at once."""
        wanted = [
            Wanted(one.lead.lead_id, one.who.subject, one.decided.to.team, one.decided.to.needs)
            for one in decided
            if isinstance(one, _ForTeam)
        ]
        assigned = iter(self._desk.assign(wanted) if wanted else ())
        return [one.routed(next(assigned)) if isinstance(one, _ForTeam) else one for one in decided]

    def _source(self, event: InboundEvent) -> Source:
        source = self._normaliser.source(event.position.topic)
        assert source is not None  # else there were no lead
        return source


class _ForTeam(NamedTuple):
    """A lead that goes to a team, and has no owner yet."""

    event: InboundEvent
    lead: Lead
    who: Identified
    decided: Decided

    def routed(self, assigned: Assigned) -> Routed:
        """With the desk's answer."""
        score, to, _, handling = self.decided
        fallbacks = {**handling.fallbacks, DESK: "away"} if assigned.why == "away" else handling.fallbacks
        handling = handling._replace(assigned=assigned, fallbacks=fallbacks)
        return Routed(self.event, self.lead, self.who, score, to.team, to.rule, to.considered, handling)
