"""All lanes of a worker: each partition's backlog, the task that works it off, and the watch over their progress."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import structlog
from confluent_kafka import KafkaException
from faust.types import TP

from app.edges.kafka.lane import DELIVERY_S, STEP_S, AbandonedError, GroupOffsets, Lane
from app.edges.kafka.reader import Fetch
from app.errors import ExitCode, FatalError, LeadstreamError
from app.pipeline.fate import Fate
from app.pipeline.replayed import received_ms
from app.pipeline.source import InboundEvent, Position
from app.settings import MAX_RECORD_BYTES

log = structlog.get_logger(__name__)

OPEN_LANES_S = 3 * STEP_S  # fencing waits for the predecessor's open transaction: up to 10 s, then position, first commit
BATCH_BYTES = 2 * MAX_RECORD_BYTES  # a batch of 500 five-megabyte records must not be held in memory at once
LINGER_S = 0.01  # a batch that is still small waits this long for company: transactions cost more than records
READ_AHEAD_BYTES = 64_000_000  # held for all lanes together; beyond it the agent stops reading, and Faust stops fetching
RECORD_BYTES = 500  # what a record costs besides its value
LOOK_S = 15.0  # how often the broker is asked whether records wait that nobody reads
STALLED_S = 60.0  # a lane with nothing to do, and records waiting for it, for so long: the consumer is dead

OpenLane = Callable[[str, int], Lane]
OnFates = Callable[[Sequence[Fate]], None]
OnBeat = Callable[[int], None]


class Lanes:
    """The lanes of the partitions that are ours, each with its backlog and a task that works it off.

    Side by side: a transaction is mostly waiting, and many lanes one after the other would wait for each other.
    """

    def __init__(self, open_lane: OpenLane, on_fates: OnFates, batch: int) -> None:
        self._open_lane, self._on_fates, self._batch = open_lane, on_fates, batch
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="lane")
        self._working: dict[TP, _Working] = {}
        self._owned = asyncio.Event()  # Faust delivers records before the assignment signal has finished
        self._room = asyncio.Event()
        self._room.set()
        self._held = 0  # bytes

    def close(self) -> None:
        """Let go of all lanes, at once. Their producers stay as they are: fencing or the time limit ends what they had open."""
        self._owned.clear()
        for working in self._working.values():
            working.lane.abandoned.set()
            working.task.cancel()
        self._working = {}
        self._held = 0
        self._room.set()

    async def open(self, partitions: Sequence[TP]) -> dict[TP, int]:
        """Open a lane for each partition; ends the process when that does not succeed in time.

        Returns:
            Where each must be read from.
        """
        loop = asyncio.get_running_loop()
        opening = [loop.run_in_executor(self._threads, self._open_lane, tp.topic, tp.partition) for tp in partitions]
        try:
            lanes = await asyncio.wait_for(asyncio.gather(*opening), OPEN_LANES_S)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            end_process(error)
        self._working = {tp: _Working(lane, self) for tp, lane in zip(partitions, lanes, strict=True)}
        log.info("lanes_open", partitions=len(partitions))
        return {tp: working.lane.next for tp, working in self._working.items()}

    @property
    def owned(self) -> bool:
        """Whether the last rebalance is over and the lanes are at work."""
        return self._owned.is_set()

    def begin(self) -> None:
        """Reading goes on from the lanes' positions: take in what comes."""
        self._owned.set()

    async def ready(self) -> None:
        """Wait until partitions are ours, and while the lanes hold more than READ_AHEAD_BYTES."""
        await self._room.wait()
        await self._owned.wait()

    def put(self, fetch: Fetch) -> None:
        """Give each partition's records to its lane."""
        for tp, records in fetch.records.items():
            working = self._working.get(tp)
            if working is not None:  # else no longer ours: the new owner starts from the committed offset
                self._held += working.put(records)
        if self._held > READ_AHEAD_BYTES:
            self._room.clear()

    async def work(self, working: _Working) -> None:
        """Account for one lane's backlog, batch by batch, for as long as it is ours."""
        loop = asyncio.get_running_loop()
        while True:
            await working.wake.wait()
            if len(working.backlog) < self._batch:
                await asyncio.sleep(LINGER_S)
            batch = working.take(self._batch)
            working.busy = True
            try:
                self._on_fates(await loop.run_in_executor(self._threads, working.lane.account, batch))
            except (asyncio.CancelledError, AbandonedError):
                return
            except BaseException as error:
                if working.lane.abandoned.is_set():
                    return  # fenced by the partition's new owner: as it should be
                end_process(error)
            working.busy = bool(working.backlog)
            if not working.lane.abandoned.is_set():
                self._held -= sum(_cost(event) for event in batch)
                if self._held <= READ_AHEAD_BYTES // 2:
                    self._room.set()

    async def watch(self, offsets: GroupOffsets, on_beat: OnBeat) -> None:
        """End the process when it is alive but does not get on: a delivery is stuck, or records wait that nobody reads."""
        loop, looked = asyncio.get_running_loop(), time.monotonic()
        while True:
            await asyncio.sleep(1)
            on_beat(len(self._working))
            for tp, working in self._working.items():
                since = working.lane.delivering_since
                if since is not None and time.monotonic() - since > DELIVERY_S:
                    end_process(FatalError(f"{tp.topic}-{tp.partition}: a delivery has been under way for {DELIVERY_S} s"))
            if time.monotonic() - looked > LOOK_S:
                idle = [(tp, working) for tp, working in self._working.items() if not working.busy]
                ends = await loop.run_in_executor(None, offsets.ends, [tp for tp, _ in idle])
                looked = time.monotonic()
                for tp, working in idle:
                    if working.stalled(ends.get(tp, 0), looked):
                        end_process(FatalError(f"{tp.topic}-{tp.partition}: records wait, and none was read for {STALLED_S} s"))


class _Working:
    """A lane at work."""

    def __init__(self, lane: Lane, lanes: Lanes) -> None:
        self.lane = lane
        self.backlog: deque[InboundEvent] = deque()
        self.wake = asyncio.Event()
        self.busy = False  # has a backlog, or a batch under way
        self._waiting: tuple[int, float] | None = None  # position, and since when it stands there while records wait
        self.task = asyncio.create_task(lanes.work(self))

    def put(self, records: Sequence[Any]) -> int:
        """Add aiokafka's records to the backlog; the bytes that they hold."""
        events = [_event(record) for record in records]
        self.backlog.extend(events)
        self.busy = True
        self.wake.set()
        return sum(_cost(event) for event in events)

    def stalled(self, end: int, now: float) -> bool:
        """Whether nothing was read for too long although the partition goes on to `end`. Ask only while it is not busy."""
        if self.busy or self.lane.next >= end:
            self._waiting = None
        elif self._waiting is None or self._waiting[0] != self.lane.next:
            self._waiting = (self.lane.next, now)
        return self._waiting is not None and now - self._waiting[1] > STALLED_S

    def take(self, most: int) -> list[InboundEvent]:
        """The next records, at most `most` and about BATCH_BYTES."""
        batch: list[InboundEvent] = []
        size = 0
        while self.backlog and len(batch) < most and size < BATCH_BYTES:
            event = self.backlog.popleft()
            size += _cost(event)
            batch.append(event)
        if not self.backlog:
            self.wake.clear()
        return batch


def end_process(error: BaseException) -> NoReturn:
    """Die without a commit, now: a stall or a lost position is worse than a restart, which replays."""
    code = error.code if isinstance(error, FatalError) else ExitCode.FAILED
    told = str(error) if isinstance(error, LeadstreamError | KafkaException) else "a bug, or an edge that nobody waits for"
    log.critical("worker_ends", code=int(code), error=type(error).__name__, why=told, exc_info=error)
    os._exit(code)


def _event(record: Any) -> InboundEvent:
    position, headers, at_ms = Position(record.topic, record.partition, record.offset), tuple(record.headers), record.timestamp
    if headers:
        at_ms = received_ms(headers, at_ms, record.topic)
    return InboundEvent(position, record.key, record.value, headers, at_ms)


def _cost(event: InboundEvent) -> int:
    return len(event.value or b"") + RECORD_BYTES
