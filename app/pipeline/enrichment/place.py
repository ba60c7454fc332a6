"""The country by the best evidence there is: address, postcode, phone, IP address, the source's default; and the region.

`country_source` says which. No city is derived: phonenumbers' geocoder would name one for land lines, at 99 MB and 0.4 s per
process.
"""

from __future__ import annotations

from collections.abc import Callable

from app.pipeline.enrichment.ip import country_of_ip, table
from app.pipeline.enrichment.postcode import country_of_postcode
from app.pipeline.enrichment.subdivision import COUNTRIES, subdivision_of
from app.pipeline.lead import Lead, Provenance
from app.pipeline.validation.phone import region_of_e164

Lookup = Callable[[str], str | None]

_REGION = Provenance("region", "postcode", "derived", 0.99)
_GUESSED = frozenset({"ip", "default"})  # where one is, and not where one lives


class Place:
    """Fills country, its source, and the region in.

    Args:
        phone_country, ip_country: Country of an E.164 number, of an IP address; None where it is not known.
    """

    def __init__(self, phone_country: Lookup = region_of_e164, ip_country: Lookup | None = None) -> None:
        self._phone_country, self._ip_country = phone_country, ip_country or country_of_ip
        if ip_country is None:
            table()  # now, and not by the first leads of all lanes at once: each would load one

    def locate(self, lead: Lead, default: str | None, *, derive: bool = True) -> None:
        """Fill in place what validation left open. A lookup that raises is no evidence, and named as failed.

        Args:
            derive: False: nothing follows from postcode, phone and IP address.
        """
        if lead.country is not None:
            lead.country_source = "address"
        elif not derive:
            if default:
                lead.country, lead.country_source = default, "default"
        elif country := self._ask(lead, "postcode", country_of_postcode, lead.postcode):
            lead.country, lead.country_source = country, "postcode"
        elif country := self._ask(lead, "phone", self._phone_country, lead.phone):
            lead.country, lead.country_source = country, "phone"
        elif country := self._ask(lead, "ip", self._ip_country, lead.ip):
            lead.country, lead.country_source = country, "ip"
        elif default:
            lead.country, lead.country_source = default, "default"
        if derive and lead.postcode and lead.region is None and lead.country in COUNTRIES and lead.country_source not in _GUESSED:
            lead.region = subdivision_of(lead.country, lead.postcode)
            if lead.region:
                lead.provenance.append(_REGION)

    def _ask(self, lead: Lead, name: str, lookup: Lookup, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            return lookup(value)
        except Exception:
            lead.enrichments[name] = "failed"
            return None
