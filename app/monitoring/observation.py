"""What monitoring needs to know of one decision: no more than it counts. A revision is no new record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from app.pipeline.routing.rules import CATCH_ALL

MISSING = ":missing"
ASKED = "possible_duplicate"  # why people are asked
UNUSUAL_FROM = 0.99  # of the leads that the model has seen, the share that is more ordinary


@dataclass(frozen=True, slots=True)
class Observation:
    """One decision as it arrived.

    Attributes:
        source: Slug of the source.
        at_ms: Kafka timestamp of the decision record: when the lead was delivered, milliseconds, UTC.
        lead_id: For the samples of an alert.
        fate: routed, review, duplicate or dead_letter.
        latency_ms: From the input record's CreateTime to delivery; a producer's clock ahead of ours counts as 0, and so does a
            replay, which came days ago.
        missing: Required fields that were absent.
        score: Probability of winning; None where the lead was not scored.
        by_rules: Whether the score came from rules because no model was loaded.
        shape: Fingerprint of the payload's shape; None for dead letters, and for duplicates, which may be one payload many times.
        mapping: Version of the declared mapping, and how many confirmations of people it followed.
        dedupe: Who the lead is, as schemas/decision has it; empty for dead letters.
        chain: First lead of the person that it would have been counted for, if that person had not too many leads already.
        traits: Numbers and categories; None for dead letters, and for duplicates, which may be one lead many times.
        unusual: Whether it is unlike nearly all leads that the model has seen.
        caught: Whether no rule took it; None where it was not routed.
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
    dedupe: str = ""
    chain: str | None = None
    traits: tuple[Mapping[str, float], Mapping[str, str]] | None = None
    unusual: bool = False
    caught: bool | None = None


def is_revision(decision: Mapping[str, Any]) -> bool:
    """Whether it says anew what was said of a record before."""
    return (decision.get("revision") or 1) > 1


def settles(revision: Mapping[str, Any]) -> bool:
    """Whether a person has answered by it whether two leads are one."""
    answered = revision.get("revises") == "review" and revision["fate"] != "review"  # else a second person is waited for
    return answered and ASKED in (revision.get("review_reasons") or ())


def observe(decision: Mapping[str, Any], at_ms: int) -> Observation:
    """Take from a decision (schemas/decision) what the windows count.

    Args:
        decision: The decoded record, no revision; times as integer milliseconds.
        at_ms: Kafka timestamp of the record.
    """
    score = decision.get("score")
    violations, match = decision.get("violations") or (), decision.get("match") or {}
    told, unusual = decision["fate"] in ("routed", "review"), decision.get("unusual")
    return Observation(
        source=decision["source"],
        at_ms=at_ms,
        lead_id=decision["lead_id"],
        fate=decision["fate"],
        latency_ms=0 if decision.get("replay_of") else max(0, at_ms - decision["received_at"]),
        missing=tuple(v.removesuffix(MISSING) for v in violations if v.endswith(MISSING)),
        score=score if score is not None and isfinite(score) else None,
        by_rules=decision.get("model_version") in (None, "rules"),
        shape=decision.get("shape") if told else None,
        mapping=(decision.get("mapping_version") or 0, decision.get("mapping_revision") or 0),
        dedupe=decision.get("dedupe") or _before_version_3(decision.get("duplicate_kind")),
        chain=match.get("root") if match.get("chained") else None,
        traits=(decision.get("numbers") or {}, decision.get("categories") or {}) if told else None,
        unusual=unusual is not None and unusual >= UNUSUAL_FROM,
        caught=decision.get("rule") == CATCH_ALL if told else None,
    )


def _before_version_3(kind: str | None) -> str:
    return "" if kind is None else "same_event" if kind == "same_event" else "merged"
