"""Enrichment: what follows from a lead itself, by the best evidence there is."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from app.inventory.models import Mapping, Source
from app.pipeline.enrichment import Enricher, country_of_ip, enricher
from app.pipeline.enrichment.company import HINT, company_of
from app.pipeline.enrichment.ip import table
from app.pipeline.enrichment.postcode import country_of_postcode
from app.pipeline.enrichment.subdivision import subdivision_of
from app.pipeline.lead import Lead, Provenance, Violation


def source(default_country: str | None = None) -> Source:
    return Source(
        name="web-form", description="a form", owner="web", format="json", mapping=Mapping(fields={}), expected_per_hour=1,
        default_country=default_country, reliability=0.7,
    )  # fmt: skip


def lead(**fields: Any) -> Lead:
    return Lead("ld_1", "web-form", "e", 0, 0, **fields)


def enriched(**fields: Any) -> Lead:
    one = lead(**fields)
    Enricher({"web-form": source()}, ip_country=lambda _: None).enrich(one)
    return one


def derived(one: Lead) -> set[tuple[str, str]]:
    return {(note.field, note.path) for note in one.provenance if note.rung == "derived"}


class TestPlace:
    @pytest.mark.parametrize(
        ("fields", "default", "country", "by"),
        [
            ({"country": "FR", "phone": "+4915112345678", "ip": "8.8.8.8"}, "AT", "FR", "address"),
            ({"postcode": "SW1A 1AA", "phone": "+4915112345678"}, "AT", "GB", "postcode"),
            ({"postcode": "10115", "phone": "+4915112345678", "ip": "8.8.8.8"}, "AT", "DE", "phone"),
            ({"phone": "+870773111632", "ip": "8.8.8.8"}, "AT", "US", "ip"),
            ({"ip": "2001:4860:4860::8888"}, "AT", "US", "ip"),
            ({"ip": "10.0.0.1"}, "AT", "AT", "default"),
            ({"ip": "10.0.0.1"}, None, None, None),
            ({}, None, None, None),
        ],
    )
    def test_country_by_the_best_evidence(
        self, fields: dict[str, str], default: str | None, country: str | None, by: str | None
    ) -> None:
        """Address, then an unmistakable postcode, then phone, IP, the source's default; and which it was."""
        one = lead(**fields)
        Enricher({"web-form": source(default)}).enrich(one)
        assert (one.country, one.country_source) == (country, by)

    @pytest.mark.parametrize(
        ("postcode", "country"),
        [
            ("EC1A 1BB", "GB"), ("m11ae", "GB"), ("JE2 3AB", "JE"), ("K1A 0B1", "CA"), ("1012 AB", "NL"), ("01310-100", "BR"),
            ("00-950", "PL"), ("1000-205", "PT"), ("100-0001", "JP"), ("D02 AF30", "IE"), ("SE-111 22", "SE"), ("D-10115", "DE"),
            ("10115", None), ("2000", None), ("12345-6789", None), ("123 45", None), ("1012 SS", None), ("none", None),
            ("", None),
        ],
    )  # fmt: skip
    def test_only_unmistakable_postcodes_tell_a_country(self, postcode: str, country: str | None) -> None:
        """A form that one country alone writes is evidence; one that several write is none."""
        assert country_of_postcode(postcode) == country

    @pytest.mark.parametrize(
        ("country", "postcode", "state"),
        [
            ("US", "94103", "CA"), ("US", "10001-1234", "NY"), ("US", "73301", "TX"), ("US", "001", None), ("US", "ABCDE", None),
            ("CA", "V6B 1A1", "BC"), ("CA", "X0A 0H0", None), ("AU", "2600", "ACT"), ("AU", "3000", "VIC"),
            ("BR", "70040-010", "DF"), ("BR", "01310-100", "SP"), ("DE", "10115", None),
        ],
    )  # fmt: skip
    def test_a_postcode_tells_the_state(self, country: str, postcode: str, state: str | None) -> None:
        """Where postcodes say so; else nothing is said."""
        assert subdivision_of(country, postcode) == state

    def test_a_region_is_derived_and_never_overwritten(self) -> None:
        """The address's own region stays; a derived one says where it came from; a guessed country derives none."""
        assert enriched(country="US", postcode="94103", region="Bay Area").region == "Bay Area"
        told = enriched(country="US", postcode="94103")
        assert (told.region, derived(told)) == ("CA", {("region", "postcode")})
        one = lead(postcode="94103", ip="8.8.8.8")
        Enricher({}, ip_country=lambda _: "US").enrich(one)
        assert (one.country, one.region) == ("US", None)

    @pytest.mark.parametrize(
        "address", ["10.0.0.1", "127.0.0.1", "::1", "fe80::1", "203.0.113.5", "0.0.0.0", "255.255.255.255", "nowhere", ""]
    )
    def test_no_country_for_addresses_of_nowhere(self, address: str) -> None:
        """Private, reserved and malformed addresses are in no country."""
        assert country_of_ip(address) is None

    def test_the_address_table_is_loaded_before_the_first_lead(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lanes run side by side: their first leads must not load a table of 50 MB each."""
        loaded = Mock()
        monkeypatch.setattr("geoip2fast.GeoIP2Fast", loaded)
        table.cache_clear()
        try:
            Enricher({})
            Enricher({})
            assert loaded.call_count == 1
            table.cache_clear()
            Enricher({}, ip_country=lambda _: None)
            assert loaded.call_count == 1
        finally:
            table.cache_clear()


class TestCompany:
    @pytest.mark.parametrize(
        ("domain", "company", "hint"),
        [
            ("mail.acme-tools.co.uk", "acme-tools.co.uk", "Acme Tools"),
            ("brenk.de", "brenk.de", "Brenk"),
            ("3m.com", "3m.com", None),
            ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de", None),
            ("gmail.com", None, None),
            ("yahoo.co.uk", None, None),
            ("co.uk", None, None),
        ],
    )
    def test_the_domain_as_registered(self, domain: str, company: str | None, hint: str | None) -> None:
        """What lies before the public suffix, without hosts; nothing for free mail and for bare suffixes."""
        assert company_of(domain) == (company, hint)

    def test_a_name_is_only_hinted_at(self) -> None:
        """A told company stays; where none is told, the domain's name is an attribute and no field."""
        told, untold = enriched(email="jo@brenk.de", company="Brenk Bau GmbH"), enriched(email="jo@brenk.de")
        assert (told.company, told.company_domain, told.attributes) == ("Brenk Bau GmbH", "brenk.de", {})
        assert (untold.company, untold.company_domain, untold.attributes) == (None, "brenk.de", {HINT: "Brenk"})

    def test_a_throw_away_address_has_no_company(self) -> None:
        """A disposable domain is not where somebody works."""
        one = enriched(email="jo@mailinator.com", violations=[Violation("email", "disposable")])
        assert one.company_domain is None


class TestCampaign:
    def test_parameters_of_the_page_fill_what_is_missing(self) -> None:
        """Source, medium, campaign and click id are read from the page's address, and say so."""
        url = "https://shop.example/?UTM_Source=news%20letter&utm_medium=e+mail&utm_campaign=spring&a=b&gclid=Cj0KCQ#top"
        one = enriched(page_url=url)
        assert (one.utm_source, one.utm_medium, one.utm_campaign, one.campaign) == ("news letter", "e mail", "spring", "spring")
        assert (one.click_id, one.click_network) == ("Cj0KCQ", "google")
        fields = ("utm_source", "utm_medium", "utm_campaign", "click_id")
        assert derived(one) == {(field, "page_url") for field in fields} | {("campaign", "utm_campaign")}

    def test_what_the_sender_said_stays(self) -> None:
        """A field that is filled is not touched, and half a source is not completed from elsewhere."""
        one = enriched(
            utm_source="ads", campaign="4711", click_id="x", page_url="https://a.example/?utm_source=b&utm_medium=c&gclid=d"
        )
        assert (one.utm_source, one.utm_medium, one.campaign, one.click_id, one.click_network) == ("ads", None, "4711", "x", None)

    @pytest.mark.parametrize(
        ("parameter", "network"),
        [("fbclid", "meta"), ("msclkid", "microsoft"), ("gbraid", "google"), ("wbraid", "google"), ("ttclid", "tiktok"),
         ("li_fat_id", "linkedin"), ("yclid", "yandex"), ("twclid", "x")],
    )  # fmt: skip
    def test_every_network_has_its_click_id(self, parameter: str, network: str) -> None:
        """The parameter's name says whose click it is, in the page's address or the referrer's."""
        one = enriched(referrer=f"https://ads.example/go?{parameter}=abc123")
        assert (one.click_id, one.click_network) == ("abc123", network)

    @pytest.mark.parametrize(
        ("path", "click", "network"),
        [("form_response.hidden.gclid", "1", "google"), ("data[name=fbclid].value", "1", "meta"), ("click", "1", None),
         ("click", "Cj0KCQiA" + "x" * 30, "google"), ("click", "0123456789abcdef" * 2, "microsoft")],
    )  # fmt: skip
    def test_a_mapped_click_id_finds_its_network(self, path: str, click: str, network: str | None) -> None:
        """By the name of the field it came from, else by its look."""
        one = enriched(click_id=click, provenance=[Provenance("click_id", path, "declared", 1.0)])
        assert one.click_network == network

    @pytest.mark.parametrize("value", ["{{campaign.name}}", "x" * 300, "%00", "%ff%fe", ""])
    def test_templates_and_rubbish_are_no_campaign(self, value: str) -> None:
        """What was never filled in, is too long or has nothing readable is left out."""
        assert enriched(page_url=f"https://a.example/?utm_campaign={value}").utm_campaign is None


class TestEnricher:
    def test_device_by_the_user_agent(self) -> None:
        """The kind of device; None where the lead has no user agent."""
        assert enriched(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)").device == "mobile"
        assert enriched().device is None

    def test_reliability_is_the_sources_prior(self) -> None:
        """The inventory says what share of good leads a source has; of an unknown source nothing is said."""
        unknown = lead()
        Enricher({}, ip_country=lambda _: None).enrich(unknown)
        assert (enriched().source_reliability, unknown.source_reliability) == (0.7, 0.5)

    def test_a_failing_enrichment_costs_itself_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The next evidence is asked, the lead goes on, and the failure is named on it."""

        def broken(_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(enricher, "_EACH", (("company", broken), *enricher._EACH[1:]))
        one = lead(phone="+4915112345678", ip="8.8.8.8", user_agent="Mozilla/5.0 (iPhone)")
        Enricher({"web-form": source()}, phone_country=broken).enrich(one)
        assert (one.country, one.country_source, one.source_reliability, one.device) == ("US", "ip", 0.7, "mobile")
        assert one.enrichments == {"phone": "failed", "company": "failed"}
