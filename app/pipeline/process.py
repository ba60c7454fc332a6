"""The way of a lead, as a list of stages. Each input record becomes exactly one fate.

intake → mapping → validation → enrichment (`normalise.py`; behaviour, here, for the whole batch) → identity → scoring → routing
(→ delivery, `delivery.py`)
"""

from __future__ import annotations

from collections.abc import Sequence

from app.inventory.models import Inventory, Source
from app.pipeline.enrichment.visits import Visits
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed
from app.pipeline.identified import Identified
from app.pipeline.identity import Identity
from app.pipeline.lead import Lead
from app.pipeline.normalise import Normaliser
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.routing import Router
from app.pipeline.scoring import score
from app.pipeline.source import InboundEvent
from app.ports import Journeys, Model, Models


class Pipeline:
    """The stages, compiled from the inventory, joined to their ports.

    Args:
        inventory: Sources, teams, routing.
        normaliser: The first half of the way.
        identity: Who a lead is.
        models: Where the model is found.
        pseudonyms: How people and events are named where no personal data may be.
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
        journeys: Journeys | None = None,
    ) -> None:
        self._normaliser, self._identity, self._models = normaliser, identity, models
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
        return [
            lead if isinstance(lead, DeadLetter) else self._decided(event, lead, next(identified), model)
            for event, lead in zip(events, leads, strict=True)
        ]

    def _decided(self, event: InboundEvent, lead: Lead, who: Identified, model: Model) -> Fate:
        source = self._source(event)
        lead.source_reliability = model.reliability(source.name, source.reliability)
        if who.duplicate_of is not None:
            return Duplicate(event, lead, who)
        returning = None if who.dedupe in ("unknown", "asked") else who.dedupe == "linked"
        scored = score(lead, model, self._router.routing, returning)
        team = self._router.assign(lead, scored)
        reasons = self._router.review_reasons(lead, scored, source)
        if who.dedupe == "asked":
            reasons = (*reasons, "possible_duplicate")
        if reasons:
            return Review(event, lead, who, scored, team.team, team.rule, team.considered, reasons)
        return Routed(event, lead, who, scored, team.team, team.rule, team.considered)

    def _source(self, event: InboundEvent) -> Source:
        source = self._normaliser.source(event.position.topic)
        assert source is not None  # else there were no lead
        return source
