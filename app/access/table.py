"""The table of access: which role has which permission, which route needs which. Nothing else decides who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Role = Literal["viewer", "reviewer", "operator"]
Permission = Literal[
    "see",  # lists, counts, decisions, figures: nothing of it is personal data
    "open",  # leads with their personal data
    "claim",
    "decide",  # one lead
    "bulk",  # many leads at once
    "toggle",  # switch modules on and off
    "rollout",  # begin, widen, end staged rollouts
    "replay",  # send dead letters once more
    "models",  # promote models, and take them back
]
# public: nobody is asked. own: whoever is known, whatever their role: what a principal may know and do of itself.
Need = Permission | Literal["public", "own"]

_VIEWER: Final[frozenset[Permission]] = frozenset({"see"})
_REVIEWER: Final[frozenset[Permission]] = _VIEWER | {"open", "claim", "decide", "bulk"}
_OPERATOR: Final[frozenset[Permission]] = _REVIEWER | {"toggle", "rollout", "replay", "models"}
ROLES: Final[Mapping[Role, frozenset[Permission]]] = {"viewer": _VIEWER, "reviewer": _REVIEWER, "operator": _OPERATOR}

ROUTES: Final[Mapping[str, Need]] = {  # by name; a route that does not stand here is served to nobody
    "log_in": "public",
    "who_am_i": "own",
    "log_out": "own",
    "openapi": "see",
    "list_reviews": "see",
    "count_reviews": "see",
    "measure_precision": "see",
    "follow": "see",
    "open_review": "open",
    "claim_next": "claim",
    "claim": "claim",
    "renew": "claim",
    "release": "claim",
    "say": "decide",
    "bulk": "bulk",
}
AUDITED: Final[frozenset[Need]] = frozenset(_OPERATOR - _VIEWER)  # every write, and every view of personal data


def may(role: Role, need: Need) -> bool:
    """Whether somebody in this role may use a route with this need."""
    return need in ("public", "own") or need in ROLES[role]
