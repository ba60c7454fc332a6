"""Kinds of short texts that hold digits: moments, phones, amounts, postcodes, addresses of machines, identifiers."""

from __future__ import annotations

from typing import Final

from app.pipeline.ladder.kinds import patterns
from app.pipeline.ladder.kinds.words import MONTHS
from app.pipeline.ladder.leaf import Kind
from app.pipeline.validation.country import is_currency

# Seconds, milliseconds or microseconds of 2001-09-09 to 2040-01-01. Wider bounds would take national phone numbers (201… to 409…)
# and international ones (Nigeria's 234…) for times; the next events are not expected beyond them.
EPOCHS: Final = ((10**9, 2_208_988_800), (10**12, 2_208_988_800_000), (10**15, 2_208_988_800_000_000))
_TOKEN_LENGTH: Final = 16  # letters and digits in one piece: no phone, postcode or amount is written so
_EPOCH_DIGITS: Final = frozenset({10, 13, 16})
LONGEST_COUNT: Final = 15  # digits: what is longer counts nothing, and is no phone

_BY_GROUP: Final[dict[str | None, Kind]] = {kind.value: kind for kind in Kind}


def of_digits(text: str) -> Kind:
    """Kind of a text of ASCII digits alone."""
    length = len(text)
    if length in _EPOCH_DIGITS and is_epoch(int(text)):
        return Kind.EPOCH
    if length > LONGEST_COUNT:
        return Kind.IDENTIFIER
    if text[0] == "0" and length > 1:
        return Kind.PHONE if 9 <= length <= 14 and text.strip("0") else Kind.POSTCODE if length == 5 else Kind.INTEGER
    if length == 8 and text[:2] in ("19", "20") and "01" <= text[4:6] <= "12" and "01" <= text[6:] <= "31":
        return Kind.MOMENT
    return Kind.INTEGER


def is_epoch(number: float) -> bool:
    """Whether it is a time since 1970 that online events can have."""
    return any(first <= number < last for first, last in EPOCHS)


def of_numeric(text: str) -> Kind | None:
    """Kind of a short text with digits in it; None where the digits say nothing (an address, a name with a number)."""
    first = text[0]
    if len(text) >= _TOKEN_LENGTH and text.isalnum() and text.isascii() and text[8] != "T":  # 20240305T101500 is a time
        return Kind.IDENTIFIER if _is_token(text) else None
    if first not in "+(":
        if first == "-" and text[1:].isdecimal():
            return Kind.INTEGER
        plain = (patterns.DIGIT_FIRST if first.isdecimal() else patterns.LETTER_FIRST).fullmatch(text)
        if plain is not None and not (plain.lastgroup == "postcode" and text.endswith("00") and patterns.SIZES.fullmatch(text)):
            return _BY_GROUP[plain.lastgroup]
    if (phone := patterns.PHONE.fullmatch(text)) is not None and _is_phone(text, phone.group(1)):
        return Kind.PHONE
    if first == "+":
        return Kind.NUMBER if text[1:].replace(".", "").replace(",", "").isdecimal() else None
    return _of_rarer(text)


def _of_rarer(text: str) -> Kind | None:
    if text.count(":") >= 2 and patterns.IPV6.fullmatch(text) and ("::" in text or text.count(":") == 7):
        return Kind.IP
    if _is_money(text):
        return Kind.MONEY
    if (" " in text or text.count("-") == 2 or text[-1] in "日일号分") and _is_date(text):
        return Kind.MOMENT
    return Kind.IDENTIFIER if patterns.TOKEN.fullmatch(text) and _is_token(text) else None


def _is_phone(text: str, number: str) -> bool:
    groups = patterns.GROUPS.findall(number)
    digits = sum(map(len, groups))
    if not 7 <= digits <= LONGEST_COUNT:
        return False
    if number[0] in "+＋(" or groups[0][0] == "0" or text[0].isalpha():
        return True
    if len(groups) == 1:
        return False
    if len(groups) == 2:
        one, two = groups
        years = one[:2] in ("19", "20") and len(one) == 4
        is_range = len(one) <= len(two) and int(one) < int(two) and (two.endswith("00") or (years and len(two) == 4))
        return not is_range and not years and (len(one) <= 4 or len(one) == len(two) == 5) and digits <= 12 and len(two) >= 4
    return max(map(len, groups)) <= 8


def _is_money(text: str) -> bool:
    if patterns.MONEY.fullmatch(text):
        return True
    coded = patterns.CODED.fullmatch(text)
    return coded is not None and is_currency(coded.group(1) or coded.group(2))


def _is_date(text: str) -> bool:
    for pattern in (patterns.WORDY, patterns.HYPHENED):
        if (match := pattern.fullmatch(text)) is not None:
            month = next((group for group in match.groups() if group), "")
            if month.casefold() in MONTHS:
                return True
    return patterns.ASIAN.fullmatch(text) is not None


def _is_token(text: str) -> bool:
    """Letters and digits mixed as machines do: not `B2B`, `2nd`, `10-20`, `utm2`."""
    if text[0] == "#":
        return True
    if patterns.SHORT_WORDS.fullmatch(text):
        return False
    digits = sum(map(str.isdigit, text))
    letters = sum(map(str.isalpha, text))
    return (digits >= 2 and letters >= 1 and len(text) >= 5) or digits >= 6
