"""Decisions as the steward reads them, and a reviser that carries its verdicts out in memory."""

from __future__ import annotations

from typing import Any

from app.inventory.models import Inventory
from app.ports import Assigned
from app.steward import STEWARD, Alarm, Deed, SayVerdict

MINUTE = 60_000
HOUR = 60 * MINUTE
START = 1_700_000_000_000


def lead(n: int) -> str:
    """The id of a lead."""
    return f"ld_{n:020x}"


def decided(n: int, fate: str = "routed", **more: Any) -> dict[str, Any]:
    """A decision, with what matters to time."""
    value: dict[str, Any] = {
        "lead_id": lead(n),
        "fate": fate,
        "revision": 1,
        "revised_by": None,
        "revised_why": None,
        "team": "inside-sales",
        "owner": "inside-1",
        "band": "hot",
        "desk": {"why": "in_turn", "load": {}, "passed_over": {}, "at": START, "roster": "r1"},
        "due_at": None,
        "service_level": None,
        "attempts": 0,
        "checkpoint": None,
        "review_reasons": [],
        "fallbacks": {},
    }
    if fate != "routed":
        value |= {"owner": None, "desk": None}
    return value | more


def outcome(n: int, what: str = "contacted") -> dict[str, Any]:
    """What a CRM reports."""
    return {"lead_id": lead(n), "outcome": what}


def said(deed: SayVerdict) -> dict[str, Any]:
    """A verdict of the steward, as its topic has it."""
    return {
        "lead_id": deed.lead,
        "verdict_id": deed.verdict_id,
        "reviewer": STEWARD,
        "decision": deed.says,
        "decided_at": deed.at_ms,
        "team": deed.team,
        "why": deed.why,
    }


def verdicts(deeds: list[Deed]) -> list[SayVerdict]:
    """Those among them."""
    return [one for one in deeds if isinstance(one, SayVerdict)]


def firing(deeds: list[Deed]) -> list[Alarm]:
    """Alarms that fire."""
    return [one for one in deeds if isinstance(one, Alarm) and one.firing]


def carried_out(value: dict[str, Any], deed: SayVerdict, now_ms: int, inventory: Inventory, assigned: Assigned) -> dict[str, Any]:
    """The next revision of a decision, as the reviser makes it."""
    routed = value["fate"] == "routed"
    team = deed.team or value["team"]
    level = getattr(inventory.routing.service, value["band"])
    due = None if level is None else now_ms + level.contact_within_minutes * MINUTE
    desk: dict[str, Any] = {"why": assigned.why, "load": {}, "passed_over": {}, "at": now_ms, "roster": assigned.roster}
    return value | {
        "fate": "routed",
        "revision": value["revision"] + 1,
        "revised_by": STEWARD,
        "team": team,
        "owner": assigned.owner,
        "desk": desk,
        "due_at": due,
        "service_level": None if level is None else value["band"],
        "attempts": value["attempts"] + (routed and deed.why != "drained"),
        "review_reasons": [],
        "checkpoint": None,
    }
