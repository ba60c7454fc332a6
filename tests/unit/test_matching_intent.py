"""Whether one person's two leads want the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pipeline.lead import Lead
from app.pipeline.matching.intent import SIZE, intent_of, packed, same_intent, unpacked
from tests.harness.examples import examples

DAY = 86_400
AT = 1_763_900_000_000


def lead(source: str = "web-form", days: float = 0, **known: Any) -> Lead:
    at = AT + int(days * DAY * 1000)
    return Lead("ld_1", source, "e", at, at, **known)


def same(one: Lead, other: Lead, window_s: int = 30 * DAY) -> bool:
    answers = {same_intent(intent_of(a), intent_of(b), window_s) for a, b in ((one, other), (other, one))}
    (answer,) = answers  # whichever came first
    return answer


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (lead(), lead(days=1), True),
        (lead(), lead(days=31), False),
        (lead(form_id="quote"), lead(form_id="newsletter"), False),
        (lead(form_id="quote"), lead(), True),
        (lead(form_id="1811"), lead("meta-ads", form_id="7f3c"), True),  # each source names forms its own way
        (lead(interest="Desk lamps"), lead("meta-ads", interest="Offer: 40 desk lamps!"), True),
        (lead(interest="Desk lamps"), lead("meta-ads", interest="garden chairs"), False),
        (lead(interest="Schreibtischlampen"), lead("meta-ads", interest="SCHREIBTISCHLAMPEN"), True),
        (lead(interest="Lamps"), lead("meta-ads"), True),
    ],
)
def test_intents(one: Lead, other: Lead, *, expected: bool) -> None:
    """Near in time, not two forms of one source, not two interests without a word in common; silence is no difference."""
    assert same(one, other) is expected


def test_a_vendors_clock_that_is_ahead_does_not_count() -> None:
    """A lead cannot have happened after it came."""
    late = lead()
    late.occurred_at += 90 * DAY * 1000
    assert same(late, lead(days=1))


@examples(100)
@given(st.builds(lead, st.text(max_size=9), st.floats(-1e6, 1e6), form_id=st.text(max_size=9), interest=st.text(max_size=40)))
def test_packing_loses_nothing(one: Lead) -> None:
    """What is kept of an intent is compared as the intent itself, for any text and time."""
    intent = intent_of(one)
    data = packed(intent)
    assert (len(data), unpacked(data + b"evidence")) == (SIZE, intent)
    assert same_intent(intent, intent, 0)
