"""The eraser's part of the catalogue of metrics; see metrics.py."""

from __future__ import annotations

from app.ops.metrics import _counter, _gauge

erasures = _counter(
    "leadstream_erasures_total",
    "Persons erased, by how it stands: done, waiting (something can only expire or be compacted later; see the proof).",
    "Nothing. `leadstream erase --status` shows the proofs.",
    "state",
)
waiting = _gauge(
    "leadstream_erasure_waiting_records",
    "Inbound records that the workers must account for before the request under way can go on.",
    "Above 0 for long: the workers stand still; see their health. Requests wait for them.",
)
