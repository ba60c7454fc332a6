"""A record's payload for people to look at: its form and its names stay, the person does not."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, Final

import orjson

from app.audit.mask import form, masked
from app.ops.masking import mask

MOST: Final = 4_000  # characters
_NAME: Final = re.compile(r"[^\W\d]\w{0,40}(?:[.\-\[\]]{1,2}\w{0,40}){0,4}")


def shown(value: bytes | None) -> str:
    """A payload, masked: JSON and urlencoded forms with the names of their fields, other text as its mere form, anything else by
    its size alone."""
    if value is None:
        return "no value (a tombstone)"
    told = f"{len(value):,} bytes, SHA-256 {sha256(value).hexdigest()}"
    if value[:1] == b"\0":
        return f"{told}\nAvro, as of schema id {int.from_bytes(value[1:5], 'big')}" if len(value) >= 5 else told
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        return f"{told}\nnot UTF-8: byte {error.start}"
    try:
        body = orjson.dumps(_hidden(orjson.loads(value)), option=orjson.OPT_INDENT_2).decode()
    except (ValueError, RecursionError):
        body = _pairs(text) if "=" in text and not re.search(r"\s", text.strip()) else form_of(text)
    return f"{told}\n{body[:MOST]}" + (f"\n… {len(body) - MOST:,} characters more" if len(body) > MOST else "")


def form_of(text: str) -> str:
    """A text without its letters and digits, line by line."""
    return "\n".join(form(line) for line in text[: 2 * MOST].splitlines())


def header_shown(value: bytes | None) -> str:
    """A header's value, masked."""
    return "(none)" if value is None else masked(value.decode("utf-8", "replace"))


def _hidden(value: Any) -> Any:
    match value:
        case dict():
            return {_name(name): _hidden(one) for name, one in value.items()}
        case list():
            return [_hidden(one) for one in value]
        case str() | int() | float() if not isinstance(value, bool):
            return masked(value)
        case _:
            return value


def _name(name: str) -> str:
    """A member's name; one that looks like a value is masked as one."""
    return name if mask(name) == name and len(name) <= 80 and sum(map(str.isdigit, name)) < 5 else masked(name)


def _pairs(text: str) -> str:
    """An urlencoded form, a line for each field."""
    rows = (pair.partition("=") for pair in text.strip()[: 2 * MOST].split("&"))
    return "\n".join(f"{name if _NAME.fullmatch(name) else form(name)}{equals}{form(value)}" for name, equals, value in rows)
