"""The steward's part of the catalogue of metrics; see metrics.py."""

from __future__ import annotations

from app.ops.metrics import _counter, _gauge

deeds = _counter(
    "leadstream_steward_deeds_total",
    "What the steward said, by engine and why: overdue, escalated, expired, drained, dependency_back; publishrollout; alarm.",
    "Many escalated: teams cannot keep their service levels. Many drained again and again: see leadstream_steward_backlog.",
    "engine",
    "kind",
)
backlog = _gauge(
    "leadstream_steward_backlog",
    "What an engine waits for: open leads, outstanding verdicts; by concern: overdue, stranded, waiting, oldest_s (seconds).",
    "Outstanding near 500: nobody carries verdicts out: look at the reviser. Queue waiting rising: nobody is in, all are full.",
    "engine",
    "what",
)
lag = _gauge(
    "leadstream_steward_lag_records",
    "Decisions, outcomes, verdicts and rollouts that the steward has not read. It says nothing until it has read all.",
    "Rising: it is short of CPU, or an open transaction holds a partition up; /readyz says which.",
)
