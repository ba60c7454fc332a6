"""The enrichments of one lead alone, in order. Pure, and a few microseconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.flags.catalogue import ENRICHMENT
from app.inventory.models import Source
from app.pipeline.enrichment.campaign import read_campaign
from app.pipeline.enrichment.company import name_company
from app.pipeline.enrichment.device import name_device
from app.pipeline.enrichment.place import Lookup, Place
from app.pipeline.lead import Lead
from app.pipeline.validation.phone import region_of_e164

PLACE: Final = f"{ENRICHMENT}place"
_EACH = (("company", name_company), ("campaign", read_campaign), ("device", name_device))


class Enricher:
    """Fills in what follows from the lead itself, and what the inventory says of its source.

    Args:
        sources: The inventory's sources by name, for their defaults and priors.
        phone_country, ip_country: Country of an E.164 number, of an IP address; None where it is not known.
    """

    def __init__(
        self, sources: Mapping[str, Source], phone_country: Lookup = region_of_e164, ip_country: Lookup | None = None
    ) -> None:
        self._sources, self._place = sources, Place(phone_country, ip_country)

    def enrich(self, lead: Lead) -> None:
        """Fill in place what validation left open. Never raises: what fails or is off is named in `lead.enrichments`."""
        source = self._sources.get(lead.source)
        if source is not None and source.reliability is not None:
            lead.source_reliability = source.reliability
        off = lead.toggles_off
        try:
            self._place.locate(lead, source.default_country if source is not None else None, derive=PLACE not in off)
        except Exception:
            lead.enrichments["place"] = "failed"
        if PLACE in off:
            lead.enrichments["place"] = "off"
        for name, enrich in _EACH:
            if off and f"{ENRICHMENT}{name}" in off:
                lead.enrichments[name] = "off"
                continue
            try:
                enrich(lead)
            except Exception:
                lead.enrichments[name] = "failed"
