"""Records of the other input topics that keep to their schema and mean harm: outcomes, verdicts, bills, toggles and so on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.errors import BadRecord
from tests.fuzz import tricks

LONGS: Final = (0, 1, -1, 2**31, 2**62, 2**63 - 1, -(2**63), 1_772_438_400_000, 253402300800000, -62135596800001)
DOUBLES: Final = (0.0, -0.0, 1e308, -1e308, 5e-324, 0.5, -1.0, 1e15)
JSON: Final = (
    "{}",
    "[]",
    "null",
    "[[" * 400 + "]]" * 400,
    '{"a":' * 5_000,
    "1e999",
    '{"": null}',
    '"x"',
    "[1,[2]]",
    '{"a": "b"}',
    "{",
)


def hostile(
    schemas: Schemas, codec: AvroCodec, record: str, chance: Random, usual: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Values as their reader meets them, without end: some fields of a usual one are other values of the same type."""
    fields = schemas.latest(record).avro["fields"]
    while True:
        value = dict(usual)
        for field in chance.sample(fields, chance.randrange(1, min(4, len(fields) + 1))):
            value[field["name"]] = _of(field["type"], chance)
        try:
            yield codec.decode(codec.encode(record, value), record)
        except (ValueError, BadRecord):  # not encodable, so nobody could send it; or refused before anybody reads it
            continue


def _of(schema: Any, chance: Random) -> Any:
    match schema:
        case list():
            return _of(chance.choice(schema), chance)
        case "null":
            return None
        case "boolean":
            return chance.random() < 0.5
        case "int":
            return chance.choice((0, 1, -1, 2**31 - 1, -(2**31), 7))
        case "long":
            return chance.choice(LONGS)
        case "float" | "double":
            return chance.choice(DOUBLES)
        case "bytes":
            return chance.randbytes(chance.choice((0, 1, 16, 40)))
        case "string":
            return chance.choice((tricks.text(chance), chance.choice(JSON), "ld_" + "0" * 20, "a.b[0].c", "x" * 100_000))
        case {"type": "array", "items": items}:
            return [_of(items, chance) for _ in range(chance.choice((0, 1, 3, 500)))]
        case {"type": "map", "values": values}:
            return {tricks.text(chance)[:80]: _of(values, chance) for _ in range(chance.choice((0, 1, 3, 500)))}
        case {"type": "record", "fields": fields}:
            return {field["name"]: _of(field["type"], chance) for field in fields}
        case {"type": "enum", "symbols": symbols}:
            return chance.choice(symbols)
        case {"type": "fixed", "size": size}:
            return chance.randbytes(size)
        case {"type": inner}:
            return _of(inner, chance)
    raise AssertionError(schema)
