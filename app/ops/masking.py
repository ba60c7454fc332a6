"""Taking personal data out of what is about to be logged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from app.errors import LeadstreamError
from app.ops.log_catalogue import FIELDS

MAX_TEXT = 300
MAX_NAME = 200
LOOKED_AT = 1_000  # characters: what is searched takes their square, and who writes to a topic chooses how many there are
MAX_FRAMES = 30

_EMAIL = re.compile(r"[^\s@<>\"'=:,;()\[\]{}]+(?:@|%40)[^\s@<>\"',;()\[\]{}]+")
_PHONE = re.compile(r"(?<![\w.:-])\+?\(?\d(?:[\s().\-/]{0,2}\d){6,14}(?![\w.-])")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|b'[^']*'|<[^<>]*=[^<>]*>")
_NAME = re.compile(r"[\w.:/*|\-]+", re.ASCII)


def mask(text: str) -> str:
    """The text with anything that looks like an e-mail address or a phone number replaced, and cut to length."""
    return _PHONE.sub("<phone>", _EMAIL.sub("<email>", _beginning(text)))[:MAX_TEXT]


def mask_foreign(text: str) -> str:
    """A library's message: its first line, quoted values replaced, too, because libraries quote what they choke on."""
    return mask(_QUOTED.sub("<value>", _beginning(text.partition("\n")[0])))


def _beginning(text: str) -> str:
    """What is looked at of a text; a word that would be cut is left out, since half an address is not known for one."""
    if len(text) <= LOOKED_AT:
        return text
    return text[: text.rfind(" ", 0, LOOKED_AT) + 1] + "…"


def fields(event: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The fields that may be logged, and the names of those that may not (not listed, or not of the listed form)."""
    kept: dict[str, Any] = {}
    dropped: list[str] = []
    for name, value in event.items():
        allowed = _allowed(FIELDS.get(name), value)
        if allowed is None and value is not None:
            dropped.append(name if name.isidentifier() else "?")
        elif value is not None:
            kept[name] = allowed
    return kept, dropped


def _allowed(form: str | None, value: Any) -> Any:
    match form:
        case "number" if isinstance(value, int | float):
            return value
        case "name":
            text = value if isinstance(value, str) else type(value).__name__ if isinstance(value, BaseException) else str(value)
            fits = len(text) <= MAX_NAME and _NAME.fullmatch(text) and not _PHONE.search(text)
            return text if fits else None
        case "text" if isinstance(value, str):
            return mask(value)
    return None


def describe(error: BaseException) -> str:
    """An exception's class; its message only if it is one of ours, which hold no values of records."""
    name = type(error).__name__
    return f"{name}: {mask(str(error))}" if isinstance(error, LeadstreamError) else name


def frames(error: BaseException) -> list[str]:
    """Where it happened, innermost last, causes first: `file:line function`. Neither messages, nor values, nor source lines."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines[:0] = [*_frames(current.__traceback__), describe(current)]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return lines[-MAX_FRAMES:]


def _frames(trace: TracebackType | None) -> list[str]:
    found: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{'/'.join(code.co_filename.split('/')[-3:])}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found
