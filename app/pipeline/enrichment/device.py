"""What the lead came from, by its user agent."""

from __future__ import annotations

from app.pipeline.features import device
from app.pipeline.lead import Lead


def name_device(lead: Lead) -> None:
    """Fill `device` in. A bot is only named here; whether a robot filled the form in is validation's to say."""
    if lead.user_agent is not None:
        lead.device = device(lead.user_agent)
