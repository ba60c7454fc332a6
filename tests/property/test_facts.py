"""Declared attributes are read from any payload."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.inventory.models import Mapping, Source
from app.pipeline.facts import MAX_TEXT, Facts
from app.pipeline.features import features
from app.pipeline.lead import Lead
from tests.harness.examples import examples

PATHS = ("a", "a.b", "a[0]", "a[b=1].c", "a@json.b", "a@form.b", '"a.b"', "b@text.c[0]")
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(['{"b": 1}', "b=1&c=2", "c: d"])
)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)
FACTS = Facts(
    Source(
        name="shop", description="", owner="", format="json", mapping=Mapping(fields={}), expected_per_hour=1,
        features=PATHS, sensitive=PATHS,
    )
)  # fmt: skip


@examples()
@given(st.dictionaries(st.sampled_from(["a", "b", "a.b"]), VALUE, max_size=3))
def test_any_payload_gives_sound_features(payload: dict[str, Any]) -> None:
    """Whatever stands at a declared path: no error, one feature for each, numbers finite, texts short and encodable."""
    facts, groups = FACTS.of(payload)
    lead = Lead("ld", "shop", "e", 0, 0, facts=facts, groups=groups)
    numbers, categories = features(lead)
    told = {name: value for name, value in (numbers | categories).items() if name.startswith("x.")}
    assert len(facts) == len(groups) == len(told) == len(PATHS)
    assert all(math.isfinite(value) for value in told.values() if isinstance(value, float))
    assert all(len(text) <= MAX_TEXT and text.encode() is not None for text in facts.values())
    assert all(1 <= len(text) <= 40 for text in groups.values())
    assert FACTS.of(payload) == (facts, groups)
