"""Records of a source whose format nobody declared: what each is read as, and why the rest is refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.errors import BadRecord
from app.inventory.undeclared import undeclared
from app.pipeline.intake.decode import decode
from app.pipeline.limits import VALUE_BYTES
from app.pipeline.source import InboundEvent, Position
from tests.harness.timing import within

CODEC = AvroCodec(Schemas.load(Path(__file__).parents[2] / "schemas"))
SOURCE = undeclared("callback-form")


def read(value: bytes | str, content_type: str | None = None) -> dict[str, Any]:
    """Read a value under a content-type."""
    data = value.encode() if isinstance(value, str) else value
    headers = ((("Content-Type"), content_type.encode()),) if content_type else ()
    return decode(InboundEvent(Position("leads.inbound.x", 0, 0), None, data, headers, 0), SOURCE, CODEC)


def refused(value: bytes | str, content_type: str | None = None) -> BadRecord:
    """The refusal of a value."""
    with pytest.raises(BadRecord) as caught:
        read(value, content_type)
    return caught.value


class TestLookedAt:
    @pytest.mark.parametrize(
        ("value", "payload"),
        [
            ('{"Name": "Jo", "tags": [1]}', {"Name": "Jo", "tags": [1]}),
            ('\ufeff {"Name": "Jo"}\n', {"Name": "Jo"}),
            ('[{"Name": "Jo"}]', {"Name": "Jo"}),
            ('"{\\"Name\\": \\"Jo\\"}"', {"Name": "Jo"}),
            ("name=Jo+M&email=jo%40example.org&x[]=1&x[]=2", {"name": "Jo M", "email": "jo@example.org", "x[]": ["1", "2"]}),
            ("email=jo@example.org", {"email": "jo@example.org"}),
            ("Name;E-Mail\nJo;jo@example.org\n", {"Name": "Jo", "E-Mail": "jo@example.org"}),
            ('"Name","Ort, Land"\r\n"Jo ""J""","Bonn\nDE"', {"Name": 'Jo "J"', "Ort, Land": "Bonn\nDE"}),
            ("name\temail\tname\nJo\tjo@example.org\tMiller", {"name": ["Jo", "Miller"], "email": "jo@example.org"}),
            ("Name: Jo\nE-Mail: jo@example.org", {"Name": "Jo", "E-Mail": "jo@example.org"}),
            ("姓名：张三\n电话：13800138000", {"姓名": "张三", "电话": "13800138000"}),
            ("Name = Jo\nTel:+49 30 1", {"Name": "Jo", "Tel": "+49 30 1"}),
            ("- Name: Jo\n* Stadt: Bonn", {"Name": "Jo", "Stadt": "Bonn"}),
            ("New lead!\n\nName: Jo\nMessage: Hello,\nplease call at 12:30\nhttps://example.org/a\n",
             {"heading": "New lead!", "Name": "Jo", "Message": "Hello,\nplease call at 12:30\nhttps://example.org/a"}),
        ],
    )  # fmt: skip
    def test_what_it_looks_like(self, value: str, payload: dict[str, Any]) -> None:
        """Nothing says what it is: JSON, a form, CSV with a header or lines of names and values are told by looking."""
        assert read(value) == payload

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_what_excel_calls_unicode(self, encoding: str) -> None:
        """UTF-16 is known by its byte order mark."""
        text = "Name\tOrt\r\nJörg\tKöln\r\n"
        assert read((text if encoding == "utf-16" else "\ufeff" + text).encode(encoding)) == {"Name": "Jörg", "Ort": "Köln"}

    @pytest.mark.parametrize("record", ["partner_lead", "behaviour_event"])
    def test_avro_of_any_record_that_we_know(self, record: str) -> None:
        """The magic byte and the schema id say which record it is."""
        example = orjson.loads(next(Path(f"schemas/{record}/examples").glob("*.json")).read_bytes())
        assert read(CODEC.encode(record, example)) == CODEC.decode(CODEC.encode(record, example), record)


class TestTold:
    def test_a_declared_encoding(self) -> None:
        """A content-type's charset is followed."""
        assert read("Name;Ort\nJörg;Köln".encode("cp1252"), "text/csv; charset=windows-1252") == {"Name": "Jörg", "Ort": "Köln"}
        assert read('{"Ort": "Köln"}'.encode("latin-1"), "application/json; charset=ISO-8859-1") == {"Ort": "Köln"}

    @pytest.mark.parametrize("content_type", ["text/csv", "application/json", "application/x-www-form-urlencoded", "avro/binary"])
    def test_senders_are_wrong_about_it(self, content_type: str) -> None:
        """What does not read as it says is read as what it looks like."""
        assert read('{"Name": "Jo"}', content_type) == {"Name": "Jo"}
        assert read("name=Jo&city=Bonn", content_type) == {"name": "Jo", "city": "Bonn"}

    def test_the_word_of_the_sender_tells_why_not(self) -> None:
        """What is readable in no way is refused for what it claims to be."""
        assert refused("hello", "application/json").reason == "invalid_json"
        assert refused("hello", "application/avro").reason == "no_magic_byte"
        assert refused("hello", "text/csv").reason == "invalid_csv"

    def test_an_encoding_that_is_none(self) -> None:
        """Python's codecs that are no text encodings are never asked for."""
        assert read("Name: Jo", "text/plain; charset=zlib") == {"Name": "Jo"}


class TestRefused:
    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("<lead><email>jo@example.org</lead>", "unknown_format"),
            ("<!DOCTYPE lead [<!ENTITY a 'b'>]><lead><email>&a;</email></lead>", "unknown_format"),
            ("<p>Call me</p>", "unknown_format"),
            ("<a>" * 90 + "x" + "</a>" * 90, "too_deep"),
            ("call me", "unknown_format"),
            ("https://example.org/?a=b", "unknown_format"),
            ("12", "unknown_format"),
            ('{"a": 1', "invalid_json"),
            ("[1, 2]", "not_an_object"),
            ('[{"a": 1}, {"b": 2}]', "not_an_object"),
            ('"hello"', "not_an_object"),
            ("a,b\n1,2\n3,4", "invalid_csv"),
            ("Köln: Jörg".encode("latin-1"), "not_utf8"),
            ("name=%ff", "not_utf8"),
            (b"\x00\x00\x01\xff\xffabc", "unknown_schema_id"),
            ("\ufeff \n", "empty_value"),
            ("Name: \nMail:", "empty_lead"),
            ("null", "unknown_format"),
        ],
    )
    def test_a_typed_reason(self, value: bytes | str, reason: str) -> None:
        """One record is one lead; what holds none or several, or cannot be told, is refused with a reason and a detail."""
        bad = refused(value)
        assert (bad.stage, bad.reason) == ("intake", reason)
        assert reason in ("unknown_schema_id",) or bad.detail

    @pytest.mark.parametrize(
        "value",
        [
         b"a: b\n" + b"c\n" * 490_000, b"a: b\n" * 190_000, b"a" * 990_000, b"a,b\n" + b'"' + b"x," * 490_000,
         b"a;" * 490_000 + b"\nb",
         b" a" * 490_000 + b":", b"a b " * 240_000 + b"= c", b"x\n" * 490_000,
         b"a|" * 499 + b"a\n" + b"b|" * 400_000, b"a=b&" * 240_000],
        ids=range(10),
    )  # fmt: skip
    def test_no_text_takes_long(self, value: bytes) -> None:
        """A megabyte made to be hard to look at is decided in bounded time."""
        assert len(value) <= VALUE_BYTES

        def attempt() -> None:
            with suppress(BadRecord):
                read(value)

        within(1.0, attempt)
