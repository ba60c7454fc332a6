"""Writes Avro by a schema that was compiled once: the same bytes as fastavro's (a property test holds that), in half of its time.

Nearly all of our fields may be null, and for those fastavro tries the branches of a union on each value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from app.edges.registry.shapes import Shape

Put = Callable[[bytes], None]
Write = Callable[[Put, Any], None]  # hands a value's bytes on, in parts

MISFITS = (TypeError, ValueError, OverflowError, KeyError, AttributeError, struct.error)
"""What a writer raises where a value does not fit its schema."""

_double, _float = struct.Struct("<d").pack, struct.Struct("<f").pack
_KEY = 64  # characters of a map's key that is remembered: features are few, and paths of attributes come again


def compile_writer(shape: Shape) -> Callable[[Any], bytes]:
    """A function that makes a value's body. An absent field gets its default, else null. What does not fit raises a MISFITS."""
    write = _compile(shape.schema, shape, {})

    def body(value: Any) -> bytes:
        parts: list[bytes] = []
        write(parts.append, value)
        return b"".join(parts)

    return body


def _compile(schema: Any, shape: Shape, done: dict[str, Write]) -> Write:
    match schema:
        case list():
            return _nullable(schema, shape, done) if _is_nullable(schema) else _union(schema, shape, done)
        case str() if schema in _PRIMITIVES:
            return _PRIMITIVES[schema]
        case str():
            if schema not in done:
                done[schema] = _compile(shape.named[schema], shape, done)
            return done[schema]
        case {"type": "record" | "error", "fields": fields}:
            return _record(fields, shape, done)
        case {"type": "array", "items": inner}:
            return _array(_compile(inner, shape, done))
        case {"type": "map", "values": inner}:
            return _map_of_doubles if inner == "double" else _map(_compile(inner, shape, done))
        case {"type": "enum", "symbols": symbols}:
            return _enum(symbols)
        case {"type": "fixed", "size": size}:
            return _fixed(size)
    return _compile(schema["type"], shape, done)


def _integer(number: int) -> bytes:
    """Zigzag, then seven bits a byte, the lowest first."""
    rest = number << 1 if number >= 0 else ~(number << 1)
    out = bytearray()
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    out.append(rest)
    return bytes(out)


_LENGTHS = [_integer(number) for number in range(1024)]


def _length(number: int) -> bytes:
    return _LENGTHS[number] if number < 1024 else _integer(number)


def _whole(limit: int) -> Write:
    def write(put: Put, value: Any) -> None:
        if type(value) is not int or not -limit <= value < limit:
            raise ValueError("no integer of this width")
        put(_LENGTHS[value] if 0 <= value < 1024 else _integer(value))

    return write


def _boolean(put: Put, value: Any) -> None:
    if type(value) is not bool:
        raise TypeError("no boolean")
    put(b"\1" if value else b"\0")


def _bytes(put: Put, value: bytes) -> None:
    put(_length(len(value)))
    put(bytes(memoryview(value)))  # no text, no list of integers


def _string(put: Put, value: str) -> None:
    data = value.encode()
    put(_length(len(data)))
    put(data)


def _null(_: Put, value: Any) -> None:
    if value is not None:
        raise TypeError("not null")


_PRIMITIVES: dict[str, Write] = {
    "null": _null,
    "boolean": _boolean,
    "int": _whole(1 << 31),
    "long": _whole(1 << 63),
    "float": lambda put, value: put(_float(value)),
    "double": lambda put, value: put(_double(value)),
    "bytes": _bytes,
    "string": _string,
}


def _is_nullable(kind: Any) -> bool:
    return isinstance(kind, list) and len(kind) == 2 and kind.count("null") == 1


def _branches(nullable: Sequence[Any]) -> tuple[bytes, bytes, Any]:
    """What stands for null, what for the other type, and that type."""
    null = nullable.index("null")
    return _length(null), _length(1 - null), nullable[1 - null]


def _nullable(kind: Sequence[Any], shape: Shape, done: dict[str, Write]) -> Write:
    null, other, inner = _branches(kind)
    inside = _compile(inner, shape, done)

    def write(put: Put, value: Any) -> None:
        if value is None:
            put(null)
        else:
            put(other)
            inside(put, value)

    return write


def _union(kinds: Sequence[Any], shape: Shape, done: dict[str, Write]) -> Write:
    """The first that the value fits; slow, and in none of our own schemas."""
    branches = [(_length(n), _compile(kind, shape, done)) for n, kind in enumerate(kinds)]

    def write(put: Put, value: Any) -> None:
        for head, branch in branches:
            parts = [head]
            try:
                branch(parts.append, value)
            except MISFITS:
                continue
            put(b"".join(parts))
            return
        raise TypeError("none of the union's types")

    return write


def _record(fields: Sequence[Mapping[str, Any]], shape: Shape, done: dict[str, Write]) -> Write:
    members: list[tuple[str, Any, bytes | None, bytes, list[bytes], Write]] = []
    for field in fields:
        kind = field["type"]
        null, other, inner = _branches(kind) if _is_nullable(kind) else (None, b"", kind)
        heads = [other + length for length in _LENGTHS] if inner == "string" else []
        members.append((field["name"], field.get("default"), null, other, heads, _compile(inner, shape, done)))

    def write(put: Put, value: Mapping[str, Any]) -> None:
        get = value.get
        for name, default, null, other, heads, field in members:  # nulls and texts are written here: most fields are that
            member = get(name, default)
            if member is None and null is not None:
                put(null)
            elif heads:
                data = member.encode()
                size = len(data)
                put(heads[size] if size < 1024 else other + _integer(size))
                put(data)
            else:
                put(other)
                field(put, member)

    return write


def _array(item: Write) -> Write:
    def write(put: Put, value: Sequence[Any]) -> None:
        if isinstance(value, (str, bytes)):
            raise TypeError("no array")
        if value:
            put(_length(len(value)))
            for one in value:
                item(put, one)
        put(b"\0")

    return write


def _map(item: Write) -> Write:
    def write(put: Put, value: Mapping[str, Any]) -> None:
        if value:
            put(_length(len(value)))
            for name, one in value.items():
                put(_key(name) if len(name) <= _KEY else _spelled(name))
                item(put, one)
        put(b"\0")

    return write


def _map_of_doubles(put: Put, value: Mapping[str, float]) -> None:
    """As `_map` would, a third faster: features and their contributions are half of a decision."""
    if value:
        put(_length(len(value)))
        for name, one in value.items():
            put(_key(name) if len(name) <= _KEY else _spelled(name))
            put(_double(one))
    put(b"\0")


def _spelled(name: str) -> bytes:
    data = name.encode()
    return _length(len(data)) + data


_key = lru_cache(maxsize=8_192)(_spelled)


def _enum(symbols: Sequence[str]) -> Write:
    numbers = {symbol: _length(n) for n, symbol in enumerate(symbols)}
    return lambda put, value: put(numbers[value])


def _fixed(size: int) -> Write:
    def write(put: Put, value: bytes) -> None:
        if len(value) != size:
            raise ValueError("not of this size")
        put(bytes(memoryview(value)))

    return write
