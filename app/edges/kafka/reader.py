"""What we change in how Faust reads, in one place. Faust still joins the group, fetches, rebalances and pauses.

1. **Isolation.** Faust reads `read_uncommitted` unless its own exactly_once is on (which is not exactly once: see
   docs/failure-scenarios.md). Producers upstream may use transactions; what they abort must not become a lead.
2. **One step per fetch.** Faust takes every single record through two tasks, a queue, sensors and acks, about 70
   microseconds that serve nothing here, because the lanes own positions and acknowledge by transaction. We hand on each
   fetch as it is. `make bench` shows what that is worth.
3. **Positions.** After a rebalance Faust seeks to the committed offsets at a moment of its own choosing, and not at all where
   none was committed. The lanes know better: reading goes on where they say, and what was read before that is void.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiokafka
import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP

FETCHES_AHEAD = 2  # a fetch holds up to broker_max_poll_records; the lanes hold more
_FAUST = logging.getLogger("faust.reader")  # else Faust names our subclasses' loggers by this module, and chats as if it were us


@dataclass(frozen=True, slots=True)
class Fetch:
    """What one poll brought, by partition, in offset order.

    Attributes:
        epoch: The consumer's when it was read: it grows with each `read_from`, and fetches of an earlier one are void.
    """

    records: dict[TP, Sequence[Any]]
    epoch: int


class _Thread(AIOKafkaConsumerThread):
    """Faust runs the aiokafka consumer in a thread of its own. What must not interleave with a poll happens in there."""

    logger = _FAUST
    epoch = 0

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001  no setting reaches it; read once, at start
        return consumer

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Fetch | None:
        records = await super()._fetch_records(*args, **kwargs)
        return Fetch(records, self.epoch) if records else None

    async def read_from(self, positions: Mapping[TP, int]) -> None:
        consumer = self._ensure_consumer()
        if set(positions) <= set(consumer.assignment()):  # else the subscription changed just now: another rebalance is coming
            for tp, offset in positions.items():
                consumer.seek(tp, offset)
        self.epoch += 1  # without an await since the first seek: no poll can have come between


class FetchConsumer(Consumer):
    """Faust's consumer, read_committed, that hands on whole fetches in `fetches`."""

    logger = _FAUST

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fetches: asyncio.Queue[Fetch] = asyncio.Queue(FETCHES_AHEAD)

    @property
    def epoch(self) -> int:
        """Only fetches of this epoch count."""
        return int(self._thread.epoch)

    async def read_from(self, positions: Mapping[TP, int]) -> None:
        """Read on from these offsets; everything read before is void."""
        await self._thread.call_thread(self._thread.read_from, positions)

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Poll for as long as the fetcher lives. Replaces Faust's loop over single records; same stops and errors."""
        try:
            while not (self.should_stop or fetcher.should_stop):
                await asyncio.sleep(0)  # a poll that has records at hand does not yield
                fetch, _ = await self._wait_next_records(1.0)
                if self.should_stop:
                    return
                if fetch and self.flow_active:
                    # A full queue must not hold up a rebalance: then the fetch is dropped, and read again afterwards.
                    await self.wait_first(self.fetches.put(fetch), self.suspend_flow.wait())
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.transport.app.should_stop:
                raise


class _FetchTransport(Transport):
    logger = _FAUST
    Consumer = FetchConsumer


class FetchApp(faust.App):
    """A Faust app whose consumer hands on whole fetches."""

    logger = _FAUST

    def _create_directories(self) -> None:
        """None: Faust would make some in the working directory, for tables that we do not have."""

    def _new_transport(self) -> Any:
        return _FetchTransport(self.conf.broker_consumer, self)
