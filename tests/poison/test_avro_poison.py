"""Hostile and damaged Avro: refused, with the right reason, before it costs time or memory."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.edges.registry.codec import MAX_VALUE_BYTES, AvroCodec
from app.edges.registry.schemas import Schemas
from app.edges.registry.shapes import MAX_SCHEMA_CHARS, UnsafeSchemaError, check
from app.errors import BadRecord
from tests.harness.timing import within

ROOT = Path(__file__).parents[2]
SCHEMAS = Schemas.load(ROOT / "schemas")
POISON: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/poison/avro_values.yaml").read_text("utf-8"))
INQUIRY: dict[str, Any] = json.loads((ROOT / "schemas/partner_lead/examples/full.json").read_text("utf-8"))
FOREIGN = 500
LIMIT_S = 0.05
REASONS = {"no_magic_byte", "unknown_schema_id", "wrong_schema", "invalid_avro", "avro_bomb", "number_out_of_range"}


def writer(fields: list[dict[str, Any]]) -> str:
    """A foreign version of partner_lead that our own can read: its required fields, after those of the case."""
    required = [{"name": "inquiry_id", "type": "string"}, {"name": "captured_at", "type": "long"}]
    return json.dumps({"type": "record", "name": "PartnerLead", "namespace": "io.leadstream", "fields": fields + required})


def refusal(codec: AvroCodec, value: bytes) -> str:
    """The reason, given in time."""

    def refused() -> str:
        with pytest.raises(BadRecord) as caught:
            codec.decode(value, "partner_lead")
        return caught.value.reason

    return within(LIMIT_S, refused)


@pytest.mark.parametrize("case", POISON, ids=lambda case: case["name"])
def test_poison_is_refused_with_its_reason(case: dict[str, Any]) -> None:
    """Each known poison has its reason, within 50 ms, and its detail holds nothing of the value."""
    body, fields = bytes.fromhex(case["body"]), case.get("fields")
    text = writer(fields) if fields else ""
    codec = AvroCodec(SCHEMAS, fetch={FOREIGN: text}.get)
    end = b"\x04id\x02" if case["name"] in CUT_BY_THE_CASE else b""
    number = FOREIGN if fields else SCHEMAS.latest("partner_lead").id
    assert refusal(codec, number.to_bytes(5, "big") + body + end) == case["reason"]


# Values that are whole but for the poison: what follows it is there, so that only the poison can be the reason.
CUT_BY_THE_CASE = {"boolean_of_2", "nan", "infinity", "nan_float", "int_of_33_bits", "string_not_utf8", "array_block_size_wrong"}


def test_a_whole_value_is_read() -> None:
    """The cases fail for what is poisonous in them: the same writer with a sound value is read."""
    codec = AvroCodec(SCHEMAS, fetch={FOREIGN: writer([{"name": "n", "type": "double"}])}.get)
    read = codec.decode(FOREIGN.to_bytes(5, "big") + b"\0\0\0\0\0\0\xf0\x3f" + b"\x04id\x02", "partner_lead")
    assert (read["n"], read["inquiry_id"], read["captured_at"]) == (1.0, "id", 1)


def test_every_truncation_is_refused() -> None:
    """A value cut anywhere is refused as invalid, or as without a header."""
    codec = AvroCodec(SCHEMAS)
    value = codec.encode("partner_lead", INQUIRY)
    reasons = {refusal(codec, value[:end]) for end in range(len(value))}
    assert reasons == {"no_magic_byte", "invalid_avro"}


def test_bit_flips_never_do_harm() -> None:
    """A thousand seeded bit flips: each is a value or a typed refusal, within 50 ms."""
    codec = AvroCodec(SCHEMAS)
    value = codec.encode("partner_lead", INQUIRY)
    chance = random.Random(20251123)
    answers: dict[str, int] = {}
    for _ in range(1_000):
        damaged = bytearray(value)
        damaged[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
        answer = within(LIMIT_S, partial(_answer, codec, bytes(damaged)))
        answers[answer] = answers.get(answer, 0) + 1
    assert answers.keys() <= REASONS | {"read"}
    assert answers["invalid_avro"] > 50


def _answer(codec: AvroCodec, value: bytes) -> str:
    try:
        codec.decode(value, "partner_lead")
    except BadRecord as bad:
        return bad.reason
    return "read"


@pytest.mark.parametrize("items", ["int", ["null", "string"], {"type": "array", "items": "int"}], ids=["ints", "nulls", "arrays"])
def test_a_full_value_of_tiny_items_is_refused_in_time(items: Any) -> None:
    """A megabyte of one-byte items would become fifty megabytes of objects: the count is refused, not the time spent."""
    codec = AvroCodec(SCHEMAS, fetch={FOREIGN: writer([{"name": "n", "type": {"type": "array", "items": items}}])}.get)
    count = MAX_VALUE_BYTES - 50
    zigzag, varint = count << 1, bytearray()
    while zigzag > 0x7F:
        varint.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    varint.append(zigzag)
    assert refusal(codec, FOREIGN.to_bytes(5, "big") + bytes(varint) + bytes(count + 1) + b"\x04id\x02") == "avro_bomb"


def test_many_small_blocks_are_refused_in_time() -> None:
    """Blocks of one item each cannot hide the number of items."""
    codec = AvroCodec(SCHEMAS, fetch={FOREIGN: writer([{"name": "n", "type": {"type": "array", "items": "int"}}])}.get)
    assert refusal(codec, FOREIGN.to_bytes(5, "big") + b"\x02\x00" * 400_000 + b"\0\x04id\x02") == "avro_bomb"


def _nested(depth: int) -> str:
    return '{"type":"array","items":' * depth + '"int"' + "}" * depth


def _chain(length: int) -> list[dict[str, Any]]:
    """Records that each hold the one before: shallow as JSON, deep as a value."""
    fields = [{"name": "a", "type": "int"}]
    return [
        {
            "name": f"f{n}",
            "type": {"type": "record", "name": f"R{n}", "fields": [{"name": "a", "type": f"R{n - 1}"}] if n else fields},
        }
        for n in range(length)
    ]


def _doubling(length: int) -> list[dict[str, Any]]:
    """Records that each hold the one before twice: few in the schema, billions in a value."""
    chain = _chain(length)
    for n in range(1, length):
        chain[n]["type"]["fields"].append({"name": "b", "type": f"R{n - 1}"})
    return chain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '"string"',
        "{",
        "\ud800",
        '{"type": "record"}',
        '{"type": "record", "name": "R", "fields": 3}',
        writer([{"name": "n", "type": "no_such_type"}]),
        writer([{"name": "n", "type": []}]),
        writer([{"name": "n", "type": {"type": "fixed", "name": "F", "size": -1}}]),
        writer([{"name": "n", "type": json.loads(_nested(30))}]),
        '{"type":"record","name":"R","fields":[{"name":"n","type":' + _nested(100_000) + "}]}",
        writer(_chain(60)),
        writer(_doubling(14)),
        " " * (MAX_SCHEMA_CHARS + 1),
    ],
    ids=lambda text: str(len(text)),
)
def test_hostile_schemas_are_refused_in_time(text: str) -> None:
    """A schema from outside is parsed or refused, whatever it is; never an exception of a parser, never a hang."""

    def refused() -> None:
        with pytest.raises(UnsafeSchemaError):
            check(text)

    within(LIMIT_S * 4, refused)


def test_fastavro_alone_would_hang() -> None:
    """The control: without the guard, seven bytes keep a process busy beyond any patience."""
    program = """
import fastavro, io
schema = fastavro.parse_schema({"type": "array", "items": "null"})
fastavro.schemaless_reader(io.BytesIO(bytes.fromhex("808080808040")), schema, None)
"""
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))\n{program}"
    try:
        ended = subprocess.run([sys.executable, "-c", limited], timeout=2, capture_output=True, check=False).returncode
    except subprocess.TimeoutExpired:
        ended = -1
    assert ended != 0
