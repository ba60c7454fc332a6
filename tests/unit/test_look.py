"""What type a text would have had: only what is beyond doubt."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from app.inventory.models import Source
from app.pipeline.intake.decode import is_textual
from app.pipeline.lead import Lead
from app.pipeline.look import field_looks, looks
from app.pipeline.normalise import Normaliser
from app.pipeline.shape import SourceShapes
from app.pipeline.source import InboundEvent, Position
from app.wiring import Installation


@pytest.mark.parametrize(
    ("expected", "texts"),
    [
        (int, ["0", "42", "-3", "+7", "3.5", "3,50", "1.234,56", "1,234,567", "12'000.00", "007", "123456789"]),
        (bool, ["yes", "Yes", "NO", "true", "ja", "Nein", "oui", "sí", "on", "да", "いいえ"]),
        (datetime, ["2026-11-23", "2026-11-23T10:15:02Z", "23.11.2026 10:15", "11/23/26", "1795392000", "1795392000000"]),
        (
            str,
            [
                "", "Berlin", "+49 30 9012345", "01712345678", "5551234567", "4711-33", "203.113.200.12", "203.113.200.120",
                "1234 AB", "12 Monate", "n/a", "yes please, call me", "3 oder 4", "€ 12", "12 €", "1.2.3", "١٢٣", "9" * 500, "-",
            ],
        ),
    ],
)  # fmt: skip
def test_texts(expected: type, texts: list[str]) -> None:
    """Numbers, yes and no, dates and times; phones, long numbers, addresses of machines and words are texts."""
    assert {text: found.__name__ for text, found in zip(texts, looks(texts), strict=True) if found is not expected} == {}


def test_fields_of_text_are_texts() -> None:
    """A postcode is a text whatever it looks like; an amount is a number; what has a type keeps it."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    fields = {"postcode": "10115", "budget": "250", "occurred_at": at, "email": "1", "consent": "ja"}
    assert field_looks(fields) == [str, int, datetime, str, bool]


class TestShape:
    def shape(self, *, textual: bool, **attributes: str) -> dict[str, str]:
        shapes = SourceShapes()
        found = shapes.shape_of({}, [], attributes, [str] * (len(attributes) - ("_truncated" in attributes)), textual=textual)
        assert found
        return {leaf.path: leaf.kind for leaf in shapes.known[found].leaves}

    def test_formats_without_types(self) -> None:
        """A path of a form has the kind that its value looks like; in formats with types, a text is a text."""
        values = {"age": "42", "news": "on", "born": "1984-02-03", "note": "call me", "_truncated": "3"}
        assert self.shape(textual=True, **values) == {"age": "number", "news": "boolean", "born": "time", "note": "text"}
        assert set(self.shape(textual=False, **values).values()) == {"text"}

    def test_another_look_is_another_shape(self) -> None:
        """Remembered apart, so that the second is not taken for the first."""
        shapes = SourceShapes()
        found = [shapes.shape_of({}, [], {"age": age}, [str], textual=True) for age in ("42", "43", "forty", "44")]
        assert found[0] == found[1] == found[3] != found[2]


def event(value: bytes, source: str) -> InboundEvent:
    return InboundEvent(Position(f"leads.inbound.{source}", 0, 0), None, value, (), 1_795_392_000_000)


@pytest.mark.parametrize(
    ("value", "textual"),
    [
        (b"a=1", True), (b"\n name: Eva", True), (b"a,b\n1,2", True), (b'{"a":1}', False), (b'  {"a":1}', False),
        (b'[{"a":1}]', False), (b"\0\0\0\0\1x", False), (b"", True),
    ],
)  # fmt: skip
def test_of_undeclared_sources_the_beginning_tells(value: bytes, textual: bool) -> None:
    """JSON and Avro have types; everything else that is read is text."""
    one = Installation.from_environment()
    source = one.undeclared("leads.inbound.callback-form")
    assert source
    assert is_textual(event(value, "callback-form"), source) is textual


def declared(source: Source) -> bool:
    return is_textual(event(b"{}", source.name), source)


def test_declared_sources_say_it() -> None:
    """Forms and CSV are without types, JSON and Avro with."""
    sources = Installation.from_environment().inventory.sources
    assert {source.format: declared(source) for source in sources.values()} == {
        "form": True, "csv": True, "json": False, "avro": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "record"),
    [
        ("web-form", b"submission_id=f1&email=jo%%40example.com&budget=%b"),
        ("callback-form", b"email=jo%%40example.com&alter=%b"),
    ],
)
def test_a_retyped_answer_of_a_form_changes_the_shape(source: str, record: bytes) -> None:
    """From bytes to the shape that the lead names: declared or not, mapped or not."""
    one = Installation.from_environment()
    normaliser: Normaliser = one.normaliser()
    shapes = []
    for answer in (b"250", b"300", b"a+lot"):
        lead: Any = normaliser.normalise(event(record % answer, source))
        assert isinstance(lead, Lead)
        shapes.append(lead.shape)
    assert shapes[0] == shapes[1] != shapes[2]
    assert None not in shapes
    payloads = [orjson.dumps({"email": "jo@example.com", "alter": text}) for text in ("4", "a")]
    json: Any = [normaliser.normalise(event(payload, "callback-app")) for payload in payloads]
    assert json[0].shape == json[1].shape
