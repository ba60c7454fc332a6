"""One vendor shape per source: a submission becomes the bytes that this vendor sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.embedded.simulator.shapes.advertising import google_ads, linkedin_lead_gen, meta_lead_ads
from app.embedded.simulator.shapes.forms import hubspot_form, segment_identify, typeform, web_form
from app.embedded.simulator.shapes.partners import partner_avro, partner_csv
from app.embedded.simulator.shapes.shops import shopify_checkout, shopify_customer, woocommerce
from app.embedded.simulator.shapes.submission import Encode, Render
from app.inventory.models import Source


@dataclass(frozen=True, slots=True)
class Shape:
    """A vendor's shape.

    Attributes:
        asks: Field of the submission → how many of a hundred people answer. Fields that are not here are not asked.
        render: Makes the renderer for a source of this shape.
    """

    asks: Mapping[str, int]
    render: Callable[[Source, Encode], Render]


_NAME = {"first": 100, "last": 100}
_PLACE = {"street": 95, "city": 100, "region": 90, "postcode": 100, "country": 100}

SHAPES: dict[str, Shape] = {
    "google-ads": Shape(
        {**_NAME, "phone": 70, "company": 60, "city": 60, "postcode": 60, "country": 80, "interest": 70}, google_ads
    ),
    "meta-lead-ads": Shape({**_NAME, "phone": 55, "company": 40, "city": 60, "country": 80, "interest": 50}, meta_lead_ads),
    "linkedin-lead-gen": Shape(
        {**_NAME, "phone": 40, "company": 100, "title": 100, "country": 95, "interest": 60, "consent": 100}, linkedin_lead_gen
    ),
    "hubspot-form": Shape(
        {**_NAME, "phone": 50, "company": 80, "title": 60, "country": 90, "message": 60, "interest": 60, "consent": 100},
        hubspot_form,
    ),
    "shopify-customer": Shape({**_NAME, **_PLACE, "phone": 45, "company": 50, "orders": 100, "consent": 100}, shopify_customer),
    "shopify-checkout": Shape(
        {**_NAME, **_PLACE, "phone": 60, "company": 50, "message": 15, "interest": 100, "value": 100, "consent": 100},
        shopify_checkout,
    ),
    "woocommerce": Shape(
        {**_NAME, **_PLACE, "phone": 75, "company": 60, "message": 20, "interest": 100, "value": 100}, woocommerce
    ),
    "segment-identify": Shape(
        {
            **_NAME,
            "phone": 25,
            "company": 50,
            "title": 30,
            "city": 50,
            "postcode": 50,
            "country": 80,
            "interest": 30,
            "consent": 100,
        },
        segment_identify,
    ),
    "typeform": Shape(
        {**_NAME, "phone": 55, "company": 70, "country": 90, "message": 70, "interest": 80, "budget": 50, "consent": 100},
        typeform,
    ),
    "web-form": Shape(
        {
            **_NAME,
            "phone": 50,
            "company": 60,
            "city": 60,
            "postcode": 60,
            "country": 80,
            "message": 80,
            "interest": 60,
            "budget": 20,
        }
        | {"consent": 100},
        web_form,
    ),
    "partner-csv": Shape(
        {**_NAME, **_PLACE, "phone": 85, "company": 70, "message": 50, "interest": 100, "budget": 60, "consent": 100}, partner_csv
    ),
    "partner-avro": Shape(
        {
            **_NAME,
            "phone": 70,
            "company": 80,
            "title": 60,
            "city": 80,
            "postcode": 80,
            "country": 100,
            "message": 50,
            "budget": 40,
        }
        | {"interest": 70, "consent": 100},
        partner_avro,
    ),
}
