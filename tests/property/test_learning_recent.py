"""The ring of the last labels holds what came, in its order, whatever comes and however often it is saved."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.learning.recent import MAX_VALUES, Recent
from tests.harness.examples import examples

NAMES = st.sampled_from(["champion", "challenger", "late"])
SAID = st.dictionaries(NAMES, st.floats(0.001, 0.999), min_size=1)
GROUPS = st.dictionaries(st.sampled_from(["source", "country"]), st.text(max_size=3))
LABEL = st.tuples(st.booleans(), SAID, GROUPS)


@examples(50)
@given(st.lists(LABEL, max_size=40), st.integers(1, 12), st.sets(st.integers(0, 39)))
def test_the_ring_holds_the_last_labels_in_their_order(labels: list[Any], size: int, saved: set[int]) -> None:
    """Each pair's predictions are those of the labels that both predicted; saving and restoring on the way changes nothing."""
    ring = Recent(size)
    for n, (won, said, groups) in enumerate(labels):
        ring.add(won, said, groups)
        if n in saved:
            ring = Recent.restore(json.loads(json.dumps(ring.state())))
    last = labels[-size:]
    both = [(won, said, groups) for won, said, groups in last if {"champion", "challenger"} <= said.keys()]
    (ours, theirs), told = ring.of(["champion", "challenger"])
    assert ours.tolist() == [float(np.float32(said["champion"])) for _, said, _ in both]
    assert theirs.tolist() == [float(np.float32(said["challenger"])) for _, said, _ in both]
    assert told.won.tolist() == [float(won) for won, _, _ in both]
    if "source" in told.groups:
        grouping = told.groups["source"]
        assert [grouping.names[code] for code in grouping.codes] == [groups.get("source", "other") for _, _, groups in both]
    assert len(ring) == len(last)


def test_values_beyond_a_byte_are_other_until_room_is_made() -> None:
    """A source per lead fills the names; once earlier ones have left the ring, new ones are told apart again."""
    ring = Recent(400)
    for n in range(400):
        ring.add(True, {"a": 0.5}, {"source": f"s{n}"})
    _, told = ring.of(["a"])
    names = [told.groups["source"].names[code] for code in told.groups["source"].codes]
    assert names[:MAX_VALUES] == [f"s{n}" for n in range(MAX_VALUES)]
    assert set(names[MAX_VALUES:]) == {"other"}
    for n in range(400, 800):
        ring.add(True, {"a": 0.5}, {"source": f"s{n % 10}"})
    _, told = ring.of(["a"])
    grouping = told.groups["source"]
    assert [grouping.names[code] for code in grouping.codes] == [f"s{n % 10}" for n in range(400, 800)]
