"""What a text holds inside: JSON, a submitted form, or lines of label and value. Paths say it by `@json`, `@form`, `@text`.

The mapper and the ladder open texts by the same rules, so that a path that one proposes the other can follow.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

import orjson

from app.inventory.paths import What
from app.pipeline.attributes import MAX_VISITED
from app.pipeline.text_block import open_block

MAX_OPENED = 262_144  # characters: parsing takes a millisecond or two; a longer text is left as it is
_LONG_NUMBER = re.compile(r"\d{19}")  # may exceed 64 bits: the fast parser would round it
_FORM = re.compile(r"[\w.\[\]%*+-]{1,100}=[^&=\s]*(?:&[\w.\[\]%*+-]{1,100}=[^&=\s]*)+")

Opened = tuple[What, dict[str, Any] | list[Any]]


def open_text(text: str) -> Opened | None:
    """What stands in a text, and how it was read; None: it is an ordinary text. Never raises.

    Args:
        text: Cleaned (see attributes.clean).
    """
    start = text[:1]
    if start.isspace():
        start = text[:200].lstrip()[:1]
    if start in ("{", "[") and (parsed := open_json(text)) is not None:
        return "json", parsed
    if "&" in text and "=" in text and (form := open_form(text)) is not None:
        return "form", form
    if (lines := open_block(text)) is not None:
        return "text", lines
    return None


def open_json(text: str) -> dict[str, Any] | list[Any] | None:
    """A JSON object or list that holds something; integers are exact."""
    if len(text) > MAX_OPENED or text.count("{") + text.count("[") > MAX_VISITED:
        return None
    try:
        parsed = json.loads(text, parse_constant=_refuse) if _LONG_NUMBER.search(text) else orjson.loads(text)
    except (ValueError, RecursionError):  # JSONDecodeError is a ValueError
        return None
    return parsed if isinstance(parsed, (dict, list)) and _holds(parsed) else None


def open_form(text: str) -> dict[str, Any] | None:
    """A form as browsers submit it: a=1&b=2, two members or more. A name that is given twice has a list."""
    if len(text) > MAX_OPENED or not _FORM.fullmatch(text):
        return None
    members: dict[str, Any] = {}
    for name, value in parse_qsl(text, max_num_fields=MAX_VISITED):
        if name in members:
            given = members[name]
            members[name] = [*given, value] if type(given) is list else [given, value]
        else:
            members[name] = value
    return members if _holds(members) else None


def open_as(what: What, text: str) -> dict[str, Any] | list[Any] | None:
    """What a path's step finds in a text."""
    match what:
        case "json":
            return open_json(text)
        case "form":
            return open_form(text)
        case "text":
            return open_block(text)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)  # NaN and infinities are no JSON


def _holds(parsed: Any) -> bool:
    """Whether anything stands in it that is not blank."""
    level = [parsed]
    while level:
        inner: list[Any] = []
        for value in level:
            if type(value) is dict:
                inner.extend(value.values())
            elif type(value) is list:
                inner.extend(value)
            elif value is not None and not (type(value) is str and (not value or value.isspace())):
                return True
        level = inner
    return False
