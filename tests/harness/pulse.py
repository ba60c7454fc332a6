"""How far behind an installation is, looked at twice a second while it is being broken."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

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

    def past(self, earlier: Look) -> bool:
        """Whether all that stood on the topics at an earlier look is accounted for by now."""
        return all(self.committed.get(where, 0) >= end for where, end in earlier.ends.items())


class Pulse:
    """A context. Its thread asks with one request a look, so that it is no load; while the broker is away it sees nothing.

    Not by an admin client: under load and faults librdkafka's ended the process here (an assertion of its own).

    Args:
        client: confluent-kafka settings.
        group: The workers' group.
        ends: Tells where the inbound topics end, of those partitions that have records.
    """

    def __init__(self, client: dict[str, Any], group: str, ends: Callable[[], Mapping[Where, int]]) -> None:
        self._settings = client | {"group.id": group, "enable.auto.commit": False, "isolation.level": "read_uncommitted"}
        self._ends = ends
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

    def _run(self) -> None:
        consumer = Consumer(self._settings)  # never subscribes; ends with this thread
        try:
            while not self._stop.wait(EVERY_S):
                with suppress(KafkaException):
                    self.looks.append(self._look(consumer))
        finally:
            consumer.close()

    def _look(self, consumer: Consumer) -> Look:
        ends = self._ends()  # before the positions
        asked = [TopicPartition(*where) for where in ends]
        told = consumer.committed(asked, ASK_S) if asked else []
        return Look(time.monotonic(), {(tp.topic, tp.partition): tp.offset for tp in told}, ends)
