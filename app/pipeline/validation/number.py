"""Amounts, counts and currencies.

Decimal signs: where a text has both point and comma, the last is the decimal one. A lone comma before exactly three digits
groups thousands (money has no three decimals). A lone point before exactly three digits groups thousands in sources of a
country that writes 1.234,56; elsewhere it is decimal.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite

from app.pipeline.validation.country import is_currency
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.text import plain

HIGHEST_AMOUNT = 1e12  # above this no lead's budget or order is real
HIGHEST_COUNT = 2**31 - 1
DECIMAL_COMMA = frozenset(
    "AL AR AT BA BE BG BO BR BY CL CO CR CY CZ DE DK DZ EC EE ES FI FR GR HR HU ID IS IT KZ LT LU LV MA MD ME MK NL NO PL "
    "PT PY RO RS RU SE SI SK TN TR UA UY VE VN XK ZA".split()
)
_SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "zł": "PLN",
    "kč": "CZK",
    "r$": "BRL",
}
_SYMBOLS |= {"us$": "USD", "ca$": "CAD", "a$": "AUD", "euro": "EUR", "euros": "EUR", "eur": "EUR", "dollar": "USD", "chf": "CHF"}
_AMOUNT = re.compile(r"([^\d+\-.,]*)([+-]?)[ ]?([^\d+\-.,]*)([\d., '’_]*\d(?:[.,]-|[.,])?)[ ]?([^\d]*)", re.ASCII)
_LONGEST = 60


def read_amount(value: object, notes: Notes, field: str, decimal_comma: bool) -> tuple[float | None, str | None]:
    """The amount, and the currency that its text names, if any."""
    currency = None
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        number = _as_float(value)
    else:
        text = _text(value)
        if text == "":
            return None, None
        number, currency = (None, None) if text is None else parse_amount(text, decimal_comma)
        if number is not None and 0 <= number <= HIGHEST_AMOUNT:
            rules = ("trim",) if text != value else ()
            notes.repair(field, *rules, *(("currency_sign",) if currency else ()), before=value, after=number)
    if number is None:
        notes.reject(field, value)
        return None, None
    if not 0 <= number <= HIGHEST_AMOUNT:
        notes.reject(field, value, "implausible")
        return None, None
    return number, currency


def read_count(value: object, notes: Notes, field: str) -> int | None:
    """A whole number of things, at most 2^31 - 1."""
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        number = _as_float(value)
    else:
        text = _text(value)
        if text == "":
            return None
        number = None if text is None else parse_amount(text, False)[0]
    if number is None or not number.is_integer():
        notes.reject(field, value)
        return None
    if not 0 <= number <= HIGHEST_COUNT:
        notes.reject(field, value, "implausible")
        return None
    return int(number)


def read_currency(value: object, notes: Notes, field: str = "currency") -> str | None:
    """ISO 4217. A bare $ is many countries' and stays unread."""
    text = _text(value)
    if text == "":
        return None
    code = None if text is None else _currency(text)
    if code is None:
        notes.reject(field, value, "ambiguous" if text == "$" else "invalid")
    elif code != value:
        notes.repair(field, "case", before=value, after=code)
    return code


def parse_amount(text: str, decimal_comma: bool) -> tuple[float | None, str | None]:
    """The number in a text of digits, separators, a sign, a currency before or behind, and k or m for thousand or million."""
    try:
        number = float(text) if text.isascii() and "_" not in text and text[-4:-3] != "." else None
    except ValueError:
        number = None
    if number is not None:
        return (number if isfinite(number) else None), None
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None, None
    before, sign, after_sign, digits, behind = (part.strip() for part in match.groups())
    factor = {"k": 1e3, "tsd": 1e3, "m": 1e6, "mio": 1e6}.get(behind.lower().rstrip("."), 0.0)
    marks = [mark for mark in (before, after_sign, "" if factor else behind) if mark]
    currencies = {_currency(mark) for mark in marks if mark != "$"}
    if None in currencies or len(currencies) > 1:
        return None, None
    plain_digits = _decimal(digits.rstrip("-"), decimal_comma)
    if plain_digits is None:
        return None, None
    number = float(sign + plain_digits) * (factor or 1.0)
    return (number if isfinite(number) else None), next(iter(currencies), None)


def _text(value: object) -> str | None:
    """The value as plain text; None where it is none, or longer than any number."""
    text = as_text(value)
    if text is None or len(text) > 4 * _LONGEST:
        return None
    text = plain(text)
    return text if len(text) <= _LONGEST else None


def _decimal(digits: str, decimal_comma: bool) -> str | None:
    digits = re.sub(r"[ '’_]", "", digits).rstrip(".,")
    point, comma = digits.rfind("."), digits.rfind(",")
    if point >= 0 and comma >= 0:
        mark, group = (".", ",") if point > comma else (",", ".")
    elif comma >= 0:
        mark, group = ("", ",") if _grouped(digits, ",") else (",", "")
    elif point >= 0 and _grouped(digits, ".") and (decimal_comma or digits.count(".") > 1):
        mark, group = "", "."
    else:
        mark, group = ".", ""
    whole, _, fraction = digits.partition(mark) if mark else (digits, "", "")
    if group:
        if group in whole and not _grouped(whole, group):
            return None
        whole = whole.replace(group, "")
    return f"{whole or 0}.{fraction or 0}" if (whole + fraction).isdigit() else None


def _grouped(digits: str, mark: str) -> bool:
    first, *rest = digits.split(mark)
    return 1 <= len(first) <= 3 and first != "0" and all(len(group) == 3 for group in rest)


def _currency(mark: str) -> str | None:
    upper = mark.upper()
    return upper if is_currency(upper) else _SYMBOLS.get(mark.lower())


def _as_float(value: int | float | Decimal) -> float | None:
    try:
        number = float(value)
    except (OverflowError, ValueError):  # 10**400; a signalling NaN
        return None
    return number if isfinite(number) else None
