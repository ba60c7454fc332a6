"""Contradictions within one lead: each value may be valid by itself and still not go with another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from app.pipeline.lead import Lead
from app.pipeline.validation.phone import region_of_e164

FUTURE_MS: Final = 5 * 60_000  # clocks differ by so much

_POSTCODES: Final = {
    "DE": r"\d{5}",
    "AT": r"\d{4}",
    "CH": r"\d{4}",
    "FR": r"\d{5}",
    "ES": r"\d{5}",
    "IT": r"\d{5}",
    "PT": r"\d{4}-?\d{3}",
    "NL": r"\d{4} ?[A-Z]{2}",
    "BE": r"\d{4}",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    "US": r"\d{5}(-?\d{4})?",
    "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
    "BR": r"\d{5}-?\d{3}",
    "PL": r"\d{2}-?\d{3}",
    "RU": r"\d{6}",
    "CN": r"\d{6}",
    "SE": r"\d{3} ?\d{2}",
    "DK": r"\d{4}",
    "NO": r"\d{4}",
    "JP": r"\d{3}-?\d{4}",
}
_PATTERNS: Final = {country: re.compile(pattern, re.IGNORECASE) for country, pattern in _POSTCODES.items()}

_SHARED_PLANS: Final = (frozenset({"GB", "GG", "JE", "IM"}), frozenset({"US", "CA", "PR"}), frozenset({"RU", "KZ"}))


def _phone_country(lead: Lead) -> bool | None:
    """The phone's country is the address's. Only told where the country does not come from the phone itself."""
    if lead.phone is None or lead.country is None or lead.country_source != "address":
        return None
    region = region_of_e164(lead.phone)
    if region is None:
        return None
    return region == lead.country or any({region, lead.country} <= plan for plan in _SHARED_PLANS)


def _postcode_country(lead: Lead) -> bool | None:
    """The postcode has its country's form."""
    pattern = _PATTERNS.get(lead.country or "") if lead.country_source == "address" else None
    if pattern is None or lead.postcode is None:
        return None
    return pattern.fullmatch(lead.postcode.strip()) is not None


def _names(lead: Lead) -> bool | None:
    """The full name holds the first and the last one."""
    if lead.full_name is None or not (lead.first_name or lead.last_name):
        return None
    full = lead.full_name.casefold()
    return all(part.casefold() in full for part in (lead.first_name, lead.last_name) if part)


def _order_of_times(lead: Lead) -> bool | None:
    """It did not happen after it arrived."""
    return lead.occurred_at <= lead.received_at + FUTURE_MS


def _money(lead: Lead) -> bool | None:
    """An amount has a currency."""
    if lead.budget is None and lead.order_value is None:
        return None
    return lead.currency is not None


CHECKS: Final[Mapping[str, Callable[[Lead], bool | None]]] = {
    "phone and country": _phone_country,
    "postcode and country": _postcode_country,
    "full name and its parts": _names,
    "time and arrival": _order_of_times,
    "amount and currency": _money,
}


def contradictions(lead: Lead) -> dict[str, bool]:
    """Check → whether the lead passes it, for those of CHECKS whose values it has."""
    found = {name: check(lead) for name, check in CHECKS.items()}
    return {name: passed for name, passed in found.items() if passed is not None}
