"""Kinds, fitness and the recogniser hold for any value."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.pipeline.ladder.classifier import shipped
from app.pipeline.ladder.fitness import FITNESS
from app.pipeline.ladder.kinds.kind import kind_of
from app.pipeline.ladder.leaf import Kind
from app.pipeline.ladder.recogniser import candidates, fits
from tests.harness.examples import examples
from tests.harness.timing import within

SOME = examples(60)
nasty = st.sampled_from(
    [
        *(
            "\ud800",
            "a@\udfff.de",
            "\x00",
            "İ",
            "ß",
            "9" * 400,
            "+" * 60,
            "1e999",
            "@@@@",
            "٠١٢٣٤",
            "🇩🇪",
            "１２３＠ｅｘ．ｄｅ",
            "-",
            "(",
        ),
        *(
            "$",
            "/",
            "²",
            "①②③④⑤⑥⑦",
            "٣.٤",
            "#",
            "+１",
            "1 " * 30,
            "a." * 90 + "@",
            "00000000000",
            "1:" * 20,
            "2024-99-99",
            "." * 60,
        ),
        *(
            "A-" * 40,
            "1,1" * 20,
            "\u202e+49 30",
            "عبد الله",
            "(" * 64,
            "0" * 64,
            "+1-",
            "Tel.: ",
            "EUR ",
            "12. März",
            "@a.b",
            "a@b.",
        ),
    ]
)
texts = st.one_of(st.text(max_size=300), st.text("0123456789+-()/.: ,€$@aAé中", max_size=70), nasty)
numbers = st.one_of(st.integers(), st.floats(), st.booleans(), st.decimals())
others = st.one_of(st.none(), st.datetimes(), st.binary(max_size=80), st.lists(st.integers(), max_size=2))
values: st.SearchStrategy[Any] = st.one_of(texts, numbers, others)


@SOME
@given(values)
def test_any_value_has_one_kind_and_says_something_within_bounds(value: Any) -> None:
    """Nothing raises; every confidence and fitness is a share; what is asked twice is answered the same."""
    kind = kind_of(value)
    assert isinstance(kind, Kind)
    assert kind is kind_of(value)
    assert all(0.0 <= fits(field, kind, value) <= 1.0 for field in FITNESS)
    found = candidates(value, kind)
    assert all(one.field in FITNESS and 0.0 < one.confidence < 0.95 and one.rung == "shape" for one in found)
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)


@SOME
@given(values, st.sampled_from(Kind))
def test_a_kind_that_is_not_the_values_own_is_survived(value: Any, kind: Kind) -> None:
    """A kind remembered from another record of the shape breaks nothing."""
    assert all(0.0 <= fits(field, kind, value) <= 1.0 for field in FITNESS)
    assert all(0.0 < one.confidence < 0.95 for one in candidates(value, kind))


@SOME
@given(
    st.sampled_from(["anna@example.de", "+49 30 1234567", "Anna Schmidt", "SW1A 1AA", "2024-03-05", "Muster GmbH"]),
    st.text(" \t\n", max_size=5),
)
def test_blanks_around_a_value_do_not_change_its_kind(text: str, blanks: str) -> None:
    """People paste with blanks."""
    assert kind_of(blanks + text + blanks) is kind_of(text)


@examples(30)
@given(texts, st.integers(1_000, 100_000))
def test_time_does_not_grow_with_the_value(text: str, times: int) -> None:
    """However long a text is made by repeating it, its kind is told in well under a hundredth of a second."""
    long = (text or "x") * (times // max(1, len(text)))

    def look() -> None:
        kind = kind_of(long)
        candidates(long, kind)
        for field in FITNESS:
            fits(field, kind, long)

    within(0.05, look)


@SOME
@given(texts, st.lists(texts, max_size=4), st.sampled_from(Kind) | st.none())
def test_any_name_gets_an_answer(label: str, context: list[str], kind: Kind | None) -> None:
    """The classifier answers whatever a field is called, in falling confidence, with lead fields only."""
    found = shipped().predict(label, tuple(context), kind)
    assert len(found) <= 3
    assert all(
        one.rung == "learned" and 0.0 < one.confidence <= 1.0 and (one.field is None or one.field in FITNESS) for one in found
    )
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)
