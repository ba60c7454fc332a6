"""The watch over a lane's progress: alive is not enough."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from app.edges.kafka.lanes import STALLED_S, _Working


def working(position: int) -> Any:
    """A lane at work, standing at `position`."""

    async def make() -> Any:
        async def idle(_: Any) -> None:
            return None

        lanes: Any = SimpleNamespace(work=idle)
        return _Working(SimpleNamespace(next=position), lanes)  # type: ignore[arg-type]

    return asyncio.run(make())


class TestStalled:
    def test_records_that_nobody_reads(self) -> None:
        """Nothing to do although the partition goes on, for longer than the limit: the consumer is dead."""
        lane = working(5)
        assert not lane.stalled(end=9, now=0.0)
        assert not lane.stalled(end=9, now=STALLED_S)
        assert lane.stalled(end=9, now=STALLED_S + 1)

    def test_at_the_end_is_idle_and_well(self) -> None:
        """A lane that has accounted for everything may rest for ever."""
        lane = working(9)
        assert not lane.stalled(end=9, now=0.0)
        assert not lane.stalled(end=9, now=10 * STALLED_S)

    def test_progress_starts_the_clock_again(self) -> None:
        """A slow lane is not a dead one."""
        lane = working(5)
        lane.stalled(end=9, now=0.0)
        lane.lane.next = 6
        assert not lane.stalled(end=9, now=STALLED_S + 1)
        assert lane.stalled(end=9, now=3 * STALLED_S)

    def test_a_busy_lane_is_not_judged(self) -> None:
        """A lane that waits for Redis with a batch in its hands is not the consumer's fault."""
        lane = working(5)
        lane.stalled(end=9, now=0.0)
        lane.busy = True
        assert not lane.stalled(end=9, now=10 * STALLED_S)
