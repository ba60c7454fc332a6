"""What people may be contacted for: what they agreed to, and whether that is enough for a purpose.

A purpose is *lacking* where nothing on the lead allows it. `contact`, to answer what somebody asked for, needs no consent where a
contract or a legitimate interest is the ground; everything else does. Where a source does not say what its people agree to, a
plain yes or no counts for what it can mean (docs/privacy.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from app.inventory.models import Source
from app.inventory.privacy import CONTACT, MARKETING
from app.pipeline.lead import Lead

Lacking = Literal["no_consent", "consent_expired"]
NO_CONSENT: Final = "no_consent"
EXPIRED: Final = "consent_expired"
DAY_MS: Final = 86_400_000
GROUNDS: Final = frozenset({"contract", "legitimate_interest"})  # on which one may answer without having been told so

State = tuple[bool | None, str]
"""What was ticked, and the source's basis: what rules with `consent_for` look at."""


class Agreement:
    """What the people of one source agree to.

    Args:
        source: Declares `consent`.
    """

    def __init__(self, source: Source) -> None:
        declared = source.consent
        assert declared is not None
        whole = " ".join(dict.fromkeys(declared.purposes))
        asked = whole if source.consent_basis == "consent" else ""  # without a box, they are here because they agreed
        self._by_said = {True: whole, False: "", None: asked}
        self._lasts_ms = None if declared.expires_days is None else declared.expires_days * DAY_MS

    def note(self, lead: Lead) -> None:
        """Purposes and end of the consent on the lead, where the record itself names none."""
        if lead.consent_purposes is None:
            lead.consent_purposes = self._by_said[lead.consent]
        if self._lasts_ms is not None and lead.consent_until is None and lead.consent_purposes:
            lead.consent_until = min(lead.occurred_at, lead.received_at) + self._lasts_ms


def why_not(purpose: str, basis: str, said: bool | None, purposes: str | None, *, expired: bool = False) -> Lacking | None:
    """Why nobody may be contacted for the purpose; None: they may.

    Args:
        basis, said, purposes: `consent_basis`, `consent` and `consent_purposes` of the lead.
        expired: Whether `consent_until` is over.
    """
    if purpose == CONTACT and basis in GROUNDS:
        return None
    if purposes is not None:
        agreed = purpose in purposes.split()
    elif purpose == CONTACT:
        agreed = said is not False
    else:
        agreed = bool(said) or (purpose == MARKETING and said is None and basis == "consent")
    if not agreed:
        return NO_CONSENT
    return EXPIRED if expired else None


def lacks(value: Mapping[str, Any], purpose: str, at_ms: int) -> Lacking | None:
    """The same of a lead as records have it, at a time."""
    until = value["consent_until"]
    over = until is not None and until <= at_ms
    return why_not(purpose, value["consent_basis"], value["consent"], value["consent_purposes"], expired=over)


def state_of(lead: Lead) -> State:
    """The lead's consent as a yes or no; of a lead that names purposes, one that allows the same."""
    if lead.consent_purposes is None:
        return lead.consent, lead.consent_basis
    agreed = lead.consent_purposes.split()
    if MARKETING in agreed:
        return True, "consent"
    return (None, "legitimate_interest") if CONTACT in agreed or lead.consent_basis in GROUNDS else (False, "consent")


def without(purposes: str, gone: frozenset[str]) -> str:
    """Purposes without some of them."""
    return " ".join(one for one in purposes.split() if one not in gone)
