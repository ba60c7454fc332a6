"""What the topics must look like: partitions, retention and limits, each with its reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.edges.kafka.names import Topics
from app.inventory.models import Inventory
from app.settings import MAX_RECORD_BYTES, AppSettings

DLQ_RECORD_BYTES = MAX_RECORD_BYTES + 1_000_000  # the largest input, and the headers that say why it is there

DAY_MS = 24 * 3_600_000

_MODELS_SEGMENT = 64 * 2**20  # what a worker reads at its start, at most, beside what is compacted: a version every 5 s adds up
_TOMBSTONE_DAYS = 7  # a reader that was down for less than this still sees that a key was removed

_SHARED = {
    # Records keep their sender's time. The broker's default refuses times more than an hour ahead: a wrong clock would lose us
    # the lead before we saw it. Validation judges times, the broker does not.
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": str(2**63 - 1),
}
# But what the learner reads carries the broker's own time: it orders records across partitions, so nobody's clock may.
_LEARNED_FROM = {"message.timestamp.type": "LogAppendTime"}
_SAFE = {"min.insync.replicas": "2", "unclean.leader.election.enable": "false"}  # needs three replicas to be of use


_SOON = {"max.compaction.lag.ms": str(DAY_MS)}  # what was removed is gone after a day: nobody needs the older record


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How one topic must be."""

    name: str
    partitions: int
    replication_factor: int = 1
    config: Mapping[str, str] = field(default_factory=dict)


def declare(inventory: Inventory, names: Topics, settings: AppSettings, replication_factor: int = 1) -> list[TopicSpec]:
    """All topics of an installation, in the order in which a lead meets them."""

    def spec(name: str, partitions: int, config: dict[str, str]) -> TopicSpec:
        safe = _SAFE if replication_factor >= 3 else {}
        return TopicSpec(name, partitions, replication_factor, _SHARED | safe | config)

    privacy = inventory.privacy

    def kept(topic: str, record_bytes: int = MAX_RECORD_BYTES) -> dict[str, str]:
        return _kept_for(privacy.days(topic), record_bytes)

    def leads(topic: str, record_bytes: int = MAX_RECORD_BYTES) -> dict[str, str]:
        """Of leads, by lead id: as others, but what a newer record of the same lead says anew goes before, so that a person can
        be erased. Until then the reviser finds a lead's first record, to take a merge back wholly."""
        return kept(topic, record_bytes) | {
            "cleanup.policy": "compact,delete",
            "min.compaction.lag.ms": str(privacy.compaction.after_days * DAY_MS),
            "max.compaction.lag.ms": str(privacy.compaction.within_days * DAY_MS),  # however few old ones: an erasure waits
            # Tombstones stay as long as leads: for the ledger, and because a dead letter may have no value and is no tombstone.
            "delete.retention.ms": str(privacy.days(topic) * DAY_MS),
        }

    def by_lead(topic: str) -> dict[str, str]:
        """The newest of each lead, for as long as what it belongs to is kept."""
        return _latest_per_key() | {"cleanup.policy": "compact,delete", "retention.ms": str(privacy.days(topic) * DAY_MS)}

    # The inputs' number decides how many workers can share the work; the number of the others only how their readers can.
    inbound = [
        spec(names.inbound(source.name), settings.partitions or source.partitions, kept("inbound"))
        for source in inventory.sources.values()
    ]
    routed = [spec(names.routed(team.name), team.partitions, leads("routed")) for team in inventory.teams.values()]
    specs = [
        *inbound,
        *routed,
        spec(names.review, 3, leads("review")),
        spec(names.duplicates, 3, leads("duplicates")),
        spec(names.dlq, 3, leads("dlq", DLQ_RECORD_BYTES)),
        spec(names.decisions, 6, kept("decisions") | _LEARNED_FROM),  # one per lead: the busiest
        spec(names.outcomes, 3, kept("outcomes") | _LEARNED_FROM),
        spec(names.verdicts, 1, leads("verdicts")),
        spec(names.spend, 1, kept("spend")),
        spec(names.behaviour, 3, kept("behaviour")),
        # One partition: the newest model, and the newest state of an alert, are the last in one order that all readers share.
        spec(names.models, 1, _latest_per_key() | {"segment.bytes": str(_MODELS_SEGMENT)}),
        spec(names.alerts, 1, _latest_per_key()),
        spec(names.mappings, 1, _latest_per_key()),
        spec(names.shapes, 1, _latest_per_key()),
        spec(names.rejected, 3, leads("rejected")),
        spec(names.capacity, 1, _latest_per_key()),
        spec(names.flags, 1, _latest_per_key()),
        spec(names.rollouts, 1, _latest_per_key()),
        spec(names.changes, 1, kept("changes")),
        spec(names.replays, 1, by_lead("replays")),
        spec(names.keys, 6, by_lead("keys") | _SOON),  # one per lead, read by lead: no order of all is needed
        spec(names.consent, 1, kept("consent")),
        spec(names.suppressions, 1, _latest_per_key()),
        spec(names.erasure, 1, by_lead("erasure") | _SOON),  # a request goes when it is done; the proof stays
        spec(names.erased, 1, kept("erased")),
    ]
    return sized(specs, settings.partition_bytes) if settings.partition_bytes else specs


def sized(specs: Sequence[TopicSpec], partition_bytes: int) -> list[TopicSpec]:
    """The same topics, limited by size instead of age: for simulated traffic, whose times are of other days.

    Args:
        specs: The topics; compacted ones stay as they are.
        partition_bytes: What a partition may keep.
    """
    limit = {
        "retention.ms": "-1",
        "retention.bytes": str(partition_bytes),
        "segment.bytes": str(max(partition_bytes // 4, 2**20)),
    }
    return [replace(spec, config={**spec.config, **limit}) if "retention.ms" in spec.config else spec for spec in specs]


def _kept_for(days: int, record_bytes: int = MAX_RECORD_BYTES) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * DAY_MS), "max.message.bytes": str(record_bytes)}


def _latest_per_key() -> dict[str, str]:
    return {
        "cleanup.policy": "compact",
        "max.message.bytes": str(MAX_RECORD_BYTES),
        "delete.retention.ms": str(_TOMBSTONE_DAYS * DAY_MS),
        "segment.ms": str(DAY_MS),  # the newest segment is never compacted; without this it stays the newest for a week
        "min.cleanable.dirty.ratio": "0.1",
    }
