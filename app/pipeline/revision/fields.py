"""Which fields of a lead a merged newcomer may fill, and what belongs together.

How the lead came (source, campaign, form, click, page, device, its own cost) is the first lead's for good: to mix in another's
would make an attribution that never was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that say something together only: half of one address and half of another are none.

    Attributes:
        fields: What is filled.
        telling: Where both leads tell one of these and differ, nothing of the group is taken over.
    """

    fields: tuple[str, ...]
    telling: tuple[str, ...]


GROUPS: Final = (
    Group(("full_name", "first_name", "last_name"), ("first_name", "last_name")),
    Group(("street", "city", "region", "postcode", "country", "country_source"), ("street", "city", "postcode", "country")),
    Group(("budget", "order_value", "currency"), ("currency",)),
    Group(("sessions", "pages_viewed", "cart_adds", "cart_value", "last_seen_at"), ("sessions",)),
    *(
        Group((name,), ())
        for name in (
            *("email", "phone", "company", "company_domain", "job_title", "language", "message", "interest"),
            *("orders_count", "visitor_id"),
        )
    ),
)
FILLED: Final = tuple(name for group in GROUPS for name in group.fields)

# What else a merge changes of a lead, beside the fields that it fills.
BESIDE: Final = (
    *("attributes", "violations", "consent", "consent_basis", "consent_purposes", "consent_until"),
    *("first_touch", "last_touch"),
)
# What tells of the leads merged into it.
MERGES: Final = ("merged", "sources", "last_source", "last_campaign", "last_received_at", "cost_total")
NOTHING: Final[dict[str, object]] = {
    "merged": "",
    "sources": "",
    "last_source": None,
    "last_campaign": None,
    "last_received_at": None,
    "cost_total": None,
}
"""`MERGES` of a lead that nothing was merged into."""
