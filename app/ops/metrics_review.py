"""The catalogue's part about the review queue and its API; see metrics.py."""

from __future__ import annotations

import time
from collections.abc import Mapping

from app.ops.metrics import _counter, _gauge, _histogram

open_items = _gauge(
    "leadstream_review_open",
    "Leads that are held for people, by band; those with a verdict on its way included. Every process of the API tells the same.",
    "Rising: more is held than people decide: `leadstream review counts` says for which reasons; mend a source, loosen a "
    "checkpoint, or set hold_hours.",
    "band",
)
oldest = _gauge(
    "leadstream_review_oldest_seconds",
    "Age of the lead that has waited for people the longest; 0 where none waits.",
    "Above what you promise: somebody must look, or set hold_hours in review.yaml.",
)
requests = _counter(
    "leadstream_api_requests_total",
    "Requests to the API, by what was asked and how it was answered.",
    "503: Kafka or Redis is away, /readyz says which. 409: people work on the same leads, or with leases that ended. 422: a tool "
    "sends what the API does not know. 500: a bug, the log has its traceback.",
    "route",
    "status",
)
seconds = _histogram(
    "leadstream_api_seconds",
    "Answering one request to the API.",
    "Slow to open leads: their records are read from Kafka, a few milliseconds each; look at the broker. Slow to list: the queue "
    "is far above 100,000 leads.",
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    "route",
)
claims = _counter(
    "leadstream_review_claims_total",
    "Claims of held leads: taken, refused (somebody else has it), nothing (no lead was free), renewed, released, lost.",
    "Lost rises: leases end before people are done; raise LEADSTREAM_API_LEASE_MINUTES.",
    "outcome",
)
said = _counter(
    "leadstream_review_verdicts_total",
    "Verdicts that came by the API: said, repeated, refused (claimed by somebody else, no longer held, …), not_taken by Kafka.",
    "Not_taken: look at the broker. Refused rises: people decide without claiming.",
    "says",
    "outcome",
)


def show_queue(bands: Mapping[str, int], oldest_ms: int | None) -> None:
    """How much is held, and for how long."""
    open_items.clear()
    for band, count in bands.items():
        open_items.labels(band).set(count)
    oldest.set(0 if oldest_ms is None else max(0.0, time.time() - oldest_ms / 1000))
