"""The way of a lead, as a list of stages. Each input record becomes exactly one fate.

intake → mapping → validation → enrichment (`normalise.py`; behaviour, here, for the whole batch) → identity → scoring → routing
(→ delivery, `delivery.py`)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.inventory.models import Inventory, Source
from app.pipeline.enrichment.visits import Visits
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed
from app.pipeline.identity import Pseudonyms, claim_of, kind_of, subject_of
from app.pipeline.lead import Lead
from app.pipeline.normalise import Normaliser
from app.pipeline.routing import Router
from app.pipeline.scoring import score
from app.pipeline.source import InboundEvent
from app.ports import Claim, Claims, Journeys, Models, Owned


@dataclass(frozen=True, slots=True)
class Prepared:
    """A clean lead that does not yet know whether it is the first of its kind."""

    event: InboundEvent
    source: Source
    lead: Lead
    subject: str | None
    claim: Claim


class Pipeline:
    """The stages, compiled from the inventory, joined to their ports.

    Args:
        inventory: Sources, teams, routing.
        normaliser: The first half of the way.
        claims, models: The outside.
        pseudonyms: How people and events are named where no personal data may be.
        journeys: What visitors did before; None: nobody asks.
    """

    def __init__(
        self,
        inventory: Inventory,
        normaliser: Normaliser,
        *,
        claims: Claims,
        models: Models,
        pseudonyms: Pseudonyms,
        journeys: Journeys | None = None,
    ) -> None:
        self._normaliser = normaliser
        self._claims, self._models, self._pseudonyms = claims, models, pseudonyms
        self._visits = Visits(journeys, pseudonyms)
        self._router = Router(inventory.routing)

    def process(self, events: Sequence[InboundEvent]) -> list[Fate]:
        """One fate per event, in order. One round trip asks what all people of the batch did before, one claims all leads.

        Raises:
            EdgeDown: A port does not answer. Nothing was decided; call again with the same events.
        """
        leads = self._normaliser.normalise_all(events)
        prepared = [self._prepared(event, lead) for event, lead in zip(events, leads, strict=True)]
        clean = [one for one in prepared if isinstance(one, Prepared)]
        self._visits.join([one.lead for one in clean])
        owned = iter(self._claims.claim([one.claim for one in clean]) if clean else ())
        model = self._models.current()  # one model for the whole batch

        fates: list[Fate] = []
        for one in prepared:
            if isinstance(one, DeadLetter):
                fates.append(one)
                continue
            one.lead.source_reliability = model.reliability(one.source.name, one.source.reliability)
            owner = next(owned)
            if owner.owner != one.lead.lead_id:
                fates.append(_duplicate(one, owner))
                continue
            scored = score(one.lead, model, self._router.routing)
            team = self._router.assign(one.lead, scored)
            reasons = self._router.review_reasons(one.lead, scored, one.source)
            where = (one.event, one.lead, one.subject, scored, team.team, team.rule, team.considered)
            keys = one.claim.keys
            fates.append(Review(*where, reasons, keys) if reasons else Routed(*where, keys))
        return fates

    def _prepared(self, event: InboundEvent, lead: Lead | DeadLetter) -> Prepared | DeadLetter:
        """A clean lead with its claim, or the dead letter that the record is."""
        if isinstance(lead, DeadLetter):
            return lead
        source = self._normaliser.source(event.position.topic)
        assert source is not None  # else there were no lead
        claim = claim_of(lead, int(source.dedupe_window_hours * 3600), self._pseudonyms)
        return Prepared(event, source, lead, subject_of(claim), claim)


def _duplicate(one: Prepared, owned: Owned) -> Duplicate:
    assert owned.key is not None  # an owner that is not oneself was found by some key
    return Duplicate(one.event, one.lead, one.subject, owned.owner, kind_of(owned.key), one.claim.keys)
