"""Forms and tracking on own pages: HubSpot, Typeform, a plain urlencoded form, Segment identify calls."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson

from app.embedded.simulator.shapes.declared import ids_of
from app.embedded.simulator.shapes.moments import zoneless, zulu, zulu_ms
from app.embedded.simulator.shapes.submission import Encode, Render, Submission
from app.inventory.models import Source

_PAGE = "https://shop.example/contact"
_TYPEFORMS = ("DHsQKv", "mPz3Wc")


def hubspot_form(source: Source, encode: Encode) -> Render:
    """Three of four as stored submissions; the rest as bodies of the forms API, which carry neither id nor time."""

    def render(lead: Submission) -> bytes:
        given = {
            "email": lead.email,
            "firstname": lead.first,
            "lastname": lead.last,
            "phone": lead.phone,
            "company": lead.company,
            "jobtitle": lead.title,
            "country": lead.country,
            "message": lead.message,
            "product_interest": lead.interest,
        }
        fields = [{"objectTypeId": "0-1", "name": name, "value": value} for name, value in given.items() if value is not None]
        if lead.token % 4:
            conversion = f"{lead.token:016x}-{lead.number:08x}"
            page = f"{_PAGE}?utm_campaign={lead.campaign.name}" if lead.campaign else _PAGE
            return orjson.dumps({"conversionId": conversion, "submittedAt": lead.occurred_ms, "values": fields, "pageUrl": page})
        agreed = bool(lead.consent)
        body = {
            "fields": fields,
            "context": {"hutk": lead.visitor_id, "pageUri": _PAGE, "pageName": "Contact", "ipAddress": lead.person.ip},
            "skipValidation": "true",
            "legalConsentOptions": {
                "consent": {"consentToProcess": agreed, "text": "I agree to be contacted.", "communications": []}
            },
        }
        return orjson.dumps(body)

    return render


def typeform(source: Source, encode: Encode) -> Render:
    """Answers typed, named by the refs of the inventory; the definition lacks a field now and then."""
    refs = ids_of(source, "field.ref")

    def render(lead: Submission) -> bytes:
        answers: list[dict[str, Any]] = []
        fields: list[dict[str, Any]] = []

        def answer(name: str, kind: str, key: str, value: object) -> None:
            if value is None or name not in refs:
                return
            field = {"id": f"q{name[:6]:x<11}", "type": kind, "ref": refs[name]}
            fields.append({**field, "title": name, "properties": {}})
            answers.append({"type": key, key: value, "field": field})

        answer("full_name", "short_text", "text", lead.full_name)
        answer("email", "email", "email", lead.email)
        answer("phone", "phone_number", "phone_number", lead.phone)
        answer("company", "short_text", "text", lead.company)
        answer("country", "short_text", "text", lead.country)
        answer("interest", "multiple_choice", "choice", {"label": lead.interest} if lead.interest else None)
        answer("budget", "number", "number", lead.budget)
        answer("message", "long_text", "text", lead.message)
        answer("consent", "yes_no", "boolean", lead.consent)
        campaign = lead.campaign
        hidden = {"utm_source": "ads", "utm_medium": campaign.medium, "utm_campaign": campaign.name} if campaign else {}
        return orjson.dumps(
            {
                "event_id": f"01{lead.token:016X}{lead.number:08X}",
                "event_type": "form_response",
                "form_response": {
                    "form_id": _TYPEFORMS[lead.form],
                    "token": f"{lead.token:016x}{lead.number:012x}",
                    "landed_at": zulu(lead.occurred_ms - 31_000),
                    "submitted_at": zulu(lead.occurred_ms),
                    "hidden": hidden,
                    "definition": {
                        "id": _TYPEFORMS[lead.form],
                        "title": "Quote request",
                        "fields": fields[1:] if lead.token % 20 == 0 else fields,
                    },
                    "answers": answers,
                },
            }
        )

    return render


def web_form(source: Source, encode: Encode) -> Render:
    """application/x-www-form-urlencoded, times in the server's wall clock."""
    zone = ZoneInfo(source.time_zone)

    def render(lead: Submission) -> bytes:
        campaign = lead.campaign
        given = {
            "submission_id": f"{lead.number:09d}-{lead.token:016x}",
            "submitted_at": zoneless(lead.occurred_ms, zone).replace("T", " "),
            "first_name": lead.first,
            "last_name": lead.last,
            "email": lead.email,
            "phone": lead.phone,
            "company": lead.company,
            "city": lead.city,
            "zip": lead.postcode,
            "country": lead.country,
            "message": lead.message,
            "product": lead.interest,
            "budget": None if lead.budget is None else f"{lead.budget:.0f}",
            "page": _PAGE,
            "utm_source": "ads" if campaign else None,
            "utm_medium": campaign.medium if campaign else None,
            "utm_campaign": campaign.name if campaign else None,
            "gclid": lead.click_id if campaign else None,
            "cid": lead.visitor_id if lead.trail else None,
            "ip": lead.person.ip,
            "user_agent": lead.person.agent,
            "consent": "on" if lead.consent else None,
            "submit": "Send",
        }
        return urlencode([(name, value) for name, value in given.items() if value is not None]).encode()

    return render


def segment_identify(source: Source, encode: Encode) -> Render:
    """An identify call; what is known of the visitor stands under traits."""

    def render(lead: Submission) -> bytes:
        traits = {
            "name": lead.full_name,
            "email": lead.email,
            "phone": lead.phone,
            "company": {"name": lead.company} if lead.company else None,
            "title": lead.title,
            "plan": "free",
            "logins": lead.number % 9,
            "interest": lead.interest,
            "marketing_consent": lead.consent,
            "address": {"city": lead.city, "postalCode": lead.postcode, "country": lead.country} if lead.city else None,
        }
        context: dict[str, Any] = {"ip": lead.person.ip, "userAgent": lead.person.agent, "locale": lead.person.country.language}
        if lead.campaign:
            context["campaign"] = {"source": "ads", "medium": lead.campaign.medium, "name": lead.campaign.name}
        sent = zulu_ms(lead.occurred_ms)
        return orjson.dumps(
            {
                "anonymousId": lead.visitor_id,
                "channel": "browser",
                "context": context,
                "integrations": {"All": True},
                "messageId": f"ajs-{lead.token:016x}-{lead.number:08x}",
                "receivedAt": zulu_ms(lead.occurred_ms + 276),
                "sentAt": sent,
                "timestamp": sent,
                "traits": {name: value for name, value in traits.items() if value is not None},
                "type": "identify",
                "userId": f"u{lead.person.index:011x}",
                "version": "1.1",
            }
        )

    return render
