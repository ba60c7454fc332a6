"""Partners: a comparison portal's CSV lines, and an Avro producer."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from app.embedded.simulator.shapes.moments import at
from app.embedded.simulator.shapes.submission import Encode, Render, Submission
from app.inventory.models import Source

_GERMAN = {"DE": "Deutschland", "AT": "Österreich", "CH": "Schweiz", "FR": "Frankreich", "IT": "Italien", "PL": "Polen"}


def partner_csv(source: Source, encode: Encode) -> Render:
    """One line without a header: the inventory's columns, German dates in the source's wall clock, decimal commas."""
    if source.csv is None:
        raise ValueError(f"source {source.name} declares no columns")
    zone, delimiter, columns = ZoneInfo(source.time_zone), source.csv.delimiter, source.csv.columns
    fields = {paths if isinstance(paths, str) else paths[0]: field for field, paths in source.mapping.fields.items()}
    order = [fields.get(column) for column in columns]

    def quoted(value: str | None) -> str:
        if not value:
            return ""
        return '"' + value.replace('"', '""') + '"' if any(char in value for char in (delimiter, '"', "\n")) else value

    def render(lead: Submission) -> bytes:
        given: dict[str | None, str | None] = {
            "event_id": f"VP-{lead.number:08d}-{lead.token & 0xFFFF:04x}",
            "occurred_at": at(lead.occurred_ms, zone).strftime("%d.%m.%Y %H:%M"),
            "first_name": lead.first,
            "last_name": lead.last,
            "email": lead.email,
            "phone": lead.phone,
            "company": lead.company,
            "street": lead.street,
            "postcode": lead.postcode,
            "city": lead.city,
            "country": _GERMAN.get(lead.country or "", lead.country),
            "interest": lead.interest,
            "budget": None if lead.budget is None else f"{lead.budget:.2f}".replace(".", ","),
            "message": lead.message,
            "consent": "ja" if lead.consent else "nein",
        }
        return delimiter.join(quoted(given.get(field)) for field in order).encode()

    return render


def partner_avro(source: Source, encode: Encode) -> Render:
    """The partner's own record, in the Confluent wire format."""
    record = source.record or "partner_lead"

    def render(lead: Submission) -> bytes:
        return encode(
            record,
            {
                "inquiry_id": f"inq-{lead.number:09d}-{lead.token & 0xFFFFFF:06x}",
                "captured_at": lead.occurred_ms,
                "contact_email": lead.email,
                "msisdn": lead.phone,
                "given_name": lead.first,
                "family_name": lead.last,
                "org": lead.company,
                "position": lead.title,
                "postal_code": lead.postcode,
                "town": lead.city,
                "country_iso": lead.country,
                "request_text": lead.message,
                "product_codes": [lead.interest] if lead.interest else None,
                "budget_amount": lead.budget,
                "budget_currency": "EUR" if lead.budget is not None else None,
                "campaign_ref": lead.campaign.name if lead.campaign else "",
                "landing_url": "https://partner.example/compare",
                "consent_flag": bool(lead.consent),
                "quality_grade": "unknown",
            },
        )

    return render
