"""JSON as strictly as a stream needs it: whatever passes can be encoded again, exactly, by every consumer.

Repeated names are fine, the last one wins, as in every parser our producers use. Integers are exact up to 64 bits
(vendors' ids exceed 2**53); beyond, the parser would round them silently, so they are refused.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from app.errors import BadRecord

# Objects and lists within each other. The deepest payload of a vendor we know of has 9 levels; Avro, Connect and the
# CRMs give up somewhere between 50 and 1,000.
MAX_DEPTH = 64

_BOM = b"\xef\xbb\xbf"
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_DIGITS_ONLY = bytes(ord("0") if ord("0") <= byte <= ord("9") else ord(" ") for byte in range(256))
_19_DIGITS = b"0" * 19
_LONG_NUMBER = re.compile(rb"[:\[,][ \t\r\n]*-?[0-9]{19}")
_LONG_INTEGER = re.compile(rb"(-?[0-9]{19,})(?![0-9.eE])")
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1


def decode_json(value: bytes) -> Any:
    """Parse a JSON document in UTF-8, a byte order mark allowed.

    Raises:
        BadRecord: not_utf8, invalid_json, too_deep or number_out_of_range.
    """
    if value.startswith(_BOM):
        value = value[3:]
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise _why(value) from None  # the cause quotes the document, which is personal data
    # An integer beyond 64 bits has at least 19 digits: only then is a closer look needed. (Translating the bytes and
    # searching for a constant takes a microsecond; a regular expression for the same takes ten.)
    if _19_DIGITS in value.translate(_DIGITS_ONLY) and _LONG_NUMBER.search(value) and _exceeds_64_bits(value):
        raise _out_of_range()
    # Fewer brackets than levels allowed: no need to look.
    if value.count(b"{") + value.count(b"[") > MAX_DEPTH and deeper_than(parsed, MAX_DEPTH):
        raise _too_deep()
    return parsed


def deeper_than(value: Any, limit: int) -> bool:
    """Whether objects and lists nest deeper than `limit`."""
    level = [value]
    for _ in range(limit + 1):
        level = [node for node in level if type(node) is dict or type(node) is list]
        if not level:
            return False
        level = [item for node in level for item in (node.values() if type(node) is dict else node)]
    return True


def _exceeds_64_bits(value: bytes) -> bool:
    outside_strings = _STRING.sub(b'""', value)
    for found in _LONG_INTEGER.finditer(outside_strings):
        digits = found[1]
        # 20 digits and a sign are the most that 64 bits need. (Reading thousands of digits is an error of its own.)
        if len(digits) > 21 or not _INT64_MIN <= int(digits) <= _UINT64_MAX:
            return True
    return False


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
    if deeper_than(parsed, MAX_DEPTH):
        return _too_deep()
    if holds_not_finite(parsed):
        return _out_of_range()
    return BadRecord("intake", "invalid_json", "half of a surrogate pair in a string")


def holds_not_finite(value: Any) -> bool:
    """Whether NaN or an infinity stands anywhere in it."""
    level = [value]
    while level:
        if any(type(node) is float and node - node != 0 for node in level):  # inf - inf and nan - nan are nan
            return True
        nodes = [node for node in level if type(node) is dict or type(node) is list]
        level = [item for node in nodes for item in (node.values() if type(node) is dict else node)]
    return False


def _too_deep() -> BadRecord:
    return BadRecord("intake", "too_deep", f"more than {MAX_DEPTH} objects and lists within each other")


def _out_of_range() -> BadRecord:
    detail = "a number that is not finite, or an integer beyond 64 bits: send it as text"
    return BadRecord("intake", "number_out_of_range", detail)
