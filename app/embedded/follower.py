"""Follows the output topics of a run: for the eye (Live) and for the books (Audit)."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

from confluent_kafka import TopicPartition

from app.edges.kafka.audit import Audit, Ledger
from app.edges.kafka.ledger import conclude
from app.edges.kafka.reading import consumed, ended, partitions, positions, reader, watermarks
from app.errors import BadRecord
from app.ops.live import Live
from app.wiring import Installation

_POLL_S = 0.2
_BATCH = 500


class Follower:
    """Reads in a thread of its own, from where the topics end when it is made.

    Args:
        installation: Its topics exist.
        live: Told of decisions, alerts and models.

    Attributes:
        fresh: Whether the inbound topics were empty when it was made; else only what came afterwards counts.

    Raises:
        EdgeDown: Kafka does not answer.
    """

    def __init__(self, installation: Installation, live: Live) -> None:
        self._installation, self._live = installation, live
        self._client, inbound = installation.kafka.client(), self._inbound()
        names, inventory = installation.names, installation.inventory
        since = {where: end for where, (_, end) in watermarks(self._client, inbound).items()}
        self.fresh = not any(since.values())
        self._audit = Audit(names, list(inventory.sources), list(inventory.teams), since, whole=self.fresh)
        self._consumer = reader(self._client)
        topics = [*self._audit.topics, names.alerts, names.models]
        self._read = {where: end for where, (_, end) in watermarks(self._client, topics).items()}
        self._books = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)
        self._assign()
        self._thread.start()

    def left(self, ends: dict[tuple[str, int], int]) -> int:
        """How many records before these ends of the inbound topics are not accounted for yet."""
        with self._books:
            return sum(len(offsets) for offsets in self._audit.missing(ends).values())

    def inbound_ends(self) -> dict[tuple[str, int], int]:
        return {where: end for where, (_, end) in watermarks(self._client, self._inbound()).items()}

    def conclude(self) -> Ledger:
        """Read what is left to read, and close the books. The workers have stopped."""
        inbound = self._inbound()
        committed = positions(self._client, self._installation.app.group, inbound)
        self.close()
        consumer = self._consumer = reader(self._client)
        try:
            self._assign()
            waiting = set(self._read)
            while waiting:
                for message in consumed(consumer):
                    if ended(message):
                        waiting.discard((message.topic(), message.partition()))
                    else:
                        self._take(message)
        finally:
            consumer.close()
        return conclude(self._audit, self._client, inbound, committed)

    def _inbound(self) -> list[str]:
        """The inbound topics by now: sources that nobody declared may come while we follow."""
        return [self._installation.names.inbound(source) for source in self._installation.sources_now()]

    def close(self) -> None:
        """Stop reading."""
        self._stopped.set()
        self._thread.join()

    def _assign(self) -> None:
        known = {(tp.topic, tp.partition) for tp in partitions(self._consumer, sorted({topic for topic, _ in self._read}))}
        self._consumer.assign([TopicPartition(*where, offset) for where, offset in self._read.items() if where in known])

    def _follow(self) -> None:
        try:
            while not self._stopped.is_set():
                for message in self._consumer.consume(_BATCH, _POLL_S):
                    if not message.error():  # a broker that is away comes back; `conclude` waits no longer than it should
                        self._take(message)
        finally:
            self._consumer.close()

    def _take(self, message: Any) -> None:
        topic, names = message.topic(), self._installation.names
        self._read[topic, message.partition()] = message.offset() + 1
        if topic not in (names.alerts, names.models):
            with self._books:
                self._audit.take(message)
        if topic == names.models:
            self._live.models += 1
        elif topic in (names.decisions, names.alerts) and message.value() is not None:
            with suppress(BadRecord):  # on a shared cluster anyone may have written it; the books have it all the same
                self._show(topic, message)

    def _show(self, topic: str, message: Any) -> None:
        decode = self._installation.codec.decode
        if topic == self._installation.names.alerts:
            self._live.alert(decode(message.value(), "alert"))
        else:
            self._live.decision(decode(message.value(), "decision"), message.timestamp()[1], time.monotonic())
