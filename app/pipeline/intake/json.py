"""JSON as strictly as a stream needs it: whatever passes can be encoded again, exactly, by every consumer.

Repeated names are fine, the last one wins, as in every parser our producers use. Integers are exact up to 64 bits
(vendors' ids exceed 2**53); beyond, the parser would round them silently, so they are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

import orjson

from app.errors import BadRecord
from app.pipeline.limits import CONTAINERS, DEPTH

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BOM = b"\xef\xbb\xbf"
_DIGITS_ONLY = bytes(ord("0") if ord("0") <= byte <= ord("9") else ord(" ") for byte in range(256))
_19_DIGITS = b"0" * 19
_LONG_NUMBER = re.compile(rb"[:,\[][ \t\r\n]*-?\d{19}")  # or the same in a text, which does no harm
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1
_KINDS = {list: "a list", str: "a string", int: "a number", float: "a number", bool: "a boolean"}


def decode_object(value: bytes) -> dict[str, Any]:
    """Parse one JSON object in UTF-8, a byte order mark allowed.

    A list of one object is taken for that object: some webhooks send batches, of one in practice.

    Raises:
        BadRecord: not_utf8, invalid_json, not_an_object, too_deep, oversized or number_out_of_range.
    """
    if value.startswith(_BOM):
        value = value[3:]
    brackets = value.count(b"{") + value.count(b"[")  # at least as many as there are objects and lists
    if brackets > CONTAINERS:
        raise _too_deep() if _opens_deep(value) else _too_many()
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise _why(value) from None  # the cause quotes the document, which is personal data
    if type(parsed) is list and len(parsed) == 1:
        parsed = parsed[0]
    if type(parsed) is not dict:
        raise BadRecord("intake", "not_an_object", f"expected one object, found {_KINDS.get(type(parsed), 'null')}")
    # Fewer brackets than levels allowed: no need to look.
    if brackets > DEPTH and _deeper_than(parsed, DEPTH):
        raise _too_deep()
    # An integer beyond 64 bits has at least 19 digits and comes after a colon, a comma or a bracket: only then is a closer look
    # needed. (Translating the bytes and searching for a constant takes a microsecond, the regular expression ten.)
    if _19_DIGITS in value.translate(_DIGITS_ONLY) and _LONG_NUMBER.search(value) and _exceeds_64_bits(value):
        raise _out_of_range()
    return parsed


def _why(value: bytes) -> BadRecord:
    """Why the fast parser refused. Only bad records come here, so a second parser may be asked, a more lenient one."""
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        return BadRecord("intake", "not_utf8", f"byte {error.start} is not UTF-8")
    try:
        parsed = json.loads(text)
    except RecursionError:
        return _too_deep()
    except json.JSONDecodeError as error:
        return BadRecord("intake", "invalid_json", f"{error.msg} at character {error.pos}")
    except ValueError:  # more digits than Python turns into an integer
        return _out_of_range()
    if _deeper_than(parsed, DEPTH):
        return _too_deep()
    if _holds_not_finite(parsed):
        return _out_of_range()
    return BadRecord("intake", "invalid_json", "half of a surrogate pair in a string")


def _exceeds_64_bits(value: bytes) -> bool:
    """Whether an integer beyond 64 bits stands in a document that the fast parser took, and so rounded.

    It takes none of more than 308 digits, so the exact parser is not held up by thousands of them.
    """
    exact = (node for level in _levels(json.loads(value)) for node in level if type(node) is int)
    return any(not _INT64_MIN <= number <= _UINT64_MAX for number in exact)


def _holds_not_finite(parsed: Any) -> bool:
    """Whether NaN, an infinity, or an integer that floating point cannot reach stands anywhere in it."""
    floats = (node for level in _levels(parsed) for node in level if type(node) is float)
    integers = (node for level in _levels(parsed) for node in level if type(node) is int)
    return any(not isfinite(number) for number in floats) or any(number.bit_length() > 1023 for number in integers)


def _deeper_than(parsed: Any, limit: int) -> bool:
    """Whether objects and lists nest deeper than `limit`."""
    for depth, level in enumerate(_levels(parsed)):
        if depth == limit:
            return any(type(node) is dict or type(node) is list for node in level)
    return False


def _opens_deep(value: bytes) -> bool:
    """Whether a document that will not be parsed nests too deep near its beginning: to name the better reason."""
    depth = 0
    for byte in _STRING.sub(b"", value[:50_000]):
        if byte in b"[{":
            depth += 1
            if depth > DEPTH:
                return True
        elif byte in b"]}":
            depth -= 1
    return False


def _levels(parsed: Any) -> Iterator[list[Any]]:
    """All nodes of a document, level by level. No recursion, and 40 nanoseconds a node."""
    level = [parsed]
    while level:
        yield level
        inner = [node for node in level if type(node) is dict or type(node) is list]
        level = [item for node in inner for item in (node.values() if type(node) is dict else node)]


def _too_deep() -> BadRecord:
    return BadRecord("intake", "too_deep", f"more than {DEPTH} objects and lists within each other")


def _too_many() -> BadRecord:
    return BadRecord("intake", "oversized", f"more than {CONTAINERS} objects and lists")


def _out_of_range() -> BadRecord:
    detail = "a number that is not finite, or an integer beyond 64 bits: send it as text"
    return BadRecord("intake", "number_out_of_range", detail)
