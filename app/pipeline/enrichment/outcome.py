"""How each enrichment of a lead ended: for the counters."""

from __future__ import annotations

from app.pipeline.enrichment.visits import NAME as BEHAVIOUR
from app.pipeline.lead import Lead

_WHOLE = {  # enrichment → how it ended where nothing failed, by whether it found something
    name: ((name, "missing"), (name, "ok")) for name in ("place", "company", "campaign", "device", BEHAVIOUR)
}
_PLACE, _COMPANY, _CAMPAIGN, _DEVICE, _BEHAVIOUR = _WHOLE.values()


def outcomes(lead: Lead) -> list[tuple[str, str]]:
    """(enrichment, outcome) of each: ok; missing, where nothing is known; else what `Lead.enrichments` names (slow, down, failed,
    off).

    Lookups that failed within an enrichment (`phone` of place) stand beside it.
    """
    ended = [
        _PLACE[lead.country is not None],
        _COMPANY[lead.company_domain is not None],
        _CAMPAIGN[lead.utm_source is not None or lead.campaign is not None or lead.click_id is not None],
        _DEVICE[lead.device is not None],
        _BEHAVIOUR[lead.sessions is not None],
    ]
    if lead.enrichments:
        ended = [one for one in ended if one[0] not in lead.enrichments]
        ended.extend(lead.enrichments.items())
    return ended
