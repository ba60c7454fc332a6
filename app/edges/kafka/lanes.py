"""All lanes of a worker: who gets which records, how much is held, and how they end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from faust.types import TP

from app.edges.kafka.lane import AbandonedError, Lane
from app.edges.kafka.reader import Fetch
from app.edges.kafka.working import Working
from app.ops.ending import end_process
from app.pipeline.fate import Fate

log = structlog.get_logger(__name__)

READ_AHEAD_BYTES = 64_000_000  # held for all lanes together; beyond it the agent stops reading, and Faust stops fetching
SAID_S = 1.0
DRAIN_S = 6.0  # batches under way are finished within it when the process is asked to stop; commits take a second at most

OpenLane = Callable[[str, int], Lane]
OnFates = Callable[[Sequence[Fate]], None]


class Lanes:
    """The lanes of the partitions that are ours, each with its backlog and a task that works it off.

    Side by side: a transaction is mostly waiting, and many lanes one after the other would wait for each other.

    Args:
        make_lane: Makes the lane of (topic, partition), not open yet.
        on_fates: Told of every batch after its transaction is committed; must be quick and not raise.
        batch: Records per transaction, at most.

    Attributes:
        joined_since, left_since: Monotonic seconds; one of them is None: whether the group has told us what is ours.
    """

    def __init__(self, make_lane: OpenLane, on_fates: OnFates, batch: int) -> None:
        self._make_lane, self._on_fates, self._batch = make_lane, on_fates, batch
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="lane")
        self._working: dict[TP, Working] = {}
        self._owned = asyncio.Event()  # Faust delivers records before the assignment signal has finished
        self._room = asyncio.Event()
        self._room.set()
        self._held = 0  # bytes
        self.joined_since: float | None = None
        self.left_since: float | None = time.monotonic()

    def close(self) -> list[asyncio.Future[Any]]:
        """Let go of all lanes, at once. Their producers stay as they are: fencing or the time limit ends what they had open.

        Returns:
            What they still say of it, in threads.
        """
        self._owned.clear()
        said = [working.abandon() for working in self._working.values()]
        self._working = {}
        self._held = 0
        self._room.set()
        if self.joined_since is not None:
            self.joined_since, self.left_since = None, time.monotonic()
        return said

    async def drain(self) -> None:
        """Finish the batches under way, begin no other, and let go; after DRAIN_S at the latest."""
        self._owned.clear()
        under_way = [asyncio.ensure_future(working.drain()) for working in self._working.values()]
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=DRAIN_S)
            log.info("lanes_drained", lanes=len(under_way) - len(late), count=len(late))
        if said := self.close():
            await asyncio.wait(said, timeout=SAID_S)

    async def open(self, partitions: Sequence[TP]) -> dict[TP, int]:
        """Open a lane for each partition, however long Kafka takes.

        Returns:
            Where each must be read from.
        """
        loop = asyncio.get_running_loop()

        def run(call: Callable[[], Any]) -> asyncio.Future[Any]:
            return loop.run_in_executor(self._threads, _called, call)

        made = {tp: self._make_lane(tp.topic, tp.partition) for tp in partitions}
        self._working = {tp: Working(lane, run, self._batch, self._on_fates, self._done) for tp, lane in made.items()}
        try:
            found = await asyncio.gather(*(working.open() for working in self._working.values()))
        except (asyncio.CancelledError, AbandonedError):
            raise
        except BaseException as error:
            end_process(error)
        for working in self._working.values():
            working.start()
        self.joined_since, self.left_since = time.monotonic(), None
        log.info("lanes_open", partitions=len(partitions))
        return dict(zip(self._working, found, strict=True))

    @property
    def all(self) -> dict[TP, Working]:
        """The lanes that are ours, open or being opened."""
        return self._working

    def renew(self) -> None:
        """Kafka was away, or its leaders moved: all lanes begin their next batch with a new producer."""
        for working in self._working.values():
            working.lane.renew.set()

    @property
    def owned(self) -> bool:
        """Whether the last rebalance is over and the lanes are at work."""
        return self._owned.is_set()

    @property
    def room(self) -> bool:
        """Whether they take more records."""
        return self._room.is_set()

    @property
    def held(self) -> int:
        """Bytes of records that wait in lanes, or are under way."""
        return self._held

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

    def _done(self, size: int) -> None:
        self._held -= size
        if self._held <= READ_AHEAD_BYTES // 2:
            self._room.set()


def _called(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except StopIteration as bug:  # a future cannot carry it, and whoever waits for the future would wait for ever
        raise RuntimeError("an iterator ended that nobody asked") from bug
