"""The way of a lead, as a list of stages. Each input record becomes exactly one fate.

intake → mapping → validation → enrichment → identity → scoring → routing (→ delivery, `delivery.py`)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import BadRecord, EdgeDown, Stage
from app.inventory.models import Inventory, Source
from app.pipeline.enrichment import Enricher
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed
from app.pipeline.identity import Pseudonyms, claim_of, kind_of, subject_of
from app.pipeline.intake import decode
from app.pipeline.lead import Lead
from app.pipeline.mapping import Mapper, compile_mapping
from app.pipeline.routing import Router
from app.pipeline.scoring import score
from app.pipeline.source import InboundEvent
from app.pipeline.validation import Validator, compile_validator
from app.ports import Claim, Claims, Codec, Models, Owned


@dataclass(frozen=True, slots=True)
class Prepared:
    """A clean lead that does not yet know whether it is the first of its kind."""

    event: InboundEvent
    lead: Lead
    subject: str | None
    claim: Claim


class Pipeline:
    """The stages, compiled from the inventory, joined to their ports.

    Args:
        inventory: Sources, teams, routing.
        source_of: Topic → source slug.
        claims, models, codec: The outside.
        pseudonyms: How people and events are named where no personal data may be.
    """

    def __init__(
        self,
        inventory: Inventory,
        source_of: dict[str, str],
        *,
        claims: Claims,
        models: Models,
        codec: Codec,
        pseudonyms: Pseudonyms,
    ) -> None:
        self._sources = {topic: _Compiled(inventory.sources[name]) for topic, name in source_of.items()}
        self._claims, self._models, self._codec, self._pseudonyms = claims, models, codec, pseudonyms
        self._enricher = Enricher(inventory.sources)
        self._router = Router(inventory.routing)

    def process(self, events: Sequence[InboundEvent]) -> list[Fate]:
        """One fate per event, in order. Claims all leads of the batch in one round trip.

        Raises:
            EdgeDown: A port does not answer. Nothing was decided; call again with the same events.
        """
        prepared = [self.prepare(event) for event in events]
        claims = [one.claim for one in prepared if isinstance(one, Prepared)]
        owned = iter(self._claims.claim(claims) if claims else ())
        model = self._models.current()  # one model for the whole batch

        fates: list[Fate] = []
        for one in prepared:
            if isinstance(one, DeadLetter):
                fates.append(one)
                continue
            owner = next(owned)
            if owner.owner != one.lead.lead_id:
                fates.append(_duplicate(one, owner))
                continue
            scored = score(one.lead, model, self._router.routing)
            team = self._router.assign(one.lead, scored)
            reasons = self._router.review_reasons(one.lead, scored)
            where = (one.event, one.lead, one.subject, scored, team.team, team.rule, team.considered)
            keys = one.claim.keys
            fates.append(Review(*where, reasons, keys) if reasons else Routed(*where, keys))
        return fates

    def prepare(self, event: InboundEvent) -> Prepared | DeadLetter:
        """Bytes to a clean lead and its claim, or the dead letter that the bytes are."""
        source = self._sources.get(event.position.topic)
        if source is None:
            return DeadLetter(event, "", "intake", "unknown_source", "no inventory entry claims this topic", True)
        stage: Stage = "intake"
        try:
            payload = decode(event, source.source, self._codec)
            stage = "mapping"
            mapped = source.mapper.map(payload)
            stage = "validation"
            lead = source.validator.validate(mapped.fields, mapped.attributes, mapped.provenance, event)
            stage = "enrichment"
            self._enricher.enrich(lead)
            stage = "identity"
            claim = claim_of(lead, source.window_s, self._pseudonyms)
            return Prepared(event, lead, subject_of(claim), claim)
        except BadRecord as bad:
            return DeadLetter(event, source.source.name, bad.stage, bad.reason, bad.detail, bad.repairable)
        except (EdgeDown, MemoryError):
            raise
        except Exception as bug:  # ours, met by this record: set the record aside, or it would stop its partition for good
            return DeadLetter(event, source.source.name, stage, "internal_error", type(bug).__name__, True)


class _Compiled:
    """One source, ready to run."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.mapper: Mapper = compile_mapping(source)
        self.validator: Validator = compile_validator(source)
        self.window_s = int(source.dedupe_window_hours * 3600)


def _duplicate(one: Prepared, owned: Owned) -> Duplicate:
    assert owned.key is not None  # an owner that is not oneself was found by some key
    return Duplicate(one.event, one.lead, one.subject, owned.owner, kind_of(owned.key), one.claim.keys)
