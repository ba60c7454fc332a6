"""What a value looks like, by itself: its kind. Total, and bounded in time for a value of any size.

What is ambiguous gets its most ordinary kind, and `recogniser.fits` knows what else it may be: five digits are an integer and a
postcode, `CA` a country and a region, `Jordan` a country and a name, eleven digits an integer and a Chinese mobile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from unicodedata import is_normalized, normalize
from uuid import UUID

from app.pipeline.ladder.kinds import patterns
from app.pipeline.ladder.kinds.numbers import EPOCHS, LONGEST_COUNT, is_epoch, of_digits, of_numeric
from app.pipeline.ladder.kinds.people import is_company, is_name, is_plain_name, is_street
from app.pipeline.ladder.kinds.words import BOOLEANS, LANGUAGE_NAMES, LANGUAGES, PLACEHOLDERS, SALUTATIONS
from app.pipeline.ladder.leaf import Kind
from app.pipeline.validation.country import country_codes, country_key, country_names
from app.pipeline.validation.placeholder import NOT_FREE, NOT_NAMES, SUSPECTS, is_placeholder
from app.pipeline.validation.text import plain

LOOKED_AT: Final = 512  # characters of a text; what stands behind them changes nothing
_LONG: Final = 200  # a text beyond it is an address of a page, a browser's name, a token or prose
_SHORT: Final = 64  # the longest text that can be a country, a company, a name, a number
_MANY_WORDS: Final = 8
_MANY_IDEOGRAMS: Final = 18

_EMAIL = re.compile(
    r"(?:mailto:|[^<>@]{0,80}<)?[^\s@<>()\",;:/]{1,64}@(?:[^\s@<>/,;:.]{1,63}[.,]){1,8}"
    r"[^\s@<>/,;:.\d]{2,24}>?",
    re.IGNORECASE,
)
_BARE_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}", re.ASCII)  # as most are written
_SCHEME = re.compile(r"(?:https?|ftp|android-app|ios-app)://\S+|www\.\S+\.\S+", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|urn:)\S+", re.IGNORECASE)
_HOST = re.compile(
    r"(?:[a-z0-9-]{1,63}\.){1,4}(?:com|net|org|info|biz|shop|store|app|dev|io|co|eu|de|at|ch|fr|es|it|nl|be|uk|ie|pt|pl|cz|se|no|dk|fi|ru|"
    r"ua|cn|jp|kr|br|mx|ar|us|ca|au|nz|in|za|tr|gr|hu|ro|рф|中国)(?::\d+)?(?:[/?#]\S*)?",
    re.IGNORECASE,
)
_PAGE_PATH = re.compile(r"/[\w~.%-]*(?:/[\w~.%-]*)*(?:[?#]\S*)?")
_AGENT = re.compile(
    r"(?:Mozilla|Opera|Dalvik|curl|Wget|okhttp|python-requests|PostmanRuntime|Java|Go-http-client|axios|"
    r"[A-Za-z]{3,20}(?=/\d+\.\d))/\d[\w.]*(?:[ ].*|$)",
    re.DOTALL,
)
_LOCALE = re.compile(r"([A-Za-z]{2})(?:[-_](?:[A-Z]{2}|[A-Z][a-z]{3}|419)){1,2}(?:\.UTF-8)?|([a-z]{2})-[a-z]{2}")
_ACCEPTED = re.compile(
    r"[a-z]{2}(?:-[A-Za-z]{2,4})?(?:;q=[01](?:\.\d+)?)?"
    r"(?:, ?(?:[a-z]{2}(?:-[A-Za-z]{2,4})?|\*)(?:;q=[01](?:\.\d+)?)?)+"
)
_BLANK_FORM = re.compile(
    r"<[^<>@]{1,40}>|\{\{.{0,60}\}\}|\$\{.{0,60}\}|%%?\w{1,40}%%?|\[\[?[\w .-]{1,40}\]?\]|_{2,}|"
    r"(?:REPLACE|YOUR|INSERT|ENTER)_[A-Z_]+|[xX]{3,}|[*]{3,}|[.]{2,}|[-—–]+"
)  # fmt: skip
_NUMERIC: Final = frozenset("0123456789+(")
_BLANK_STARTS: Final = frozenset("<{$%[_RYIExX*.-—–")
_DIGIT = re.compile(r"\d")
_UUID_LENGTH: Final = 36
_PROSE_MARKS = frozenset(".!?。！？;；")
_KNOWN: Final[Mapping[str, Kind]] = {  # whole texts, casefolded; the last says what a text is
    text.casefold(): kind
    for texts, kind in (
        (filter(str.isascii, NOT_FREE), Kind.PLACEHOLDER),
        (LANGUAGE_NAMES, Kind.LANGUAGE),
        (SALUTATIONS - LANGUAGES, Kind.WORDS),
        (NOT_NAMES | PLACEHOLDERS, Kind.PLACEHOLDER),
        (BOOLEANS, Kind.BOOLEAN),
    )
    for text in texts
}


def kind_of(value: Any) -> Kind:
    """The kind of any value. Never raises."""
    kind = type(value)
    if kind is str:
        return _of_text(value)
    if kind is bool:
        return Kind.BOOLEAN
    if kind is int:
        return _of_integer(value)
    if kind is float:
        return Kind.EPOCH if EPOCHS[0][0] <= value < EPOCHS[0][1] else Kind.NUMBER if isfinite(value) else Kind.PLACEHOLDER
    return _of_other(value)


def _of_integer(value: int) -> Kind:
    if -9999 < value < EPOCHS[0][0]:
        return Kind.INTEGER
    if is_epoch(value):
        return Kind.EPOCH
    return Kind.INTEGER if abs(value) < 10**LONGEST_COUNT else Kind.IDENTIFIER


def _of_other(value: Any) -> Kind:
    match value:
        case None:
            return Kind.PLACEHOLDER
        case Decimal():
            return Kind.NUMBER if value.is_finite() else Kind.PLACEHOLDER
        case date() | time():
            return Kind.MOMENT
        case UUID():
            return Kind.IDENTIFIER
        case bytes():
            return _of_text(value[:LOOKED_AT].decode("utf-8", "replace"))
        case str():
            return _of_text(str(value))
        case int():
            return _of_integer(int(value))
        case _:
            return Kind.TEXT


def _of_text(text: str) -> Kind:
    if len(text) > _LONG:
        return _of_long(text)
    if not text.isascii() or not text.isprintable():
        text = tidy(text)
    text = text.strip()
    if not text:
        return Kind.PLACEHOLDER
    if "@" in text and (_BARE_EMAIL.fullmatch(text) or _EMAIL.fullmatch(text)):
        return Kind.EMAIL
    if len(text) > _SHORT and len(text.split()) > _MANY_WORDS:
        return _of_prose(text)
    if len(text) == _UUID_LENGTH and text[8] == "-" and patterns.UUID.fullmatch(text):
        return Kind.IDENTIFIER
    if text[0] in _NUMERIC:
        if text.isdecimal():
            return of_digits(text)
        if len(text) <= _SHORT and not (text[-1].isalpha() and is_street(text)) and (numeric := of_numeric(text)) is not None:
            return numeric
    low = text.casefold()
    if (known := _KNOWN.get(low)) is not None:
        return known
    if text[0] in "{/" and (patterns.UUID.fullmatch(text) or patterns.DOT_NET.fullmatch(text)):
        return Kind.IDENTIFIER if text[0] == "{" else Kind.MOMENT
    if (not text.isascii() or text[0] in SUSPECTS or text[-1] in SUSPECTS) and is_placeholder(text):  # the plain ones are known
        return Kind.PLACEHOLDER
    if text.replace(" ", "").isalpha():
        return _of_letters(text, low)
    return _of_mixed(text, low)


def _of_prose(text: str) -> Kind:
    """Of more words and letters than anything has but texts, what browsers send, and what stands for nothing."""
    if is_placeholder(text):
        return Kind.PLACEHOLDER
    if "/" in text and text[0].isalpha() and "\n" not in text and _AGENT.fullmatch(text):
        return Kind.USER_AGENT
    return Kind.LANGUAGE if "," in text and "\n" not in text and _ACCEPTED.fullmatch(text) else Kind.TEXT


def _of_letters(text: str, low: str) -> Kind:
    if len(text) <= 3 and text.isascii():
        return _of_code(text, low)
    if len(text) > _SHORT:
        return _of_words(text)
    if (low.replace(" ", "") if text.isascii() else country_key(text)) in country_names():
        return Kind.COUNTRY
    return Kind.NAME if is_plain_name(text, low) else _of_words(text)


def _of_mixed(text: str, low: str) -> Kind:
    if "\n" in text:
        return Kind.TEXT
    if text[0] in _BLANK_STARTS and _BLANK_FORM.fullmatch(text):
        return Kind.PLACEHOLDER
    if (address := _of_address(text)) is not None:
        return address
    if len(text) <= _SHORT:
        digits = _DIGIT.search(text) is not None
        telling = digits and text[0] not in _NUMERIC and text.count(" ") < _MANY_WORDS and not is_street(text)
        if telling and (numeric := of_numeric(text)) is not None:
            return numeric
        if _LOCALE.fullmatch(text) and low[:2] in LANGUAGES:
            return Kind.LANGUAGE
        if not digits and country_key(text) in country_names():
            return Kind.COUNTRY
    if "," in text and _ACCEPTED.fullmatch(text):
        return Kind.LANGUAGE
    return _of_words(text)


def _of_code(text: str, low: str) -> Kind:
    """Two or three letters: in capitals a country rather than a language, in small letters a language."""
    if text.isupper() and (low.upper() in country_codes() or (len(text) == 3 and low in country_names())):
        return Kind.COUNTRY
    if len(text) == 2 and low in LANGUAGES and not text[0].isupper():
        return Kind.LANGUAGE
    if text in ("UK", "USA"):
        return Kind.COUNTRY
    return Kind.NAME if text.istitle() and is_name(text, [text]) else Kind.WORDS


def _of_address(text: str) -> Kind | None:
    """Pages, machines' names for things, browsers."""
    if "://" in text or text[:4] in ("www.", "WWW.", "urn:"):
        if _SCHEME.fullmatch(text):
            return Kind.URL
        if _OTHER_SCHEME.fullmatch(text):
            return Kind.IDENTIFIER
    if "/" in text:
        if text[0] == "/" and _PAGE_PATH.fullmatch(text):
            return Kind.URL
        if text[0].isalpha() and _AGENT.fullmatch(text):
            return Kind.USER_AGENT
    if "." in text and " " not in text and _HOST.fullmatch(text) and not text[:1].isdecimal():
        return Kind.URL
    return None


def _of_words(text: str) -> Kind:
    words = text.split()
    if len(text) <= 2 * _SHORT and len(words) <= _MANY_WORDS and is_company(text, words):
        return Kind.COMPANY
    if len(text) <= _SHORT and is_name(text, words):
        return Kind.NAME
    if len(words) > _MANY_WORDS or len(text) > 100 or (len(words) >= 4 and text[-1] in _PROSE_MARKS):
        return Kind.TEXT
    if not text.isascii() and len(text) > 8 and len(words) == 1 and (len(text) > _MANY_IDEOGRAMS or text[-1] in _PROSE_MARKS):
        return Kind.TEXT
    return Kind.WORDS


def _of_long(text: str) -> Kind:
    head = text[:LOOKED_AT].strip()
    if not head:
        head = text.strip()[:LOOKED_AT]
        if not head:
            return Kind.PLACEHOLDER
    if head.startswith("Mozilla/") or (_AGENT.match(head) and "(" in head[:120]):
        return Kind.USER_AGENT
    if any(map(str.isspace, head)) or not head.isascii():
        return Kind.LANGUAGE if len(head) < LOOKED_AT and _ACCEPTED.fullmatch(head) else Kind.TEXT
    return Kind.URL if _SCHEME.match(head) or (head[0] == "/" and "?" in head) else Kind.IDENTIFIER


def tidy(text: str) -> str:
    """Without invisible characters; full-width letters and digits as ordinary ones."""
    if not text.isprintable():
        text = plain(text, lines=True)
    return text if is_normalized("NFKC", text) else normalize("NFKC", text)
