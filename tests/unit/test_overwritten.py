"""Fates whose first record compaction has taken away."""

from __future__ import annotations

from app.edges.kafka.overwritten import Overwritten
from app.edges.kafka.tally import AHEAD, Tally


def test_it_says_nothing_of_what_still_stands() -> None:
    """Only a record without a fate, with a decision and a later record had a fate that is gone; the first note counts."""
    fated, decided = Tally(0), Tally(0)
    gone = Overwritten(fated, decided)
    for offset in (0, 1, 2):
        gone.note(offset, "routed")
        gone.note(offset, "review")
    fated.meet(1)
    for offset in (0, 1, 3):
        decided.meet(offset)
    assert list(gone.all()) == [(0, "routed")]


def test_memory_stays_small() -> None:
    """A partition that is followed for ever takes a byte for each record since the first without a fate, and no more."""
    fated, decided = Tally(0), Tally(0)
    gone = Overwritten(fated, decided)
    for offset in range(300_000):
        gone.note(offset, "routed")
        fated.meet(offset)
    assert len(gone._noted) < 140_000
    gone.note(AHEAD + 10**6, "routed")
    assert len(gone._noted) < 140_000
    assert list(gone.all()) == []
