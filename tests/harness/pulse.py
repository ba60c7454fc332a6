"""How far behind an installation is, looked at twice a second while it is being broken."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

EVERY_S: Final = 0.5
ASK_S: Final = 3.0
YOUNG_S: Final = 2.0  # at full rate no record waits longer than this
STEADY: Final = 3  # looks in a row
_KEPT: Final = 2_000  # looks

Where = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Look:
    """One look: monotonic seconds, the group's positions and the topics' ends."""

    at: float
    committed: Mapping[Where, int]
    ends: Mapping[Where, int]

    @property
    def behind(self) -> int:
        """Records not accounted for yet."""
        return sum(max(0, end - max(0, self.committed.get(where, 0))) for where, end in self.ends.items())

    def past(self, earlier: Look) -> bool:
        """Whether all that stood on the topics at an earlier look is accounted for by now."""
        return all(self.committed.get(where, 0) >= end for where, end in earlier.ends.items() if end)


class Pulse:
    """A context. Its thread asks with two requests a look, so that it is no load; while the broker is away it sees nothing.

    Args:
        client: confluent-kafka settings.
        group: The workers' group.
        topics: The inbound topics; they exist.
    """

    def __init__(self, client: dict[str, Any], group: str, topics: Sequence[str]) -> None:
        self._client, self._group, self._topics = client, group, topics
        self._partitions: list[TopicPartition] = []
        self.looks: deque[Look] = deque(maxlen=_KEPT)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def at_full_rate_since(self, moment: float) -> float | None:
        """When, after this moment, nothing waited longer than YOUNG_S any more, of what came after it, too; None: not yet.

        Judged by partition: one that stands still while the others go on is not at full rate.
        """
        looks = [look for look in list(self.looks) if look.at >= moment]
        steady = 0
        for n, look in enumerate(looks):
            young = [one for one in looks[:n] if look.at - one.at >= YOUNG_S]
            steady = steady + 1 if young and look.past(young[-1]) else 0
            if steady == STEADY:
                return looks[n - STEADY + 1].at
        return None

    @property
    def behind(self) -> int | None:
        """Records not accounted for, at the last look."""
        return self.looks[-1].behind if self.looks else None

    def _run(self) -> None:
        admin = AdminClient(self._client | {"reconnect.backoff.max.ms": 500})  # ends with this thread
        while not self._stop.wait(EVERY_S):
            with suppress(KafkaException):
                self.looks.append(self._look(admin))

    def _look(self, admin: AdminClient) -> Look:
        if not self._partitions:
            known = admin.list_topics(timeout=ASK_S).topics
            self._partitions = [TopicPartition(topic, p) for topic in self._topics for p in known[topic].partitions]
        asked = [ConsumerGroupTopicPartitions(self._group, self._partitions)]
        (answer,) = admin.list_consumer_group_offsets(asked, request_timeout=ASK_S).values()
        committed = {(tp.topic, tp.partition): tp.offset for tp in answer.result().topic_partitions}
        ends = admin.list_offsets({tp: OffsetSpec.latest() for tp in self._partitions}, request_timeout=ASK_S)
        return Look(time.monotonic(), committed, {(tp.topic, tp.partition): one.result().offset for tp, one in ends.items()})
