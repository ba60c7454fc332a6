"""Which reader and which limits each lead field has, apart from those that depend on each other or on the source."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from app.pipeline.validation.flag import read_flag
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.number import read_count, read_currency
from app.pipeline.validation.placeholder import is_nothing, is_placeholder
from app.pipeline.validation.purposes import read_purposes
from app.pipeline.validation.raw import as_list, as_text
from app.pipeline.validation.text import is_plain, mend, plain
from app.pipeline.validation.web import NOTHING, read_ip, read_language, read_url

Reader = Callable[[Any, Notes, str], Any]
"""(raw value, notes, field name) → the value for the lead, None where it has none. Never raises."""


_LONGEST_NOTHING = 20  # characters: `null` and its like are short, identifiers mostly longer


@lru_cache(maxsize=16_384)
def _is_fine(text: str) -> bool:
    """Whether nothing is to be done about a text: few cities, titles and campaigns are most people's."""
    return mend(text) == (text, ()) and text != "" and not is_placeholder(text) and text.lower() not in NOTHING


def _prose(longest: int, *, lines: bool = False, several: bool = False, tag: bool = False, repeats: bool = False) -> Reader:
    """Text that people wrote: mended, placeholders refused, cut at `longest`. In a marketing tag `test` is a word like any
    other, and an analytics tool's `(not set)` is nothing and no fault. What `repeats` from lead to lead is judged once."""

    def read(value: Any, notes: Notes, field: str) -> str | None:
        if repeats and type(value) is str and len(value) <= longest and _is_fine(value):
            return value
        rules: tuple[str, ...] = ()
        text = as_text(value)
        if text is None and several and (text := as_list(value)) is not None:
            rules = ("join",)
        if text is None:
            notes.reject(field, value)
            return None
        rest = ""
        if len(text) > 2 * longest:  # mending takes time; what is cut here could only be shortened by it
            text, rest = text[: 2 * longest], text[2 * longest :]
        clean, mended = mend(text, lines=lines)
        if not clean or (tag and clean.lower() in NOTHING):
            return None
        if not tag and is_placeholder(clean):
            notes.remove(field, value)
            return None
        if len(clean) > longest or rest:
            rules = (*rules, "cut")
            notes.keep(f"cut.{field}", clean[longest:] + rest)
            clean, _ = mend(clean[:longest], lines=lines)
        if mended or rules:
            notes.repair(field, *rules, *mended, before=value, after=clean or None)
        return clean or None

    return read


def _token(longest: int) -> Reader:
    """Identifiers and tags: cleaned, never changed otherwise. What is too long is no identifier."""

    def read(value: Any, notes: Notes, field: str) -> str | None:
        if type(value) is str and _LONGEST_NOTHING <= len(value) <= longest and is_plain(value):
            return value
        text = as_text(value)
        if text is None or len(text) > 4 * longest:
            notes.reject(field, value)
            return None
        clean = plain(text)
        if len(clean) > longest:
            notes.reject(field, value)
            return None
        if clean and len(clean) < _LONGEST_NOTHING and is_nothing(clean):
            notes.remove(field, value)
            return None
        return clean or None

    return read


def _postcode(value: Any, notes: Notes, field: str) -> str | None:
    text: str | None = _POSTCODE_TEXT(value, notes, field)
    return text.upper() if text and text.isascii() else text


_POSTCODE_TEXT = _prose(20, repeats=True)

READERS: dict[str, Reader] = {
    "company": _prose(200, repeats=True),
    "job_title": _prose(200, repeats=True),
    "street": _prose(300),
    "city": _prose(100, repeats=True),
    "region": _prose(100, repeats=True),
    "postcode": _postcode,
    "language": read_language,
    "message": _prose(10_000, lines=True, several=True),
    "interest": _prose(500, several=True, repeats=True),
    "orders_count": read_count,
    "currency": read_currency,
    "page_url": read_url,
    "referrer": read_url,
    "campaign": _prose(200, tag=True, repeats=True),
    "ad_id": _token(200),
    "form_id": _token(200),
    "click_id": _token(500),
    "utm_source": _prose(200, tag=True, repeats=True),
    "utm_medium": _prose(200, tag=True, repeats=True),
    "utm_campaign": _prose(200, tag=True, repeats=True),
    "visitor_id": _token(200),
    "customer_id": _token(200),
    "ip": read_ip,
    "user_agent": _token(1000),
    "consent": read_flag,
    "consent_purposes": read_purposes,
}
