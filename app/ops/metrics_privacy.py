"""The privacy role's part of the catalogue of metrics; see metrics.py."""

from __future__ import annotations

from app.ops.metrics import _counter, _gauge

steps = _counter(
    "leadstream_privacy_steps_total",
    "Steps of the role privacy, by duty and how they went: worked, waits (an edge is down), failed (a bug).",
    "waits rising: bring the edge back; objections wait meanwhile. failed: see duty_failed in its log, and report it.",
    "duty",
    "how",
)
suppressed = _gauge(
    "leadstream_suppressions",
    "Identifiers of people who do not want to be contacted, as this process knows them.",
    "Different between workers for longer than seconds: one does not follow; its /readyz says why, and its leads wait.",
)
refused = _counter(
    "leadstream_privacy_refused_total",
    "Records that say what people want, and cannot be read or name nobody, by topic: consent, suppressions.",
    "Each may be somebody's objection: the log has its offset. Mend the sender, and say it again with leadstream consent.",
    "topic",
)
changes = _counter(
    "leadstream_consent_changes_total",
    "Changes of consent that were taken in, by what they say: withdrawn, given.",
    "Many withdrawn at once: look at what was sent to people.",
    "what",
)
