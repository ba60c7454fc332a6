"""Which writer schemas are safe to decode with. A registry is outside: a schema from it can be a weapon.

A 7-byte `array<null>` of 2^40 items keeps fastavro busy for hours, because items of no width never use up the input; a
recursive record of 200 KB ends the process with a segmentation fault. Neither shape is ever needed for a lead, so schemas
that have one are refused as a whole, before a value is looked at.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import fastavro
from fastavro.schema import SchemaParseException, UnknownType

MAX_SCHEMA_CHARS = 400_000  # ten times the largest in use (a lead: 40,000 with its documentation)
MAX_JSON_DEPTH = 64  # a nullable record in an array in a record nests 12 deep; both parsers recurse
MAX_VALUE_DEPTH = 16  # records in arrays in records …; fastavro recurses once per level
MAX_LEAVES = 2_000  # values in one item: a larger record cannot be budgeted

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})


class UnsafeSchemaError(Exception):
    """A schema that this program does not decode with. The message says which shape, and is safe to log.

    `reason` is that of the records written with it: avro_bomb for a dangerous shape, wrong_schema for what is none.
    """

    def __init__(self, message: str, reason: str = "avro_bomb") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Shape:
    """A checked schema.

    Attributes:
        schema: As fastavro takes it, logical types stripped: times stay integers, decimals bytes.
        named: Full name → definition, for references.
        sizes: Full name → (leaves, height), so that a type used often is measured once.
    """

    schema: dict[str, Any]
    named: dict[str, Any]
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)


def check(text: str) -> Shape:
    """Parse a schema, unless it is of a shape that a hostile value could exploit.

    Raises:
        UnsafeSchemaError: Not a record schema, too large or deep, recursive, or with a type of no width (null outside a union,
            an empty record, a fixed of size 0).
    """
    if len(text) > MAX_SCHEMA_CHARS or _json_depth(text) > MAX_JSON_DEPTH:
        raise UnsafeSchemaError("the schema is too large or nested too deeply")
    try:
        source = json.loads(text)
        if not isinstance(source, dict) or source.get("type") != "record":
            raise UnsafeSchemaError("the schema is not a record", "wrong_schema")
        named: dict[str, Any] = {}
        parsed = fastavro.parse_schema(_without_logical_types(source), named_schemas=named)
    except (SchemaParseException, UnknownType, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnsafeSchemaError(f"the schema cannot be parsed ({type(error).__name__})", "wrong_schema") from None
    shape = Shape(parsed, named)
    if _measure(parsed, shape, (), in_union=False)[0] > MAX_LEAVES:
        raise UnsafeSchemaError(f"one value would hold more than {MAX_LEAVES} fields")
    return shape


def leaves_of(schema: Any, shape: Shape) -> int:
    """How many values one item of a checked type holds at most; an array or map counts as one."""
    return _measure(schema, shape, (), in_union=True)[0]


def _measure(schema: Any, shape: Shape, inside: tuple[str, ...], *, in_union: bool) -> tuple[int, int]:
    """Leaves and height of a type; refuses what is unsafe. `inside` holds the full names of the records around it."""
    match schema:
        case []:
            raise UnsafeSchemaError("a union without branches", "wrong_schema")
        case list():
            sizes = [_measure(branch, shape, inside, in_union=True) for branch in schema]
        case str() if schema in PRIMITIVES:
            if schema == "null" and not in_union:
                raise UnsafeSchemaError("a null outside a union has no width")
            return 1, 0
        case str():
            if schema in inside:
                raise UnsafeSchemaError("a recursive record")
            if schema not in shape.sizes:
                shape.sizes[schema] = _measure(shape.named[schema], shape, inside, in_union=in_union)
            return shape.sizes[schema]
        case {"type": "record" | "error", "name": name, "fields": fields}:
            sizes = [_measure(one["type"], shape, (*inside, name), in_union=False) for one in fields]
            if not fields:
                raise UnsafeSchemaError("a record without fields has no width")
        case {"type": "array", "items": inner} | {"type": "map", "values": inner}:
            sizes = [(1, _measure(inner, shape, inside, in_union=False)[1])]
        case {"type": "fixed", "size": size}:
            if not isinstance(size, int) or size < 1:
                raise UnsafeSchemaError("a fixed of size 0 has no width")
            return 1, 0
        case {"type": "enum"}:
            return 1, 0
        case {"type": inner}:
            return _measure(inner, shape, inside, in_union=in_union)
        case _:
            raise UnsafeSchemaError("a type that Avro does not know")
    height = 1 + max((height for _, height in sizes), default=0)
    if height > MAX_VALUE_DEPTH:
        raise UnsafeSchemaError(f"values nest deeper than {MAX_VALUE_DEPTH}")
    return max(1, sum(leaves for leaves, _ in sizes)), height


def _without_logical_types(schema: Any) -> Any:
    """The same schema on the wire, without what makes readers build dates, decimals and UUIDs."""
    match schema:
        case list():
            return [_without_logical_types(branch) for branch in schema]
        case {"type": inner} if schema.keys() <= {"type", "logicalType", "precision", "scale", "avro.java.string"}:
            return _without_logical_types(inner)
        case dict():
            return {
                key: value if key == "default" else _without_logical_types(value)
                for key, value in schema.items()
                if key != "logicalType"
            }
    return schema


def _json_depth(text: str) -> int:
    """Depth of brackets, without recursion. Those in doc strings count, too: at worst a strange text is refused."""
    depth = deepest = 0
    for char in text:
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest
