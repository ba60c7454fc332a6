"""What we change in how Faust reads, in one place.

Faust reads `read_uncommitted` unless its own exactly_once is on (which is not exactly once: see docs/failure-scenarios.md).
Producers upstream may use transactions; what they abort must not become a lead.
"""

from __future__ import annotations

from typing import Any

import aiokafka
import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport


class _ReadCommittedThread(AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001  no setting reaches it; read once, at start
        return consumer


class ReadCommittedConsumer(Consumer):
    """Faust's consumer, isolated from aborted transactions."""

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _ReadCommittedThread(self, loop=self.loop, beacon=self.beacon)


class ReadingTransport(Transport):
    """Faust's aiokafka transport with our consumer."""

    Consumer = ReadCommittedConsumer


class ReadingApp(faust.App):
    """A Faust app that reads through it."""

    def _new_transport(self) -> Any:
        return ReadingTransport(self.conf.broker_consumer, self)
