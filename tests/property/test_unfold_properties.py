"""Unfolding never raises, loses nothing, tells each place by its own path, and a declared mapping of that path finds the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inventory.models import Mapping, Source
from app.inventory.paths import Inside, Selector, parse, render
from app.pipeline.attributes import MAX_PATH, MAX_VISITED, clean, text_of
from app.pipeline.inside import open_text
from app.pipeline.ladder.unfold.unfolder import Unfolded, unfold_all
from app.pipeline.mapping import Mapped, compile_mapping
from tests.harness.examples import examples
from tests.harness.timing import within

KNOWN = ["name", "value", "values", "key", "label", "title", "question", "answer", "field", "type", "text", "email", "id", "ref"]
KNOWN += ["questionId", "fields", "data[a][b]", "data[a][title]", "data[a][value]", "a.b", "x@y", "1"]
ANY_TEXT = st.text(st.characters(), max_size=8)  # lone surrogates and NUL included
TEXTS = ANY_TEXT | st.sampled_from(
    [
        "email",
        "text",
        " ",
        "مرحبا",
        "👩‍👩‍👧",
        "a\u200bb",
        "Name: Eva\nMail: e@x",
        "a=1&b=2",
        '{"a": [1, "b"]}',
        '["x"]',
        "{}",
        "x<br>y: z",
    ]
)
NAMES = st.sampled_from(KNOWN) | ANY_TEXT
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | TEXTS
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=25)
PAYLOADS = st.dictionaries(NAMES, JSON, max_size=8)
CLEAN_NAMES = st.sampled_from(KNOWN) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
CLEAN = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(CLEAN_NAMES, inner, max_size=5))
CLEAN_PAYLOADS = st.dictionaries(CLEAN_NAMES, CLEAN, max_size=6)


def whole(payload: dict[str, Any]) -> Unfolded:
    """What a source without a declaration leaves over, unfolded."""
    return unfold_all(declared(payload).left)


def declared(payload: dict[str, Any], *paths: str) -> Mapped:
    """The payload mapped with these paths declared, as fields f0, f1, …"""
    mapping = Mapping(fields={f"f{n}": path for n, path in enumerate(paths)})
    source = Source(name="test", description="", owner="", format="json", mapping=mapping, expected_per_hour=1)
    return compile_mapping(source).map(payload)


def said(value: Any) -> list[Any]:
    """Every scalar of a payload that is not blank."""
    if isinstance(value, dict):
        return [one for item in value.values() for one in said(item)]
    if isinstance(value, list):
        return [one for item in value for one in said(item)]
    if isinstance(value, str):
        value = clean(value)
        return [] if not value or value.isspace() else [value]
    return [] if value is None else [value]


def inside(value: Any) -> list[Any]:
    """The scalars in a text that is JSON or a form; of any other value itself."""
    opened = open_text(value) if isinstance(value, str) else None
    return [value] if opened is None or opened[0] == "text" else [part for one in said(opened[1]) for part in inside(one)]


def parts_of(payload: Any) -> list[Any]:
    return [part for one in said(payload) for part in (one, *inside(one))]


def spelled(values: list[Any]) -> Counter[str]:
    return Counter(f"{type(value).__name__} {value!r}" for value in values)


def selected(out: Unfolded) -> set[str]:
    """What the selectors of all paths say: the names that elements bear."""
    return {step.value for leaf in out.leaves for step in parse(leaf.path) if isinstance(step, Selector)}


def opened_as_lines(out: Unfolded) -> Counter[str]:
    """What was read from blocks of lines: said in the block, too."""
    return spelled([leaf.value for leaf in out.leaves if Inside("text") in parse(leaf.path)])


@given(PAYLOADS)
@examples(60)
def test_every_value_is_in_one_leaf(payload: dict[str, Any]) -> None:
    """Each scalar that is not blank is the value of exactly one leaf, or the name by which the path of one selects an element."""
    out = whole(payload)
    assert out.cut == 0
    found = spelled([leaf.value for leaf in out.leaves]) - opened_as_lines(out)
    names = selected(out)
    for one in said(payload):
        parts = [one] if spelled([one]) <= found else inside(one)  # a text that names is no text to open
        if text_of(one) not in names:
            assert spelled(parts) <= found
            found -= spelled(parts)
    assert all(text.split(" ", 1)[1].strip("'\"") in names or text in spelled(parts_of(payload)) for text in found)


@given(PAYLOADS)
@examples(50)
def test_paths_are_unique_and_can_be_read(payload: dict[str, Any]) -> None:
    """No two leaves have the same path, and each path is spelled as `render` would spell it."""
    paths = [leaf.path for leaf in whole(payload).leaves]
    assert len(set(paths)) == len(paths)
    for path in paths:
        assert render(parse(path)) == path


@given(CLEAN_PAYLOADS)
@examples(50)
def test_a_declared_mapping_finds_the_same(payload: dict[str, Any]) -> None:
    """Whatever unfolding finds at a path, a mapping that declares this path finds, too."""
    leaves = [leaf for leaf in whole(payload).leaves if len(leaf.path) < MAX_PATH]
    for leaf in leaves:
        out = declared(payload, leaf.path)
        assert "f0" in out.fields, leaf.path
        assert repr(out.fields["f0"]) == repr(leaf.value), leaf.path


@given(PAYLOADS)
@examples(40)
def test_labels_and_contexts_are_texts(payload: dict[str, Any]) -> None:
    """Labels and contexts are clean texts: they go to dictionaries, models and shapes."""
    for leaf in whole(payload).leaves:
        for name in (leaf.label, *leaf.context):
            name.encode()


@given(CLEAN_PAYLOADS)
@examples(40)
def test_what_is_inside_a_text_can_be_declared(inner: dict[str, Any]) -> None:
    """A path that goes inside a text takes what stands there, and leaves the rest over under such paths."""
    try:
        payload = {"raw": orjson.dumps(inner).decode(), "list": [None, " ", orjson.dumps([inner]).decode(), "x"]}
    except TypeError:  # a lone surrogate
        return
    leaves = [leaf for leaf in whole(payload).leaves if len(leaf.path) < MAX_PATH]
    for leaf in leaves[:12]:
        out = declared(payload, leaf.path)
        assert repr(out.fields.get("f0")) == repr(leaf.value), leaf.path
        rest = {one.path for one in unfold_all(out.left).leaves}
        others = {one.path for one in leaves if one.path.startswith("raw@json") and "@text" not in one.path} - {leaf.path}
        if leaf.path.startswith("raw@json") and "[" not in payload["raw"]:  # of a list, its first value has the list's path
            assert others <= rest


@pytest.mark.parametrize(
    "payload",
    [
        {"a": "x" * 1_000_000},
        {"a": "{" * 1_000_000},
        {"a": "[" + "[]," * 300_000 + "1]"},
        {"a": "<" * 1_000_000},
        {"a": "<style" * 10_000},
        {"a": "a: b\n" * 200_000},
        {"a": ("x " * 30 + "\n") * 1_000},
        {"a": ": = " * 15_000 + "\n"},
        {"a": "a=1&" * 60_000},
        {"a": "k" * 60_000 + "\n:"},
        {"a": [{"name": f"n{n}", "value": n} for n in range(10_000)]},
        {"a": {f"n{n}": {"value": n, "label": f"l{n}"} for n in range(10_000)}},
        {f"n{n}": n for n in range(50_000)},
        {"k" * 1_000_000: {"k" * 1_000_000: 1}},
        {"a": orjson.dumps({"b": orjson.dumps({"c": "d" * 100_000}).decode()}).decode()},
        {"forms": [{"id": n, "title": f"t{n}", "type": "x"} for n in range(3_000)], "answers": [{"id": 1, "value": 2}] * 1_500},
    ],
    ids=range(16),
)
def test_time_is_bounded(payload: dict[str, Any]) -> None:
    """A megabyte of anything is unfolded within a second (a tenth of that on a quiet machine), in MAX_VISITED leaves or so."""
    out = within(0.5, lambda: whole(payload))
    assert len(out.leaves) <= MAX_VISITED + 10


def test_depth_is_bounded_by_nothing() -> None:
    """No payload is too deep: unfolding does not recurse."""
    payload: Any = 1
    for n in range(3_000):
        payload = {"a": payload} if n % 2 else [payload]
    (leaf,) = whole({"deep": payload}).leaves
    assert leaf.value == 1
    assert len(leaf.path) <= MAX_PATH
    parse(leaf.path)
