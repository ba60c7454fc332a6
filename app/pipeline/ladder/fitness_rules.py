"""How well a value fits a field, where its kind alone does not settle it: a share in [0, 1] for any value. Nothing raises."""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
from typing import Any, Final

from app.pipeline.ladder.kinds.words import LANGUAGES, SALUTATIONS
from app.pipeline.validation.country import country_codes, country_key, country_names, is_currency

_LOOKED_AT: Final = 200
_SEVERAL_WORDS = re.compile(r"\s")
_LETTERS = re.compile(r"[^\W\d_]+(?:[ .'’,&/-]{1,2}[^\W\d_]+)*\.?")
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d{1,3}(?:\D|$))")
# What boxes for consent say. Plain parts of words, for a pattern of all of them takes ten times as long.
_AGREEMENT: Final = (
    "agree|accept|akzept|zustimm|zugestimmt|stimme zu|einverstanden|consent|einwillig|autoris|autoriz|acconsent|concord|acepto|"
    "aceito|conforme|d'accord|subscribe|granted|given|denied|declined|checked|соглас|принимаю|разреш|同意|接受|拒绝|동의|"
    "zgadzam|wyrażam|onay|kabul|akkoord|godkänn|samtyck|samtykk|souhlas|موافق"
).split("|")
_YES_OR_NO: Final = frozenset("yes ja oui sí sim да no nein non нет".split())
_WORD = re.compile(r"\w+")
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


_CHANNELS: Final = frozenset(
    """telegram whatsapp viber instagram facebook messenger wechat line vk vkontakte skype sms email e-mail mail phone call chat
    web website webchat webhook api form crm tiktok linkedin youtube google yandex direct push bot widget""".split()
)


def _text(value: Any) -> str:
    if type(value) is str:
        return value[:_LOOKED_AT].strip()
    if type(value) is int:
        return str(value) if -(10**30) < value < 10**30 else ""
    return str(int(value)) if type(value) is float and value.is_integer() and abs(value) < 1e15 else ""


def _digits(text: str) -> int:
    return len(_DIGIT.findall(text))


def mistyped_email(value: Any) -> float:
    return 0.5 if type(value) is str and value.count("@") == 1 and len(value) < _LOOKED_AT else 0.0


def offered(value: Any) -> float:
    """Of what somebody is interested in: a `service` is a channel, too."""
    return 0.4 if _text(value).casefold() in _CHANNELS else 1.0


def phone_digits(value: Any) -> float:
    length = len(_text(value).lstrip("-"))
    return 0.95 if 9 <= length <= 13 else 0.6 if 7 <= length <= 15 else 0.0


def phone_words(value: Any) -> float:
    text = _text(value)
    digits = _digits(text)
    return 0.6 if 6 <= digits <= 17 and digits * 5 >= 2 * len(text) else 0.0


def phone_epoch(value: Any) -> float:
    return 0.7 if len(_text(value)) == 10 else 0.3


def phone_postcode(value: Any) -> float:
    return 0.6 if 7 <= _digits(_text(value)) <= 8 else 0.0


def whole_name(value: Any) -> float:
    text = _text(value)
    if not _LETTERS.fullmatch(text):
        return 0.3 if text and not _DIGIT.search(text) and "_" not in text and len(text) <= 60 else 0.0
    words = text.count(" ") + 1
    return 0.85 if 2 <= words <= 5 else 0.6 if words == 1 else 0.1


def part_of_name(value: Any) -> float:
    text = _text(value)
    if text.casefold() in SALUTATIONS:
        return 0.0
    if not _LETTERS.fullmatch(text):
        return 0.2 if text and not _DIGIT.search(text) and "_" not in text and len(text) <= 40 else 0.0
    return 0.9 if text.count(" ") < 3 else 0.3


def namesake(value: Any) -> float:
    """People called as countries are (`Jordan`, `Malte`), and names of two letters (`Li`, `Jo`)."""
    text = _text(value)
    return 0.7 if len(text) <= 3 else 0.9 if text.isalpha() else 0.4


def place(value: Any) -> float:
    text = _text(value)
    if not text or "_" in text or text.casefold() in _STATUSES:
        return 0.0
    return 1.0 if len(text) <= 80 else 0.3


def region_words(value: Any) -> float:
    text = _text(value)
    if text.casefold() in _STATUSES or "_" in text or len(text) > 80:
        return 0.0
    return 0.75 if text.islower() and text.isascii() else 1.0


def region_code(value: Any) -> float:
    text = _text(value)
    return (
        1.0
        if text.isupper() and (len(text) <= 3 or _SUBDIVISION.fullmatch(text))
        else 0.7
        if len(text) == 2 or len(text) > 5
        else 0.0
    )


def postcode_digits(value: Any) -> float:
    length = len(_text(value))
    return 1.0 if 4 <= length <= 6 else 0.8 if 7 <= length <= 9 else 0.5 if length == 3 else 0.0


def postcode_words(value: Any) -> float:
    text = _text(value)
    return 0.8 if len(text) <= 12 and _DIGIT.search(text) else 0.0


def country_code(value: Any) -> float:
    """Of what reads as another thing at first: `Suomi` is a language, too."""
    text = _text(value)
    if country_key(text) in country_names():
        return 1.0
    return 0.9 if len(text) == 2 and text.upper() in country_codes() else 0.0


def country_words(value: Any) -> float:
    text = _text(value)
    return 0.5 if len(text) > 3 and _LETTERS.fullmatch(text) and text.casefold() not in _STATUSES else 0.0


def language_code(value: Any) -> float:
    text = _text(value)
    return 0.9 if len(text) == 2 and text.lower() in LANGUAGES else 0.0


def currency(value: Any) -> float:
    text = _text(value)
    return 1.0 if (len(text) == 3 and is_currency(text.upper())) or text.casefold() in _CURRENCY_WORDS else 0.0


def range(value: Any) -> float:
    return 0.9 if _DIGIT.search(_text(value)) else 0.3


def amount(value: Any) -> float:
    return 0.3 if _text(value).startswith("-") else 1.0


def count(value: Any) -> float:
    text = _text(value)
    return 1.0 if text.isdecimal() and len(text) <= 5 else 0.1


def line(value: Any) -> float:
    """A text that could stand on one line of an address or a card."""
    text = _text(value)
    return 0.9 if len(text) <= 80 and "\n" not in text else 0.3


def token(value: Any) -> float:
    """A word by itself is no identifier, unless it is long or written as no word is (`DHsCKv`)."""
    text = _text(value)
    if not text or _SEVERAL_WORDS.search(text):
        return 0.15
    return 0.9 if len(text) >= 16 or not text.isalpha() or not (text.islower() or text.isupper() or text.istitle()) else 0.4


def id_number(value: Any) -> float:
    text = _text(value)
    return 1.0 if text not in ("0", "-1", "") and text[0] != "-" else 0.1


def id_moment(value: Any) -> float:
    """`20260417` numbers orders as well as days."""
    return 0.9 if _text(value).isdigit() else 0.15


def click_token(value: Any) -> float:
    text = _text(value)
    return 0.9 if len(text) >= 12 and not _SEVERAL_WORDS.search(text) else 0.1


def agreed(value: Any) -> float:
    """`I agree`, `Ja, ich stimme zu`, `granted`."""
    return 1.0 if agrees(_text(value)) else 0.4


def agrees(text: str) -> bool:
    """Whether a text reads like what a box for consent says."""
    low = text[:_LOOKED_AT].lower()
    for part in _AGREEMENT:
        if part in low:
            return True
    words = _WORD.findall(low)
    return not _YES_OR_NO.isdisjoint(words) or ("opt" in low and any(word.startswith("opt") for word in words))


def zero_or_one(value: Any) -> float:
    return 1.0 if _text(value) in ("0", "1") else 0.0


def moment(value: Any) -> float:
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


def agent(value: Any) -> float:
    return 0.5 if "/" in _text(value) else 0.0
