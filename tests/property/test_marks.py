"""Where the steward begins to read again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.edges.kafka.marks import SPAN_MS, Marks
from tests.harness.examples import examples

TIMES = st.lists(st.integers(1, 20 * SPAN_MS), max_size=40)


@examples()
@given(TIMES, st.lists(st.integers(0, 20 * SPAN_MS), min_size=1, max_size=5))
def test_nothing_that_matters_is_passed_by(times: list[int], asked: list[int]) -> None:
    """Whatever order the times come in, no record of a time that is asked for, or later, stands before the answer."""
    marks = Marks(0)
    for offset, at_ms in enumerate(times):
        marks.read(at_ms, offset)
    for since_ms in sorted(asked):
        first = marks.since(since_ms)
        assert first is not None
        assert all(offset >= first for offset, at_ms in enumerate(times) if at_ms >= since_ms)


@examples()
@given(st.integers(2, 50))
def test_not_much_more_than_what_matters_is_read_again(minutes: int) -> None:
    """In a partition whose times only go ahead: at most what came within two spans before."""
    marks = Marks(0)
    for offset in range(60 * minutes):
        marks.read(SPAN_MS + offset * 1_000, offset)
    since_ms = SPAN_MS + 60 * (minutes - 1) * 1_000
    first = marks.since(since_ms)
    assert first is not None
    assert first >= 60 * (minutes - 1) - 120


def test_where_nothing_matters_nothing_is_known() -> None:
    """The reader then answers with where it stands."""
    marks = Marks(7)
    marks.forget()
    assert marks.since(0) is None
    marks.read(5, 9)
    assert marks.since(0) == 9
