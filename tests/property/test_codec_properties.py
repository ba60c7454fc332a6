"""The codec over everything that can be written, and everything that can arrive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.errors import BadRecord
from tests.harness.examples import examples

SCHEMAS = Schemas.load(Path(__file__).parents[2] / "schemas")
CODEC = AvroCodec(SCHEMAS)
REASONS = {"no_magic_byte", "unknown_schema_id", "wrong_schema", "invalid_avro", "avro_bomb", "number_out_of_range"}

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
_PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "bytes": st.binary(max_size=40),
    "string": _TEXT,
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "null": st.none(),
}


def values(schema: Any) -> st.SearchStrategy[Any]:
    """Any value of a schema."""
    match schema:
        case list():
            return st.one_of([values(branch) for branch in schema])
        case str():
            return _PLAIN[schema]
        case {"type": "record", "fields": fields}:
            return st.fixed_dictionaries({field["name"]: values(field["type"]) for field in fields})
        case {"type": "array", "items": inner}:
            return st.lists(values(inner), max_size=5)
        case {"type": "map", "values": inner}:
            return st.dictionaries(_TEXT, values(inner), max_size=5)
        case {"type": "enum", "symbols": symbols}:
            return st.sampled_from(symbols)
    return values(schema["type"])


RECORDS = {record: values(SCHEMAS.latest(record).avro) for record in SCHEMAS.records}
ANY_RECORD = st.sampled_from(sorted(RECORDS)).flatmap(lambda record: st.tuples(st.just(record), RECORDS[record]))


@examples(50)
@given(ANY_RECORD)
def test_what_was_encoded_is_decoded(pair: tuple[str, dict[str, Any]]) -> None:
    """Decoding undoes encoding, for any value of any record, and the guard lets everything through that we write."""
    record, value = pair
    encoded = CODEC.encode(record, value)
    assert CODEC.decode(encoded, record) == value
    assert CODEC.read_own(encoded, record) == value


def answer(value: bytes, record: str) -> str:
    """ "read", or the reason of the refusal. Any other exception is a finding."""
    try:
        CODEC.decode(value, record)
    except BadRecord as bad:
        return bad.reason
    return "read"


@examples(80)
@given(st.sampled_from(SCHEMAS.all()), st.binary(max_size=300))
def test_any_bytes_have_an_answer(schema: Any, body: bytes) -> None:
    """Whatever follows a valid header is a value or a typed refusal, never another exception."""
    assert answer(schema.id.to_bytes(5, "big") + body, schema.record) in REASONS | {"read"}


@examples(60)
@given(ANY_RECORD, st.data())
def test_damaged_values_have_an_answer(pair: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    """A value with a byte changed or its end cut off is a value or a typed refusal; one cut short is always refused."""
    record, value = pair
    encoded = CODEC.encode(record, value)
    at = data.draw(st.integers(0, len(encoded) - 1))
    damaged = encoded[:at] + bytes([data.draw(st.integers(0, 255))]) + encoded[at + 1 :]
    assert answer(damaged, record) in REASONS | {"read"}
    assert answer(encoded[:at], record) in REASONS
