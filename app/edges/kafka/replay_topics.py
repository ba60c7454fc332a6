"""What a replay has to know of the inbound topics: which partitions there are, and for how long they keep a record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import Future
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from app.edges.kafka.reading import METADATA_S, settled
from app.edges.kafka.topic_specs import DAY_MS
from app.errors import EdgeDown

OUTAGE_MS: Final = 4 * DAY_MS  # a record that is sent again must outlive the longest outage that the topics are planned for


class Inbound:
    """Some inbound topics as they are now.

    Raises:
        EdgeDown: Kafka does not answer.
    """

    def __init__(self, client: Mapping[str, Any], topics: Collection[str]) -> None:
        admin = AdminClient(dict(client))
        known = settled(lambda: admin.list_topics(timeout=METADATA_S)).topics
        self._partitions = {topic: set(known[topic].partitions) for topic in topics if topic in known}
        asked = {topic: ConfigResource(ResourceType.TOPIC, topic) for topic in self._partitions}
        answers = admin.describe_configs(list(asked.values()), request_timeout=METADATA_S) if asked else {}
        self._keeps = {topic: _kept(answers[resource]) for topic, resource in asked.items()}

    def has(self, topic: str, partition: int) -> bool:
        """Whether there is this partition."""
        return partition in self._partitions.get(topic, ())

    def keeps_ms(self, topic: str) -> int | None:
        """How old a record may be that is sent to it; None: as old as it is."""
        return self._keeps.get(topic)


def inbound_topics(client: Mapping[str, Any], prefix: str) -> set[str]:
    """The topics whose names begin so.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    admin = AdminClient(dict(client))
    return {topic for topic in settled(lambda: admin.list_topics(timeout=METADATA_S)).topics if topic.startswith(prefix)}


def _kept(answer: Future[Any]) -> int | None:
    try:
        return keeps_ms(int(answer.result(2 * METADATA_S)["retention.ms"].value))
    except KafkaException as error:
        cause = error.args[0]
        if cause.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:  # we may not ask: no record is so young that it surely stays
            return 0
        raise EdgeDown(f"Kafka does not say how long inbound topics keep records: {cause.str()}") from error


def keeps_ms(retention_ms: int) -> int | None:
    """How old a record may be, so that the topic keeps it for as long as an outage may last; or for half of its retention."""
    return None if retention_ms < 0 else retention_ms - min(OUTAGE_MS, retention_ms // 2)
