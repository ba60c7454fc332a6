"""Lead forms of advertising networks: Google Ads (webhook), Meta (Graph API answer), LinkedIn (lead form response)."""

from __future__ import annotations

from typing import Any

import orjson

from app.embedded.simulator.shapes.declared import ids_of
from app.embedded.simulator.shapes.moments import at
from app.embedded.simulator.shapes.submission import Encode, Render, Submission
from app.inventory.models import Source

_FORM = 349_080_077_126


def google_ads(source: Source, encode: Encode) -> Render:
    """Answers as column ids; numeric ids of eight bytes; no time of the vendor's."""

    def column(column_id: str, name: str, value: str | None) -> dict[str, Any] | None:
        return {"column_name": name, "string_value": value, "column_id": column_id} if value is not None else None

    def render(lead: Submission) -> bytes:
        columns = (
            column("FULL_NAME", "Full Name", lead.full_name),
            column("EMAIL", "User Email", lead.email),
            column("PHONE_NUMBER", "User Phone", lead.phone),
            column("COMPANY_NAME", "Company Name", lead.company),
            column("CITY", "City", lead.city),
            column("POSTAL_CODE", "Postal Code", lead.postcode),
            column("COUNTRY", "Country", lead.country),
            column("product_interest", "What are you interested in?", lead.interest),
        )
        number = lead.campaign.number if lead.campaign else 0
        return orjson.dumps(
            {
                "lead_id": f"Cj0KCQ{lead.number:x}-{lead.token:016x}",
                "user_column_data": [entry for entry in columns if entry],
                "api_version": "1.0",
                "form_id": _FORM + lead.form,
                "campaign_id": 23_729_418_200 + number,
                "google_key": "simulated",
                "is_test": lead.is_test,
                "gcl_id": lead.click_id,
                "adgroup_id": 195_583_084_400 + number,
                "creative_id": 712_000_000_000 + number,
            }
        )

    return render


def meta_lead_ads(source: Source, encode: Encode) -> Render:
    """Ids as strings, answers as lists of one, an offset without colon. Some forms are German and named by their questions."""

    def render(lead: Submission) -> bytes:
        german = lead.person.country.language == "de" and lead.token % 4 == 0
        fields = (
            ("vollständiger_name" if german else "full_name", lead.full_name),
            ("e-mail-adresse" if german else "email", lead.email),
            ("telefonnummer" if german else "phone_number", lead.phone),
            ("unternehmen" if german else "company_name", lead.company),
            ("ort" if german else "city", lead.city),
            ("country", lead.country),
            ("product_interest", lead.interest),
        )
        number = lead.campaign.number if lead.campaign else 0
        return orjson.dumps(
            {
                "created_time": at(lead.occurred_ms).strftime("%Y-%m-%dT%H:%M:%S+0000"),
                "id": str(7_012_345_000_000_000 + lead.number),
                "ad_id": str(120_210_000_000_000_000 + number),
                "adset_id": str(120_209_000_000_000_000 + number),
                "campaign_id": str(120_208_000_000_000_000 + number),
                "form_id": str(1_029_384_756_601 + lead.form),
                "is_organic": False,
                "platform": "ig" if lead.token % 3 == 0 else "fb",
                "field_data": [{"name": name, "values": [value]} for name, value in fields if value is not None],
            }
        )

    return render


def linkedin_lead_gen(source: Source, encode: Encode) -> Render:
    """Answers carry question ids only: the form object knows what they ask, and the inventory repeats it."""
    questions = {field: int(question) for field, question in ids_of(source, "questionId").items()}

    def render(lead: Submission) -> bytes:
        given = {
            "email": lead.email,
            "phone": lead.phone,
            "first_name": lead.first,
            "last_name": lead.last,
            "company": lead.company,
            "job_title": lead.title,
            "country": lead.country,
            "interest": lead.interest,
        }
        answers = [
            {"answerDetails": {"textQuestionAnswer": {"answer": value}}, "questionId": questions[field]}
            for field, value in given.items()
            if value is not None and field in questions
        ]
        number = lead.campaign.number if lead.campaign else 0
        return orjson.dumps(
            {
                "owner": {"sponsoredAccount": "urn:li:sponsoredAccount:502840441"},
                "submitter": f"urn:li:person:{lead.token:016x}",
                "leadType": "SPONSORED",
                "leadMetadata": {"sponsoredLeadMetadata": {"campaign": f"urn:li:sponsoredCampaign:{361_000_000 + number}"}},
                "versionedLeadGenFormUrn": f"urn:li:versionedLeadGenForm:(urn:li:leadGenForm:{3162 + lead.form},1)",
                "id": f"{lead.number:08x}-{lead.token:016x}-4",
                "submittedAt": lead.occurred_ms,
                "testLead": lead.is_test,
                "associatedEntity": {"associatedCreative": f"urn:li:sponsoredCreative:{118_000_000 + number}"},
                "formResponse": {
                    "consentResponses": [{"accepted": bool(lead.consent), "consentId": 4711}],
                    "answers": answers,
                },
            }
        )

    return render
