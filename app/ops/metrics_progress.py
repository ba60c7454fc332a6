"""Metrics of progress: where a role stands in what it works off, and since when it stands there."""

from __future__ import annotations

from collections.abc import Mapping

from app.ops.metrics import _counter, _gauge

position = _gauge(
    "leadstream_position",
    "The next offset of this partition that is not accounted for, in the role that tells it.",
    "For comparing with the topic; what matters of it are lag and stalled seconds.",
    "topic",
    "partition",
)
lag = _gauge(
    "leadstream_lag_records",
    "Records of this partition that wait, in the role that tells it.",
    "Rising in all partitions: add workers, up to the number of partitions. In one: see stalled seconds and the log.",
    "topic",
    "partition",
)
stalled = _gauge(
    "leadstream_stalled_seconds",
    "For how long the position has not moved although records wait; 0 where none do.",
    "Above a minute: /readyz says what is waited for. Where nothing is, the process ends itself (exit 72) after five.",
    "topic",
    "partition",
)
lane_restarts = _counter(
    "leadstream_lane_restarts_total",
    "Lanes that were begun anew because Kafka did not take a transaction.",
    "Some with each restart of a broker. Without: /readyz and the log name what Kafka refuses, or that it does not answer.",
    "topic",
)
set_aside = _counter(
    "leadstream_set_aside_total",
    "Records that ended a worker again and again and became dead letters (suspected_poison).",
    "Each is a bug or too little memory: `leadstream dlq` shows them; mend, then replay them.",
    "topic",
)


def show_progress(places: Mapping[tuple[str, int], tuple[int, int | None, float]]) -> None:
    """Of these partitions and no others: (topic, partition) → position, end where it is known, seconds at this position."""
    for gauge in (position, lag, stalled):
        gauge.clear()
    for (topic, partition), (at, end, seconds) in places.items():
        where = topic, str(partition)
        position.labels(*where).set(at)
        if end is not None:
            lag.labels(*where).set(max(0, end - at))
            stalled.labels(*where).set(seconds if end > at else 0.0)
