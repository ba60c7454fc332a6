"""Reading and writing the wire format; what the guard refuses is in tests/poison/test_avro_poison.py."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pytest

from app.edges.registry.codec import FOREIGN_SCHEMAS, AvroCodec
from app.edges.registry.schemas import Schemas
from app.errors import BadRecord, EdgeDown

DIRECTORY = Path(__file__).parents[2] / "schemas"
SCHEMAS = Schemas.load(DIRECTORY)
INQUIRY: dict[str, Any] = json.loads((DIRECTORY / "partner_lead/examples/full.json").read_text("utf-8"))


def foreign(number: int, value: dict[str, Any], **changes: Any) -> tuple[str, bytes]:
    """A partner's own schema, and a value written with it. A change is a field's type, or None to leave the field out."""
    schema = SCHEMAS.latest("partner_lead").avro
    schema["fields"] = [field for field in schema["fields"] if field["name"] not in changes]
    schema["fields"] += [{"name": name, "type": kind} for name, kind in changes.items() if kind is not None]
    out = io.BytesIO(number.to_bytes(5, "big"))
    out.seek(5)
    fastavro.schemaless_writer(out, json.loads(json.dumps(schema)), value)
    return json.dumps(schema), out.getvalue()


class Asked:
    """A registry that counts how often it is asked."""

    def __init__(self, answers: dict[int, str]) -> None:
        self.answers, self.times = answers, 0

    def __call__(self, number: int) -> str | None:
        self.times += 1
        return self.answers.get(number)


def refused(codec: AvroCodec, value: bytes, record: str = "partner_lead") -> str:
    with pytest.raises(BadRecord) as caught:
        codec.decode(value, record)
    assert caught.value.stage == "intake"
    return caught.value.reason


def test_the_header_is_magic_byte_and_schema_id() -> None:
    """A value begins with 0 and the id of the newest version, four bytes, big-endian."""
    assert AvroCodec(SCHEMAS).encode("partner_lead", INQUIRY)[:5] == b"\0\0\0\0\x0a"


def test_an_external_registry_numbers_the_schemas() -> None:
    """With ids from a registry, these are written and read, and the directory's own mean nothing."""
    ids = {(schema.record, schema.version): 100_000 + schema.id for schema in SCHEMAS.all()}
    codec = AvroCodec(SCHEMAS, ids)
    value = codec.encode("partner_lead", INQUIRY)
    assert value[:5] == b"\0" + (100_010).to_bytes(4, "big")
    assert codec.decode(value, "partner_lead") == INQUIRY
    assert refused(codec, AvroCodec(SCHEMAS).encode("partner_lead", INQUIRY)) == "unknown_schema_id"


def test_times_are_integers() -> None:
    """A timestamp is read as milliseconds since the epoch, also one that no datetime could hold."""
    codec = AvroCodec(SCHEMAS)
    far = {**INQUIRY, "captured_at": 2**53}
    assert codec.decode(codec.encode("partner_lead", far), "partner_lead")["captured_at"] == 2**53


def test_own_values_read_the_same_without_the_guard() -> None:
    """`read_own` is `decode` for values that only leadstream writes."""
    codec = AvroCodec(SCHEMAS)
    value = codec.encode("partner_lead", INQUIRY)
    assert codec.read_own(value, "partner_lead") == codec.decode(value, "partner_lead")


@pytest.mark.parametrize("value", [b"", b"\0", b"\0\0\0\0", b"\1\0\0\0\x0a", b'{"email": "x"}'], ids=repr)
def test_values_without_the_wire_format_are_refused(value: bytes) -> None:
    """What does not begin with 0 and an id is not in the wire format, whatever else it is."""
    assert refused(AvroCodec(SCHEMAS), value) == "no_magic_byte"


def test_another_record_is_refused() -> None:
    """A known schema that is not the expected record is a wrong schema, not a lead."""
    codec = AvroCodec(SCHEMAS)
    spend = json.loads((DIRECTORY / "spend/examples/campaign.json").read_text("utf-8"))
    assert refused(codec, codec.encode("spend", spend)) == "wrong_schema"


def test_a_foreign_writer_keeps_its_additional_fields() -> None:
    """A partner may add fields before we know of them: they come through, and what it left out has our default."""
    text, value = foreign(77, {**INQUIRY, "shoe_size": 43}, shoe_size="int", newsletter_opt_in=None)
    codec = AvroCodec(SCHEMAS, fetch=Asked({77: text}))
    assert codec.decode(value, "partner_lead") == {**INQUIRY, "shoe_size": 43, "newsletter_opt_in": None}


def test_a_foreign_schema_is_fetched_once() -> None:
    """A writer schema does not change: the second value with its id asks nobody."""
    text, value = foreign(77, INQUIRY)
    asked = Asked({77: text})
    codec = AvroCodec(SCHEMAS, fetch=asked)
    assert codec.decode(value, "partner_lead") == codec.decode(value, "partner_lead") == INQUIRY
    assert asked.times == 1


def test_a_narrowed_foreign_schema_is_a_wrong_schema() -> None:
    """A writer whose required field is missing cannot be read, and the refusal is remembered."""
    text, value = foreign(77, INQUIRY, inquiry_id=None)
    asked = Asked({77: text})
    codec = AvroCodec(SCHEMAS, fetch=asked)
    assert [refused(codec, value), refused(codec, value), asked.times] == ["wrong_schema", "wrong_schema", 1]


def test_an_unknown_id_can_be_repaired() -> None:
    """An id that nobody knows may be registered later: the dead letter says that a replay can help."""
    with pytest.raises(BadRecord) as caught:
        AvroCodec(SCHEMAS, fetch=Asked({})).decode(b"\0\0\0\0\x63rest", "partner_lead")
    assert (caught.value.reason, caught.value.repairable) == ("unknown_schema_id", True)


def test_a_silent_registry_is_not_the_records_fault() -> None:
    """While the registry is down the record waits: it is no bad record."""

    def down(_: int) -> str | None:
        raise EdgeDown("the schema registry does not answer")

    with pytest.raises(EdgeDown):
        AvroCodec(SCHEMAS, fetch=down).decode(b"\0\0\0\0\x63rest", "partner_lead")


def test_foreign_schemas_are_kept_in_bounds() -> None:
    """Ids from outside cannot fill the memory."""
    text, value = foreign(0, INQUIRY, inquiry_id=None)
    asked = Asked(dict.fromkeys(range(1_000, 1_000 + FOREIGN_SCHEMAS + 5), text))
    codec = AvroCodec(SCHEMAS, fetch=asked)
    for number in asked.answers:
        assert refused(codec, number.to_bytes(5, "big") + value[5:]) == "wrong_schema"
    assert len(codec._foreign) == FOREIGN_SCHEMAS


def test_values_above_the_size_cap_are_refused_unread() -> None:
    """A value of more than a megabyte is refused by its size alone."""
    codec = AvroCodec(SCHEMAS)
    assert refused(codec, codec.encode("partner_lead", {**INQUIRY, "request_text": "x" * 1_100_000})) == "avro_bomb"


def test_blocks_with_sizes_are_read() -> None:
    """Some writers announce a block's bytes (a negative count): that is valid Avro."""
    codec = AvroCodec(SCHEMAS)
    plain = codec.encode("partner_lead", {**INQUIRY, "product_codes": ["R-12", "R-14"]})
    block = b"\x04\x08R-12\x08R-14\0"
    assert block in plain
    assert codec.decode(plain.replace(block, b"\x03\x14\x08R-12\x08R-14\0"), "partner_lead") == INQUIRY
    assert codec.decode(plain.replace(block, b"\x02\x08R-12\x02\x08R-14\0"), "partner_lead") == INQUIRY
    assert refused(codec, plain.replace(block, b"\x03\x12\x08R-12\x08R-14\0")) == "invalid_avro"


@pytest.mark.parametrize(
    "change", [{"org": 3}, {"org": "canary\ud800"}, {"captured_at": "canary"}, {"captured_at": 2**70}], ids=range(4)
)
def test_what_does_not_fit_is_a_value_error_without_the_value(change: dict[str, Any]) -> None:
    """Encoding the wrong type is a ValueError, which can be logged: it does not quote the value."""
    with pytest.raises(ValueError, match="does not fit") as caught:
        AvroCodec(SCHEMAS).encode("partner_lead", {**INQUIRY, **change})
    assert "canary" not in str(caught.value)


def test_where_no_record_is_expected_any_is_read() -> None:
    """A schema that is not ours is read as it was written, one of ours into its newest version; what is no schema is refused."""
    text, value = foreign(77, {**INQUIRY, "shoe_size": 43}, shoe_size="int", inquiry_id=None)
    codec = AvroCodec(SCHEMAS, fetch=Asked({77: text}))
    told = codec.decode_any(value)
    assert (told["shoe_size"], "inquiry_id" in told) == (43, False)
    assert codec.decode_any(codec.encode("partner_lead", INQUIRY)) == INQUIRY
    with pytest.raises(BadRecord, match="unknown_schema_id"):
        codec.decode_any(b"\0\0\0\0\x4e" + value[5:])
