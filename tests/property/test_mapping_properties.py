"""Mapping never raises, never drops, and answers in bounded time, whatever the payload."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inventory.load import load
from app.inventory.models import Mapping
from app.inventory.paths import Index, Name, Selector, Step, parse, render
from app.pipeline.attributes import MAX_ATTRIBUTES, MAX_PATH, MAX_TEXT, TRUNCATED, clean, text_of
from app.pipeline.mapping import Mapped, compile_mapping
from tests.harness.timing import within

SOURCES = load(Path(__file__).parents[2] / "deploy" / "config").sources
NOTHING_IGNORED = {
    name: compile_mapping(source.model_copy(update={"mapping": Mapping(fields=source.mapping.fields)}))
    for name, source in SOURCES.items()
}
# Names that the mappings look for, so that the random payloads meet them.
KNOWN = sorted(
    {
        part
        for source in SOURCES.values()
        for paths in source.mapping.fields.values()
        for path in ([paths] if isinstance(paths, str) else paths)
        for step in parse(path)
        for part in ((step.name,) if isinstance(step, Name) else (*step.key, step.value) if isinstance(step, Selector) else ())
    }
)
ANY_TEXT = st.text(st.characters(), max_size=8)  # lone surrogates and NUL included
NAMES = st.sampled_from(KNOWN) | ANY_TEXT
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.sampled_from(KNOWN) | ANY_TEXT
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=30)
PAYLOADS = st.dictionaries(NAMES, JSON, max_size=10)


def leaves(value: Any) -> list[str]:
    """All that a payload says, as text; what is blank says nothing."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    text = "" if value is None else clean(value) if isinstance(value, str) else text_of(value)
    return [text] if text.strip() else []


def told(out: Mapped) -> str:
    """All that a mapped record says. A selector's value stands in the paths, escaped as paths are."""
    paths = [*out.attributes, *(origin.path for origin in out.provenance)]
    spelled = [path.replace('\\"', '"').replace("\\\\", "\\") for path in paths]
    return "\n".join([*spelled, *out.attributes.values(), *(text_of(value) for value in out.fields.values())])


@given(st.sampled_from(sorted(SOURCES)), PAYLOADS)
def test_nothing_is_dropped(name: str, payload: dict[str, Any]) -> None:
    """Every leaf is a field's value, an attribute, part of a path, or counted as truncated."""
    out = NOTHING_IGNORED[name].map(payload)
    said = told(out)
    missing = [leaf for leaf in leaves(payload) if leaf not in said]
    assert len(missing) <= int(out.attributes.get(TRUNCATED, 0))


@given(st.sampled_from(sorted(SOURCES)), PAYLOADS)
def test_what_comes_out(name: str, payload: dict[str, Any]) -> None:
    """Fields are declared ones, each with its provenance; all text can be encoded; bounds hold; the payload is untouched."""
    before = repr(payload)
    out = compile_mapping(SOURCES[name]).map(payload)
    assert repr(payload) == before
    assert set(out.fields) <= set(SOURCES[name].mapping.fields)
    assert [origin.field for origin in out.provenance] == list(out.fields)
    assert len(out.attributes) <= MAX_ATTRIBUTES + 1
    for path, text in out.attributes.items():
        path.encode()
        assert text.encode()
        assert len(text) <= MAX_TEXT
        assert len(path) <= MAX_PATH + len("#999")
    for value in out.fields.values():
        assert not isinstance(value, (dict, list))
        assert not isinstance(value, str) or value.encode().strip(b" ")


@given(st.sampled_from(sorted(SOURCES)), PAYLOADS)
def test_repeatable(name: str, payload: dict[str, Any]) -> None:
    """The same payload maps to the same, byte for byte, whatever was mapped before."""
    assert repr(NOTHING_IGNORED[name].map(payload)) == repr(compile_mapping(_open(name)).map(payload))


def _open(name: str) -> Any:
    return SOURCES[name].model_copy(update={"mapping": Mapping(fields=SOURCES[name].mapping.fields)})


WIDE: dict[str, dict[str, Any]] = {
    "a long list of answers": {"user_column_data": [{"column_id": f"Q{n}", "string_value": "x"} for n in range(20_000)]},
    "a long list of numbers": {"user_column_data": [0] * 400_000, "form_id": list(range(100_000))},
    "many members": {f"k{n}": n for n in range(80_000)},
    "many members within": {"default_address": {f"k{n}": n for n in range(80_000)}},
    "one answer, many times": {"user_column_data": [{"column_id": "EMAIL", "string_value": "x"}] * 20_000},
    "long names": {"x" * 400_000: {"y" * 400_000: {str(n): n for n in range(1_000)}}},
}


@pytest.mark.parametrize("case", WIDE)
@pytest.mark.parametrize("name", ["google-ads", "shopify-customer"])
def test_bounded_time(name: str, case: str) -> None:
    """A payload of a megabyte, however shaped, is mapped without holding up its partition, and nothing goes uncounted."""
    out = within(0.25, lambda: compile_mapping(SOURCES[name]).map(WIDE[case]))  # 50 ms on a quiet machine
    assert int(out.attributes[TRUNCATED]) > 500


@given(
    st.builds(Name, st.text(min_size=1)),
    st.lists(
        st.builds(Name, st.text(min_size=1))
        | st.builds(Index, st.integers(0, 999_999))
        | st.builds(Selector, st.lists(st.text(min_size=1), min_size=1, max_size=3).map(tuple), st.text())
    ),
)
def test_paths_read_back(first: Name, steps: list[Step]) -> None:
    """Every path that can be written is read back to the same steps."""
    path = (first, *steps)
    assert parse(render(path)) == path
