"""A person is erased: what stays of their leads' records. Pure.

A team's CRM sink takes records as they come, and most sinks fail on a record without a value. So a team is told a *blank*
revision: the same lead, nothing about anybody (a team may want tombstones instead). Decisions cannot be taken out of their log;
their last revision opens nothing any more, and the key of what the earlier ones hold is gone (locking.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.pipeline.revision.form import Value

ERASED: Final = 2**30
"""The revision of an erasure, and above: who revises a lead at the same moment writes a lower one, which does not count."""
BY: Final = "privacy"
WHY: Final = "erased"

_OF_NOBODY: Final = frozenset(  # what a team's record may go on saying
    {"lead_id", "source", "received_at", "occurred_at", "team", "moved_to", "merged_into", "is_test"}
    | {"mapping_version", "rules_version", "model_version", "app_version"}
)
_GONE: Final[Mapping[str, Any]] = {  # of a decision
    "index": None,
    "event_id": None,
    "mended": (),
    "owner": None,
    "desk": None,
    "due_at": None,
    "approvals": (),
}
_NEVER_NULL: Final[Mapping[str, Any]] = {  # as empty as their type allows
    "attempts": 0, "event_id": "", "consent_basis": "", "score": 0.0, "band": "", "confidence": 0.0, "rule": "", "reasons": "",
    "violations": "", "attributes": "{}", "source_reliability": 0.0, "merged": "", "sources": "", "mapping_revision": 0,
}  # fmt: skip


def blank(value: Value, at_ms: int, revision: int = ERASED) -> Value:
    """A team's record of an erased person: null, or as empty as its type allows, wherever something was about them.

    Args:
        value: A routed_lead, as it stood.
        revision: `ERASED` or above: a lead that stood with several teams has one for each.
    """
    told = {name: one if name in _OF_NOBODY else _NEVER_NULL.get(name) for name, one in value.items()}
    return told | {"revision": revision, "erased_at": at_ms}


def disowned(value: Value, at_ms: int, revision: int = ERASED) -> Value:
    """The decision on an erased person's lead: it counts as it counted, and leads to nobody."""
    about = {"revision": revision, "revises": value["fate"], "revised_by": BY, "revised_why": WHY, "erased_at": at_ms}
    return {**value, **_GONE, **about}
