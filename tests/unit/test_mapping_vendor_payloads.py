"""The shipped mappings on real payloads of the vendors, as recorded in public documentation and test tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.inventory.load import load
from app.pipeline.intake.decode import decode
from app.pipeline.mapping import Mapped, compile_mapping
from app.pipeline.source import InboundEvent, Position

ROOT = Path(__file__).parents[2]
PAYLOADS = ROOT.parent / "shared" / "data" / "payloads"
SOURCES = load(ROOT / "deploy" / "config").sources

EXPECTED: dict[tuple[str, str], dict[str, Any]] = {
    ("google-ads", "google_ads_lead_form_webhook_test"): {
        "email": "test@example.com", "phone": "+16505550123", "full_name": "FirstName LastName",
        "city": "Mountain View", "postcode": "94043", "region": "California", "campaign": 23729418209, "is_test": True,
    },
    ("meta-lead-ads", "facebook_lead_graph_api"): {
        "email": "joe@example.com", "full_name": "Joe Example", "occurred_at": "2015-02-28T08:49:14+0000",
    },
    ("hubspot-form", "hubspot_form_submission"): {"email": "test@sample.com", "occurred_at": 1719252562899},
    ("hubspot-form", "hubspot_forms_api_submission"): {"consent": True},
    ("shopify-customer", "shopify_customers_create_webhook"): {
        "event_id": 706405506930370084, "email": "bob@biller.com", "phone": "555-555-5555", "first_name": "Bob",
        "last_name": "Biller", "city": "Ottawa", "region": "ON", "country": "CA", "currency": "USD",
    },
    ("shopify-customer", "shopify_customer_rest"): {
        "event_id": 207119551, "email": "bob.norman@hostmail.com", "phone": "555-625-1199", "last_name": "Norman",
        "country": "US", "orders_count": 1, "order_value": "41.94", "consent": False,
    },
    ("woocommerce", "woocommerce_order"): {
        "event_id": "wc_order_58d2d042d1d", "email": "john.doe@example.com", "phone": "(555) 555-5555", "last_name": "Doe",
        "order_value": "29.35", "currency": "USD", "interest": "Woo Single #1", "occurred_at": "2017-03-22T19:28:02",
    },
    ("woocommerce", "woocommerce_customer"): {"event_id": 25, "email": "john.doe@example.com", "postcode": "94103"},
    ("segment-identify", "segment_identify"): {
        "event_id": "022bb90c-bbac-11e4-8dfc-aa07a5b093db", "email": "peter@example.com", "full_name": "Peter Gibbons",
        "country": "USA", "ip": "8.8.8.8", "visitor_id": "507f191e810c19729de860ea",
    },
    ("typeform", "typeform_form_response_mismatched_field"): {
        "event_id": "qcy0wyokfyuo3h6ek3za7qcy0wyoj7wc", "occurred_at": "2019-10-17T22:03:43Z", "form_id": "DHsCKv",
    },
    ("linkedin-lead-gen", "linkedin_lead_form_response_template"): {"campaign": "<string>", "consent": "<boolean>"},
}  # fmt: skip


def mapped(source: str, file: str) -> Mapped:
    """A recorded payload, through intake and its source's mapping."""
    path = PAYLOADS / f"{file}.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not here: the vendors' recorded payloads are no part of the repository")
    event = InboundEvent(Position(f"leads.inbound.{source}", 0, 0), None, path.read_bytes(), (), 0)
    return compile_mapping(SOURCES[source]).map(decode(event, SOURCES[source], None))  # type: ignore[arg-type]


@pytest.mark.parametrize(("source", "file"), EXPECTED)
def test_contact_fields(source: str, file: str) -> None:
    """A vendor's own sample yields its contact, identity and time."""
    out = mapped(source, file)
    assert {name: out.fields.get(name) for name in EXPECTED[source, file]} == EXPECTED[source, file]
    assert {origin.field for origin in out.provenance} == set(out.fields)


def test_unmapped_answers_are_kept() -> None:
    """An answer to a question that the mapping does not know is an attribute under its question."""
    out = mapped("meta-lead-ads", "facebook_lead_graph_api")
    assert out.attributes == {
        "field_data[name=car_make].values[0]": "Honda",
        "field_data[name=selected_dealer].values[0]": "99213450",
    }
    out = mapped("typeform", "typeform_form_response_mismatched_field")
    assert out.attributes["form_response.answers[field.ref=b78711bb4559132e].text"] == "matt@heroku.com"


def test_secrets_go_no_further() -> None:
    """The webhook's shared secret is neither a field nor an attribute."""
    out = mapped("google-ads", "google_ads_lead_form_webhook_test")
    assert "REPLACE_WITH_TEST_GOOGLE_KEY" not in {*out.fields.values(), *out.attributes.values()}
