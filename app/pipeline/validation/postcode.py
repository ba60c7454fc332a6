"""Postcodes as their country writes them. Without a country a postcode stays as it came: 1010 is Vienna, Lausanne and more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.pipeline.validation.notes import Notes

_MARKS = re.compile(r"[\s.–—-]+")


@dataclass(frozen=True, slots=True)
class _Form:
    """What a country's codes are without marks, and where a mark stands.

    Attributes:
        cut: Characters before the mark; negative: behind it. 0: there is none.
        digits: Of a code that may begin with 0, which a spreadsheet takes away. 0: none does.
    """

    pattern: re.Pattern[str]
    cut: int = 0
    mark: str = ""
    digits: int = 0


def _form(pattern: str, cut: int = 0, mark: str = "", digits: int = 0) -> _Form:
    return _Form(re.compile(pattern, re.ASCII), cut, mark, digits)


_FOUR, _FOUR_ZERO = _form(r"\d{4}"), _form(r"\d{4}", digits=4)
_FIVE_ZERO, _FIVE_BLANK = _form(r"\d{5}", digits=5), _form(r"\d{5}", 3, " ")
_FORMS = {
    **dict.fromkeys(("AT", "BE", "BG", "CH", "CY", "DK", "GE", "HU", "LU", "PH", "SI", "TN", "ZA"), _FOUR),
    **dict.fromkeys(("AU", "NO", "NZ"), _FOUR_ZERO),
    **dict.fromkeys(("DE", "EE", "ES", "FI", "FR", "HR", "IT", "KR", "MX", "MY", "RS", "TH", "TR", "UA"), _FIVE_ZERO),
    **dict.fromkeys(("CZ", "GR", "SE", "SK"), _FIVE_BLANK),
    "US": _form(r"\d{5}(?:\d{4})?", 5, "-", 5),
    "PL": _form(r"\d{5}", 2, "-", 5),
    "PT": _form(r"\d{4}(?:\d{3})?", 4, "-"),
    "BR": _form(r"\d{8}", 5, "-", 8),
    "JP": _form(r"\d{7}", 3, "-", 7),
    "CN": _form(r"\d{6}", digits=6),
    "RU": _form(r"\d{6}"),
    "IN": _form(r"\d{6}"),
    "KZ": _form(r"\d{6}|[A-Z]\d{2}[A-Z]\d[A-Z]\d"),
    "RO": _form(r"\d{6}", digits=6),
    "SG": _form(r"\d{6}", digits=6),
    "NL": _form(r"\d{4}[A-Z]{2}", 4, " "),
    "GB": _form(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}|GIR0AA", -3, " "),
    "CA": _form(r"[A-Z]\d[A-Z]\d[A-Z]\d", 3, " "),
    "IE": _form(r"(?:[A-Z]\d\d|D6W)[A-Z\d]{4}", 3, " "),
}
_USUAL = {country: 5 if form is _FIVE_ZERO else 4 for country, form in _FORMS.items() if form in (_FIVE_ZERO, _FOUR, _FOUR_ZERO)}
_USUAL["US"] = 5  # digits of a code that has no mark
_PREFIXES = {"AT": "A", "BE": "B", "CH": "CH", "DE": "D", "ES": "E", "FR": "F", "IT": "I", "SE": "S", "FI": "FIN"}
Read = tuple[str, tuple[str, ...] | None]


def settle_postcode(postcode: str, country: str, notes: Notes, field: str = "postcode") -> str:
    """The code in its country's form; one that its country does not have stays, and is implausible."""
    if len(postcode) == _USUAL.get(country) and postcode.isdecimal() and postcode.isascii():
        return postcode
    settled, rules = _settle(postcode, country)
    if rules is None:
        notes.violate(field, "implausible")
    elif rules:
        notes.repair(field, *rules, before=postcode, after=settled)
    return settled


@lru_cache(maxsize=8192)
def _settle(postcode: str, country: str) -> Read:
    form = _FORMS.get(country)
    if form is None:
        return postcode, ()
    rules: list[Literal["country_prefix", "leading_zero", "postcode_form"]] = []
    text = postcode.upper()
    for prefix in (country, _PREFIXES.get(country, country)):
        if text.startswith(prefix) and text[len(prefix) : len(prefix) + 1] in ("-", " ") and country not in ("GB", "IE", "CA"):
            text = text[len(prefix) + 1 :]
            rules.append("country_prefix")
    compact = _MARKS.sub("", text)
    if form.digits and len(compact) == form.digits - 1 and compact.isdecimal() and compact.isascii():
        compact = "0" + compact
        rules.append("leading_zero")
    if form.pattern.fullmatch(compact) is None:
        return postcode, None
    at = form.cut if form.cut >= 0 else len(compact) + form.cut
    settled = f"{compact[:at]}{form.mark}{compact[at:]}" if 0 < at < len(compact) else compact
    if settled == postcode:
        return postcode, ()
    return settled, tuple(rules) or ("postcode_form",)
