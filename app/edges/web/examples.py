"""Examples of the API's documentation; a test holds them against the shapes."""

from __future__ import annotations

from typing import Any, Final

Example = dict[str, Any]
LEAD: Final = "ld_0f8c2f6d1a5b7e903c44"
OTHER: Final = "ld_77aa0c1e90b2d34f5566"
NUMBER: Final = "vd_5f1d7a84db00d2fce00b31a7fc73224f"
TOKEN: Final = "qMv0p1ZbX4mS8kWc2yTj7uRd"  # noqa: S105  an example

SUMMARY: Final[Example] = {
    "lead_id": LEAD,
    "state": "open",
    "source": "web-form",
    "team": "dach-sales",
    "rule": "dach",
    "band": "hot",
    "score": 0.41,
    "confidence": 0.46,
    "reasons": ["low_confidence", "email:placeholder"],
    "checkpoint": None,
    "received_at": 1763900000000,
    "due_at": 1763903600000,
    "expires_at": None,
    "possible_duplicate_of": OTHER,
    "approvals": [],
    "pending": None,
    "claimed_by": "sales-3",
    "claimed_until": 1763900900000,
}
OPENED: Final[Example] = SUMMARY | {
    "then": None,
    "second_person": None,
    "fields": [
        {
            "name": "email",
            "value": "jo@example",
            "path": "visitor.mail",
            "rung": "learned",
            "confidence": 0.71,
            "violations": ["invalid"],
            "repairs": [],
            "correctable": True,
        }
    ],
    "attributes": {"answers.colour": "blue"},
    "violations": ["email:invalid"],
    "enrichments": {"behaviour": "slow"},
    "proposal": {
        "team": "dach-sales",
        "rule": "dach",
        "score": 0.41,
        "band": "hot",
        "confidence": 0.46,
        "sureness": 0.8,
        "unusual": 0.3,
        "model": "m-20261123-1",
        "reasons": ["+ asked for a product", "- no phone"],
        "counterfactual": "with a company it would be hot",
        "considered": [{"team": "dach-sales", "rule": "dach", "passed": True, "why": "all conditions hold"}],
    },
    "possible_duplicate": {
        "lead_id": OTHER,
        "probability": 0.44,
        "nearest": "household",
        "blocked": False,
        "chained": False,
        "evidence": [{"field": "email", "level": "differs", "weight": -1.2}],
        "stands": "routed",
        "team": "dach-sales",
        "source": "partner-csv",
        "side_by_side": [{"field": "full_name", "this": "Jo Example", "other": "J. Example"}],
    },
}
CLAIM: Final[Example] = {"lead_id": LEAD, "token": TOKEN, "reviewer": "sales-3", "until": 1763900900000}
ACCEPTED: Final[Example] = {
    "verdict_id": NUMBER,
    "lead_id": LEAD,
    "says": "approve",
    "follow": f"/v1/verdicts/{NUMBER}",
    "repeated": False,
}
BECAME: Final[Example] = {
    "verdict_id": NUMBER,
    "state": "carried_out",
    "lead_id": LEAD,
    "says": "approve",
    "by": "sales-3",
    "fate": "routed",
    "how": "approved",
    "revision": 2,
    "why": None,
}
PROBLEM: Final[Example] = {
    "type": "/problems/claimed",
    "title": "Claimed",
    "status": 409,
    "detail": f"{LEAD} is claimed",
    "todo": "take another one (claim the next), or wait until the claim ends; who has it sends its token in Lease-Token",
    "claimed_by": "sales-7",
    "claimed_until": 1763900900000,
}
DRAFTS: Final[dict[str, Example]] = {
    "approve": {
        "summary": "Approve with a correction",
        "value": {"says": "approve", "corrections": {"email": "jo@shop.example"}},
    },
    "keep": {"summary": "Possible duplicates are two", "value": {"says": "keep"}},
    "merge": {"summary": "It is that lead once more", "value": {"says": "merge", "duplicate_of": OTHER}},
    "reroute": {"summary": "To another team", "value": {"says": "reroute", "team": "enterprise-sales"}},
    "reject": {"summary": "No lead", "value": {"says": "reject", "why": "spam"}},
    "unmerge": {"summary": "A duplicate stands alone again", "value": {"says": "unmerge"}},
}


def shown(example: Example, description: str) -> Example:
    """For a route's `responses`."""
    return {"description": description, "content": {"application/json": {"example": example}}}
