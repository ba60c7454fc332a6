"""Walks an Avro body before fastavro does, and allocates nothing: what passes can be decoded fast and without harm.

fastavro trusts what it reads. It accepts bytes after the value, integers beyond their declared width, varints of any
length (which wrap), NaN, negative lengths, and counts that it then loops over. Here each of these is a typed refusal.
Lengths and counts are checked against the bytes that are left before anything is read or looped over.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from math import isfinite
from typing import Any

from app.edges.registry.shapes import Shape, leaves_of
from app.errors import BadRecord

MAX_LEAVES_PER_VALUE = 20_000  # about 10 ms of walking; a partner's lead with 200 basket lines of 30 fields holds 6,000
ABSURD = 1 << 30  # a length or count above this was never truncated: no topic takes a value of that size

Walk = Callable[[bytes, int, list[int]], int]  # value, position, [leaves left] → position after it

_double = struct.Struct("<d").unpack_from
_float = struct.Struct("<f").unpack_from


def refuse(reason: str, detail: str) -> BadRecord:
    """A value that no retry will make readable."""
    return BadRecord("intake", reason, detail)


def compile_guard(shape: Shape) -> Callable[[bytes, int], None]:
    """A check of whole values of this schema.

    Returns:
        A function of a value and the position of its body in it, which raises BadRecord (invalid_avro, avro_bomb or
        number_out_of_range) unless the body is exactly one well-formed value.
    """
    walk = _compile(shape.schema, shape, {})

    def guard(value: bytes, start: int) -> None:
        try:
            end = walk(value, start, [MAX_LEAVES_PER_VALUE])
        except (IndexError, struct.error):
            raise refuse("invalid_avro", "the value ends in the middle of a field") from None
        if end != len(value):
            raise refuse("invalid_avro", f"{len(value) - end} bytes after the end of the value")

    return guard


def _compile(schema: Any, shape: Shape, done: dict[str, Walk]) -> Walk:
    match schema:
        case list():
            return _union([_compile(branch, shape, done) for branch in schema])
        case str() if schema in _PRIMITIVES:
            return _PRIMITIVES[schema]
        case str():
            if schema not in done:
                done[schema] = _compile(shape.named[schema], shape, done)
            return done[schema]
        case {"type": "record" | "error", "fields": fields}:
            return _record([_compile(field["type"], shape, done) for field in fields])
        case {"type": "array", "items": inner}:
            return _blocks(_compile(inner, shape, done), leaves_of(inner, shape), keyed=False)
        case {"type": "map", "values": inner}:
            return _blocks(_compile(inner, shape, done), leaves_of(inner, shape), keyed=True)
        case {"type": "enum", "symbols": symbols}:
            return _enum(len(symbols))
        case {"type": "fixed", "size": size}:
            return _fixed(size)
    return _compile(schema["type"], shape, done)


def _long(value: bytes, at: int) -> tuple[int, int]:
    """A zigzag varint of at most 64 bits, and the position after it."""
    byte = value[at]
    bits, shift = byte & 0x7F, 7
    while byte & 0x80:
        at += 1
        byte = value[at]
        bits |= (byte & 0x7F) << shift
        shift += 7
        if shift > 70 or bits >> 64:
            raise refuse("invalid_avro", "an integer of more than 64 bits")
    return (bits >> 1) ^ -(bits & 1), at + 1


def _walk_long(value: bytes, at: int, _: list[int]) -> int:
    return at + 1 if value[at] < 0x80 else _long(value, at)[1]


def _walk_int(value: bytes, at: int, _: list[int]) -> int:
    if value[at] < 0x80:
        return at + 1
    number, at = _long(value, at)
    if not -0x8000_0000 <= number <= 0x7FFF_FFFF:
        raise refuse("number_out_of_range", "an int beyond 32 bits")
    return at


def _walk_string(value: bytes, at: int, _: list[int]) -> int:
    byte = value[at]
    if byte < 0x80 and not byte & 1:  # up to 63 bytes: most fields
        at += 1 + (byte >> 1)
    else:
        length, at = _long(value, at)
        if length < 0:
            raise refuse("invalid_avro", "a negative length")
        if length > ABSURD:
            raise refuse("avro_bomb", "a length beyond any record")
        at += length
    if at > len(value):
        raise refuse("invalid_avro", "a length beyond the end of the value")
    return at


def _walk_boolean(value: bytes, at: int, _: list[int]) -> int:
    if value[at] > 1:
        raise refuse("invalid_avro", "a boolean that is neither 0 nor 1")
    return at + 1


def _walk_double(value: bytes, at: int, _: list[int]) -> int:
    if not isfinite(_double(value, at)[0]):
        raise refuse("number_out_of_range", "NaN or infinity")
    return at + 8


def _walk_float(value: bytes, at: int, _: list[int]) -> int:
    if not isfinite(_float(value, at)[0]):
        raise refuse("number_out_of_range", "NaN or infinity")
    return at + 4


def _walk_null(value: bytes, at: int, _: list[int]) -> int:
    return at


_PRIMITIVES: dict[str, Walk] = {
    "null": _walk_null,
    "boolean": _walk_boolean,
    "int": _walk_int,
    "long": _walk_long,
    "float": _walk_float,
    "double": _walk_double,
    "bytes": _walk_string,
    "string": _walk_string,
}


def _index(value: bytes, at: int, size: int, what: str) -> tuple[int, int]:
    number, at = _long(value, at)
    if not 0 <= number < size:
        raise refuse("invalid_avro", f"{what} {number} of {size}")
    return number, at


def _enum(size: int) -> Walk:
    def walk(value: bytes, at: int, _: list[int]) -> int:
        return _index(value, at, size, "enum symbol")[1]

    return walk


def _fixed(size: int) -> Walk:
    def walk(value: bytes, at: int, _: list[int]) -> int:
        if at + size > len(value):
            raise refuse("invalid_avro", "a fixed beyond the end of the value")
        return at + size

    return walk


def _union(branches: list[Walk]) -> Walk:
    size = len(branches)
    short = {index << 1: branch for index, branch in enumerate(branches) if index < 64}  # zigzag of one byte
    nothing = [code for code, branch in short.items() if branch is _walk_null]
    null = nothing[0] if nothing else -1

    def walk(value: bytes, at: int, left: list[int]) -> int:
        code = value[at]
        if code == null:
            return at + 1
        branch = short.get(code)
        if branch is not None:
            return branch(value, at + 1, left)
        index, at = _index(value, at, size, "union branch")
        return branches[index](value, at, left)

    return walk


def _record(fields: list[Walk]) -> Walk:
    def walk(value: bytes, at: int, left: list[int]) -> int:
        for field in fields:
            at = field(value, at, left)
        return at

    return walk


def _blocks(item: Walk, leaves: int, *, keyed: bool) -> Walk:
    def walk(value: bytes, at: int, left: list[int]) -> int:
        while True:
            count, at = _long(value, at)
            if count == 0:
                return at
            stop = None
            if count < 0:  # the block's size in bytes follows, for those who skip
                size, at = _long(value, at)
                count, stop = -count, at + size
            left[0] -= count * leaves + 1  # a block costs, too: a million of one item each must not pass
            if left[0] < 0:
                raise refuse("avro_bomb", f"more than {MAX_LEAVES_PER_VALUE} values in arrays and maps")
            if count > len(value) - at:  # every item has at least one byte (shapes.py)
                raise refuse("invalid_avro", "a count beyond the end of the value")
            for _ in range(count):
                at = item(value, _walk_string(value, at, left) if keyed else at, left)
            if stop is not None and at != stop:
                raise refuse("invalid_avro", "a block whose size does not hold its items")

    return walk
