"""How well values of each kind fit each lead field. A number where the kind settles it, a rule where the value must be looked at.

1: as expected. 0.9: well possible. 0.5: unusual. 0: cannot be. What is not listed cannot be.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.pipeline.ladder.kind_words import LANGUAGES, SALUTATIONS
from app.pipeline.ladder.leaf import Kind
from app.pipeline.validation.country import country_codes, is_currency

Fit = float | Callable[[Any], float]

_LOOKED_AT: Final = 200
_SEVERAL_WORDS = re.compile(r"\s")
_LETTERS = re.compile(r"[^\W\d_]+(?:[ .'’,&/-]{1,2}[^\W\d_]+)*\.?")
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d{1,3}(?:\D|$))")
_AGREEMENT = re.compile(
    r"(?:dis)?agree|accept|akzept|zustimm|zugestimmt|stimme zu|einverstanden|consent|einwillig|autori[sz]|acconsent|concord|acepto|"
    r"aceito|conforme|d'accord|\bopt|subscribe|granted|given|denied|declined|checked|соглас|принимаю|разреш|"
    r"同意|接受|拒绝|동의|zgadzam|wyrażam|onay|kabul|akkoord|godkänn|samtyck|samtykk|souhlas|موافق|\b(?:yes|ja|oui|sí|sim|да|no|nein|non|нет)\b",
    re.IGNORECASE,
)
_ANY_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_CURRENCY_WORDS: Final = frozenset(
    """€ $ £ ¥ ₹ ₽ zł kč kr r$ us$ a$ fr. chf euro euros eur dollar dollars us-dollar 元 人民币
    руб руб. рубль pound pounds""".split()
)
# What vendors' records say under `state`, `status`, `type`, and no region is called.
_STATUSES: Final = frozenset(
    """disabled enabled active inactive invited declined pending open closed new processing completed complete on-hold
    cancelled canceled refunded failed draft published archived deleted subscribed unsubscribed verified unverified paid
    unpaid accepted rejected success error running stopped started finished sent delivered bounced opened clicked
    qualified unqualified converted lead customer visitor contact user guest html text json xml email phone web form api
    customer_created valid invalid unknown default other""".split()
)


def _text(value: Any) -> str:
    if type(value) is str:
        return value[:_LOOKED_AT].strip()
    if type(value) is int:
        return str(value) if -(10**30) < value < 10**30 else ""
    return str(int(value)) if type(value) is float and value.is_integer() and abs(value) < 1e15 else ""


def _digits(text: str) -> int:
    return len(_DIGIT.findall(text))


def _mistyped_email(value: Any) -> float:
    return 0.5 if type(value) is str and value.count("@") == 1 and len(value) < _LOOKED_AT else 0.0


def _phone_digits(value: Any) -> float:
    length = len(_text(value).lstrip("-"))
    return 0.95 if 9 <= length <= 13 else 0.6 if 7 <= length <= 15 else 0.0


def _phone_words(value: Any) -> float:
    text = _text(value)
    digits = _digits(text)
    return 0.6 if 6 <= digits <= 17 and digits * 5 >= 2 * len(text) else 0.0


def _phone_epoch(value: Any) -> float:
    return 0.7 if len(_text(value)) == 10 else 0.3


def _phone_postcode(value: Any) -> float:
    return 0.6 if 7 <= _digits(_text(value)) <= 8 else 0.0


def _whole_name(value: Any) -> float:
    text = _text(value)
    if not _LETTERS.fullmatch(text):
        return 0.3 if text and not _DIGIT.search(text) and "_" not in text and len(text) <= 60 else 0.0
    words = text.count(" ") + 1
    return 0.85 if 2 <= words <= 5 else 0.6 if words == 1 else 0.1


def _part_of_name(value: Any) -> float:
    text = _text(value)
    if text.casefold() in SALUTATIONS:
        return 0.0
    if not _LETTERS.fullmatch(text):
        return 0.2 if text and not _DIGIT.search(text) and "_" not in text and len(text) <= 40 else 0.0
    return 0.9 if text.count(" ") < 3 else 0.3


def _namesake(value: Any) -> float:
    """People called as countries are (`Jordan`, `Malte`), and names of two letters (`Li`, `Jo`)."""
    text = _text(value)
    return 0.7 if len(text) <= 3 else 0.9 if text.isalpha() else 0.4


def _place(value: Any) -> float:
    text = _text(value)
    if not text or "_" in text or text.casefold() in _STATUSES:
        return 0.0
    return 1.0 if len(text) <= 80 else 0.3


def _region_words(value: Any) -> float:
    text = _text(value)
    if text.casefold() in _STATUSES or "_" in text or len(text) > 80:
        return 0.0
    return 0.75 if text.islower() and text.isascii() else 1.0


def _region_code(value: Any) -> float:
    text = _text(value)
    return (
        1.0
        if text.isupper() and (len(text) <= 3 or _SUBDIVISION.fullmatch(text))
        else 0.7
        if len(text) == 2 or len(text) > 5
        else 0.0
    )


def _postcode_digits(value: Any) -> float:
    length = len(_text(value))
    return 1.0 if 4 <= length <= 6 else 0.8 if 7 <= length <= 9 else 0.5 if length == 3 else 0.0


def _postcode_words(value: Any) -> float:
    text = _text(value)
    return 0.8 if len(text) <= 12 and _DIGIT.search(text) else 0.0


def _country_code(value: Any) -> float:
    text = _text(value)
    return 0.9 if len(text) == 2 and text.upper() in country_codes() else 0.0


def _country_words(value: Any) -> float:
    text = _text(value)
    return 0.5 if len(text) > 3 and _LETTERS.fullmatch(text) and text.casefold() not in _STATUSES else 0.0


def _language_code(value: Any) -> float:
    text = _text(value)
    return 0.9 if len(text) == 2 and text.lower() in LANGUAGES else 0.0


def _currency(value: Any) -> float:
    text = _text(value)
    return 1.0 if (len(text) == 3 and is_currency(text.upper())) or text.casefold() in _CURRENCY_WORDS else 0.0


def _range(value: Any) -> float:
    return 0.9 if _DIGIT.search(_text(value)) else 0.3


def _amount(value: Any) -> float:
    return 0.3 if _text(value).startswith("-") else 1.0


def _count(value: Any) -> float:
    text = _text(value)
    return 1.0 if text.isdecimal() and len(text) <= 5 else 0.1


def _line(value: Any) -> float:
    """A text that could stand on one line of an address or a card."""
    text = _text(value)
    return 0.9 if len(text) <= 80 and "\n" not in text else 0.3


def _token(value: Any) -> float:
    """A word by itself is no identifier, unless it is long or written as no word is (`DHsCKv`)."""
    text = _text(value)
    if not text or _SEVERAL_WORDS.search(text):
        return 0.15
    return 0.9 if len(text) >= 16 or not text.isalpha() or not (text.islower() or text.isupper() or text.istitle()) else 0.4


def _id_number(value: Any) -> float:
    text = _text(value)
    return 1.0 if text not in ("0", "-1", "") and text[0] != "-" else 0.1


def _click_token(value: Any) -> float:
    text = _text(value)
    return 0.9 if len(text) >= 12 and not _SEVERAL_WORDS.search(text) else 0.1


def _agreed(value: Any) -> float:
    """`I agree`, `Ja, ich stimme zu`, `granted`."""
    return 1.0 if _AGREEMENT.search(_text(value)) else 0.4


def _zero_or_one(value: Any) -> float:
    return 1.0 if _text(value) in ("0", "1") else 0.0


def _moment(value: Any) -> float:
    """A time of an event online: with a date, of this century. Earlier ones are birthdays and foundations."""
    if type(value) is not str:
        return 1.0
    text = value[:_LOOKED_AT]
    years = _YEAR.findall(text)
    if not years:
        compact = text.strip()[:8].isdecimal() and text.strip()[:4] >= "2005"
        return 0.9 if compact or _ANY_DATE.search(text) else 0.1
    year = int(years[0])
    return 1.0 if year >= 2005 and ":" in text else 0.9 if year >= 2005 else 0.1 if year >= 2000 else 0.02


def _agent(value: Any) -> float:
    return 0.5 if "/" in _text(value) else 0.0


_TOKENS: Final[Mapping[Kind, Fit]] = {
    Kind.IDENTIFIER: 1.0,
    Kind.INTEGER: _id_number,
    Kind.EPOCH: 1.0,
    Kind.WORDS: _token,
    Kind.NAME: _token,
    Kind.POSTCODE: 0.9,
    Kind.PHONE: 0.6,
    Kind.COUNTRY: 0.4,
    Kind.URL: 0.3,
    Kind.EMAIL: 0.15,
    Kind.MOMENT: 0.15,
    Kind.NUMBER: 0.15,
    Kind.LANGUAGE: 0.2,
}
_TAGS: Final[Mapping[Kind, Fit]] = {
    Kind.WORDS: 1.0,
    Kind.NAME: 1.0,
    Kind.IDENTIFIER: 1.0,
    Kind.INTEGER: 0.9,
    Kind.EPOCH: 0.8,
    Kind.COMPANY: 0.9,
    Kind.COUNTRY: 0.85,
    Kind.LANGUAGE: 0.8,
    Kind.TEXT: 0.8,
    Kind.POSTCODE: 0.6,
    Kind.MOMENT: 0.5,
    Kind.URL: 0.4,
    Kind.NUMBER: 0.3,
    Kind.MONEY: 0.3,
    Kind.PHONE: 0.2,
}
_PART_OF_NAME: Final[Mapping[Kind, Fit]] = {
    Kind.NAME: 1.0,
    Kind.WORDS: _part_of_name,
    Kind.COUNTRY: _namesake,
    Kind.LANGUAGE: _namesake,
    Kind.COMPANY: 0.2,
}
FITNESS: Final[Mapping[str, Mapping[Kind, Fit]]] = {
    "email": {Kind.EMAIL: 1.0, Kind.WORDS: _mistyped_email, Kind.IDENTIFIER: _mistyped_email, Kind.NAME: _mistyped_email},
    "phone": {
        Kind.PHONE: 1.0,
        Kind.INTEGER: _phone_digits,
        Kind.EPOCH: _phone_epoch,
        Kind.NUMBER: _phone_words,
        Kind.POSTCODE: _phone_postcode,
        Kind.IDENTIFIER: _phone_words,
        Kind.WORDS: _phone_words,
    },
    "full_name": {
        Kind.NAME: 1.0,
        Kind.WORDS: _whole_name,
        Kind.TEXT: _whole_name,
        Kind.COUNTRY: 0.5,
        Kind.COMPANY: 0.4,
        Kind.LANGUAGE: 0.2,
    },
    "first_name": _PART_OF_NAME,
    "last_name": _PART_OF_NAME,
    "company": {
        Kind.COMPANY: 1.0,
        Kind.NAME: 1.0,
        Kind.WORDS: _place,
        Kind.TEXT: _line,
        Kind.URL: 0.7,
        Kind.COUNTRY: 0.7,
        Kind.IDENTIFIER: 0.5,
        Kind.POSTCODE: 0.2,
        Kind.INTEGER: 0.05,
        Kind.LANGUAGE: 0.3,
    },
    "job_title": {Kind.WORDS: 1.0, Kind.NAME: 1.0, Kind.TEXT: _line, Kind.COMPANY: 0.5, Kind.COUNTRY: 0.5, Kind.IDENTIFIER: 0.2},
    "street": {
        Kind.WORDS: 1.0,
        Kind.NAME: 0.95,
        Kind.TEXT: _line,
        Kind.COMPANY: 0.6,
        Kind.IDENTIFIER: 0.5,
        Kind.MOMENT: 0.2,
        Kind.COUNTRY: 0.2,
        Kind.POSTCODE: 0.2,
    },
    "city": {
        Kind.NAME: 1.0,
        Kind.WORDS: _place,
        Kind.COUNTRY: 0.8,
        Kind.COMPANY: 0.4,
        Kind.LANGUAGE: 0.1,
        Kind.TEXT: 0.1,
    },
    "region": {
        Kind.NAME: 1.0,
        Kind.WORDS: _region_words,
        Kind.COUNTRY: _region_code,
        Kind.LANGUAGE: _region_code,
        Kind.BOOLEAN: _region_code,
        Kind.COMPANY: 0.2,
        Kind.INTEGER: 0.2,
    },
    "postcode": {
        Kind.POSTCODE: 1.0,
        Kind.INTEGER: _postcode_digits,
        Kind.NUMBER: _postcode_digits,
        Kind.WORDS: _postcode_words,
        Kind.IDENTIFIER: _postcode_words,
    },
    "country": {
        Kind.COUNTRY: 1.0,
        Kind.LANGUAGE: _country_code,
        Kind.BOOLEAN: _country_code,
        Kind.NAME: _country_words,
        Kind.WORDS: _country_words,
    },
    "language": {
        Kind.LANGUAGE: 1.0,
        Kind.COUNTRY: _language_code,
        Kind.BOOLEAN: _language_code,
        Kind.NAME: 0.4,
        Kind.WORDS: 0.3,
    },
    "message": {
        Kind.TEXT: 1.0,
        Kind.WORDS: 1.0,
        Kind.NAME: 0.9,
        Kind.COMPANY: 0.6,
        Kind.MONEY: 0.6,
        Kind.COUNTRY: 0.5,
        Kind.URL: 0.5,
        Kind.PHONE: 0.3,
        Kind.EMAIL: 0.3,
        Kind.MOMENT: 0.3,
        Kind.IDENTIFIER: 0.3,
        Kind.LANGUAGE: 0.3,
        Kind.INTEGER: 0.2,
        Kind.BOOLEAN: 0.15,
    },
    "interest": {
        Kind.WORDS: 1.0,
        Kind.NAME: 1.0,
        Kind.TEXT: 0.95,
        Kind.IDENTIFIER: 0.8,
        Kind.COMPANY: 0.7,
        Kind.URL: 0.5,
        Kind.COUNTRY: 0.5,
        Kind.INTEGER: 0.3,
        Kind.LANGUAGE: 0.3,
    },
    "budget": {
        Kind.MONEY: 1.0,
        Kind.INTEGER: _amount,
        Kind.NUMBER: _amount,
        Kind.WORDS: _range,
        Kind.POSTCODE: 0.7,
        Kind.IDENTIFIER: 0.6,
        Kind.TEXT: 0.4,
        Kind.EPOCH: 0.2,
        Kind.PHONE: 0.2,
    },
    "order_value": {Kind.MONEY: 1.0, Kind.NUMBER: _amount, Kind.INTEGER: _amount, Kind.EPOCH: 0.1},
    "orders_count": {Kind.INTEGER: _count, Kind.NUMBER: _count},
    "currency": {Kind.WORDS: _currency, Kind.COUNTRY: _currency, Kind.NAME: _currency, Kind.LANGUAGE: _currency},
    "page_url": {Kind.URL: 1.0},
    "referrer": {Kind.URL: 1.0, Kind.WORDS: 0.4, Kind.NAME: 0.4},
    "campaign": _TAGS,
    "utm_campaign": _TAGS,
    "utm_medium": {**_TAGS, Kind.INTEGER: 0.2, Kind.EPOCH: 0.1},
    "utm_source": {**_TAGS, Kind.URL: 0.95, Kind.INTEGER: 0.2, Kind.EPOCH: 0.1},
    "event_id": _TOKENS,
    "ad_id": _TOKENS,
    "form_id": _TOKENS,
    "visitor_id": _TOKENS,
    "customer_id": _TOKENS,
    "click_id": {Kind.IDENTIFIER: 1.0, Kind.WORDS: _click_token, Kind.NAME: _click_token, Kind.INTEGER: 0.3, Kind.EPOCH: 0.2},
    "ip": {Kind.IP: 1.0},
    "user_agent": {Kind.USER_AGENT: 1.0, Kind.TEXT: _agent, Kind.WORDS: _agent},
    "consent": {
        Kind.BOOLEAN: 1.0,
        Kind.INTEGER: _zero_or_one,
        Kind.WORDS: _agreed,
        Kind.NAME: _agreed,
        Kind.TEXT: _agreed,
        Kind.MOMENT: 0.1,
    },
    "is_test": {Kind.BOOLEAN: 1.0, Kind.INTEGER: _zero_or_one},
    "occurred_at": {Kind.MOMENT: _moment, Kind.EPOCH: 1.0},
}
