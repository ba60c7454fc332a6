"""Intake is total: any bytes become a payload or a bad record with a known reason."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs, urlencode

import orjson
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRecord
from app.inventory.load import load
from app.inventory.models import Source
from app.inventory.undeclared import undeclared
from app.pipeline.fate import DeadLetterReason
from app.pipeline.intake.decode import Payload, decode
from app.pipeline.source import InboundEvent, Position
from tests.harness.examples import examples

SOURCES = load(Path(__file__).parents[2] / "deploy" / "config").sources
AUTO = undeclared("nobody-knows")
TEXTUAL = [SOURCES["google-ads"], SOURCES["web-form"], SOURCES["partner-csv"], AUTO]
REASONS = get_args(DeadLetterReason)
Headers = tuple[tuple[str, bytes | None], ...]

VALID = [
    b'{"lead_id":"x1","user_column_data":[{"column_id":"EMAIL","string_value":"a@example.com"}],"form_id":349080077126}',
    b'{"id":706405506930370084,"total":1.5e3,"customer":{"email":"a@example.com","tags":[],"note":null},"ok":true}',
    b"submission_id=f1&email=a%40example.com&name=J%C3%BCrgen+M&message=a%26b",
    'L-1;24.12.2026 17:30;Frau;Eva;Müller;"M; S";e@example.com;030 1;Weg 1;1;Berlin;DE;Solar;9;"""ja""";ja\n'.encode(),
]
NASTY = st.sampled_from(
    [b"\x00", b"\xff", b'"', b"\\", b"\\ud800", b"NaN", b"1e999", b"[" * 99, b"{", b"}", b";", b"%ff", b"9" * 30, b"\n"]
)
TEXT = st.text(max_size=12)  # every code point that UTF-8 can hold


class NoCodec:
    """A codec that must not be asked for a declared record, and knows no schema."""

    def decode(self, value: bytes, record: str) -> dict[str, Any]:
        raise AssertionError("no Avro here")

    def decode_any(self, value: bytes) -> dict[str, Any]:
        raise BadRecord("intake", "unknown_schema_id")


def read(value: bytes | None, source: Source, headers: Headers = ()) -> Payload | BadRecord:
    """What intake makes of a value; anything but a BadRecord gets through and fails the test."""
    try:
        return decode(InboundEvent(Position("leads.inbound.x", 0, 0), None, value, headers, 0), source, NoCodec())
    except BadRecord as bad:
        return bad


def judge(answer: Payload | BadRecord) -> None:
    """A payload is a filled dict that can be encoded again; a refusal has intake's stage and a known reason."""
    if isinstance(answer, BadRecord):
        assert answer.stage == "intake"
        assert answer.reason in REASONS
    else:
        assert answer
        orjson.dumps(answer)


@given(st.none() | st.binary(max_size=300), st.sampled_from(TEXTUAL))
def test_any_bytes(value: bytes | None, source: Source) -> None:
    """Any bytes, in any format, become a payload or a bad record."""
    judge(read(value, source))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid record with a few bytes cut out, put in or turned."""
    value = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(value)))
        match draw(st.sampled_from(["cut", "put", "turn", "nasty"])):
            case "cut":
                del value[at : at + draw(st.integers(1, 20))]
            case "put":
                value[at:at] = draw(st.binary(min_size=1, max_size=4))
            case "turn" if at < len(value):
                value[at] ^= 1 << draw(st.integers(0, 7))
            case _:
                value[at:at] = draw(NASTY)
    return bytes(value)


@given(mutated(), st.sampled_from(TEXTUAL))
@examples(80)
def test_mutated_records(value: bytes, source: Source) -> None:
    """A damaged record becomes a payload or a bad record, whatever the damage."""
    judge(read(value, source))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT, JSON, max_size=6))
def test_json_comes_through_exactly(payload: dict[str, Any]) -> None:
    """What can be written as JSON is read back the same, or is empty."""
    answer = read(orjson.dumps(payload), SOURCES["google-ads"])
    if isinstance(answer, BadRecord):
        assert answer.reason == "empty_lead"
        assert not any(item not in (None, "", [], {}) for item in payload.values())
    else:
        assert answer == payload


@given(st.integers(min_value=2**64) | st.integers(max_value=-(2**63) - 1), st.booleans())
def test_beyond_64_bits(number: int, nested: bool) -> None:
    """No integer beyond 64 bits gets through, wherever it stands: it would come out as another number."""
    value = f'{{"a": [{{"b": {number} }}]}}' if nested else f'{{"a":{number}}}'
    answer = read(value.encode(), SOURCES["google-ads"])
    assert isinstance(answer, BadRecord)
    assert answer.reason == "number_out_of_range"


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12), min_size=1, max_size=8))
def test_forms_come_through_exactly(fields: dict[str, str]) -> None:
    """What a browser can send as a form is read back the same."""
    assert read(urlencode(fields).encode(), SOURCES["web-form"]) == fields


MEDIA = st.sampled_from(
    ["application/json", "application/x-www-form-urlencoded", "text/csv", "application/avro", "text/plain", "",
     "a/b+json; charset=utf-16", "text/csv; charset=windows-1252", "text/plain; charset=utf-7"]
)  # fmt: skip


@given(
    st.binary(max_size=300) | mutated() | st.text().map(str.encode), MEDIA.map(str.encode) | st.none() | st.binary(max_size=60)
)
@examples(80)
def test_whatever_the_sender_says_it_is(value: bytes, content_type: bytes | None) -> None:
    """Where no format is declared: any bytes under any content-type become a payload or a bad record."""
    judge(read(value, AUTO, (("Content-Type", content_type),)))


NAMES = st.text("abcdefghijäöüßéñ名前имя ", min_size=1, max_size=20).map(str.strip).filter(bool)
VALUES = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=30).map(str.strip).filter(bool)
FIELDS = st.dictionaries(NAMES, VALUES, min_size=2, max_size=8)


@given(FIELDS, st.sampled_from(",;\t|"))
def test_csv_with_its_own_header_comes_through_exactly(fields: dict[str, str], delimiter: str) -> None:
    """A header line and a row, with any usual delimiter, as Python's own writer writes them, are read back the same."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([list(fields), list(fields.values())])
    assert read(out.getvalue().encode(), AUTO) == fields


@given(FIELDS, st.sampled_from([": ", " : ", " = ", "："]))
def test_lines_come_through_exactly(fields: dict[str, str], mark: str) -> None:
    """Lines of `name: value` are read back the same."""
    assert read("\n".join(f"{name}{mark}{value}" for name, value in fields.items()).encode(), AUTO) == fields


@given(FIELDS)
def test_forms_are_known_without_being_told(fields: dict[str, str]) -> None:
    """What a browser sends as a form is read back the same without a declared format."""
    assert read(urlencode(fields).encode(), AUTO) == fields


@given(st.lists(st.sampled_from([*"ab=&+% é漢", "%C3", "%A9", "%20", "%2B", "%g1", "%00"]), max_size=20).map("".join))
def test_forms_are_split_as_urllib_splits_them(text: str) -> None:
    """A form's names and values are those that urllib reads, and what it cannot decode is refused."""
    value = f"a=1&{text}"
    try:
        expected = parse_qs(value, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        assert read(value.encode(), SOURCES["web-form"]).reason == "not_utf8"  # type: ignore[union-attr]
        return
    assert read(value.encode(), SOURCES["web-form"]) == {
        name: values[0] if len(values) == 1 else values for name, values in expected.items()
    }
