"""The catalogue of metrics: each name, what it means, and what to do about it. No other metric exists.

Labels hold slugs, fates and numbers of partitions: never ids, never personal data.
"""

from __future__ import annotations

from collections import Counter as _Counts
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app import __version__

REGISTRY = CollectorRegistry()
_LATENCY = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
_BATCH = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Entry:
    """One metric for a person: its full name, its meaning, and what to do when it looks wrong."""

    name: str
    meaning: str
    todo: str


CATALOGUE: dict[str, Entry] = {}


def _entry(name: str, meaning: str, todo: str) -> tuple[str, str]:
    CATALOGUE[name] = Entry(name, meaning, todo)
    return name, meaning


def _counter(name: str, meaning: str, todo: str, *labels: str) -> Counter:
    return Counter(*_entry(name, meaning, todo), labels, registry=REGISTRY)


def _gauge(name: str, meaning: str, todo: str, *labels: str) -> Gauge:
    return Gauge(*_entry(name, meaning, todo), labels, registry=REGISTRY)


def _histogram(name: str, meaning: str, todo: str, buckets: Sequence[float], *labels: str) -> Histogram:
    return Histogram(*_entry(name, meaning, todo), labels, registry=REGISTRY, buckets=tuple(buckets))


records = _counter(
    "leadstream_records_total",
    "Input records accounted for, by what became of them.",
    "A source at rate 0 is silent, or its partition stands still: see lane_progress. Many dead letters: read their reasons.",
    "source",
    "fate",
)
latency = _histogram(
    "leadstream_decision_latency_seconds",
    "From an input record's arrival in Kafka to its committed decision.",
    "Rising together with lag: add workers, up to the number of partitions. Rising alone: look at match_wait and batch.",
    _LATENCY,
    "source",
)
batch = _histogram(
    "leadstream_batch_seconds",
    "Deciding one batch of one lane, its question to the match index included.",
    "Above 1 s: Redis is slow (see match_wait), or the process is short of CPU.",
    _BATCH,
)
dedupe = _counter(
    "leadstream_dedupe_total",
    "Leads by who they are: new, same_event (sent again), merged (the same lead once more), linked (a known person, another "
    "intent), asked (people decide), unknown (the match index could not tell).",
    "Unknown above 0: see match_index_complete; the reviser looks into these leads later. Asked rises: see match_probability and "
    "the review; teach with `leadstream verdict`. Same_event rises: the producer repeats. Merged rises: one lead sold twice.",
    "source",
    "outcome",
)
match_probability = _histogram(
    "leadstream_match_probability",
    "Probability that a lead and the earlier lead that it is best taken for are of one person; where one came into question.",
    "Many between 0.2 and 0.75 are many questions to people: a source that tells little (name and mailbox only), or weights that "
    "do not fit; `leadstream explain` says what spoke for and against.",
    (0.01, 0.05, 0.2, 0.5, 0.75, 0.9, 0.99, 0.999),
)
match_compared = _histogram(
    "leadstream_match_compared",
    "Earlier leads that a lead was compared with: each costs about 10 µs.",
    "Often near 20, the most that the index answers: a key that many share; see match_index_counted (crowded, left_out).",
    (0, 1, 2, 5, 10, 15, 20),
)
match_guards = _counter(
    "leadstream_match_guards_total",
    "Leads that would have been merged or linked, but for a guard: chained (the person has too many leads already), blocked "
    "(told to be two: a unique id disagrees, two generations, twins). People are asked.",
    "Chained: a test that repeats itself, or strangers taken for one; look at the alert match_chain. Blocked: rarely; often: a "
    "source's customer_id is no customer's id, mend its mapping.",
    "guard",
)
match_unreadable = _gauge(
    "leadstream_match_unreadable_records",
    "Earlier leads that this worker passed over since its start, because what the match index holds of them cannot be read.",
    "Above 0: workers with different peppers or versions share the index, or Redis was damaged: their duplicates are not found. "
    "Give all the same pepper; an index of another version is empty after remember_days, or at once where its keys are deleted.",
)
match_wait = _histogram(
    "leadstream_match_wait_seconds",
    "One round trip to Redis for the earlier leads of a batch.",
    "Above 0.1 s: Redis is short of CPU, swapping, or far away. Give the match index a Redis of its own, or batches fewer leads.",
    _BATCH,
)
match_index_complete = _gauge(
    "leadstream_match_index_complete",
    "1 while the match index can tell who was there before; 0 while Redis is away, or the index is being restored.",
    "0 for minutes: see restoring. No worker restores: the workers' logs say what Redis or Kafka lacks. Leads wait or go on as "
    "unknown meanwhile; none is lost.",
)
match_index_restoring = _gauge(
    "leadstream_match_index_restoring",
    "1 while this worker restores the match index from the decisions: about two minutes for a million leads.",
    "Again and again: Redis loses its data (maxmemory-policy other than noeviction or volatile-*, no append-only file), or "
    "is too small for it.",
)
match_index_held = _gauge(
    "leadstream_match_index_held",
    "What the match index holds for all workers (leads; bytes, about). Every worker tells the same: take the greatest.",
    "Bytes near Redis's maxmemory: give it more, or shorten remember_days. Leads at 0 while leads arrive: see complete.",
    "what",
)
match_index_counted = _gauge(
    "leadstream_match_index_counted",
    "What the match index counted since it was new or restored, for all workers (take the greatest): same events, crowded keys, "
    "earlier leads left out of an answer, links missed, late leads, expired leads.",
    "Crowded or left_out rise fast: a phone or mailbox that many people share (a call centre's, info@), or a test that repeats "
    "itself. Late: records long past, read again or with a wrong clock; earlier leads may be missed. Missed: links to leads "
    "that were forgotten or erased; a few are usual.",
    "what",
)
journeys_wait = _histogram(
    "leadstream_journeys_wait_seconds",
    "One round trip to Redis for what the people of a batch did in the shop.",
    "Near its budget: that Redis is short of CPU or far away. Leads go on without; they name the enrichment that they miss.",
    _BATCH,
)
desk_wait = _histogram(
    "leadstream_desk_wait_seconds",
    "One round trip to Redis for the owners of a batch.",
    "Near its budget (REDIS_DESK_BUDGET_S): Redis is short of CPU or far away. Leads wait in their teams' queues meanwhile.",
    _BATCH,
)
desk_complete = _gauge(
    "leadstream_desk_complete",
    "1 while the desk can give leads an owner (or no team has members); 0 while Redis is away, or the desk is being restored.",
    "0 for minutes: the workers' logs say what Redis or Kafka lacks. Leads go to their teams' queues, and are given out later.",
)
desk_restoring = _gauge(
    "leadstream_desk_restoring",
    "1 while this process restores the desk from the decisions of the last days (keep_owner_days).",
    "Again and again: Redis loses its data; see match_index_restoring.",
)
enrichments = _counter(
    "leadstream_enrichments_total",
    "Enrichments of leads, by how they ended: ok, missing (nothing is known), slow (not in time), down, failed, off (a toggle).",
    "Slow or down: look at that dependency, leads go on without. Failed: a bug, report it. Missing rises: see what feeds it.",
    "enrichment",
    "outcome",
)
behaviour_events = _counter(
    "leadstream_behaviour_events_total",
    "Behaviour events, by what became of them: kept, nobody, undated, old, unreadable, failed.",
    "Unreadable: mend the producer; the log names reason and offset. Failed: a bug, report it. Nobody: trackers without ids.",
    "outcome",
)
behaviour_lag = _gauge(
    "leadstream_behaviour_lag_records",
    "Behaviour events of this partition that are not yet in the journeys.",
    "Rising: start more of the role behaviour, up to the number of partitions, or look at its Redis. High at once: refilling.",
    "partition",
)
shapes_unnamed = _counter(
    "leadstream_shapes_unnamed_total",
    "Leads whose payload has no shape, because their source brings new shapes without end.",
    "Its member names are data (ids, texts as keys): mend the producer; until then schema changes go unnoticed there.",
    "source",
)
lane_progress = _gauge(
    "leadstream_lane_progress_timestamp_seconds",
    "When this lane last committed a batch (Unix time).",
    "Old while the group lags behind: the lane is stuck; its log says on what. Restart the worker if it says nothing.",
    "source",
    "partition",
)
revisions = _counter(
    "leadstream_revisions_total",
    "Records that the reviser put out again, by where: routed, review, duplicates, rejected, decisions.",
    "At rate 0 while leads are merged: look at the reviser's log. Far above that of duplicates: one is revised over and over.",
    "place",
)
merges = _counter(
    "leadstream_merges_total",
    "Duplicates that the reviser looked at: learned, nothing (added nothing), same_event, alone (un-merged since), gone.",
    "Gone: the original is no longer kept, or its worker was away for ten minutes; the duplicate keeps what it knows.",
    "outcome",
)
verdicts = _counter(
    "leadstream_verdicts_total",
    "Verdicts by what they came to (approved, rerouted, reassigned, rejected, retried, awaits_second, …), or why to nothing.",
    "Not carried out: the reviser's log names lead and reason. Unreadable: whoever writes to leads.verdicts has another schema.",
    "outcome",
)
reviser_lag = _gauge(
    "leadstream_reviser_lag_records",
    "Duplicates and verdicts that the reviser has not dealt with.",
    "Rising: it is down, stands still (its log says on what), or is short of CPU; it merges about a thousand a second.",
)
reviser_waiting = _gauge(
    "leadstream_reviser_waiting",
    "Leads that the reviser will look at: originals (duplicates and verdicts that wait for a lead), unknown (not asked for yet).",
    "Originals for minutes: a worker stands still. Unknown rising: Redis is away, or the match index is being restored.",
    "what",
)
drift = _gauge(
    "leadstream_drift",
    "How far a source is from what was: features (the greatest population stability index of one), score (the mean), won (wins "
    "seen of those to be expected by now), loss (rise of the log loss above that of the plain won share, nats).",
    "Features above 0.25, won below 0.67 or above 1.5, loss above 0.03: see the alerts feature_drift, label_drift and "
    "performance_drift.",
    "source",
    "what",
)
alerts_firing = _gauge(
    "leadstream_alerts_firing",
    "Alerts that fire now.",
    "Read them on the alerts topic: each names what was seen, what was expected, and sample leads.",
    "kind",
    "severity",
)
windows_judged = _gauge(
    "leadstream_monitor_judged_timestamp_seconds",
    "End of the last window that the monitor judged (Unix time).",
    "Old: the monitor is down or cannot read decisions, and silence from it means nothing.",
)
labels = _counter(
    "leadstream_labels_total",
    "What the learner's ledger did with decisions and outcomes, by what (docs/labels.md): learned, corrected, reversed, "
    "reopened, expired, repeated, superseded, unknown_outcome, waited, gave_up, forgotten, …",
    "Learned and expired at rate 0 while outcomes arrive: look at the learner's log. Unknown_outcome rises: the CRM says what "
    "nobody knows. Gave_up rises: it reports leads that are not ours. Forgotten rises: leads take longer to be decided than the "
    "learner remembers them. Corrected rises without reversed: decide_within_days of a source is too short.",
    "what",
)
labels_waiting = _gauge(
    "leadstream_labels_waiting",
    "Outcomes that wait for the decision on their lead.",
    "High for long: the CRM reports leads that are not ours, or decisions are missing from their topic.",
)
labels_pending = _gauge(
    "leadstream_labels_pending",
    "Leads that the learner remembers, so that it can learn their outcome.",
    "At the limit (50,000 per partition of decisions) the oldest are forgotten: see labels_total.",
)
labels_late = _gauge(
    "leadstream_labels_late_records",
    "Records that came too late for their place in the learner's order, since it started.",
    "Above 0: the state after a restart may differ in the last digits. Brokers' clocks differ by more than a second, or "
    "decisions or outcomes lack message.timestamp.type=LogAppendTime: see `leadstream topics`.",
)
model_info = _gauge(
    "leadstream_model_info",
    "1 for the model version in use.",
    "Workers with different versions for long: one cannot read the models topic.",
    "version",
)
flags_info = _gauge(
    "leadstream_flags_info",
    "1 for the state of the toggles in use: the number of the newest change, and a digest of what holds (docs/toggles.md).",
    "Workers with different states for longer than seconds: one cannot read the flags topic, or has another flags.yaml.",
    "version",
)
toggled_off = _counter(
    "leadstream_toggled_off_total",
    "Leads for which a toggle was off, by toggle: they went its plainer way.",
    "Rises unexpectedly: `leadstream flags list` says what is off, `leadstream flags history` who said so and why.",
    "flag",
)
build_info = _gauge("leadstream_build_info", "1 for the running version of leadstream.", "For joining with others.", "version")
build_info.labels(__version__).set(1)
_shown = _Counts[str]()  # of the learner's ledger
model_quality = _gauge(
    "leadstream_model_quality",
    "How good a contender's predictions of the last labels were (log_loss, auc, ece, brier, …), each made before it was learned; "
    "(served) is what workers really said. Told by the learner.",
    "The champion's log_loss rises alone: it is rolled back by itself, else see `leadstream models list`. All rise: the leads "
    "changed (an alert of drift says where), the models follow. ece above .05: the scores are no chances; look at the horizon of "
    "labels. (served) far worse than the champion: workers score with an old version, see model_info.",
    "contender",
    "role",
    "measure",
)
model_moves = _counter(
    "leadstream_model_moves_total",
    "What the contest of models did: promoted, rolled_back, ordered (by a person), refused (an order), settled (probation over).",
    "rolled_back above 0: `leadstream models list` says from whom to whom and why. Moves every day: two recipes are as good; "
    "name fewer in LEADSTREAM_CHALLENGERS.",
    "cause",
)


def show_ledger(counts: Mapping[str, int], pending: int, waiting: int, late: int) -> None:
    """What the learner's ledger holds; `counts` never go back."""
    for what, count in counts.items():
        if (more := count - _shown[what]) > 0:
            labels.labels(what).inc(more)
            _shown[what] = count
    labels_pending.set(pending)
    labels_waiting.set(waiting)
    labels_late.set(late)


def forget_lanes() -> None:
    """Lanes that are no longer ours must not look stuck."""
    lane_progress.clear()


def use_model(version: str) -> None:
    """Say which model version is in use, and only that one."""
    model_info.clear()
    model_info.labels(version).set(1)


def use_flags(version: str) -> None:
    """Say which state of the toggles is in use, and only that one."""
    flags_info.clear()
    flags_info.labels(version).set(1)


def show_standings(rows: Sequence[Mapping[str, Any]]) -> None:
    """Say how champion and challengers stand, and only those there are; rows as `app.learning.standings` makes them."""
    model_quality.clear()
    for row in rows:
        for measure, value in row["quality"].items():
            if value is not None:
                model_quality.labels(row["name"], row["role"], measure).set(value)
