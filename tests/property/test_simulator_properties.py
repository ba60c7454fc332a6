"""Whatever the seed and the mix: the plan is in order, reproducible, and no two people share anything."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.embedded.simulator.traffic import Mix, Traffic
from app.embedded.simulator.truth import Truth
from app.inventory.load import load
from tests.harness.examples import examples

INVENTORY = load(Path(__file__).parents[2] / "deploy/config")
START_MS = 1_772_438_400_000

shares = st.floats(0, 0.3)
mixes = st.builds(Mix, exact=shares, fuzzy=shares, intent=shares, garbage=st.floats(0, 0.05), late=shares, dirty=st.floats(0, 1))


@examples(25)
@given(seed=st.integers(0, 2**32), mix=mixes, compression=st.floats(0.5, 100_000))
def test_plans_are_reproducible_and_consistent(seed: int, mix: Mix, compression: float) -> None:
    """The same arguments give the same plan; indexes and times ascend; every duplicate points back to an original."""
    traffic = Traffic(INVENTORY, seed, START_MS, mix=mix, compression=compression)
    plan = list(islice(traffic.events(), 200))
    assert plan == list(islice(traffic.events(), 200))
    assert [planned.index for planned in plan] == list(range(200))
    assert [planned.stamp_ms for planned in plan] == sorted(planned.stamp_ms for planned in plan)
    truth = Truth()
    for planned in plan:
        truth.add(planned)
        assert (planned.kind == "garbage") is (planned.reason is not None)
        assert (planned.of is not None) is (planned.kind not in ("original", "garbage"))
        if planned.of is not None:
            assert plan[planned.of].kind == "original" or planned.kind == "exact_duplicate"
            assert plan[planned.of].person == planned.person
    assert sum(truth.fates.values()) == 200
