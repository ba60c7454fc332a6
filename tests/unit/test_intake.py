"""What intake accepts, and how it reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from app.errors import BadRecord, EdgeDown
from app.inventory.load import load
from app.pipeline.intake.decode import Payload, decode
from app.pipeline.limits import DEPTH, FIELDS, VALUE_BYTES
from app.pipeline.source import InboundEvent, Position

SOURCES = load(Path(__file__).parents[2] / "deploy" / "config").sources


class FixedCodec:
    """Answers every value with the same payload, or raises."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer, self.asked = answer, [("", b"")]

    def decode(self, value: bytes, record: str) -> dict[str, Any]:
        self.asked.append((record, value))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def decode_any(self, value: bytes) -> dict[str, Any]:
        return self.decode(value, "any")


def read(value: bytes, source: str = "google-ads", codec: FixedCodec | None = None) -> Payload:
    """Decode a value as a source's."""
    event = InboundEvent(Position("leads.inbound.x", 0, 0), None, value, (), 0)
    return decode(event, SOURCES[source], codec or FixedCodec(AssertionError("no Avro here")))


class TestJson:
    def test_object(self) -> None:
        """An object is the payload."""
        assert read(b'{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}

    def test_byte_order_mark(self) -> None:
        """A byte order mark before the document is passed over."""
        assert read(b'\xef\xbb\xbf{"a":1}') == {"a": 1}

    def test_list_of_one(self) -> None:
        """A list of one object is taken for the object."""
        assert read(b'[{"a":1}]') == {"a": 1}

    def test_last_wins(self) -> None:
        """Of a repeated name the last value counts."""
        assert read(b'{"a":1,"a":2}') == {"a": 2}

    @pytest.mark.parametrize("number", [2**53 + 1, 706405506930370085, 2**63, 2**64 - 1, -(2**63)])
    def test_exact_integers(self, number: int) -> None:
        """Integers up to 64 bits come through exactly, beyond what floating point can hold."""
        assert read(b'{"id":%d}' % number) == {"id": number}

    def test_digits_in_text(self) -> None:
        """Long digits in a string are text, even where they look like a member."""
        text = "Ref: 98765432109876543210987, [12345678901234567890123]"
        assert read(orjson.dumps({"note": text, "id": 2**64 - 1}))["note"] == text

    @pytest.mark.parametrize(
        "where", [b'{"id":%s}', b'{"id" :\r\n\t %s }', b'{"ids":[1,%s]}', b'{"ids":[ %s]}', b'[{"a":1 ,"id": %s}]']
    )
    @pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**40])
    def test_longer_integers_are_refused_wherever_they_stand(self, where: bytes, number: int) -> None:
        """The parser would round an integer beyond 64 bits; no spelling of the document hides one."""
        with pytest.raises(BadRecord, match="number"):
            read(where % b"%d" % number)

    def test_long_fractions(self) -> None:
        """A long fraction is a rounded number, as everywhere, and no reason to refuse a lead."""
        assert read(b'{"price":12345678901234567890.5}') == {"price": 12345678901234567890.5}
        assert read(b'{"price":3.14159265358979323846264338327950288}') == {"price": 3.141592653589793}

    def test_depth_limit(self) -> None:
        """Exactly the allowed depth passes."""
        value = b'{"a":' * DEPTH + b"1" + b"}" * DEPTH
        assert value.count(b"{") == DEPTH
        assert set(read(value)) == {"a"}

    def test_many_brackets_are_not_depth(self) -> None:
        """A wide document is not a deep one."""
        assert len(read(orjson.dumps({"a": [{}] * 500}))["a"]) == 500

    def test_size_limit(self) -> None:
        """Exactly the allowed size passes."""
        value = b'{"a":"' + b"x" * (VALUE_BYTES - 8) + b'"}'
        assert len(value) == VALUE_BYTES
        assert len(read(value)["a"]) == VALUE_BYTES - 8


class TestForm:
    def test_pairs(self) -> None:
        """Plus and percent are decoded, blank values are kept, order is kept."""
        payload = read(b"name=Jo+Example&email=jo%40example.com&x=&city=M%C3%BCnchen", "web-form")
        assert list(payload.items()) == [("name", "Jo Example"), ("email", "jo@example.com"), ("x", ""), ("city", "München")]

    def test_bracketed_names(self) -> None:
        """Bracketed names are literal: what they mean is the mapping's business."""
        assert read(b"data[email]=a&data%5Bmerges%5D%5BFNAME%5D=b", "web-form") == {
            "data[email]": "a",
            "data[merges][FNAME]": "b",
        }

    def test_repeated_names(self) -> None:
        """A repeated name makes a list, in order."""
        assert read(b"p=a&q=x&p=b&p=c", "web-form") == {"p": ["a", "b", "c"], "q": "x"}

    def test_line_end(self) -> None:
        """A line end after the form is no part of it."""
        assert read(b"a=b\r\n", "web-form") == {"a": "b"}

    def test_field_limit(self) -> None:
        """A form has at most so many fields."""
        read(b"&".join([b"a=1"] * FIELDS), "web-form")
        with pytest.raises(BadRecord, match="invalid_form"):
            read(b"&".join([b"a=1"] * (FIELDS + 1)), "web-form")


class TestCsv:
    LINE = 'L-1;24.12.2026 17:30;Frau;Eva;Müller;"Müller; Söhne";eva@example.com;030 1;Weg 1;1;Bonn;DE;Solar;9;"sagte ""ja""";ja'

    @pytest.mark.parametrize("end", ["", "\n", "\r\n"])
    def test_line(self, end: str) -> None:
        """One line becomes its columns by name, quotes undone, with or without its line end."""
        payload = read((self.LINE + end).encode(), "partner-csv")
        assert list(payload) == list(SOURCES["partner-csv"].csv.columns)  # type: ignore[union-attr]
        assert (payload["firma"], payload["nachricht"], payload["einwilligung"]) == ("Müller; Söhne", 'sagte "ja"', "ja")

    def test_byte_order_mark(self) -> None:
        """A byte order mark is no part of the first cell."""
        assert read(("\ufeff" + self.LINE).encode(), "partner-csv")["lead_nr"] == "L-1"

    def test_header_line(self) -> None:
        """The header line is told from a lead, and says so."""
        header = ";".join(SOURCES["partner-csv"].csv.columns).upper()  # type: ignore[union-attr]
        with pytest.raises(BadRecord, match="header line") as caught:
            read(header.encode(), "partner-csv")
        assert caught.value.reason == "invalid_csv"


class TestAvro:
    def test_asks_the_codec(self) -> None:
        """Avro is the codec's: it gets the bytes and the record that the source declares."""
        codec = FixedCodec({"org": "Acme"})
        assert read(b"\x00\x00\x00\x00\x01abc", "partner-avro", codec) == {"org": "Acme"}
        assert codec.asked[-1] == ("partner_lead", b"\x00\x00\x00\x00\x01abc")

    def test_blank_bytes_are_not_blank(self) -> None:
        """Bytes that happen to be blanks in ASCII are Avro like any other."""
        assert read(b"   ", "partner-avro", FixedCodec({"org": "Acme"})) == {"org": "Acme"}

    def test_registry_down(self) -> None:
        """That the registry does not answer says nothing about the record."""
        with pytest.raises(EdgeDown):
            read(b"\x00", "partner-avro", FixedCodec(EdgeDown("registry")))

    def test_codec_refuses(self) -> None:
        """The codec's refusal is intake's."""
        with pytest.raises(BadRecord, match="unknown_schema_id"):
            read(b"\x00", "partner-avro", FixedCodec(BadRecord("intake", "unknown_schema_id")))
