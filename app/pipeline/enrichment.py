"""What can be known about a lead beyond what its sender said: the country, and how reliable the source is.

The country comes from the address, else the phone, else the IP address, else the source's default; `country_source` says
which. The region stays the address's own: phonenumbers' geocoder would name a city for land lines at 99 MB and 0.4 s per
process. IP addresses are looked up in the table that geoip2fast bundles (countries as of June 2024; 50 MB and 0.2 s at the
start): good enough for a country that nothing better tells, and marked as `ip`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from app.inventory.models import Source
from app.pipeline.lead import Lead
from app.pipeline.validation.phone import region_of_e164


class Enricher:
    """Fills place and reliability in.

    Args:
        sources: The inventory's sources by name, for their defaults and priors.
        phone_country, ip_country: Country of an E.164 number, of an IP address; None where it is not known.

    Attributes:
        failures: How often each enrichment raised. A failing one costs itself and not the lead; these are for the metrics.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        phone_country: Callable[[str], str | None] = region_of_e164,
        ip_country: Callable[[str], str | None] | None = None,
    ) -> None:
        self._sources = sources
        self._phone_country = phone_country
        self._ip_country = ip_country or country_of_ip
        if ip_country is None:
            _table()  # now, and not by the first leads of all lanes at once: each would load one
        self.failures: dict[str, int] = {}

    def enrich(self, lead: Lead) -> None:
        """Fill in place what validation left open. Never raises."""
        source = self._sources.get(lead.source)
        if lead.country is not None:
            lead.country_source = "address"
        elif country := self._ask("phone", self._phone_country, lead.phone):
            lead.country, lead.country_source = country, "phone"
        elif country := self._ask("ip", self._ip_country, lead.ip):
            lead.country, lead.country_source = country, "ip"
        elif source is not None and source.default_country:
            lead.country, lead.country_source = source.default_country, "default"
        if source is not None:
            lead.source_reliability = source.reliability

    def _ask(self, name: str, lookup: Callable[[str], str | None], value: str | None) -> str | None:
        if value is None:
            return None
        try:
            return lookup(value)
        except Exception:
            self.failures[name] = self.failures.get(name, 0) + 1
            return None


@lru_cache(maxsize=16_384)
def country_of_ip(address: str) -> str | None:
    """ISO 3166-1 alpha-2; None for private, reserved, unknown and malformed addresses."""
    try:
        if not ip_address(address).is_global:
            return None
    except ValueError:
        return None
    code = str(_table().lookup(address).country_code)
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


@lru_cache(maxsize=1)
def _table() -> Any:
    import geoip2fast  # 0.1 s and its table: only where addresses are looked up

    bundled = Path(geoip2fast.__file__).with_name("geoip2fast-ipv6.dat.gz")
    return geoip2fast.GeoIP2Fast(geoip2fast_data_file=str(bundled))  # by full path: a name alone is sought in the working folder
