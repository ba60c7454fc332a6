"""The order in which partitions are merged: by time, whatever comes first, and never past one that may have older records."""

from __future__ import annotations

import random

from app.learning.merge import TimeMerge


def test_waits_for_every_stream() -> None:
    """Nothing is released while some stream's next record is unknown."""
    merge: TimeMerge[str, int] = TimeMerge(["a", "b"])
    merge.push("a", (5,), 5)
    assert merge.pop() is None
    assert merge.wanting == ["b"]
    merge.push("b", (3,), 3)
    assert [merge.pop(), merge.pop()] == [3, None]


def test_a_promise_frees_what_sorts_before_it() -> None:
    """A stream that has nothing older than a key does not hold older records of the others back; later ones it does."""
    merge: TimeMerge[str, int] = TimeMerge(["a", "b"])
    merge.push("a", (5,), 5)
    merge.push("a", (7,), 7)
    merge.promise("b", (6,))
    assert [merge.pop(), merge.pop()] == [5, None]
    merge.promise("b", (8,))
    assert merge.pop() == 7
    assert merge.wanting == []


def test_a_record_ends_the_promise() -> None:
    """A promise is about what comes next: after it the stream is unknown again."""
    merge: TimeMerge[str, int] = TimeMerge(["a", "b"])
    merge.promise("a", (9,))
    merge.promise("b", (9,))
    merge.push("a", (10,), 10)
    merge.push("b", (11,), 11)
    assert [merge.pop(), merge.pop()] == [10, None]
    merge.push("a", (12,), 12)
    assert merge.pop() == 11
    assert merge.depth("a") == 1


def test_the_order_does_not_depend_on_arrival() -> None:
    """Whatever the fetches bring first, the merged order is that of the keys, with each stream kept in its own order."""
    streams = {name: sorted(random.Random(name).sample(range(1_000), 50)) for name in "abc"}
    for seed in range(5):
        rng, merge = random.Random(seed), TimeMerge[str, int](streams)
        got: list[int] = []
        left = {name: list(values) for name, values in streams.items()}
        while any(left.values()) or len(got) < 150:
            name = rng.choice("abc")
            if left[name]:
                value = left[name].pop(0)
                merge.push(name, (value, ord(name)), value)
            else:
                merge.promise(name, (1_000,))
            while (item := merge.pop()) is not None:
                got.append(item)
        assert got == sorted(value for values in streams.values() for value in values)
        assert merge.late == 0


def test_a_late_record_is_passed_on_and_counted() -> None:
    """Who breaks the promise comes at once: losing an outcome would be worse than learning it late."""
    merge: TimeMerge[str, int] = TimeMerge(["a", "b"])
    merge.push("a", (5,), 5)
    merge.promise("b", (8,))
    assert merge.pop() == 5
    merge.promise("a", (8,))
    merge.push("b", (4,), 4)
    assert merge.pop() == 4
    assert merge.late == 1
