"""A held lead that people say is none; and one that they bring back. Both teach the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.pipeline.revision.form import Value
from app.pipeline.revision.owners import UNOWNED
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.routing import House
from app.pipeline.revision.verdict import Verdict

REVIEWER: Final = "reviewer"  # who reports outcomes that follow from verdicts
NO_REASON: Final = "unspecified"


def reject(verdict: Verdict, decision: Kept, held: Kept, work: Work, house: House, about: Mapping[str, Any]) -> str:
    """To the rejected topic; what it is called.

    Args:
        held: With corrections.
        about: What the decision says of the verdict.
    """
    why = verdict.why or NO_REASON
    work.say(Kept("rejected", {**held.value, "rejected_why": why}, held.headers))
    work.decide(decision, **{**about, **UNOWNED, "fate": "rejected", "revised_why": "rejected", "rejected_why": why})
    if verdict.human:
        work.outcomes[verdict.lead] = _outcome(verdict, "disqualified", house)
    return "rejected"


def brought_back(verdict: Verdict, house: House) -> Value:
    """What the outcome says of a lead that was rejected and is none the less one."""
    return _outcome(verdict, "reopened", house)


def _outcome(verdict: Verdict, what: str, house: House) -> Value:
    """As schemas/outcome. By our clock, not the reviewer's: of two outcomes of a lead the later one counts."""
    return {
        "lead_id": verdict.lead,
        "outcome": what,
        "occurred_at": house.clock(),
        "value": None,
        "currency": None,
        "reported_by": REVIEWER,
        "event_id": verdict.id or None,
    }
