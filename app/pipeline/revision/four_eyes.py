"""Does a verdict on a held lead need a second person? By review.yaml, asked of the records."""

from __future__ import annotations

from app.pipeline.checkpoints import FourEyes, Seen
from app.pipeline.fate import Score
from app.pipeline.lead import Provenance
from app.pipeline.revision.form import Value
from app.pipeline.revision.routing import lead_of


def second_wanted(rules: FourEyes, held: Value, decision: Value, says: str) -> str | None:
    """The name of the rule that wants a second person to say the same; None: one is enough.

    Args:
        held: The lead as it stands on the review topic.
        decision: Its newest decision.
        says: The verdict's word.
    """
    return rules.wanted(seen_of(held, decision), says) if rules else None


def seen_of(held: Value, decision: Value) -> Seen:
    """What the stages found, read back from the records."""
    lead = lead_of(held)
    lead.provenance = [Provenance(one["field"], one["path"], one["rung"], one["confidence"]) for one in held["provenance"]]
    score = Score(
        probability=decision["score"] or 0.0,
        band=decision["band"] or "cold",
        confidence=decision["confidence"] or 0.0,
        model=decision["model_version"] or "",
        numbers={},
        categories={},
        contributions={},
        sureness=1.0 if decision["sureness"] is None else decision["sureness"],
        unusual=decision["unusual"] or 0.0,
    )
    match = decision["match"]
    probability = match["probability"] if match else 0.0
    return Seen(lead, score, decision["team"] or "", decision["rule"] or "", decision["dedupe"], probability)
