"""Leads that turned out to be none leave the match index."""

from __future__ import annotations

import pytest

from app.edges.memory_index import MemoryMatchIndex
from app.edges.redis.forgetting import Forgetting
from app.errors import EdgeDown
from app.match_index import Ask


def ask(lead: int) -> Ask:
    return Ask(f"ld_{lead:020x}", b"", b"the same event 1", b"record", 1_000, 3_600)


def test_a_corrected_resend_is_a_lead() -> None:
    """Once the index is told, the same event again enters as if nothing had been there; others stay."""
    index = MemoryMatchIndex()
    forgetting = Forgetting(index)
    index.seek([ask(1)])
    (before,) = index.seek([ask(2)])
    assert before.same is not None
    forgetting.note(ask(1).lead)
    forgetting.tell()
    (after,) = index.seek([ask(2)])
    assert after.same is None
    assert after.number > 0


def test_an_index_that_is_away_is_told_later() -> None:
    """Nothing that was noted is lost while it does not answer."""
    index = MemoryMatchIndex(complete=False)
    forgetting = Forgetting(index)
    forgetting.tell()  # nothing to tell: nobody is asked
    forgetting.note(ask(1).lead)
    with pytest.raises(EdgeDown):
        forgetting.tell()
    index.restore([])
    index.seek([ask(1)])
    forgetting.tell()
    assert index.counts().leads == 0
