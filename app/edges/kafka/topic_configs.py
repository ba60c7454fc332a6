"""What the broker says of topics' settings: when things go by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from app.edges.kafka.reading import METADATA_S
from app.errors import EdgeDown

Configs = Mapping[str, Mapping[str, str]]


def configs(client: dict[str, Any], topics: Sequence[str], declared: Configs) -> dict[str, Mapping[str, str]]:
    """Topic → its settings; topics that do not exist are left out.

    Args:
        declared: What stands for those that we may not be told of; it takes a right that few need.

    Raises:
        EdgeDown: The broker does not answer.
    """
    admin = AdminClient(client)
    try:
        known = admin.list_topics(timeout=METADATA_S).topics
        asked = [ConfigResource(ResourceType.TOPIC, topic) for topic in dict.fromkeys(topics) if topic in known]
        if not asked:
            return {}
        told = admin.describe_configs(asked, request_timeout=METADATA_S)
        return {one.name: _told(future, declared.get(one.name, {})) for one, future in told.items()}
    except KafkaException as error:
        raise EdgeDown(f"Kafka does not answer: {error.args[0].str()}") from error


def _told(future: Any, declared: Mapping[str, str]) -> Mapping[str, str]:
    try:
        return {name: entry.value for name, entry in future.result().items()}
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_AUTHORIZATION_FAILED:
            raise
        return declared
