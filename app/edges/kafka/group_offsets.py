"""Where a consumer group stands, and where its topics begin and end: asked without being a member."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, Final

from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from app.edges.kafka.reading import ended, reader, settled
from app.errors import EdgeDown

SPARED: Final = "-spared"  # what the group is called beside which processes say that their records are not to blame
_SPARED_KEPT: Final = 16
STEP_S: Final = 10  # one call to the broker; as long as a transaction may stay open, because after that the broker aborts it


class Ends:
    """Asks where partitions end: one request to each broker, however many partitions."""

    def __init__(self, client: dict[str, Any]) -> None:
        self._client = client
        self._admin = AdminClient(client)

    def of(self, partitions: Sequence[tuple[str, int]], isolation: IsolationLevel) -> dict[tuple[str, int], int]:
        """The next offset of those that answer in time. READ_COMMITTED: where a transaction that is open begins, at most."""
        found: dict[tuple[str, int], int] = {}
        asked = {TopicPartition(*tp): OffsetSpec.latest() for tp in partitions}
        if asked:
            for tp, answer in self._admin.list_offsets(asked, isolation_level=isolation, request_timeout=STEP_S).items():
                with suppress(KafkaException):  # asked again later; a broker that is away is noticed elsewhere
                    found[tp.topic, tp.partition] = int(answer.result(2 * STEP_S).offset)
        if len(found) < len(asked):
            self._admin = AdminClient(self._client)  # it does not look again for a leader that came back with another epoch
        return found


class GroupOffsets:
    """Reads the group's committed positions and lets transactions commit them.

    A consumer of the group that never subscribes: its metadata carries no generation, so the transactional id's epoch
    alone fences (one id per input partition, see Lane).
    """

    def __init__(self, client: dict[str, Any], group: str) -> None:
        self._client, self._group = client, group
        self._consumer = Consumer(client | {"group.id": group, "enable.auto.commit": False})
        self._saying = threading.Lock()
        self._asking = Ends(client)
        self.metadata = self._consumer.consumer_group_metadata()

    def committed(self, topic: str, partition: int) -> int | None:
        """The next offset to account for, or None where none was ever committed."""
        return self.noted(topic, partition)[0]

    def noted(self, topic: str, partition: int) -> tuple[int | None, str]:
        """As `committed`, and the note that was committed with it."""
        (found,) = settled(lambda: self._consumer.committed([TopicPartition(topic, partition)], STEP_S))
        if found.error:
            raise KafkaException(found.error)
        return (found.offset, found.metadata or "") if found.offset >= 0 else (None, "")

    @cached_property
    def _beside(self) -> Consumer:
        return Consumer(self._client | {"group.id": f"{self._group}{SPARED}", "enable.auto.commit": False})

    def spared(self, topic: str, partition: int) -> set[str]:
        """Processes that had records of the partition under way when they lost it, and did not end of them."""
        (found,) = settled(lambda: self._beside.committed([TopicPartition(topic, partition)], STEP_S))
        if found.error:
            raise KafkaException(found.error)
        return set((found.metadata or "").split(",")) - {""}

    def spare(self, topic: str, partition: int, process: str) -> None:
        """Say it of this process, in a group of its own without members: whoever lost a partition may not write to ours."""
        with self._saying:
            known = sorted(self.spared(topic, partition) - {process})[1 - _SPARED_KEPT :]
            told = TopicPartition(topic, partition, 0, ",".join([*known, process]))
            self._beside.commit(offsets=[told], asynchronous=False)

    def beginning(self, topic: str, partition: int) -> int:
        """The oldest offset that the broker still has."""
        low, _ = settled(lambda: self._consumer.get_watermark_offsets(TopicPartition(topic, partition), STEP_S))
        return int(low)

    def ends(self, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The next offset that a read_committed consumer could come to, for those of the partitions that answer in time."""
        return self._asking.of(partitions, IsolationLevel.READ_COMMITTED)

    def first_committed_record(self, topic: str, partition: int, offset: int) -> int | None:
        """Offset of the first record at or after `offset` that a read_committed consumer gets; None: there is none.

        Raises:
            EdgeDown: Kafka does not tell in time.
        """
        probe = reader(self._client)
        try:
            probe.assign([TopicPartition(topic, partition, offset)])
            deadline = time.monotonic() + STEP_S
            while time.monotonic() < deadline:
                message = probe.poll(0.5)
                if message is not None and not message.error():
                    return int(message.offset())
                if message is not None and ended(message):
                    return None
            raise EdgeDown("Kafka does not answer: a record that is missing could not be looked for")
        finally:
            probe.close()
