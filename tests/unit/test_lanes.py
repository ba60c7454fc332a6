"""The watch over lanes: alive is not enough."""

from __future__ import annotations

from faust.types import TP

from app.edges.kafka.watching import Idle

ONE, OTHER = TP("in", 0), TP("in", 1)
ENDS = {("in", 0): 9, ("in", 1): 9}


class TestIdle:
    def test_records_that_nobody_reads(self) -> None:
        """Nothing to do although the partition goes on: the time counts from when that was first seen."""
        idle = Idle()
        assert idle.since({ONE: 5}, ENDS, 10.0) == (10.0, "in-0")
        assert idle.since({ONE: 5}, ENDS, 90.0) == (10.0, "in-0")

    def test_at_the_end_is_idle_and_well(self) -> None:
        """A lane that has accounted for everything may rest for ever; so may one whose broker does not answer."""
        idle = Idle()
        assert [idle.since({ONE: 9}, ENDS, now)[0] for now in (0.0, 900.0)] == [0.0, 900.0]
        assert [idle.since({ONE: 5}, {}, now)[0] for now in (0.0, 900.0)] == [0.0, 900.0]

    def test_progress_starts_the_clock_again(self) -> None:
        """A slow lane is not a dead one."""
        idle = Idle()
        idle.since({ONE: 5}, ENDS, 0.0)
        assert idle.since({ONE: 6}, ENDS, 50.0)[0] == 50.0

    def test_a_busy_lane_is_not_judged(self) -> None:
        """A lane that waits for Redis with a batch in its hands is not the consumer's fault."""
        idle = Idle()
        idle.since({ONE: 5}, ENDS, 0.0)
        assert idle.since({}, ENDS, 40.0)[0] == 40.0
        assert idle.since({ONE: 5}, ENDS, 50.0)[0] == 50.0

    def test_the_one_that_waits_longest_is_named(self) -> None:
        """Others that move do not hide it."""
        idle = Idle()
        idle.since({ONE: 5, OTHER: 5}, ENDS, 0.0)
        assert idle.since({ONE: 6, OTHER: 5}, ENDS, 50.0) == (0.0, "in-1")
