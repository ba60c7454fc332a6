"""What a detector says about one window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "silence",
    "volume_drop",
    "volume_spike",
    "duplicate_spike",  # the same event, sent again
    "merged_spike",  # the same lead by another event
    "possible_duplicates",  # people are asked
    "match_chain",
    "dedupe_unknown",
    "review_backlog",
    "missing_field",
    "dead_letters",
    "latency",
    "feature_drift",
    "score_drift",
    "label_drift",
    "performance_drift",
    "unusual_leads",
    "catch_all_share",
    "fairness_breach",
    "model_rolled_back",  # the learner's own
    "overdue_leads",  # the steward's own, and the next two
    "overdue_reviews",
    "parked_leads",
    "rollout_rolled_back",  # the steward's, too
    "schema_change",
]
Severity = Literal["critical", "error", "warning", "info"]
State = Literal[
    "breach",  # out of order beyond doubt: fires
    "calm",  # in order beyond doubt: resolves
    "unclear",  # too little to go by, or between the two limits: neither fires nor resolves
]
# While one of these is out of order, leads look otherwise than they did.
RESHAPED: frozenset[Kind] = frozenset({"missing_field", "schema_change", "dead_letters", "volume_spike"})
What = tuple[Kind, str | None]  # kind, and the field for missing_field, the group for fairness_breach

EVIDENCE = 16.0  # -ln of the probability that chance brings about what is seen: 1 in 10 million

SEVERITY: dict[Kind, Severity] = {
    "silence": "critical",
    "volume_drop": "error",
    "volume_spike": "warning",
    "duplicate_spike": "warning",
    "merged_spike": "warning",
    "possible_duplicates": "warning",
    "match_chain": "warning",
    "dedupe_unknown": "error",
    "review_backlog": "warning",
    "missing_field": "error",
    "dead_letters": "error",
    "latency": "error",
    "feature_drift": "warning",
    "score_drift": "warning",
    "label_drift": "warning",
    "performance_drift": "error",
    "unusual_leads": "warning",
    "catch_all_share": "warning",
    "fairness_breach": "error",
    "model_rolled_back": "warning",
    "overdue_leads": "error",
    "overdue_reviews": "error",
    "parked_leads": "warning",
    "rollout_rolled_back": "error",
    "schema_change": "warning",  # as a rule: its verdicts say how grave each is
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing looked at in one window of one source.

    Attributes:
        observed, expected: In `unit`: records, share, seconds, score, psi, nats or ratio.
        text: What was seen, for a person, without the source's name and without personal data.
        samples: A few lead ids.
        severity: Where it depends on what was seen.
        resolution: What there is to say if this resolves an alert.
        lost: Of a schema change: lead fields, where all that changed is that nothing fills them any more.
        shape_before, shape_after: Of a schema change: a line per path: path, kind, share of records.
    """

    kind: Kind
    state: State
    observed: float
    expected: float
    unit: str
    text: str
    field: str | None = None
    samples: tuple[str, ...] = ()
    severity: Severity | None = None
    resolution: str = "back in order"
    lost: tuple[str, ...] = ()
    shape_before: str | None = None
    shape_after: str | None = None

    @property
    def what(self) -> What:
        return self.kind, self.field
