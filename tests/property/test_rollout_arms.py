"""Properties of the arms of a rollout."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.rollout.arms import arm_at, places
from tests.harness.examples import examples

SHARES = st.floats(0, 1)


@examples(200)
@given(st.text(), SHARES, SHARES, st.floats(0, 0.5))
def test_growing_the_share_never_moves_those_already_in(subject: str, one: float, other: float, control: float) -> None:
    """Who is in at a share is in at every greater one; who is control is so at each."""
    place = places("web-form")(subject)
    before, after = (arm_at(place, share, control) for share in sorted((one, other)))
    assert 0.0 <= place < 1.0
    if before == "candidate":
        assert after == "candidate"
    assert (before == "control") == (after == "control")
