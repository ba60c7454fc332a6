"""Amounts, counts and currencies.

Decimal signs: where a text has both point and comma, the last is the decimal one. A lone comma before exactly three digits
groups thousands (money has no three decimals). A lone point before exactly three digits groups thousands in sources of a
country that writes 1.234,56, is decimal in sources of one that writes 1,234.56, and ambiguous in sources of no country.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite

from app.pipeline.validation.money import currency_of, factor_of, is_shared_sign, split_factor
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.placeholder import is_placeholder
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.text import plain
from app.pipeline.validation.time_words import ascii_digits

HIGHEST_AMOUNT = 1e12  # above this no lead's budget or order is real
HIGHEST_COUNT = 2**31 - 1
DECIMAL_COMMA = frozenset(
    "AL AR AT BA BE BG BO BR BY CL CO CR CY CZ DE DK DZ EC EE ES FI FR GR HR HU ID IS IT KZ LT LU LV MA MD ME MK NL NO PL "
    "PT PY RO RS RU SE SI SK TN TR UA UY VE VN XK ZA".split()
)
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")
_FACTORS_BEFORE = {"teur": (1e3, "EUR"), "tusd": (1e3, "USD"), "tchf": (1e3, "CHF"), "t€": (1e3, "EUR"), "mio": (1e6, "")}
_AMOUNT = re.compile(r"([^\d+\-.,]*)([+-]?)[ ]?([^\d+\-.,]*)([\d., '’_]*\d(?:[.,]-{1,2}|[.,])?)[ ]?([^\d]*)", re.ASCII)
_RANGE = re.compile(
    r"(?i)(?:from|between|von|zwischen|entre|de|desde|tra|da|tussen|van|od|от|между)?\s*"
    r"(?P<low>[^\d–—~-]*\d[^–—~]*?)\s*(?:-|–|—|~|\.\.+|…|\b(?:to|and|bis|und|à|et|a|y|hasta|até|e|tot|en|do|до|и)\b|至|到)\s*"
    r"(?P<high>[^\d–—~-]*\d[^–—~]*)"
)
_FROM = re.compile(
    r"(?i)(?:>=?|≥|over|above|more than|at least|from|starting at|ab|über|ueber|mehr als|mindestens|plus de|à partir de|más de|"
    r"mas de|desde|mais de|a partir de|oltre|più di|meer dan|vanaf|ponad|powyżej|od|от|более|больше|свыше)\s*(?P<low>.*\d.*)|"
    r"(?P<plus>.*\d[^+]*)(?:\+|以上| and more| or more| und mehr| et plus| o más| ou mais)"
)
_ABOUT = re.compile(
    r"(?i)(?:~|≈|ca\.?|circa|about|around|approx\.?|approximately|rund|etwa|ungefähr|env\.?|environ|aprox\.?|aproximadamente|около|"
    r"примерно|约|大约|około)\s*(.*\d.*)"
)
_PLAIN = re.compile(r"\d{1,12}(?:\.\d{1,2})?", re.ASCII)  # as JSON writes amounts, and below HIGHEST_AMOUNT
_LONGEST = 60


def read_amount(value: object, notes: Notes, field: str, decimal_comma: bool | None) -> tuple[float | None, str | None]:
    """The amount, and the currency that its text names, if any.

    A range gives its lower bound, and is ambiguous: what came stays beside it.

    Args:
        decimal_comma: Whether 1.234 is a thousand and more; None: nobody knows, and so it is ambiguous.
    """
    if type(value) is str and _PLAIN.fullmatch(value):
        return float(value), None
    currency, rules, bound = None, list[str](), False
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        number = _as_float(value)
    else:
        text = _text(value)
        if text == "":
            return None, None
        number, currency = (None, None) if text is None else parse_amount(text, decimal_comma)
        if number is None and text is not None:
            if is_placeholder(text):
                notes.remove(field, value)
                return None, None
            number, currency, rules = _in_words(text, decimal_comma)
            bound = "range" in rules
            if number is None and decimal_comma is None and parse_amount(text, True)[0] is not None:  # 1.234
                notes.reject(field, value, "ambiguous")
                return None, None
        if text != value:
            rules.append("trim")
        elif not rules and number is not None and text is not None and not _says(text, number):
            rules.append("decimal")
        if currency:
            rules.append("currency_sign")
    if number is None:
        notes.reject(field, value)
        return None, None
    if not 0 <= number <= HIGHEST_AMOUNT:
        notes.reject(field, value, "implausible")
        return None, None
    if bound:
        notes.reject(field, value, "ambiguous")
    if rules:
        notes.repair(field, *rules, before=value, after=number)
    return number, currency


def _in_words(text: str, decimal_comma: bool | None) -> tuple[float | None, str | None, list[str]]:
    """The lower bound of a range, what stands behind `ab` and `about`; None where it is neither."""
    if (about := _ABOUT.fullmatch(text)) is not None:
        return *parse_amount(about[1].strip(), decimal_comma), ["about"]
    if (least := _FROM.fullmatch(text)) is not None:
        number, currency = parse_amount((least["low"] or least["plus"]).strip(), decimal_comma)
        if number is not None:
            return number, currency, ["range"]
    if (found := _RANGE.fullmatch(text)) is not None:
        behind, before = factor_of(found["high"]), factor_of(found["low"])
        comma = decimal_comma if behind > 1 or before > 1 else True  # bounds of money have no three decimals either
        high, currency = parse_amount(found["high"].strip(), comma)
        low, other = parse_amount(found["low"].strip(), comma)
        if low is not None and high is not None:
            if behind > 1 and before == 1 and low * behind <= high:  # 5-10k
                low *= behind
            if low <= high and (other is None or currency is None or other == currency):
                return low, currency or other, ["range"]
    return None, None, []


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
        notes.refuse(field, value, as_text(value))
        return None
    if not 0 <= number <= HIGHEST_COUNT:
        notes.reject(field, value, "implausible")
        return None
    return int(number)


def read_currency(value: object, notes: Notes, field: str = "currency") -> str | None:
    """ISO 4217. A bare $, ¥ or kr is many countries' and stays unread."""
    text = _text(value)
    if text == "":
        return None
    if text is not None and is_placeholder(text):
        notes.remove(field, value)
        return None
    code = None if text is None else currency_of(text)
    if code is None:
        notes.reject(field, value, "ambiguous" if text is not None and is_shared_sign(text) else "invalid")
    elif code != value:
        notes.repair(field, "case" if code == text.upper() else "currency_sign", before=value, after=code)  # type: ignore[union-attr]
    return code


def parse_amount(text: str, decimal_comma: bool | None) -> tuple[float | None, str | None]:
    """The number in a text of digits, separators, a sign, a currency before or behind, and a word for thousand or million."""
    try:
        number = float(text) if text.isascii() and "_" not in text and text[-4:-3] != "." else None
    except ValueError:
        number = None
    if number is not None:
        return (number if isfinite(number) else None), None
    match = _AMOUNT.fullmatch(ascii_digits(text))
    if match is None:
        return None, None
    before, sign, after_sign, digits, behind = (part.strip() for part in match.groups())
    factor, behind = split_factor(behind)
    if factor == 1.0 and before:
        factor, before = _FACTORS_BEFORE.get(before.lower(), (1.0, before))
    marks = [mark for mark in (before, after_sign, behind) if mark]
    known = {currency_of(mark) for mark in marks if not is_shared_sign(mark)}
    if None in known or len(known) > 1:
        return None, None
    if marks and factor == 1.0:  # an amount of money has no three decimals, whoever wrote it
        decimal_comma = True
    plain_digits = _decimal(digits.rstrip("-"), decimal_comma)
    if plain_digits is None:
        return None, None
    number = float(sign + plain_digits) * factor
    return (number if isfinite(number) else None), next(iter(known), None)


def _text(value: object) -> str | None:
    """The value as plain text; None where it is none, or longer than any number."""
    text = as_text(value)
    if text is None or len(text) > 4 * _LONGEST:
        return None
    text = plain(text)
    return text if len(text) <= _LONGEST else None


def _decimal(digits: str, decimal_comma: bool | None) -> str | None:
    digits = re.sub(r"[ '’_]", "", digits).rstrip(".,")
    point, comma = digits.rfind("."), digits.rfind(",")
    if point >= 0 and comma >= 0:
        mark, group = (".", ",") if point > comma else (",", ".")
    elif comma >= 0:
        mark, group = ("", ",") if _grouped(digits, ",") or _INDIAN.fullmatch(digits) else (",", "")
    elif point >= 0 and _grouped(digits, "."):
        if decimal_comma is None and digits.count(".") == 1:
            return None  # 1.234: somebody's thousand, somebody else's one and a bit
        mark, group = ("", ".") if decimal_comma or digits.count(".") > 1 else (".", "")
    else:
        mark, group = ".", ""
    whole, _, fraction = digits.partition(mark) if mark else (digits, "", "")
    if group:
        if group in whole and not (_grouped(whole, group) or (group == "," and _INDIAN.fullmatch(whole))):
            return None
        whole = whole.replace(group, "")
    return f"{whole or 0}.{fraction or 0}" if (whole + fraction).isdigit() else None


def _grouped(digits: str, mark: str) -> bool:
    first, *rest = digits.split(mark)
    return 1 <= len(first) <= 3 and first != "0" and all(len(group) == 3 for group in rest)


def _says(text: str, number: float) -> bool:
    """Whether it is this number, written as in JSON."""
    return text.replace(".", "", 1).isdecimal() and text.isascii() and float(text) == number


def _as_float(value: int | float | Decimal) -> float | None:
    try:
        number = float(value)
    except (OverflowError, ValueError):  # 10**400; a signalling NaN
        return None
    return number if isfinite(number) else None
