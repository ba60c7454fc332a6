"""What the people behind a batch of leads did in the shop before: one question to the store for the whole batch.

Counted is what happened up to the lead's own time (`occurred_at`, or its arrival if that was earlier) and a minute more: clocks
differ, and a form is sent before its thank-you page is seen. A lead that comes days late is not credited with what followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.errors import EnrichmentMissing
from app.flags.catalogue import ENRICHMENT
from app.pipeline.behaviour import KEPT_MS, browser_of, person_of
from app.pipeline.lead import Lead
from app.pipeline.pseudonyms import Pseudonyms
from app.ports import Journey, Journeys, Visitor

NAME: Final = "behaviour"  # in `Lead.enrichments`
FLAG: Final = f"{ENRICHMENT}{NAME}"
FIELDS: Final = ("sessions", "pages_viewed", "cart_adds", "cart_value", "last_seen_at", "first_touch", "last_touch")
_SLACK_MS: Final = 60_000
_SHARED: Final = frozenset({"role_address", "placeholder", "invalid"})


class Visits:
    """Fills behaviour in.

    Args:
        journeys: The store; None: behaviour is not known, and not missed.
        pseudonyms: How visitors and people are named there.
    """

    def __init__(self, journeys: Journeys | None, pseudonyms: Pseudonyms) -> None:
        self._journeys, self._pseudonyms = journeys, pseudonyms

    def join(self, leads: Sequence[Lead]) -> None:
        """Fill in place. Never raises: a store that is slow or down is named on the leads that asked it."""
        if self._journeys is None:
            return
        asking, visitors = [], []
        for lead in leads:
            if FLAG in lead.toggles_off:
                lead.enrichments[NAME] = "off"
            elif (visitor := self._visitor(lead)) is not None:
                asking.append(lead)
                visitors.append(visitor)
        if not visitors:
            return
        try:
            found = self._journeys.of(visitors)
        except EnrichmentMissing as missing:
            _miss(asking, missing.how)
        except Exception:  # a bug, or a store that answers nonsense: it must not stop the leads
            _miss(asking, "failed")
        else:
            for lead, journey in zip(asking, found, strict=True):
                if journey is not None:
                    _fill(lead, journey)

    def join_again(self, lead: Lead) -> None:
        """Ask again for a lead that went without, because the store was slow or down."""
        if lead.enrichments.get(NAME, "off") != "off":
            del lead.enrichments[NAME]
            self.join([lead])

    def _visitor(self, lead: Lead) -> Visitor | None:
        browser = browser_of(lead.visitor_id, self._pseudonyms)
        email = _own_email(lead)
        person = person_of(email, self._pseudonyms) if email else None
        if browser is None and person is None:
            return None
        until = min(lead.occurred_at, lead.received_at) + _SLACK_MS
        return Visitor(browser, person, until - KEPT_MS, until)


def _fill(lead: Lead, journey: Journey) -> None:
    lead.sessions, lead.pages_viewed, lead.cart_adds = journey.sessions, journey.pages, journey.cart_adds
    lead.cart_value, lead.last_seen_at = journey.cart_value, journey.last_seen_at
    lead.first_touch, lead.last_touch = journey.first_touch, journey.last_touch


def _miss(leads: Sequence[Lead], how: str) -> None:
    for lead in leads:
        lead.enrichments[NAME] = how


def _own_email(lead: Lead) -> str | None:
    """The address, as far as it is one person's. A vendor's test lead tells nobody."""
    if lead.is_test or lead.email is None:
        return None
    shared = any(violation.field == "email" and violation.code in _SHARED for violation in lead.violations)
    return None if shared else lead.email.lower()
