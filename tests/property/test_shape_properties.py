"""Any payload has a shape, or none; it is bounded, and says nothing of values."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.inventory.models import Mapping, Source
from app.pipeline.attributes import collect
from app.pipeline.mapping import compile_mapping
from app.pipeline.shape import Shape, SourceShapes
from tests.harness.examples import examples

MAPPING = Mapping(fields={"email": "a", "phone": "b[0]", "full_name": "c[name=x].value"})
MAPPER = compile_mapping(Source(name="any", description="", owner="x", format="json", mapping=MAPPING, expected_per_hour=1))
NAMES = st.sampled_from("abc") | st.text(max_size=300)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


def _shape(payload: dict[str, Any]) -> Shape:
    shapes, mapped, types = SourceShapes(), MAPPER.map(payload), list[type]()
    attributes = collect(mapped.left, types)
    found = shapes.shape_of(mapped.fields, mapped.provenance, attributes, types)
    assert found is not None
    assert found == shapes.shape_of(mapped.fields, mapped.provenance, attributes, types)
    return shapes.known[found]


@examples(50)
@given(st.dictionaries(NAMES, JSON, max_size=8))
def test_any_payload_has_a_bounded_shape(payload: dict[str, Any]) -> None:
    """Whatever stands in it: sorted leaves without repetition, of known kinds, with paths that every encoder takes."""
    leaves = _shape(payload).leaves
    assert len(leaves) <= 256
    assert [(leaf.path, leaf.kind) for leaf in leaves] == sorted({(leaf.path, leaf.kind) for leaf in leaves})
    assert {leaf.kind for leaf in leaves} <= {"text", "number", "boolean", "time", "bytes"}
    assert all(len(leaf.path.encode()) <= 1_000 for leaf in leaves)


@examples(40)
@given(
    st.from_regex(r"[a-z]{2,9}@[a-z]{2,9}\.[a-z]{2,3}", fullmatch=True), st.from_regex(r"\+?[0-9 ]{3}[0-9]{7}", fullmatch=True)
)
def test_addresses_and_numbers_never_reach_a_shape(address: str, number: str) -> None:
    """As a member's name, as a question, or beside other words: what names a person is left out of every path."""
    payload = {address: 1, f"of {number}": 2, "d": [{"name": address, "value": 3}], "e": {address: {number: 4}}, "f": {number: 5}}
    assert not [leaf.path for leaf in _shape(payload).leaves if address in leaf.path or number in leaf.path]
