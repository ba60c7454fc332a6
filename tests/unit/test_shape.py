"""The shape of a payload: what it keeps, what it leaves out, and its bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.inventory.models import Mapping, Source
from app.pipeline import shape as module
from app.pipeline.attributes import collect
from app.pipeline.mapping import compile_mapping
from app.pipeline.shape import Shape, ShapeLeaf, SourceShapes, normal


def source(**fields: str) -> Source:
    return Source(name="web-form", description="", owner="x", format="json", mapping=Mapping(fields=fields), expected_per_hour=1)


class Shaper:
    """The shapes of payloads of one source, as the pipeline asks for them."""

    def __init__(self, **fields: str) -> None:
        self.mapper, self.shapes = compile_mapping(source(**fields)), SourceShapes()

    def fingerprint(self, payload: dict[str, Any]) -> str | None:
        mapped, types = self.mapper.map(payload), list[type]()
        attributes = collect(mapped.left, types)
        return self.shapes.shape_of(mapped.fields, mapped.provenance, attributes, types)

    def shape(self, payload: dict[str, Any]) -> Shape:
        found = self.fingerprint(payload)
        assert found
        return self.shapes.known[found]

    def paths(self, payload: dict[str, Any]) -> list[str]:
        return [leaf.path for leaf in self.shape(payload).leaves]


def test_a_shape_is_the_paths_their_kinds_and_the_fields_they_filled() -> None:
    """All that is not blank is in the shape, sorted, with its primitive kind and the lead field that it became."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    payload = {"mail": "a@example.org", "n": 3, "yes": True, "at": at, "raw": b"x", "none": None, "blank": " ", "empty": {}}
    assert Shaper(email="mail").shape(payload).leaves == (
        ShapeLeaf("at", "time"),
        ShapeLeaf("mail", "text", "email"),
        ShapeLeaf("n", "number"),
        ShapeLeaf("raw", "bytes"),
        ShapeLeaf("yes", "boolean"),
    )


def test_the_same_shape_has_the_same_fingerprint_in_every_process() -> None:
    """The fingerprint is 16 hex digits of paths and kinds alone: neither values, nor order, nor the mapping change it."""
    payload: dict[str, Any] = {"name": "Eva", "city": "Graz", "age": 40}
    turned: dict[str, Any] = {"age": 7.5, "city": "Ulm", "name": "Jan"}
    assert Shaper(city="city").fingerprint(payload) == Shaper().fingerprint(turned) == "6bc00d70221eede9"


@pytest.mark.parametrize(
    "other",
    [{"name": "Eva", "age": "40"}, {"name": "Eva"}, {"name": "Eva", "age": 40, "city": "Graz"}, {"nom": "Eva", "age": 40}],
)
def test_another_path_or_kind_is_another_shape(other: dict[str, Any]) -> None:
    """Retyped, vanished, new and renamed: each changes the fingerprint."""
    shaper = Shaper()
    assert shaper.fingerprint({"name": "Eva", "age": 40}) != shaper.fingerprint(other)


def test_lists_of_any_length_have_one_shape() -> None:
    """Positions in lists are [*], whether declared or not, so that an order of one item looks like an order of ten."""
    shaper = Shaper(interest="items[0].title")
    assert shaper.paths({"items": [{"title": "A", "sku": "1"}], "tags": ["x"]}) == ["items[*].sku", "items[*].title", "tags[*]"]
    few, many = ({"items": [{"title": "A", "sku": "1"}] * n, "tags": ["x"] * n} for n in (2, 30))
    assert shaper.fingerprint(few) == shaper.fingerprint(many)


def test_a_list_beyond_the_bound_has_the_same_shape() -> None:
    """What mapping leaves in one piece of a huge list is in the shape like the rest of it."""
    assert Shaper(interest="tags").paths({"tags": ["x"] * 6_000}) == ["tags", "tags[*]"]


def test_selectors_keep_their_names() -> None:
    """An answer is known by its question, mapped or not."""
    payload = {"answers": [{"name": "email", "value": "a@example.org"}, {"name": "car", "value": "none"}]}
    assert Shaper(email="answers[name=email].value").paths(payload) == ["answers[name=car].value", "answers[name=email].value"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("orders.183264872.total", "orders.*.total"),
        ("a.3f2504e0-4f89-11d3-9a0c-0305e82c3301", "a.*"),
        ("a.-MxT1a2b3C4d5E6f7G8", "a.*"),
        ("q3_name", "q3_name"),
        ("question_12", "question_12"),
        ("effaced.facade", "effaced.facade"),
        ('data."eva@example.org".seen', "data.*.seen"),
        ("eva@localhost", "*"),
        ('"+49 171 234567-8"', "*"),
        ('message@text."Eva Muster, call me in the evening please, not before eight o\'clock"', "message@text.*"),
        ("message@text.Telefon", "message@text.Telefon"),
        ("payload@json.a[2].b", "payload@json.a[*].b"),
        ("body@form.q3@json[1]", "body@form.q3@json[*]"),
        ("answers[name=eva@example.org].value", "answers[name=*].value"),
        ("answers[question=0171 2345678]", "answers[question=*]"),
        ('answers[question="Wie viele ]?"].value', 'answers[question="Wie viele ]?"].value'),
        ("items[200:]", "items[*]"),
        ("name#2", "name"),
        ('"a.b"."c[d]"', '"a.b"."c[d]"'),
        ("città.имя.名前", "città.имя.名前"),
    ],
)
def test_what_is_data_in_a_path_is_left_out(path: str, expected: str) -> None:
    """Positions, ids, addresses and numbers of people and long texts become *; names of a source's own stay as they are."""
    assert normal(path) == expected


def test_a_selector_that_our_people_declared_stays() -> None:
    """A question's number in the inventory is no number of a person's."""
    payload = {"answers": [{"id": "183264872", "value": "a@example.org"}, {"id": "183264873", "value": "x"}]}
    assert Shaper(email="answers[id=183264872].value").paths(payload) == ["answers[id=*].value", "answers[id=183264872].value"]


def test_ids_as_keys_make_one_shape() -> None:
    """A payload whose members are named by ids does not bring a new shape each time, however many there are."""
    shaper = Shaper()
    found = {shaper.fingerprint({"carts": {str(n * 977 + k): {"sum": k} for k in range(2_000)}}) for n in range(20)}
    assert len(found) == 1


def test_hostile_payloads_run_out_of_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that brings a shape per record gets a bounded number of them; afterwards one record in twenty may be new."""
    monkeypatch.setattr(module, "MAX_KNOWN", 50)
    shaper = Shaper()
    found = [shaper.fingerprint({f"key-{chr(97 + n % 26)}{chr(97 + n // 26)}": n}) for n in range(600)]
    assert all(found[:50])
    assert 50 + 25 <= sum(one is not None for one in found) <= 50 + 30
    assert len(shaper.shapes.known) <= 50


def test_known_shapes_are_told_when_there_is_no_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes as always is recognised, whatever the others send."""
    monkeypatch.setattr(module, "MAX_KNOWN", 3)
    shaper = Shaper()
    usual = shaper.fingerprint({"name": "Eva"})
    others = [shaper.fingerprint({name: 1}) for name in ("a", "b", "c", "d")]
    assert others[2:] == [None, None]
    assert shaper.fingerprint({"name": "Jan"}) == usual


def test_leaves_of_a_shape_are_bounded() -> None:
    """A thousand members make a shape of no more leaves than a lead has attributes."""
    names = (a + b + c for a in "klmnopqrst" for b in "klmnopqrst" for c in "klmnopqrst")
    assert len(Shaper().shape(dict.fromkeys(names, 1)).leaves) <= 128


def test_text_that_is_not_unicode_has_a_shape() -> None:
    """A lone surrogate or a NUL in a name breaks nothing."""
    assert Shaper().fingerprint({"na\ud800me\0": "x"})
