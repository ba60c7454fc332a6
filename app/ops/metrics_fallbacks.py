"""The catalogue's part about what is away, and what leads do without; see metrics.py."""

from __future__ import annotations

from app.ops.metrics import _counter, _gauge

breaker_open = _gauge(
    "leadstream_breaker_open",
    "1 while this process leaves a dependency alone because it failed twice in a row: match_index, behaviour, desk, leases.",
    "Look at that Redis; a call in 3 s tries it, and the breaker closes by itself. docs/fallback.md: what leads do meanwhile.",
    "dependency",
)
fallbacks = _counter(
    "leadstream_fallbacks_total",
    "Leads that went a plainer way because something was away: by dependency, and why (none, away, slow, down, failed).",
    "model/none: no model is published yet, look at the learner. failed: a bug, report it. Else look at the dependency.",
    "dependency",
    "why",
)
