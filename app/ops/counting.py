"""A committed batch, counted."""

from __future__ import annotations

import time
from collections import Counter as _Counts
from collections.abc import Sequence

from prometheus_client import Counter, Histogram

from app.ops import metrics, metrics_fallbacks
from app.pipeline.enrichment.outcome import outcomes
from app.pipeline.fate import DeadLetter, Duplicate, Fate, FateName, Review, Routed
from app.pipeline.identified import Identified
from app.pipeline.replayed import came


def count_fates(fates: Sequence[Fate]) -> None:
    """Count a committed batch: its fates, their latency, and the progress of its lane. Never raises for a fate."""
    now = time.time()
    enriched, whom, off = _Counts[tuple[str, str]](), _Counts[tuple[str, str]](), _Counts[str]()
    without = _Counts[tuple[str, str]]()
    found: dict[tuple[str, FateName], tuple[Counter, Histogram]] = {}  # finding a metric by its labels costs more than counting
    for fate in fates:
        where = source, _ = _source_and_name(fate)
        if where not in found:
            found[where] = metrics.records.labels(*where), metrics.latency.labels(source)
        counter, timer = found[where]
        counter.inc()
        if came(fate.event).replay_of is None:  # else it came days ago, and that is nobody's latency
            timer.observe(max(0.0, now - fate.event.timestamp_ms / 1000))
        if isinstance(fate, DeadLetter):
            continue
        enriched.update(outcomes(fate.lead))
        off.update(fate.handling.toggles_off)
        without.update(fate.handling.fallbacks.items())
        whom[source, fate.who.dedupe] += 1
        _count_match(fate.who)
        if fate.lead.shape is None:
            metrics.shapes_unnamed.labels(source).inc()
    for told, count in whom.items():
        metrics.dedupe.labels(*told).inc(count)
    for flag, count in off.items():
        metrics.toggled_off.labels(flag).inc(count)
    for missed, count in without.items():
        metrics_fallbacks.fallbacks.labels(*missed).inc(count)
    for ended, count in enriched.items():
        metrics.enrichments.labels(*ended).inc(count)
    if fates:
        metrics.lane_progress.labels(source, str(fates[-1].event.position.partition)).set(now)


def _count_match(who: Identified) -> None:
    if who.dedupe not in ("same_event", "unknown"):
        metrics.match_compared.observe(who.compared)
    if (match := who.match) is not None:
        metrics.match_probability.observe(match.probability)
        if match.chained:
            metrics.match_guards.labels("chained").inc()
        if match.blocked:
            metrics.match_guards.labels("blocked").inc()


def _source_and_name(fate: Fate) -> tuple[str, FateName]:
    match fate:
        case Routed():
            return fate.lead.source, "routed"
        case Review():
            return fate.lead.source, "review"
        case Duplicate():
            return fate.lead.source, "duplicate"
        case DeadLetter():
            return fate.source, "dead_letter"
