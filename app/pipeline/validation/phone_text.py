"""What people and programs write around and into a phone number: a second number, remarks, extensions in words, a spreadsheet's
notation. Asked only of texts that are no number as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

_SEVERAL = re.compile(r"(?i)[;|\n]|,|\s[/&]\s|\s(?:oder|or|ou|o|y|e|u|und|and|bzw\.?|или|и|或|和)\s|(?<=\d{7})/(?=\+?\d{7})")
_EXTENSION = re.compile(
    r"(?i)\s*(?:durchwahl|dw|app\.?|apparat|poste|ramal|interno|int\.?|внутр\.?|доб\.?|toestel|分机|转)[.: ]*(\d{1,6})\s*$"
)
_REMARK = re.compile(r"\s*[(\[][^\d()\[\]]+[)\]]\s*|\s+[^\d+()]{2,}$")
_BEFORE = re.compile(r"^[^\d+(]+(?=[+(\d])")
_PLUS_ZERO = re.compile(r"^\+\s*(?=0[^0])")
_SCIENTIFIC = re.compile(r"[+]?\d[.,]\d+[eE]\+?\d{1,2}")
_FEWEST_DIGITS = 6
_LOST_DIGITS = 5  # zeros at the end of a number that went through a spreadsheet's short notation


def readings(text: str) -> Iterator[tuple[str, str]]:
    """What the number could be meant to be, and by which rule; the first that is a valid one counts."""
    parts = [part.strip() for part in _SEVERAL.split(text)]
    if len(parts) > 1 and all(_digits(part) >= _FEWEST_DIGITS for part in parts):
        for part in parts:
            yield part, "first_of_several"
        return
    if (extended := _EXTENSION.sub(r" ext. \1", text)) != text:
        yield extended, "annotation"
    if (bare := _BEFORE.sub("", _REMARK.sub(" ", text)).strip()) != text and _digits(bare) >= _FEWEST_DIGITS:
        yield bare, "annotation"
        text = bare
    if text.startswith("00"):  # dialled so in most countries, and written so in all
        yield "+" + text[2:], "international_prefix"
    elif _PLUS_ZERO.match(text):
        yield _PLUS_ZERO.sub("", text), "international_prefix"


def is_scientific(text: str) -> bool:
    """`4.915112345678E+12`, as spreadsheets write large numbers."""
    return _SCIENTIFIC.fullmatch(text) is not None


def written_out(text: str) -> str | None:
    """All digits of a number in a spreadsheet's notation; None where it has lost some."""
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    _, digits, exponent = number.as_tuple()
    return f"{number:.0f}" if exponent == 0 and len(digits) > _FEWEST_DIGITS else None


def has_lost_digits(value: float) -> bool:
    """Whether a number came as 491700000000.0: a float of which only the first digits were written."""
    return value >= 1e10 and value % 10**_LOST_DIGITS == 0


def _digits(text: str) -> int:
    return sum(map(str.isdecimal, text))
