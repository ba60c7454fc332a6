"""The parts of addresses, companies, e-mail addresses, phones and dates, as they are compared. Every function is total."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from app.pipeline.matching.fold import fold
from app.pipeline.matching.words import (
    ARTICLES,
    BESIDE,
    BOXES,
    GMAIL,
    HOSTS,
    LEGAL,
    LEGAL_ENDS,
    MINUS_TAGS,
    MONTHS,
    ORDINALS,
    STREET_ENDS,
    STREET_SIDES,
    STREET_TYPES,
    UNITS,
    WRITTEN_OUT,
    WRITTEN_OUT_PLACES,
)

_LEGAL: Final = LEGAL | frozenset(LEGAL_ENDS)
_MOST_WORDS: Final = 8
_LONGEST_WORD: Final = 24
_LONGEST_BOX: Final = 4  # words: P. O. Box 12
_NUMBER: Final = re.compile(r"\d{1,6}[a-z]?$")
_NUMBERED: Final = frozenset({"calle", "carrera", "route", "highway", "hwy", "avenue", "av"})  # have numbers for names
_HOUSE: Final = re.compile(r"[0-9]{1,6}[A-Za-z]?")
_NAMED: Final = re.compile(r"[^\W\d_][^\d,;/#]*[^\W\d_][.]?")
_STREET_ENDS: Final = tuple(STREET_ENDS)
_ORDINAL: Final = re.compile(r"(\d+)(?:st|nd|rd|th)$")
_RANGE: Final = re.compile(r"(?<=\d)\s*[-–/]\s*\d+[a-z]?\b")  # 12-14, 12/14: the first one counts
_LETTER_APART: Final = re.compile(r"(?<=\d)\s+([a-z])\b(?=\s*(?:,|$))")
_ZIP_PLUS: Final = re.compile(r"(\d{5})-\d{4}$")
_EXTENSION: Final = re.compile(r"(?<=\d)[\s,;.(-]*(?:x|ext|dw|app)", re.IGNORECASE)
_DATE: Final = re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?:[T ].*)?$")
_MONTHS: Final = 12
_NO_DAY: Final = frozenset({"19000101", "19010101", "18000101", "19700101", "11111111", "99991231", "20000000"})
_DATE_DAY_FIRST: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$")


@lru_cache(maxsize=16_384)
def company_words(text: str) -> tuple[str, ...]:
    """`Müller & Söhne GmbH` → (`muller`, `sohne`). A name of nothing but legal forms keeps them."""
    words = fold.__wrapped__(text).split()  # what is remembered is the words: not the same twice
    if not text.isascii():
        words = [_bare(word) for word in words]
    kept: list[str] = []
    letters = legal = False
    for word in words:
        if word in _LEGAL:
            legal = True
            continue
        single = len(word) == 1
        if single and legal:  # sp. j.
            legal = False
        elif single and letters:  # letters one after the other are one word: b b q
            kept[-1] += word
        else:
            kept.append(word)
            letters = single
            legal = False
    telling = [WRITTEN_OUT.get(word, word) for word in kept if word not in ARTICLES]
    return tuple([word[:_LONGEST_WORD] for word in (telling or kept or words)[:_MOST_WORDS]])


def _bare(word: str) -> str:
    """Without the legal form that is written together with it: before the name in Japan, behind it in China."""
    if word in _LEGAL:
        return word
    for end in LEGAL_ENDS:
        if word.startswith(end):
            word = word[len(end) :]
            break
    for end in LEGAL_ENDS:
        if word.endswith(end) and len(word) > len(end):
            return word[: -len(end)]
    return word


def street_parts(text: str, number: str = "") -> tuple[str, tuple[str, ...], str]:
    """House number, words of the street, and what else the address says.

    Streets come again, houses hardly: where a name and a number are all there is, the street's name alone is remembered.

    Args:
        text: `435 S. La Cienega Blvd., Suite 12`, `Lindenstraße 12 a`, `ul. Długa 5 m. 3`.
        number: The house number where it came apart; else it is looked for.
    """
    if not number:
        road, _, house = text.rpartition(" ")
        if not house[:1].isdecimal():
            house, _, road = text.partition(" ")
        if house[:1].isdecimal() and _HOUSE.fullmatch(house) is not None and (words := _road(road)) is not None:
            return house.lower(), words, ""
    return _parted(text, number)


@lru_cache(maxsize=16_384)
def _road(text: str) -> tuple[str, ...] | None:
    """Words of a street that is told by its name alone; None where there is more to it."""
    words = fold.__wrapped__(text.lower()).split() if _NAMED.fullmatch(text) is not None and text.isprintable() else []
    if (
        not words
        or words[-1] in _NUMBERED
        or words[0] in BOXES
        or any(word in BESIDE or word in UNITS or not word.isalpha() for word in words)
    ):
        return None
    return _street(words)


@lru_cache(maxsize=16_384)
def _parted(text: str, number: str) -> tuple[str, tuple[str, ...], str]:
    words = fold(_LETTER_APART.sub(r"\1", _RANGE.sub("", text.lower()))).split()
    house = fold(_LETTER_APART.sub(r"\1", _RANGE.sub("", number.lower()))).replace(" ", "")
    for n, word in enumerate(words[1:], 1):
        if word in BESIDE and n > 1:
            words = words[:n]
            break
    if words and words[0] in BOXES and words[-1].isalnum() and not words[-1].isalpha() and len(words) <= _LONGEST_BOX:
        return "", (), f"box {words[-1]}"[:_LONGEST_WORD]
    words, extra = _without_unit(words)
    if not house and words:
        if _NUMBER.match(words[0]) and len(words) > 1:
            house = words.pop(0)
        else:
            for n in range(len(words) - 1, 0, -1):
                if _NUMBER.match(words[n]) and words[n - 1] not in _NUMBERED:
                    house = words[n]
                    extra = " ".join([*words[n + 1 :], extra]).strip()
                    words = words[:n]
                    break
    return house[:8], _street(words), extra[:_LONGEST_WORD]


def _street(words: list[str]) -> tuple[str, ...]:
    plain = [_street_word(word) for word in words]
    kept = [word for word in plain if word not in STREET_TYPES and word not in STREET_SIDES]
    return tuple([word[:_LONGEST_WORD] for word in (kept or plain)[:_MOST_WORDS]])


def _without_unit(words: list[str]) -> tuple[list[str], str]:
    for n, word in enumerate(words):
        if n and word in UNITS and n + 1 < len(words) and len(words[n + 1]) <= 5:
            return words[:n] + words[n + 2 :], words[n + 1]
    return words, ""


def _street_word(word: str) -> str:
    if not word[0].isalpha() and (match := _ORDINAL.match(word)) is not None:
        return match[1]
    if word.endswith(_STREET_ENDS):
        for end, short in STREET_ENDS.items():
            if word.endswith(end) and len(word) > len(end) + 1:
                return word[: -len(end)] + short
    return ORDINALS.get(word, word)


@lru_cache(maxsize=16_384)
def city_of(text: str) -> str:
    """`St. Louis` → `saint louis`, `W. Hollywood` → `west hollywood`."""
    return " ".join([WRITTEN_OUT_PLACES.get(word, word) for word in fold.__wrapped__(text).split()])


def second_line(text: str) -> str:
    """What the second line of an address says, as one text."""
    words = fold(text).split()
    return " ".join([word for word in words if word not in UNITS] or words)[:40]


def mailbox(email: str) -> tuple[str, str]:
    """Local part and domain as the provider delivers them: `A.Keller+shop@Googlemail.com` → (`akeller`, `gmail.com`).

    Gmail ignores dots; behind a plus stands a tag that the owner chose, at Yahoo behind a minus.
    """
    if "@" not in email:
        return "", ""
    local, _, domain = email.strip().lower().rpartition("@")
    if not local or not domain:
        return "", ""
    if "+" in local:
        local = local.partition("+")[0] or local
    if domain in GMAIL:
        local, domain = local.replace(".", "") or local, "gmail.com"
    elif domain in MINUS_TAGS:
        local = local.partition("-")[0] or local
    return local[:64], domain[:80]


def site_of(url: str) -> str:
    """The domain of a company's own site, `https://www.brenk.de/kontakt` → `brenk.de`; none where anybody's is (facebook.com)."""
    host = url.strip().lower().rpartition("//")[2].partition("/")[0].partition(":")[0].removeprefix("www.")
    if "." not in host or "@" in host or " " in host or ".".join(host.split(".")[-2:]) in HOSTS:
        return ""
    return host[:80]


def digits_of(phone: str) -> str:
    """Digits of a phone, without what is dialled before it; empty where they are too few to tell anybody."""
    if phone[:1] == "+" and phone[1:].isdecimal() and phone.isascii() and 6 < len(phone) <= 16:
        return phone[1:]
    digits = "".join([char for char in _EXTENSION.split(phone, maxsplit=1)[0] if char in "0123456789"])[:15]
    if not phone.lstrip().startswith("+"):
        digits = digits.lstrip("0")
    return digits if len(digits) >= 6 else ""


def postcode_of(text: str) -> str:
    """`SW1A 1AA` → `sw1a1aa`, `60622-1234` → `60622`."""
    if text.isalnum() and text.isascii():
        return text.lower()[:10]
    if "-" in text and (match := _ZIP_PLUS.match(text)) is not None:
        return match[1]
    bare = text.replace(" ", "").replace("-", "")
    if bare.isalnum() and bare.isascii():
        return bare.lower()[:10]
    return "".join([char for char in text.lower() if char.isalnum() and char.isascii()])[:10]


def birth_of(text: str, country: str = "") -> str:
    """`yyyymmdd` of a date in ISO order with or without signs, day first, or with its month in words; month first where it cannot
    be otherwise, or in `us`. Empty where it is none, or a day that stands for one not known. Digits alone stay as they are, also
    one too few or too many: that is a typing error, and is compared as one."""
    text = text.strip()
    if text.isdecimal() and text.isascii():
        return text if 6 < len(text) < 10 and text not in _NO_DAY else ""
    if (match := _DATE.match(text)) is not None:
        found = f"{match[1]}{int(match[2]):02d}{int(match[3]):02d}"
    elif (match := _DATE_DAY_FIRST.match(text)) is not None:
        day, month = int(match[1]), int(match[2])
        if day <= _MONTHS and (month > _MONTHS or (country == "us" and "/" in text)):
            day, month = month, day
        found = f"{match[3]}{month:02d}{day:02d}"
    else:
        found = _in_words(fold(text).split())
    return "" if found in _NO_DAY else found


def _in_words(words: list[str]) -> str:
    """Of `24 feb 2025`, `may 12 1955`."""
    if len(words) != 3:
        return ""
    if words[0].isalpha():
        words = [words[1], words[0], words[2]]
    day, month, year = words[0].rstrip("sthnrd"), MONTHS.get(words[1][:4]) or MONTHS.get(words[1][:3]), words[2]
    return f"{year}{month:02d}{int(day):02d}" if month and day.isdecimal() and year.isdecimal() and len(year) == 4 else ""
