"""Counting how often records were met, in little memory."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.edges.kafka.tally import AHEAD, Tally

SINCE = 100


@given(st.lists(st.integers(SINCE, SINCE + 60)), st.integers(SINCE, SINCE + 80))
def test_it_counts_like_a_counter(met: list[int], end: int) -> None:
    """Missing, repeated and beyond the end: as a plain Counter would say."""
    tally, counter = Tally(SINCE), Counter(met)
    for offset in met:
        assert tally.meet(offset)
    assert tally.missing(end) == [offset for offset in range(SINCE, end) if not counter[offset]]
    assert tally.repeated() == sorted(offset for offset, n in counter.items() if n > 1)
    assert tally.met_from(end) == sorted(offset for offset in counter if offset >= end)


def test_what_was_met_once_is_forgotten_and_still_known() -> None:
    """After millions in order memory is small, and one met again is repeated all the same."""
    tally = Tally(SINCE)
    for offset in range(SINCE, SINCE + 300_000):
        assert tally.meet(offset)
    assert len(tally._counts) < 70_000
    assert tally.meet(SINCE + 5)
    assert tally.repeated() == [SINCE + 5]
    assert tally.missing(SINCE + 300_002) == [SINCE + 300_000, SINCE + 300_001]


def test_a_gap_is_kept() -> None:
    """One record that was never met stays missing, however far the others go."""
    tally = Tally(0)
    for offset in range(200_000):
        if offset != 77:
            tally.meet(offset)
    assert tally.missing(200_000) == [77]


def test_absurd_offsets_take_no_memory() -> None:
    """An offset that cannot be is refused, and nothing is allocated for it."""
    tally = Tally(0)
    assert not tally.meet(AHEAD + 1)
    assert not tally.meet(10**18)
    assert len(tally._counts) == 0


def test_before_the_beginning() -> None:
    """What lies before the first offset that counts is told apart."""
    assert not Tally(SINCE).meet(SINCE - 1)
