"""The review queue in memory and in SQLite: one contract, and the same answers to whatever topics say in whatever order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.edges.kafka.review_store import ReviewStore
from app.review.entry import Decided, Item, Said
from app.review.queue import Filter, MemoryQueue, Place, Queue, of_cursor, place_of, to_cursor
from tests.harness.leads_told import T, lead_id

HOUR = 3_600_000


def an_item(n: int, revision: int = 1, **told: object) -> Item:
    given: dict[str, object] = {"source": "web-form", "team": "nurture", "rule": "catch-all", "band": "warm", "score": 0.2}
    given |= {"confidence": 0.4, "received_ms": T + n, "reasons": ("low_confidence",)}
    return Item(lead=lead_id(n), revision=revision, **(given | told))  # type: ignore[arg-type]


def a_revision(n: int, revision: int, fate: str = "routed", *verdicts: str, **told: object) -> Decided:
    return Decided(lead_id(n), revision, fate, "approved", "sales", verdicts=verdicts, at_ms=T + revision, **told)  # type: ignore[arg-type]


def a_verdict(n: int, number: str | None, offset: int, partition: int = 0) -> Said:
    return Said(lead_id(n), number, "approve", "sales", T + offset, partition, offset, "digest")


@pytest.fixture(params=[MemoryQueue, ReviewStore])
def queue(request: pytest.FixtureRequest) -> Iterator[Queue]:
    made = request.param()
    yield made
    if isinstance(made, ReviewStore):
        made.close()


def leads(queue: Queue, **wanted: object) -> list[str]:
    return [place_of(entry)[3] for entry in queue.page(Filter(**wanted), None, 100)]  # type: ignore[arg-type]


class TestOrder:
    def test_band_before_due_time_before_age(self, queue: Queue) -> None:
        """Hot first; within a band what is due first, by service level or by the end of waiting; then the oldest."""
        queue.take(
            [
                an_item(1, band="cold", due_ms=1),
                an_item(2),
                an_item(3, received_ms=T - 5),
                an_item(4, expires_ms=T + HOUR, due_ms=T + 2 * HOUR),
                an_item(5, due_ms=T + HOUR + 1),
                an_item(6, band="hot"),
                an_item(7, band=""),
            ]
        )
        assert leads(queue) == [lead_id(n) for n in (6, 4, 5, 3, 2, 1, 7)]

    def test_pages_show_each_once_while_others_come_and_go(self, queue: Queue) -> None:
        """A cursor stands between two items, whatever becomes of them."""
        queue.take([an_item(n) for n in range(10, 20)])
        first = queue.page(Filter(), None, 4)
        queue.take([a_revision(12, 2), an_item(5), an_item(25)])
        cursor = of_cursor(to_cursor(place_of(first[-1])))
        rest = queue.page(Filter(), cursor, 100)
        assert [place_of(one)[3] for one in rest] == [lead_id(n) for n in (*range(14, 20), 25)]


class TestStates:
    def test_a_verdict_is_on_its_way_until_it_is_carried_out_or_passed_by(self, queue: Queue) -> None:
        """Pending items are in no list that does not ask for them; what the reviser passed by is open again."""
        queue.take([an_item(1), an_item(2), a_verdict(1, "v1", 3), a_verdict(2, "v2", 4)])
        assert (leads(queue), leads(queue, pending=True), leads(queue, pending=None)) == ([], *([[lead_id(1), lead_id(2)]] * 2))
        queue.take([a_revision(1, 2, "routed", "v1")])
        queue.passed(0, 5)
        assert leads(queue, pending=None) == [lead_id(2)] == leads(queue)
        states = [followed.state for number in ("v1", "v2") if (followed := queue.verdict(number))]
        assert states == ["carried_out", "refused"]
        assert queue.verdict("v3") is None

    def test_a_lead_that_waits_for_a_second_person_stays_open(self, queue: Queue) -> None:
        """Whoever said the first is not asked again."""
        first = a_revision(1, 2, "review", "v1", approvals=(("sales", "approve", None),))
        queue.take([an_item(1), a_verdict(1, "v1", 1), first])
        assert (leads(queue), leads(queue, not_by="sales"), leads(queue, not_by="desk")) == ([lead_id(1)], [], [lead_id(1)])

    def test_a_lead_that_is_held_again_is_what_its_newest_record_says(self, queue: Queue) -> None:
        """An older record that is read later changes nothing."""
        again = an_item(1, 3, team="sales-desk", reasons=("sample",))
        queue.take([again, a_revision(1, 3, "review"), an_item(1), a_revision(1, 2, "routed")])
        assert leads(queue, reason="sample", team="sales-desk") == [lead_id(1)]
        assert leads(queue, reason="low_confidence") == []


class TestCounts:
    def test_groups_say_how_many_of_what(self, queue: Queue) -> None:
        """An item with two reasons counts in both; a filter narrows all groups; ages in steps."""
        queue.take(
            [an_item(1, reasons=("sample",)), an_item(2, reasons=("low_confidence", "email:disposable"), checkpoint="big")]
        )
        queue.take([an_item(3, received_ms=T - 30 * HOUR, source="partner-csv", band="hot"), a_verdict(3, "v", 1)])
        counted = queue.count(Filter(pending=None), T + HOUR // 2)
        assert counted.total == 3
        assert counted.groups["reason"] == {"sample": 1, "low_confidence": 2, "email:disposable": 1}
        assert (counted.groups["age"], counted.groups["checkpoint"]) == ({"1h": 2, "3d": 1}, {"big": 1})
        assert queue.count(Filter(source="web-form"), T).groups["band"] == {"warm": 2}

    def test_the_sample_tells_how_right_machines_are(self, queue: Queue) -> None:
        """Only of leads that nothing but the sample held, and only what people decided."""
        queue.take([an_item(n, reasons=("sample",)) for n in range(1, 5)])
        queue.take([an_item(5, reasons=("sample", "low_confidence")), an_item(6, reasons=("sample",), received_ms=T - 1)])
        queue.take([a_revision(n, 2, "routed", agreed=n != 2) for n in (1, 2, 3, 5, 6)])
        (told,) = queue.judged(T, "sample")
        assert (told.source, told.decided, told.agreed, told.open) == ("web-form", 3, 2, 1)


_numbers = st.integers(1, 4)
_items = st.builds(
    lambda n, revision, band, reasons, due: an_item(n, revision, band=band, reasons=tuple(reasons), due_ms=due),
    _numbers,
    st.integers(1, 3),
    st.sampled_from(["hot", "warm", "cold", ""]),
    st.lists(st.sampled_from(["sample", "low_confidence", "email:invalid"]), unique=True),
    st.none() | st.integers(T, T + 3),
)
_revisions = st.builds(
    lambda n, revision, fate, verdicts: a_revision(n, revision, fate, *(f"v{n}-{one}" for one in verdicts)),
    _numbers,
    st.integers(2, 4),
    st.sampled_from(["review", "routed", "rejected"]),
    st.lists(st.integers(1, 3), unique=True, max_size=2),
)
_verdicts = st.builds(lambda n, offset: a_verdict(n, f"v{n}-{offset}", offset), _numbers, st.integers(1, 3))


@given(st.lists(_items | _revisions | _verdicts, max_size=14), st.randoms(use_true_random=False), st.integers(0, 4))
def test_whatever_the_order_both_say_the_same(news: list[Item | Decided | Said], dice: object, passed: int) -> None:
    """One record per lead and revision, in any order, some of them twice, with the reviser's progress told at any time."""
    unique = list({_key(one): one for one in news}.values())
    shuffled = unique + unique[: len(unique) // 2]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    memory, again, store = MemoryQueue(), MemoryQueue(), ReviewStore()
    memory.take(unique)
    memory.passed(0, passed)
    for queue in (again, store):
        queue.take(shuffled[:3])
        queue.passed(0, passed)
        queue.take(shuffled[3:])
    try:
        for wanted in (
            Filter(),
            Filter(pending=None),
            Filter(pending=True, reason="sample"),
            Filter(band="hot", due_before=T + 2),
        ):
            after: list[Place | None] = [None, (1, T + 1, T + 2, lead_id(2))]
            for place in after:
                assert memory.page(wanted, place, 3) == again.page(wanted, place, 3) == store.page(wanted, place, 3)
            told = [queue.count(wanted, T + HOUR) for queue in (memory, again, store)]
            assert told[0].total == told[1].total == told[2].total
            assert [dict(one.groups) for one in told] == [dict(told[0].groups)] * 3
        for number in (f"v{n}-{at}" for n in range(1, 5) for at in range(1, 4)):
            assert memory.verdict(number) == again.verdict(number) == store.verdict(number)
        assert memory.judged(0, "sample") == store.judged(0, "sample")
    finally:
        store.close()


def _key(one: Item | Decided | Said) -> tuple[object, ...]:
    match one:
        case Item() | Decided():
            return type(one), one.lead, one.revision
        case Said():
            return Said, one.offset


@pytest.mark.parametrize("text", ["", "AAAA", "W10", to_cursor((0, 1, 2, "x"))[:-3], "WzEsMiwzLDRd"])
def test_a_cursor_that_is_none_is_told_apart(text: str) -> None:
    """Whatever somebody sends, it is a place or a ValueError."""
    with pytest.raises(ValueError, match="no cursor"):
        of_cursor(text)
