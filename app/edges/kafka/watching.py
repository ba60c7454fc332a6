"""The watch over a worker: what it must do and does not is told to its health, whose watchdog ends the process.

Not stuck is what waits on purpose, for Kafka, for an edge, for a topic that cannot be written: /readyz says so, and the process
stays. Stuck is what nobody waits for:

- the loop gives no sign of life;
- a lane opens, decides or delivers for longer than its time limits allow;
- the consumer is not asked for records although the lanes have room for them, or nobody takes what it brought;
- the group has told us nothing for long, although Kafka answers;
- records wait, and a position does not move.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import KafkaException
from faust.types import TP

from app.edges.kafka.group_offsets import GroupOffsets
from app.edges.kafka.lanes import Lanes
from app.edges.kafka.reader import Feed
from app.edges.kafka.working import Working
from app.errors import EdgeDown, ExitCode, FatalError, OutputRefused
from app.ops import metrics_progress as metrics
from app.ops.ending import end_process
from app.ops.health import Health
from app.ops.progress import Progress

LOOK_S: Final = 5.0  # how often the broker is asked where the partitions end
LOOP_S: Final = 30.0  # the loop gives a sign of life every second
POLL_S: Final = 60.0  # the consumer is asked every second
JOIN_S: Final = 180.0  # a group settles within two of its time limits; after an outage within some more
LANE: Final = "lane "
PROVE_S: Final = 20.0  # a lane with nothing to do, and an end of its partition beyond its position: are there records at all?
IDLE_S: Final = 60.0  # a lane with nothing to do, and records waiting for it: the consumer is dead


class Watch:
    """Looks after the lanes, in the worker's loop.

    Args:
        lanes: The lanes.
        offsets: The group's.
        health: Is told.
        feed: What is seen of the reading.
        asked: A partition to ask the broker about when none is ours.
    """

    def __init__(self, lanes: Lanes, offsets: GroupOffsets, health: Health, feed: Feed, asked: tuple[str, int]) -> None:
        self._lanes, self._offsets, self._health, self._feed, self._asked = lanes, offsets, health, feed, asked
        self._progress, self._idle = Progress(health, "accounting for"), Idle()
        self._opened: dict[TP, int] = {}
        self._nothing: dict[tuple[str, int], tuple[int, int]] = {}  # from the position to the end there is no record
        self._away = ""  # why Kafka does not answer

    async def beat(self) -> None:
        """For as long as the loop runs."""
        while True:
            self._health.beat("loop", LOOP_S, "running other tasks of the loop")
            self._tell()
            await asyncio.sleep(1)

    async def look(self) -> None:
        """Ask Kafka, again and again, where the partitions end."""
        loop = asyncio.get_running_loop()
        while True:
            ours = list(self._lanes.all)
            ends = await loop.run_in_executor(None, self._offsets.ends, ours or [self._asked])
            self._away = "" if ends else "Kafka does not answer"
            if not ends:
                self._health.waits()
            if len(ends) < len(ours):
                self._lanes.renew()
            self._judge({tp: working for tp, working in self._lanes.all.items() if tp in ours}, ends)
            for tp, position in self._idle.longer_than(PROVE_S):
                await loop.run_in_executor(None, self._prove, tp, position, ends[tp])
            await asyncio.sleep(LOOK_S)

    def _prove(self, tp: tuple[str, int], position: int, end: int) -> None:
        """Nobody brings what lies before the end: are those markers of transactions, or records that were skipped?"""
        try:
            first = self._offsets.first_committed_record(*tp, position)
        except (EdgeDown, KafkaException):
            return  # asked again with the next look
        working = self._lanes.all.get(TP(*tp))
        if working is None or working.busy or working.lane.next != position:
            return
        if first is not None and first < end:
            where = f"{tp[0]}-{tp[1]}"
            end_process(FatalError(f"{where}: record {first} was not read, and those before {end} were", ExitCode.GAP))
        self._nothing[tp] = position, end

    def _judge(self, working: Mapping[TP, Working], ends: Mapping[tuple[str, int], int]) -> None:
        positions = {(tp.topic, tp.partition): one.lane.next for tp, one in working.items() if one.lane.opened}
        for tp, (position, end) in self._nothing.items():
            if positions.get(tp) == position:
                positions[tp] = end
        waiting = {(tp.topic, tp.partition) for tp, one in working.items() if one.waits_for}
        self._progress.look(positions, ends, waiting)
        idle = {tp for tp, one in working.items() if not one.busy and one.lane.opened}
        since, where = self._idle.since({tp: positions[tp.topic, tp.partition] for tp in idle}, ends)
        self._health.stands("reading", since, IDLE_S, f"waiting for the consumer to bring records of {where}")

    def _tell(self) -> None:
        now, health, lanes = time.monotonic(), self._health, self._lanes
        busy: dict[str, tuple[float, float, str]] = {}
        for tp, working in lanes.all.items():
            doing, name = working.lane.doing, f"{LANE}{tp.topic}-{tp.partition}"
            if doing is not None:
                busy[name] = doing.since, doing.within_s, doing.what
            self._count_restarts(tp, working)
        health.stand(LANE, busy)
        reads = lanes.owned and lanes.room
        health.stands("consumer", self._feed.polled_at if reads else now, POLL_S, "reading from Kafka")
        health.stands("agent", self._feed.waits_since if reads else now, POLL_S, "handing records to the lanes")
        waits = any(one.waits_for for one in lanes.all.values())
        health.stands(
            "group",
            now if waits or lanes.left_since is None else lanes.left_since,
            JOIN_S,
            "joining the group, and opening lanes",
        )
        self._tell_readiness()

    def _tell_readiness(self) -> None:
        health, lanes = self._health, self._lanes
        health.set("kafka", ok=not self._away, why=self._away, todo="bring it back; partitions wait meanwhile, nothing is lost")
        why = "the group shares its partitions out, or lanes are being opened"
        todo = "wait: some seconds after a start or a change of the group; minutes mean that its coordinator is in trouble"
        health.set("group", ok=lanes.joined_since is not None, why=why, todo=todo)
        none = "no partition is assigned"
        health.set(
            "lanes", ok=bool(lanes.all), degraded=lanes.joined_since is not None, why=none, todo="more workers than partitions"
        )
        waits = [one.waits_for for one in lanes.all.values() if one.waits_for is not None]
        refused = sorted({str(one) for one in waits if isinstance(one, OutputRefused)})
        down = sorted({str(one) for one in waits if not isinstance(one, OutputRefused)})
        counted = f"{len(waits)} of {len(lanes.all)} partitions wait: "
        todo = "bring it back; partitions wait meanwhile, nothing is lost"
        health.set("edges", ok=not down, why=counted + "; ".join(down[:3]), todo=todo)
        todo = "create the topic (`leadstream topics --create`), or mend its ACL or its max.message.bytes; nothing is skipped"
        health.set("outputs", ok=not refused, why=counted + "; ".join(refused[:3]), todo=todo)

    def _count_restarts(self, tp: TP, working: Working) -> None:
        opened = working.lane.opened
        if opened > self._opened.get(tp, 0) > 0:
            metrics.lane_restarts.labels(tp.topic).inc(opened - self._opened[tp])
        self._opened[tp] = opened


class Idle:
    """Lanes that have nothing to do although records wait for them."""

    def __init__(self) -> None:
        self._waiting: dict[TP, tuple[int, float]] = {}  # position, and since when it stands there while records wait
        self._now = 0.0

    def since(self, idle: Mapping[TP, int], ends: Mapping[tuple[str, int], int], now: float | None = None) -> tuple[float, str]:
        """Since when the one that waits longest does, and which that is; now, where none does.

        Args:
            idle: Positions of lanes with nothing to do.
            ends: Where partitions end.
        """
        now = time.monotonic() if now is None else now
        waiting = {tp: at for tp, at in idle.items() if at < ends.get((tp.topic, tp.partition), at)}
        self._waiting = {
            tp: self._waiting[tp] if self._waiting.get(tp, (-1, now))[0] == at else (at, now) for tp, at in waiting.items()
        }
        self._now = now
        longest = min(self._waiting.items(), key=lambda one: one[1][1], default=None)
        return (longest[1][1], f"{longest[0].topic}-{longest[0].partition}") if longest else (now, "no partition")

    def longer_than(self, seconds: float) -> list[tuple[tuple[str, int], int]]:
        """Those that did so for longer when `since` was asked last, and their positions."""
        return [((tp.topic, tp.partition), at) for tp, (at, since) in self._waiting.items() if self._now - since > seconds]
