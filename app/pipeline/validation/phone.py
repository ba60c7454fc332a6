"""Phones to E.164.

An ordinary valid number is recognised by the compiled plans (`phone_plan.py`); everything else goes to phonenumbers.
A number that is possible but not valid (right length, no such range, or a range younger than the metadata) keeps its
E.164 form with the violation `implausible`: it may still ring, and two leads with the same one are still the same person.
The fictional 555-01xx are valid to phonenumbers, and so here: vendors' samples and test tools use them. Sequences
(123456789) and repetitions (0000000) that are not valid are placeholders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from app.pipeline.validation.notes import Notes
from app.pipeline.validation.phone_plan import plan_of, plans_of, region_of
from app.pipeline.validation.phone_text import has_lost_digits, is_scientific, readings, written_out
from app.pipeline.validation.placeholder import is_placeholder
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.text import plain

_ORDINARY = re.compile(r"\+?[0-9 ()./-]{6,24}")
_SEPARATORS = str.maketrans("", "", " ()./-")
_LABEL = re.compile(r"(?i)^(?:p|ph|tel|phone|mobile|mob|cell|fon|handy|telefon)[.:]\s*|^tel:")
_SEQUENCES = ("1234567890123456", "0123456789012345", "9876543210987654")
_LONGEST = 64
_DIGITS_OF_E164 = 15
_SHORTEST_POSSIBLE = 7  # digits of a number that is possible only: fewer are an extension or a short code
_SHORTEST_WHOLE = 11

Quality = Literal["valid", "possible", "placeholder", "impossible", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone as read.

    Attributes:
        e164: None unless valid or possible.
        region: Of a valid geographical number, ISO 3166-1 alpha-2.
        extension: Digits after the number, if any; E.164 has no place for them.
    """

    quality: Quality
    e164: str | None = None
    region: str | None = None
    extension: str | None = None


def read_phone(value: object, regions: tuple[str, ...], notes: Notes, field: str = "phone") -> str | None:
    """The number in E.164.

    Args:
        value: As the mapping found it.
        regions: Where a number without country code may be from, likeliest first (address, then the source's default).
        notes: Takes violations and repairs.
    """
    text = as_text(value)
    if text is None or len(text) > _LONGEST or (type(value) is float and has_lost_digits(value)):
        notes.reject(field, value)
        return None
    phone, rule = parse_phone(text, regions), None
    if phone.quality not in ("valid", "possible"):
        phone, rule = _read_further(text, regions, phone)
    match phone.quality:
        case "valid" | "possible":
            if phone.e164 != text:
                notes.repair(field, *((rule,) if rule else ()), "e164", before=value, after=phone.e164)
            if phone.quality == "possible":
                notes.violate(field, "implausible")
            if phone.extension:
                notes.keep(f"{field}.extension", phone.extension)
            if rule in ("first_of_several", "annotation"):
                notes.keep(f"raw.{field}", value)
            return phone.e164
        case "placeholder":
            notes.remove(field, value)
        case "ambiguous":
            notes.reject(field, value, "ambiguous")
        case "impossible":
            if plain(text):
                notes.reject(field, value)
    return None


@lru_cache(maxsize=4096)
def _read_further(text: str, regions: tuple[str, ...], phone: Phone) -> tuple[Phone, str | None]:
    """A text that is no number as it stands: what else is written in it."""
    clean = plain(text, lines=True)
    if is_placeholder(clean):
        return Phone("placeholder"), None
    if is_scientific(clean):
        digits = written_out(clean)
        return (parse_phone(digits, regions), "scientific") if digits else (Phone("impossible"), None)
    for reading, rule in readings(clean):
        found = parse_phone(reading, regions)
        if found.quality == "valid":
            return found, rule
    return phone, None


def parse_phone(text: str, regions: tuple[str, ...]) -> Phone:
    """The best reading of the text: the first region under which it is valid, else the first under which it is possible."""
    quick = _quick(text, regions)
    if quick is None:
        bare = _LABEL.sub("", plain(text))
        quick = (None if bare == text else _quick(bare, regions)) or _ask_library(bare, regions)
    return quick


def _quick(text: str, regions: tuple[str, ...]) -> Phone | None:
    """A valid number of an ordinary text, or None: ask the library."""
    if not _ORDINARY.fullmatch(text):
        return None
    digits = text.translate(_SEPARATORS)
    if digits[:1] == "+":
        return _international(digits)
    return _national(digits, regions[0]) if digits and regions else None


def region_of_e164(e164: str) -> str | None:
    """The country of a valid E.164 number, None where it has none (satellite, freephone) or is not valid."""
    quick = _international(e164) if e164[:1] == "+" and e164[1:].isdecimal() else None
    return quick.region if quick is not None else _ask_library(e164, ()).region


def _international(digits: str) -> Phone | None:
    """Valid, or None: ask the library. Digits after a plus."""
    for end in (2, 3, 4):
        plans = plans_of(digits[1:end]) if digits[1:end].isdecimal() and digits[1] != "0" else ()
        if plans:
            national = digits[end:]
            strip = plans[0].national_prefix
            if strip is not None and (prefix := strip(national)) is not None:
                if prefix[0] != "0" or plans[0].transforms or prefix.lastindex:
                    return None
                national = national[1:]  # +49 (0) 151 …
            region = region_of(plans, national)
            return None if region is None else Phone("valid", digits[:end] + national, region)
    return None


def _national(digits: str, region: str) -> Phone | None:
    """Valid in this very region, or None: ask the library."""
    plan = plan_of(region)
    if plan is None or "+" in digits or digits.startswith(plan.calling_code):
        return None
    if plan.idd is not None and (abroad := plan.idd(digits)) is not None:
        return _international("+" + digits[2:]) if abroad[0] == "00" and digits[2:].isdecimal() else None
    national = digits
    if plan.national_prefix is not None and (prefix := plan.national_prefix(digits)) is not None:
        if plan.transforms or prefix.lastindex:
            return None
        national = digits[prefix.end() :]
    if not plan.has(national) or region_of(plans_of(plan.calling_code), national) != region:
        return None
    return Phone("valid", f"+{plan.calling_code}{national}", region)


@lru_cache(maxsize=4096)
def _ask_library(text: str, regions: tuple[str, ...]) -> Phone:
    if text.startswith("00") and not regions:
        text = "+" + text[2:]
    if (whole := _without_plus(text, regions)) is not None:
        return whole
    best: Phone | None = None
    for region in regions or (None,):
        phone = _parse(text, region)
        if phone.quality == "valid":
            return phone
        if best is None or (best.quality == "impossible" and phone.quality == "possible"):
            best = phone
    if best is None or _is_placeholder(text):
        return Phone("placeholder")
    if best.quality == "impossible" and not regions and not text.startswith("+") and sum(map(str.isdecimal, text)) >= 6:
        return Phone("ambiguous")  # a national number of no known country
    return best


def _without_plus(text: str, regions: tuple[str, ...]) -> Phone | None:
    """`4915112345678`: a whole international number whose plus a spreadsheet ate. Only when it is long enough to be one:
    the library would rather read it as a German number of 13 digits, which does not exist."""
    if not _SHORTEST_WHOLE <= len(text) <= _DIGITS_OF_E164 or not text.isdecimal() or not text.isascii():
        return None
    plans = [plan for region in regions if (plan := plan_of(region)) is not None]
    return _international("+" + text) if any(text.startswith(plan.calling_code) for plan in plans) else None


def _parse(text: str, region: str | None) -> Phone:
    try:
        number = phonenumbers.parse(text, region)
        if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:  # nor local only
            return Phone("impossible")
        e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        again = phonenumbers.parse(e164)
    except NumberParseException:
        return Phone("impossible")
    if len(e164) - 1 > _DIGITS_OF_E164 or phonenumbers.format_number(again, PhoneNumberFormat.E164) != e164:
        return Phone("impossible")  # reads differently the second time: not to be trusted as a key
    if not phonenumbers.is_valid_number(again):
        return Phone("possible", e164, None, number.extension) if len(e164) > _SHORTEST_POSSIBLE else Phone("impossible")
    found = phonenumbers.region_code_for_number(again)
    return Phone("valid", e164, None if found == "001" else found, number.extension)


def _is_placeholder(text: str) -> bool:
    """One digit again and again, or a sequence: as the whole number, or as its last nine digits."""
    digits = "".join(filter(str.isdecimal, text))
    tail = digits.lstrip("0")[-9:]
    return len(digits) >= 6 and (len(set(tail)) <= 1 or any(tail in sequence for sequence in _SEQUENCES))
