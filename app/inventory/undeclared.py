"""A source that nobody declared: what is assumed of it until somebody does."""

from __future__ import annotations

import re

from app.inventory.models import Mapping, Source

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,40}")  # as models.Slug
OWNER = "nobody"


def is_slug(name: str) -> bool:
    """Whether a source may be called so."""
    return _SLUG.fullmatch(name) is not None


def undeclared(name: str, reliability: float | None = None) -> Source:
    """The entry that stands for a source without one.

    Every record is looked at (format auto), the ladder maps it, and people decide all of its leads (automation 0). Nothing is
    assumed that could be wrong: times without zone are UTC, dates that can be read in two ways are ambiguous (YMD), phones
    without country code have no country to lean on.

    Args:
        name: A slug.
        reliability: Prior share of good leads; None: as the declared sources show.
    """
    return Source(
        name=name,
        description="not declared: run `leadstream onboard` for a proposed entry",
        owner=OWNER,
        format="auto",
        mapping=Mapping(fields={}),
        automation=0.0,
        time_zone="UTC",
        date_order="YMD",
        default_country=None,
        expected_per_hour=1.0,  # nobody knows; the monitor expects nothing of sources that are not in the inventory
        consent_basis="unknown",
        reliability=reliability,
    )
