"""What we change in how Faust reads, in one place. Faust still joins the group, fetches, rebalances and pauses.

1. **Isolation.** Faust reads `read_uncommitted` unless its own exactly_once is on (which is not exactly once: see
   docs/failure-scenarios.md). Producers upstream may use transactions; what they abort must not become a lead.
2. **One step per fetch.** Faust takes every single record through two tasks, a queue, sensors and acks, about 70
   microseconds that serve nothing here, because the lanes own positions and acknowledge by transaction. We hand on each
   fetch as it is. `make bench` shows what that is worth.
3. **Bounded fetches.** A poll hands on 2,000 records whatever their size: ten gigabytes of five-megabyte ones, where compression
   made them small. A fetch ends after FETCH_BYTES and the records at hand then.
4. **Positions.** After a rebalance Faust seeks to the committed offsets at a moment of its own choosing, and not at all where
   none was committed. The lanes know better: reading goes on where they say, and what was read before that is void.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiokafka
import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP

from app.edges.kafka.header_names import tolerate_header_names

FETCHES_AHEAD = 2  # the lanes hold more
FETCH_BYTES = 8_000_000  # a fetch that holds so much, or broker_max_poll_records, is handed on
FIRST_RECORDS, GROWTH = 4, 4  # a fetch begins with few records: their size tells how many more may be taken out at a time
_FAUST = logging.getLogger("faust.reader")  # else Faust names our subclasses' loggers by this module, and chats as if it were us


@dataclass(frozen=True, slots=True)
class Fetch:
    """What one poll brought, by partition, in offset order.

    Attributes:
        epoch: The consumer's when it was read: it grows with each `read_from`, and fetches of an earlier one are void.
    """

    records: Mapping[TP, Sequence[Any]]
    epoch: int


class _Thread(AIOKafkaConsumerThread):
    """Faust runs the aiokafka consumer in a thread of its own. What must not interleave with a poll happens in there."""

    logger = _FAUST
    epoch = 0

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        tolerate_header_names()
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001  no setting reaches it; read once, at start
        return consumer

    async def _fetch_records(
        self, consumer: Any, active_partitions: Any, timeout: float | None = None, max_records: int | None = None
    ) -> Fetch | None:
        found, epoch, count, size, step = dict[TP, list[Any]](), self.epoch, 0, 0, FIRST_RECORDS
        wanted = max_records or 1
        while count < wanted and size < FETCH_BYTES:
            more = await super()._fetch_records(consumer, active_partitions, timeout, min(step, wanted - count))
            if not more:
                break
            if epoch != self.epoch:  # read from elsewhere since: what came before is void, these come after
                found, epoch, count, size = {}, self.epoch, 0, 0
            for tp, records in more.items():
                found.setdefault(tp, []).extend(records)
                count += len(records)
                size += sum(len(one.value or b"") + len(one.key or b"") for one in records)
            timeout = 0  # what is there already; only the first is waited for
            step = min(GROWTH * step, max(1, (FETCH_BYTES - size) * count // max(size, 1)))
        return Fetch(found, epoch) if found else None

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
        self.polled_at, self.taken = time.monotonic(), 0

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
                self.polled_at = time.monotonic()
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


class Feed:
    """What the watch sees of the reading.

    Args:
        app: Whose consumer is made when the app starts.
    """

    def __init__(self, app: FetchApp) -> None:
        self._app, self._taken, self._since = app, 0, time.monotonic()

    @property
    def polled_at(self) -> float:
        """When the consumer was last asked for records; monotonic seconds."""
        return float(self._consumer.polled_at) if self._app.started else time.monotonic()

    @property
    def waits_since(self) -> float:
        """Since when a fetch waits for the agent to take it; now where none does. Ask it every second."""
        consumer = self._consumer if self._app.started else None
        if consumer is None or consumer.fetches.empty() or consumer.taken != self._taken:
            self._taken, self._since = consumer.taken if consumer else 0, time.monotonic()
        return self._since

    @property
    def _consumer(self) -> FetchConsumer:
        consumer: FetchConsumer = self._app.consumer
        return consumer
