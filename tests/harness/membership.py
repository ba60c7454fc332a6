"""Whether a consumer group is at work: it has members, and they have their partitions."""

from __future__ import annotations

from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient


def at_work(admin: AdminClient, group: str) -> bool:
    """False as well while Kafka does not know the group yet."""
    try:
        found = admin.describe_consumer_groups([group], request_timeout=5)[group].result(10)
    except (KafkaException, TimeoutError):
        return False
    return bool(found.state == ConsumerGroupState.STABLE and found.members)
