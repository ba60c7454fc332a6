"""Shops: Shopify customers and checkouts, WooCommerce orders."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.embedded.simulator.shapes.moments import offset, zoneless
from app.embedded.simulator.shapes.submission import Encode, Render, Submission
from app.inventory.models import Source

_SHOP_ZONE = ZoneInfo("Europe/Berlin")  # both shops' own wall clock; the payloads say the offset or carry a gmt twin
_CUSTOMERS = 706_405_506_930_000_000  # above 2^53: a reader that takes numbers for floating point merges customers
_CURRENCY = {"US": "USD", "GB": "GBP", "CA": "CAD", "CH": "CHF", "PL": "PLN", "SE": "SEK"}


def currency_of(lead: Submission) -> str:
    """ISO 4217 of the person's country."""
    return _CURRENCY.get(lead.person.country.code, "EUR")


def _address(lead: Submission) -> dict[str, Any]:
    return {
        "first_name": lead.first,
        "last_name": lead.last,
        "company": lead.company,
        "address1": lead.street,
        "address2": None,
        "city": lead.city,
        "province": lead.region,
        "country": lead.country,
        "zip": lead.postcode,
        "phone": lead.phone,
        "name": lead.full_name,
        "province_code": lead.region if lead.country in ("US", "CA") else None,
        "country_code": lead.country,
    }


def shopify_customer(source: Source, encode: Encode) -> Render:
    """The customers/create webhook; one in five as the REST answer, one level deeper."""

    def render(lead: Submission) -> bytes:
        customer_id, created = _CUSTOMERS + lead.number, offset(lead.occurred_ms, _SHOP_ZONE)
        customer: dict[str, Any] = {
            "id": customer_id,
            "email": lead.email,
            "accepts_marketing": lead.consent,
            "created_at": created,
            "updated_at": created,
            "first_name": lead.first,
            "last_name": lead.last,
            "orders_count": lead.orders_count or 0,
            "state": "disabled",
            "total_spent": f"{lead.order_value or 0:.2f}",
            "last_order_id": None,
            "note": lead.message,
            "verified_email": True,
            "multipass_identifier": None,
            "tax_exempt": False,
            "tags": "",
            "currency": currency_of(lead),
            "phone": lead.phone,
            "addresses": [],
            "admin_graphql_api_id": f"gid://shopify/Customer/{customer_id}",
            "default_address": {
                "id": 8_805_000_000_000 + lead.number,
                "customer_id": customer_id,
                **_address(lead),
                "default": True,
            },
        }
        return orjson.dumps({"customer": customer} if lead.token % 5 == 0 else customer)

    return render


def shopify_checkout(source: Source, encode: Encode) -> Render:
    """A started checkout: the token names it, prices are text, the landing page carries the UTM parameters."""

    def render(lead: Submission) -> bytes:
        created, value = offset(lead.occurred_ms, _SHOP_ZONE), f"{lead.order_value or 0:.2f}"
        campaign = lead.campaign
        landing = (
            f"/?utm_source=ads&utm_medium={campaign.medium}&utm_campaign={campaign.name}&gclid={lead.click_id}"
            if campaign
            else "/"
        )
        return orjson.dumps(
            {
                "id": 31_000_000_000_000 + lead.number,
                "token": f"{lead.token:016x}{lead.number:012x}",
                "cart_token": f"{lead.token ^ 0x5DEECE66D:016x}",
                "email": lead.email,
                "gateway": None,
                "buyer_accepts_marketing": bool(lead.consent),
                "created_at": created,
                "updated_at": created,
                "landing_site": landing,
                "referring_site": "https://www.google.com/" if campaign else "",
                "note": lead.message,
                "currency": currency_of(lead),
                "customer_locale": lead.person.country.language,
                "total_price": value,
                "subtotal_price": value,
                "total_tax": "0.00",
                "line_items": [
                    {
                        "key": f"{lead.token:016x}",
                        "product_id": 632_910_392,
                        "quantity": 1,
                        "title": lead.interest,
                        "price": value,
                    }
                ],
                "phone": None,
                "billing_address": _address(lead),
                "customer": {"id": _CUSTOMERS + 10**12 + lead.person.index, "orders_count": lead.orders_count or 0},
                "completed_at": None,
            }
        )

    return render


def woocommerce(source: Source, encode: Encode) -> Render:
    """An order: times without a zone, each with its gmt twin; empty text where others write null."""

    def render(lead: Submission) -> bytes:
        value = f"{lead.order_value or 0:.2f}"
        local, gmt = zoneless(lead.occurred_ms, _SHOP_ZONE), zoneless(lead.occurred_ms)
        address = {
            "first_name": lead.first or "",
            "last_name": lead.last or "",
            "company": lead.company or "",
            "address_1": lead.street or "",
            "address_2": "",
            "city": lead.city or "",
            "state": lead.region or "",
            "postcode": lead.postcode or "",
            "country": lead.country or "",
        }
        return orjson.dumps(
            {
                "id": 727 + lead.number,
                "parent_id": 0,
                "number": str(727 + lead.number),
                "order_key": f"wc_order_{lead.token & 0xFFFFFFFF:08x}{lead.number:07x}",
                "created_via": "checkout",
                "status": "processing",
                "currency": currency_of(lead),
                "date_created": local,
                "date_created_gmt": gmt,
                "date_modified": local,
                "date_modified_gmt": gmt,
                "discount_total": "0.00",
                "shipping_total": "10.00",
                "total": value,
                "total_tax": "0.00",
                "prices_include_tax": True,
                "customer_id": 0,
                "customer_ip_address": lead.person.ip,
                "customer_user_agent": lead.person.agent,
                "customer_note": lead.message or "",
                "billing": {**address, "email": lead.email or "", "phone": lead.phone or ""},
                "shipping": address,
                "payment_method": "bacs",
                "transaction_id": "",
                "line_items": [
                    {"id": 315 + lead.number, "name": lead.interest, "product_id": 93, "quantity": 1, "total": value, "sku": ""}
                ],
                "meta_data": [],
            }
        )

    return render
