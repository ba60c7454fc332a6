"""Decisions of every partition, put in the order of the match index: what stands, with what links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from app.edges.kafka.standing_book import StandingBook
from app.match_index import Link, Standing
from app.pipeline.locking import Locks

NOON = 1_800_000_000_000
DAY = 86_400_000


def lead_id(n: int) -> str:
    return f"ld_{n:020x}"


def entry(number: int, days: float = 90, keys: bytes = b"eight by") -> dict[str, Any]:
    return {"number": number, "keys": keys, "record": b"sealed", "until": int(NOON + days * DAY)}


def decision(n: int, index: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """Of lead `n`."""
    told = {
        "lead_id": lead_id(n), "received_at": NOON, "event_id": "ab" * 16, "revision": 1, "revised_why": None, "index": index,
        "duplicate_of": None, "duplicate_kind": None, "linked_to": None, "match": None,
    }  # fmt: skip
    return told | more


def merged(n: int, number: int, into: int, *joined: int, days: float = 90, **more: Any) -> dict[str, Any]:
    match = {"root": lead_id(into), "joined": [lead_id(one) for one in joined]}
    return decision(n, entry(number, days), duplicate_of=lead_id(into), duplicate_kind="same_lead", match=match, **more)


def standing(*decisions: dict[str, Any], days: float = 0) -> list[Standing]:
    book = StandingBook(Locks(b"pepper"))
    for one in decisions:
        book.take(one)
    told = [one for one in book.standing(int(NOON + days * DAY)) if one]
    book.close()
    return told


def leads(told: Iterable[Standing]) -> list[int]:
    return [int(one.ask.lead[3:], 16) for one in told]


def test_leads_are_told_in_the_order_of_their_numbers() -> None:
    """Partitions are read one after the other; the index is filled as it was: with keys, window, event and record."""
    (first, second, third) = standing(decision(1, entry(9)), decision(2, entry(3, 1, b"eight byof eight")), decision(3, entry(5)))
    assert [first.number, second.number, third.number] == [3, 5, 9]
    assert (first.ask.lead, first.ask.record, first.ask.exclusive) == (lead_id(2), b"sealed", b"\xab" * 16)
    assert (first.ask.keys, first.ask.at_ms, first.ask.window_s) == (b"eight byof eight", NOON, 86_400)
    assert first.links == ()


def test_who_was_not_in_the_index_is_not_told() -> None:
    """Dead letters, the same event again, and leads of which the index could not tell are left out."""
    assert standing(decision(1, None), decision(2, entry(0))) == []


def test_the_newest_revision_counts() -> None:
    """Wherever its revisions stand, a lead is told once: as it was decided last, or not at all where it left the index."""
    told = standing(
        decision(1, entry(1), revision=3),
        merged(1, 1, into=9, revision=2),
        decision(1, entry(1)),
        decision(2, entry(0)),
        decision(2, entry(7), revision=2, revised_why="checked"),
        decision(3, entry(8)),
        decision(3, None, revision=2),
    )
    assert leads(told) == [1, 2]
    assert [one.links for one in told] == [(), ()]


def test_links_are_told_with_the_lead_that_made_them() -> None:
    """Merged into, of the same person as, and the persons that it joined."""
    told = standing(
        *[decision(n, entry(n)) for n in (1, 2)],
        merged(3, 3, 1, 2),
        decision(4, entry(4), linked_to=lead_id(3), match={"root": lead_id(1), "joined": []}),
    )
    assert told[2].links[0] == Link(lead_id(3), lead_id(1))
    assert Link(lead_id(2), lead_id(1), same=False) in told[2].links
    assert told[3].links == (Link(lead_id(4), lead_id(1), same=False),)


def test_whom_people_set_apart_nothing_else_joins() -> None:
    """A lead that was un-merged is told so, also after later revisions; who had joined it with another joins it no more."""
    told = standing(
        decision(1, entry(1)),
        decision(2, entry(2), revision=2, revised_why="unmerged"),
        merged(3, 3, 1, 2),
        merged(4, 4, 1, revision=3, revised_why="merged"),
        decision(4, entry(4), revision=2, revised_why="unmerged"),
    )
    assert [one.links for one in told] == [
        (),
        (Link(lead_id(2), None),),
        (Link(lead_id(3), lead_id(1)),),
        (Link(lead_id(4), None), Link(lead_id(4), lead_id(1))),
    ]


def test_a_window_that_ended_ends_a_lead_unless_another_belongs_to_it() -> None:
    """The first lead of a person stands as long as the last, through whatever lies between."""
    told = standing(
        decision(1, entry(1, days=1)),
        merged(2, 2, 1, days=2),
        merged(3, 3, 2, days=20),
        decision(4, entry(4, days=1)),
        merged(5, 5, 4, days=2),
        decision(6, entry(6, days=10)),
        days=10,
    )
    assert leads(told) == [1, 2, 3, 6]


@pytest.mark.parametrize("wrong", [{"event_id": None}, {"index": entry(1, keys=b"short")}, {"index": entry(2**48)}])
def test_what_the_index_would_refuse_is_refused_here(wrong: dict[str, Any]) -> None:
    """One decision that cannot be does not keep all the others from being restored."""
    book = StandingBook(Locks(b"pepper"))
    with pytest.raises(ValueError, match=r"pseudonym|number"):
        book.take(decision(1, entry(1)) | wrong)
    book.take(decision(2, entry(2)))
    assert leads(one for one in book.standing(NOON) if one) == [2]
