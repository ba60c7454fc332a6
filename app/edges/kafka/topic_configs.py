"""What the broker says of topics' settings: when things go by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from app.edges.kafka.reading import METADATA_S
from app.errors import EdgeDown


def configs(client: dict[str, Any], topics: Sequence[str]) -> dict[str, dict[str, str]]:
    """Topic → its settings; topics that do not exist are left out.

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
        return {one.name: {name: entry.value for name, entry in future.result().items()} for one, future in told.items()}
    except KafkaException as error:
        raise EdgeDown(f"Kafka does not answer: {error.args[0].str()}") from error
