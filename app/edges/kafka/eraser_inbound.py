"""The inbound topics, for the eraser: how far the workers are, and raw records that go before their time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from app.edges.kafka.reading import METADATA_S, positions, watermarks
from app.errors import EdgeDown

log = structlog.get_logger(__name__)

Where = tuple[str, int]
NO_RIGHT: Final = "TOPIC_AUTHORIZATION_FAILED"


class Inbound:
    """See the module.

    Args:
        client: confluent-kafka settings.
        group: The workers'.
        topics: Names of the inbound topics that there are by now.
    """

    def __init__(self, client: dict[str, Any], group: str, topics: Callable[[], list[str]]) -> None:
        self._client, self._group, self._topics = client, group, topics

    def ends(self) -> dict[Where, tuple[int, int]]:
        """(topic, partition) → oldest and next offset.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        return watermarks(self._client, self._topics())

    def waiting(self, ends: Mapping[Where, tuple[int, int]]) -> int:
        """Records before these ends that the workers have not accounted for.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        at = self._passed(ends)
        return sum(max(0, high - max(low, at.get(where, low))) for where, (low, high) in ends.items())

    def cut(self, last: Mapping[Where, int]) -> dict[str, int | None]:
        """Delete the raw records up to these, as far as the workers have passed them; of everybody's, for a log has no holes.

        Args:
            last: (topic, partition) → offset of the person's last record.

        Returns:
            Topic → partitions that were cut; None where we may not: there they go by their age.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        known = self.ends()
        at = self._passed(known)
        cut: dict[str, int | None] = {topic: 0 for topic, _ in last if any(topic == one for one, _ in known)}
        wanted = []
        for where, offset in last.items():
            low, _ = known.get(where, (0, 0))
            if low < (until := min(offset + 1, at.get(where, 0))):
                wanted.append(TopicPartition(*where, until))
        if not wanted:
            return cut
        admin = AdminClient(self._client)
        for tp, future in admin.delete_records(wanted, request_timeout=METADATA_S, operation_timeout=METADATA_S).items():
            try:
                future.result()
            except KafkaException as error:
                if error.args[0].name() != NO_RIGHT:
                    raise EdgeDown(f"{tp.topic} could not be cut: {error.args[0].str()}") from error
                todo = "give the role privacy the right to delete records (`leadstream topics --acls`), or let them expire"
                log.warning("records_not_deleted", topic=tp.topic, partition=tp.partition, todo=todo)
                cut[tp.topic] = None
                continue
            if (count := cut.get(tp.topic, 0)) is not None:
                cut[tp.topic] = count + 1
        return cut

    def _passed(self, ends: Mapping[Where, Any]) -> dict[Where, int]:
        return {where: at for where, at in positions(self._client, self._group, sorted({t for t, _ in ends})).items() if at >= 0}
