"""The privacy role's part of the catalogue of metrics; see metrics.py."""

from __future__ import annotations

from app.ops.metrics import _counter

steps = _counter(
    "leadstream_privacy_steps_total",
    "Steps of the role privacy, by duty and how they went: worked, waits (an edge is down), failed (a bug).",
    "waits rising: bring the edge back; objections wait meanwhile. failed: see duty_failed in its log, and report it.",
    "duty",
    "how",
)
