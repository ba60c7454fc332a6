"""What monitoring needs to know of one decision: no more than it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

MISSING = ":missing"


@dataclass(frozen=True, slots=True)
class Observation:
    """One decision as it arrived.

    Attributes:
        source: Slug of the source.
        at_ms: Kafka timestamp of the decision record: when the lead was delivered, milliseconds, UTC.
        lead_id: For the samples of an alert.
        fate: routed, review, duplicate or dead_letter.
        latency_ms: From the input record's CreateTime to delivery; a producer's clock ahead of ours counts as 0.
        missing: Required fields that were absent.
        score: Probability of winning; None where the lead was not scored.
        by_rules: Whether the score came from rules because no model was loaded.
        shape: Fingerprint of the payload's shape; None for dead letters, and for duplicates, which may be one payload many times.
        mapping: Version of the declared mapping, and how many confirmations of people it followed.
    """

    source: str
    at_ms: int
    lead_id: str
    fate: str
    latency_ms: int
    missing: tuple[str, ...] = ()
    score: float | None = None
    by_rules: bool = False
    shape: str | None = None
    mapping: tuple[int, int] = (0, 0)


def observe(decision: Mapping[str, Any], at_ms: int) -> Observation:
    """Take from a decision (schemas/decision) what the windows count.

    Args:
        decision: The decoded record, times as integer milliseconds.
        at_ms: Kafka timestamp of the record.
    """
    score = decision.get("score")
    violations = decision.get("violations") or ()
    return Observation(
        source=decision["source"],
        at_ms=at_ms,
        lead_id=decision["lead_id"],
        fate=decision["fate"],
        latency_ms=max(0, at_ms - decision["received_at"]),
        missing=tuple(v.removesuffix(MISSING) for v in violations if v.endswith(MISSING)),
        score=score if score is not None and isfinite(score) else None,
        by_rules=decision.get("model_version") in (None, "rules"),
        shape=decision.get("shape") if decision["fate"] in ("routed", "review") else None,
        mapping=(decision.get("mapping_version") or 0, decision.get("mapping_revision") or 0),
    )
