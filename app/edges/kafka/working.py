"""A lane at work: its backlog, and the task that works it off."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog

from app.edges.kafka.lane import AbandonedError, Lane
from app.errors import EdgeDown, OutputRefused
from app.ops.ending import end_process
from app.pipeline.fate import Fate
from app.pipeline.replayed import received_ms
from app.pipeline.source import InboundEvent, Position
from app.settings import MAX_RECORD_BYTES

BATCH_BYTES: Final = 2 * MAX_RECORD_BYTES  # a batch of 500 five-megabyte records must not be held in memory at once
LINGER_S: Final = 0.01  # a batch that is still small waits this long for company: transactions cost more than records
RECORD_BYTES: Final = 500  # what a record costs besides its value
FIRST_WAIT_S, LONGEST_WAIT_S = 0.05, 2.0  # between tries at what is down
LONGEST_REFUSED_S: Final = 10.0  # between tries at a topic that cannot be written

Run = Callable[[Callable[..., Any]], "asyncio.Future[Any]"]

log = structlog.get_logger(__name__)


class Working:
    """One lane, its backlog and its task.

    Args:
        run: Runs a call in a thread of the lanes.
        batch: Records per transaction, at most.
        on_fates: Told of what was committed.
        on_done: Told how many bytes of the backlog are accounted for.

    Attributes:
        busy: Has a backlog, or a batch under way.
        waits_for: What it waits for on purpose; None: nothing.
    """

    def __init__(
        self,
        lane: Lane,
        run: Run,
        batch: int,
        on_fates: Callable[[Sequence[Fate]], None],
        on_done: Callable[[int], None],
    ) -> None:
        self.lane, self._run, self._batch, self._on_fates, self._on_done = lane, run, batch, on_fates, on_done
        self.backlog: deque[InboundEvent] = deque()
        self._wake = asyncio.Event()
        self._draining = self._under_way = False
        self.busy = False
        self.waits_for: EdgeDown | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> int:
        """Open the lane, however long Kafka takes; where it must be read from.

        Raises:
            AbandonedError: The partition was taken away meanwhile.
        """
        await self._until_done(self.lane.open)
        return self.lane.next

    def start(self) -> None:
        """Account for what is put from now on."""
        self._task = asyncio.create_task(self._work())

    def put(self, records: Sequence[Any]) -> int:
        """Add aiokafka's records to the backlog; the bytes that they hold."""
        events = [_event(record) for record in records]
        self.backlog.extend(events)
        self.busy = True
        self._wake.set()
        return sum(_cost(event) for event in events)

    def abandon(self) -> asyncio.Future[Any]:
        """The partition is no longer ours: let go at once; what is still said of it is said in a thread."""
        self.lane.abandoned.set()
        if self._task:
            self._task.cancel()
        return self._run(self.lane.spare)

    async def drain(self) -> None:
        """Finish the batch under way, begin no other; one that waits for what is down is let go."""
        self._draining = True
        if self._task and self._under_way and self.waits_for is None:
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        """Account for the backlog, batch by batch, for as long as it is ours."""
        try:
            while not self._draining:
                await self._wake.wait()
                if len(self.backlog) < self._batch:
                    await asyncio.sleep(LINGER_S)
                batch = self._take()
                bytes_held = sum(_cost(event) for event in batch)
                self._under_way = True
                while batch:
                    self._on_fates(await self._until_done(self.lane.account, batch))
                    batch = [] if self._draining else self.lane.left(batch)
                self._under_way = False
                self.busy = bool(self.backlog)
                if not self.lane.abandoned.is_set():
                    self._on_done(bytes_held)
        except (asyncio.CancelledError, AbandonedError):
            return
        except BaseException as error:
            if not self.lane.abandoned.is_set():  # else fenced by the partition's new owner: as it should be
                end_process(error)

    async def _until_done(self, call: Callable[..., Any], *args: Any) -> Any:
        """What the call returns, once nothing that it needs is down."""
        wait = FIRST_WAIT_S
        while True:
            try:
                done = await self._run(lambda: call(*args))
                self.waits_for = None
                return done
            except EdgeDown as down:
                longest = LONGEST_REFUSED_S if isinstance(down, OutputRefused) else LONGEST_WAIT_S
                if self._draining:
                    raise AbandonedError from None
                self.waits_for = down
                where = {"topic": self.lane.topic, "partition": self.lane.partition}
                log.warning("edge_down", **where, why=str(down), waiting_s=wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, longest)

    def _take(self) -> list[InboundEvent]:
        """The next records, at most a batch and about BATCH_BYTES."""
        batch: list[InboundEvent] = []
        size = 0
        while self.backlog and len(batch) < self._batch and size < BATCH_BYTES:
            event = self.backlog.popleft()
            size += _cost(event)
            batch.append(event)
        if not self.backlog:
            self._wake.clear()
        return batch


def _event(record: Any) -> InboundEvent:
    position, headers, at_ms = Position(record.topic, record.partition, record.offset), tuple(record.headers), record.timestamp
    if headers:
        at_ms = received_ms(headers, at_ms, record.topic)
    return InboundEvent(position, record.key, record.value, headers, at_ms)


def _cost(event: InboundEvent) -> int:
    size = RECORD_BYTES + len(event.value or b"") + len(event.key or b"")
    if event.headers:
        size += sum(len(name) + len(value or b"") for name, value in event.headers)
    return size
