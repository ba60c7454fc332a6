"""Enrichment: where a lead is from, by the best evidence there is."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from app.inventory.models import Mapping, Source
from app.pipeline import enrichment
from app.pipeline.enrichment import Enricher, country_of_ip
from app.pipeline.lead import Lead


def source(default_country: str | None = None) -> Source:
    return Source(
        name="web-form", description="a form", owner="web", format="json", mapping=Mapping(fields={}), expected_per_hour=1,
        default_country=default_country, reliability=0.7,
    )  # fmt: skip


def lead(**fields: str) -> Lead:
    return Lead("ld_1", "web-form", "e", 0, 0, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "default", "country", "by"),
    [
        ({"country": "FR", "phone": "+4915112345678", "ip": "8.8.8.8"}, "AT", "FR", "address"),
        ({"phone": "+4915112345678", "ip": "8.8.8.8"}, "AT", "DE", "phone"),
        ({"phone": "+870773111632", "ip": "8.8.8.8"}, "AT", "US", "ip"),
        ({"ip": "2001:4860:4860::8888"}, "AT", "US", "ip"),
        ({"ip": "10.0.0.1"}, "AT", "AT", "default"),
        ({"ip": "10.0.0.1"}, None, None, None),
        ({}, None, None, None),
    ],
)
def test_country_by_the_best_evidence(fields: dict[str, str], default: str | None, country: str | None, by: str | None) -> None:
    """Address, then phone, then IP, then the source's default; and which it was."""
    one = lead(**fields)
    Enricher({"web-form": source(default)}).enrich(one)
    assert (one.country, one.country_source) == (country, by)


def test_reliability_is_the_sources_prior() -> None:
    """The inventory says what share of good leads a source has; of an unknown source nothing is said."""
    known, unknown = lead(), lead()
    Enricher({"web-form": source()}).enrich(known)
    Enricher({}).enrich(unknown)
    assert (known.source_reliability, unknown.source_reliability) == (0.7, 0.5)


def test_a_failing_enrichment_costs_itself_alone() -> None:
    """The next evidence is asked, the lead goes on, and the failure is counted."""

    def broken(_: str) -> str | None:
        raise RuntimeError

    one = lead(phone="+4915112345678", ip="8.8.8.8")
    enricher = Enricher({"web-form": source()}, phone_country=broken)
    enricher.enrich(one)
    assert (one.country, one.country_source, one.source_reliability) == ("US", "ip", 0.7)
    assert enricher.failures == {"phone": 1}


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "::1", "fe80::1", "203.0.113.5", "0.0.0.0", "255.255.255.255", "nowhere", ""]
)
def test_no_country_for_addresses_of_nowhere(address: str) -> None:
    """Private, reserved and malformed addresses are in no country."""
    assert country_of_ip(address) is None


def test_the_address_table_is_loaded_before_the_first_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lanes run side by side: their first leads must not load a table of 50 MB each."""
    table = Mock()
    monkeypatch.setattr("geoip2fast.GeoIP2Fast", table)
    enrichment._table.cache_clear()
    try:
        Enricher({})
        Enricher({})
        assert table.call_count == 1
        enrichment._table.cache_clear()
        Enricher({}, ip_country=lambda _: None)
        assert table.call_count == 1
    finally:
        enrichment._table.cache_clear()
