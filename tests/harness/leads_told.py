"""Leads as they stand on topics: values of the schemas lead and routed_lead, everything empty but what a test names."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from app.edges.registry.configured import codec_for
from app.settings import RegistrySettings

CODEC: Final = codec_for(Path(__file__).parents[2] / "schemas", RegistrySettings())
T: Final = 1_763_900_000_000


def lead_id(n: int) -> str:
    return f"ld_{n:020x}"


def a_lead(n: int, **told: Any) -> dict[str, Any]:
    """As it stands on the review and duplicates topics."""
    own = {"lead_id": lead_id(n), "source": "web-form", "event_id": f"e-{n}", "received_at": T + n, "occurred_at": T + n}
    return CODEC.read_own(CODEC.encode("lead", own | told), "lead")


def a_routed(n: int, **told: Any) -> dict[str, Any]:
    """As it stands on a team's topic."""
    own = {"lead_id": lead_id(n), "source": "web-form", "event_id": f"e-{n}", "received_at": T + n, "occurred_at": T + n}
    own |= {"team": "nurture", "score": 0.2, "band": "warm", "confidence": 0.9, "rule": "catch-all"}
    return CODEC.read_own(CODEC.encode("routed_lead", own | told), "routed_lead")


def a_decision(n: int, **told: Any) -> dict[str, Any]:
    """As it stands on the decisions topic."""
    own = {"lead_id": lead_id(n), "source": "web-form", "topic": "leads.inbound.web-form", "partition": 0, "offset": n}
    own |= {"fate": "routed", "received_at": T + n, "event_id": f"{n:032x}", "dedupe": "new"}
    return CODEC.read_own(CODEC.encode("decision", own | told), "decision")
