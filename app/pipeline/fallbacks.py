"""Which plainer ways a lead went because something was away, and whether it waits for it. docs/fallback.md has all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from app.pipeline.identified import Dedupe
from app.pipeline.lead import Lead
from app.ports import NOTHING

MODEL: Final = "model"
MATCH_INDEX: Final = "match_index"
PARKED: Final = "dependency:"  # a review reason: this was missing, and the lead waits for it
_OFF: Final = "off"  # of an enrichment: a toggle, and nothing that is missing


def missing(lead: Lead, dedupe: Dedupe, no_model: str | None) -> Mapping[str, str]:
    """Dependency → why; mostly nothing.

    Args:
        lead: Its enrichments name themselves: slow, down, failed.
        no_model: Why the rules scored it, although a model was to; None: it did.
    """
    if no_model is None and dedupe != "unknown" and not lead.enrichments:
        return NOTHING
    told = {name: why for name, why in lead.enrichments.items() if why != _OFF}
    if dedupe == "unknown":
        told[MATCH_INDEX] = "away"
    if no_model is not None:
        told[MODEL] = no_model
    return told


def parked(told: Mapping[str, str], waits_for: Collection[str]) -> tuple[str, ...]:
    """The review reasons of those that leads wait for."""
    return tuple(f"{PARKED}{name}" for name in told if name in waits_for)
