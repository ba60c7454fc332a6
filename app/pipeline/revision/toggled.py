"""Toggles of a lead that somebody looks at again: how its fields were found stays said, what is asked anew is as it is now."""

from __future__ import annotations

from collections.abc import Collection

from app.flags.catalogue import AT, DEDUPE_FUZZY
from app.pipeline.enrichment.visits import FLAG as BEHAVIOUR
from app.pipeline.enrichment.visits import NAME
from app.pipeline.lead import Lead
from app.pipeline.revision.form import Value
from app.ports import Toggles


def found_by(lead: Lead, decision: Value, toggles: Toggles) -> tuple[str, ...]:
    """What was off when the lead's fields were found. Behaviour is asked for again, unless its toggle was off or is now."""
    before: Collection[str] = decision["toggles_off"]
    again = lead.enrichments.get(NAME, "off") != "off"
    now = toggles.off("arrival", lead.source, lead.lead_id) if again else ()
    return tuple([flag for flag in AT["arrival"] if flag in (now if again and flag == BEHAVIOUR else before)])


def matched_by(before: Collection[str], *, fuzzy: bool) -> list[str]:
    """What was off, after it was looked for who the lead is, with comparison or without."""
    off = [flag for flag in before if flag != DEDUPE_FUZZY]
    return off if fuzzy else [*off, DEDUPE_FUZZY]
