"""What judges fault runs is judged itself: recovery, footprints, and who coordinates what."""

from __future__ import annotations

from collections.abc import Sequence

from tests.harness.cluster import java_hash
from tests.harness.footprint import Footprint, Held
from tests.harness.pulse import Look, Pulse
from tests.harness.recovery import Recoveries, Recovery

QUICK, STILL = ("in", 0), ("in", 1)


def pulse(*looks: Look) -> Pulse:
    one = Pulse({}, "group", dict)
    one.looks.extend(looks)
    return one


def looks(still_until: float, *, begin: int = 0, end: int = 20) -> Sequence[Look]:
    """Ten records a second on two partitions, one of them accounted for at once; the other stands still until then."""
    return [
        Look(at, {QUICK: 10 * at, STILL: 10 * at if at >= still_until else 0}, {QUICK: 10 * at, STILL: 10 * at})
        for at in range(begin, end)
    ]


class TestRecovery:
    def test_all_well(self) -> None:
        """Where nothing stands still, full rate is seen as soon as a record could have waited too long."""
        assert pulse(*looks(0)).at_full_rate_since(5) == 7

    def test_one_partition_stands_still(self) -> None:
        """It is not full rate before the last partition goes on, whatever the others do."""
        assert pulse(*looks(13)).at_full_rate_since(5) == 13

    def test_never(self) -> None:
        """A partition that stands still to the end: there was no recovery."""
        assert pulse(*looks(99)).at_full_rate_since(5) is None

    def test_what_was_before_does_not_count(self) -> None:
        """Full rate before the fault's end says nothing about after it."""
        assert pulse(*looks(0, end=6)).at_full_rate_since(5) is None

    def test_a_moment_is_not_enough(self) -> None:
        """Three looks in a row: a rebalance that follows at once is part of the same recovery."""
        hiccup = [*looks(0, end=9), *looks(12, begin=9)]
        assert pulse(*hiccup).at_full_rate_since(5) == 12

    def test_the_table(self) -> None:
        """A line for each kind of fault, with its times; one that never ended is told."""
        some = Recoveries([Recovery("kill", 0.1, 7.0), Recovery("kill", 0.2, 9.0), Recovery("pause", 4.0, None)])
        kill, pause = some.table().splitlines()[1:]
        assert kill.split() == ["kill", "2", "0.2", "8.0", "9.0"]
        assert pause.split() == ["pause", "1", "4.0", "never", "never"]
        assert (some.never, some.longest_s) == (["pause"], 9.0)


class TestFootprint:
    def test_growth_is_seen(self) -> None:
        """A process that takes a megabyte a second and a file each ten seconds is told; one that stays is told as such."""
        one = Footprint(list)
        one.seen["worker-1"] = [Held(100 + n, 30 + n // 10) for n in range(200)]
        one.seen["worker-2"] = [Held(100, 30)] * 200
        one.seen["worker-3"] = [Held(100, 30)] * 30  # too young
        grown = one.growth("worker", 40)
        assert grown["worker-1"].megabytes > 100
        assert grown["worker-1"].files > 10
        assert grown["worker-2"] == Held(0, 0)
        assert "worker-3" not in grown
        assert one.most("worker") == Held(299, 49)


def test_the_hash_is_java_s() -> None:
    """As java.lang.String's hashCode, its absolute value: by it Kafka places groups and transactional ids."""
    assert java_hash("") == 0
    assert java_hash("hello") == 99_162_322
    assert java_hash("review") == 934_348_968  # its hash is below zero
    assert java_hash("polygenelubricants") == 0  # Integer.MIN_VALUE, which has no absolute value
