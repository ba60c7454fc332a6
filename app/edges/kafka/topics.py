"""Makes the topics what `topic_specs.py` declares, and says where an existing one differs.

Nothing here ever deletes a topic, or changes one that exists: a wrong number of partitions or a wrong setting is reported, and a
person decides.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType
from rich.table import Table

from app.edges.kafka.door import ANSWER_S, FOR_A_PERSON, answer, opened, present
from app.edges.kafka.topic_specs import DAY_MS, DLQ_RECORD_BYTES, TopicSpec, declare, sized
from app.errors import ConfigurationError, EdgeDown

__all__ = [
    "DLQ_RECORD_BYTES",
    "Difference",
    "Report",
    "TopicSpec",
    "TopicState",
    "compare",
    "create",
    "declare",
    "present",
    "sized",
]

_LEADERS_TIMEOUT_S = 30.0  # for all new partitions to have a leader


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting of an existing topic that is not as declared."""

    setting: str
    declared: str
    found: str


@dataclass(frozen=True, slots=True)
class TopicState:
    """What `create` did with, or found about, one topic."""

    spec: TopicSpec
    action: Literal["created", "kept", "missing"]
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What `create` did."""

    topics: tuple[TopicState, ...]

    @property
    def created(self) -> tuple[str, ...]:
        return tuple(state.spec.name for state in self.topics if state.action == "created")

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(state.spec.name for state in self.topics if state.action == "missing")

    @property
    def differing(self) -> tuple[TopicState, ...]:
        return tuple(state for state in self.topics if state.differences)

    def table(self) -> Table:
        """For `leadstream topics`."""
        table = Table("topic", "partitions", "cleanup", "keeps", "state", "differs (declared → found)")
        for state in self.topics:
            spec, config = state.spec, state.spec.config
            differs = "\n".join(f"{d.setting}: {d.declared} → {d.found}" for d in state.differences)
            table.add_row(
                spec.name, str(spec.partitions), config.get("cleanup.policy", ""), _keeps(config), state.action, differs
            )
        return table


def _keeps(config: Mapping[str, str]) -> str:
    if "retention.ms" not in config:
        return "latest per key"
    if config["retention.ms"] == "-1":
        return f"{int(config['retention.bytes']) // 2**20} MiB/partition"
    return f"{int(config['retention.ms']) // DAY_MS} d"


def create(admin_config: Mapping[str, Any], specs: Sequence[TopicSpec]) -> Report:
    """Create the topics that are missing, leave those that exist, and say where these differ.

    Returns when every new partition has a leader. Several processes may do this at once.

    Args:
        admin_config: As of `KafkaSettings.client()`.
        specs: The topics, in the order of the report.

    Raises:
        ConfigurationError: The cluster refuses, or does not know us; says which topic, why, and how to mend it.
        EdgeDown: The cluster does not answer.
    """
    with opened(admin_config) as (admin, heard):
        there = answer(admin, heard, ANSWER_S)
        created = _create([spec for spec in specs if spec.name not in there], admin)
        kept = [spec for spec in specs if spec.name not in created]
        found = _differences(kept, admin)
        _wait_for_leaders(created, admin)
    return Report(
        tuple(
            TopicState(spec, "created") if spec.name in created else TopicState(spec, "kept", found[spec.name]) for spec in specs
        )
    )


def compare(admin_config: Mapping[str, Any], specs: Sequence[TopicSpec]) -> Report:
    """What `create` would do and find, without doing anything. Arguments and errors as there."""
    with opened(admin_config) as (admin, heard):
        there = answer(admin, heard, ANSWER_S)
        found = _differences([spec for spec in specs if spec.name in there], admin)
    return Report(
        tuple(TopicState(spec, "kept", found[spec.name]) if spec.name in found else TopicState(spec, "missing") for spec in specs)
    )


def _create(missing: Sequence[TopicSpec], admin: AdminClient) -> set[str]:
    """The names of those that this call has created: another process may be faster."""
    if not missing:
        return set()
    wanted = [NewTopic(s.name, s.partitions, s.replication_factor, config=dict(s.config)) for s in missing]
    created: set[str] = set()
    refused: list[tuple[str, KafkaError]] = []
    for name, told in admin.create_topics(wanted, operation_timeout=ANSWER_S, request_timeout=ANSWER_S).items():
        try:
            told.result()
            created.add(name)
        except KafkaException as failure:
            error: KafkaError = failure.args[0]
            if error.code() in FOR_A_PERSON:
                refused.append((name, error))
            elif error.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    if refused:
        lines = "\n".join(f"  {name}: {error.str()}: {FOR_A_PERSON[error.code()]}" for name, error in refused)
        raise ConfigurationError(f"the cluster refuses {len(refused)} topics:\n{lines}")
    return created


def _differences(kept: Sequence[TopicSpec], admin: AdminClient) -> dict[str, tuple[Difference, ...]]:
    if not kept:
        return {}
    metadata = admin.list_topics(timeout=ANSWER_S).topics
    resources = {spec.name: ConfigResource(ResourceType.TOPIC, spec.name) for spec in kept}
    answers = admin.describe_configs(list(resources.values()), request_timeout=ANSWER_S)
    differences = {}
    for spec in kept:
        found = {name: entry.value for name, entry in answers[resources[spec.name]].result().items()}
        partitions = metadata[spec.name].partitions
        replicas = min((len(partition.replicas) for partition in partitions.values()), default=0)
        pairs = [
            ("partitions", str(spec.partitions), str(len(partitions))),
            ("replicas", str(spec.replication_factor), str(replicas)),
        ]
        pairs += [(setting, declared, str(found.get(setting))) for setting, declared in spec.config.items()]
        differences[spec.name] = tuple(Difference(*pair) for pair in pairs if pair[1] != pair[2])
    return differences


def _wait_for_leaders(created: set[str], admin: AdminClient) -> None:
    """The controller answers before the brokers know a new topic; who writes at once would be told that it does not exist."""
    deadline = time.monotonic() + _LEADERS_TIMEOUT_S
    while created:
        topics = admin.list_topics(timeout=ANSWER_S).topics
        led = [name for name in created if name in topics and all(p.leader >= 0 for p in topics[name].partitions.values())]
        if len(led) == len(created):
            return
        if time.monotonic() > deadline:
            raise EdgeDown(
                f"{len(created) - len(led)} new topics have no leader after {_LEADERS_TIMEOUT_S:.0f} s: is a broker down?"
            )
        time.sleep(0.05)
