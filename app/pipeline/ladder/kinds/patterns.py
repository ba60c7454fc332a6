"""The patterns that kinds of texts with digits are told by. Each group's name is the kind."""

from __future__ import annotations

import re

_ISO = (
    r"(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])(?:[-/.](?:[0-2]?\d|3[01]))?"
    r"(?:(?:T|[ ]{1,2}|,[ ])(?:上午|下午|午前|午後|오전|오후)?[ ]?\d{1,2}:\d\d.{0,40})?|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|"
    r"3[01])T\d{4,6}.{0,8}"
)
_LOOSE = (
    r"[0-3]?\d(?P<mark>[./-])(?:[0-2]?\d|3[01])(?P=mark)(?:19|20)?\d\d"
    r"(?:(?:[ ]|,[ ]?|[ ](?:at|um|à|ore|alle ore|alle|às|a las|kl\.?|om|o|в|о|saat)[ ]|T)[0-2]?\d[:.h]\d\d.{0,16})?"
)
_LOGGED = r"\d{1,2}/[A-Za-z]{3}/(?:19|20)\d\d:\d\d:\d\d.{0,12}"
_CLOCK = r"[0-2]?\d:[0-5]\d(?::[0-5]\d)?(?:[ ]?[AaPp]\.?[Mm]\.?)?(?:[ ]Uhr)?"
ASIAN = re.compile(
    r"(?:(?:19|20)\d\d|(?:令和|平成)[ ]?\d{1,2})[ ]?[年년][ ]?\d{1,2}[ ]?[月월](?:[ ]?\d{1,2}[ ]?[日号일])?.{0,20}"
)
WORDY = re.compile(r"(?:\w{2,12}\.?,?[ ])?(?:\d{1,2}(?:st|nd|rd|th|er|\.|º)?[ ](?:de[ ])?([^\W\d]{3,12})\.?,?[ ]|"
                    r"([^\W\d]{3,12})\.?[ ]\d{1,2}(?:st|nd|rd|th)?,?[ ])(?:de[ ]|del[ ])?(?:19|20)\d\d.{0,40}")  # fmt: skip
HYPHENED = re.compile(r"\d{1,2}[-/. ]([^\W\d]{3,9})\.?[-/. ](?:19|20)?\d\d(?:[ ]\d{1,2}:\d\d.{0,12})?")
_IPV4 = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?::\d{1,5})?(?:/\d\d?)?(?:, ?[\d.:a-f]+)*"
IPV6 = re.compile(r"\[?[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?::\d+(?:\.\d+){3})?\]?(?:%\w+)?")
_NUMBER = (
    r"[+-]?(?:\d+[.,]\d+|[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?|"
    r"[1-9]\d{0,2}(?:['’]\d{3})+(?:\.\d+)?"
    r"|[1-9]\d?(?:[ ]\d{3}){1,2}(?:[.,]\d{1,2})?|[.,]\d+|\d+(?:\.\d+)?[eE][+-]?\d{1,3}|\d+(?:[.,]\d+)?[ ]?%)"
)
_POSTCODE = (
    r"\d{5}-\d{3}|\d{2}-\d{3}|〒? ?\d{3}-\d{4}|\d{5}-\d{4}|\d{4}-\d{3}|\d{3}[ ]\d{2}|0[1-9]\d{3}|[1-9]\d{3}[ ]?[A-Z]{2}|"
    r"(?:A|CH|L|B|DK|H|NO|AT|FL)-\d{4}|(?:D|DE|F|FR|I|E|ES|S|PL|CZ|SK|SI|HR|FI)-\d{5}|(?:SE|S|CZ|SK|"
    r"GR)-\d{3}[ ]?\d{2}|[1-9]\d{2}[ ]\d{3}|"
    r"(?:LV|LT|MD|AD|AZ)-?\d{3,5}|[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}|[A-Z]\d[A-Z][ ]?\d[A-Z]\d|"
    r"[A-Z]\d[\dW][ ]?[A-Z\d]{4}|GIR ?0AA|"
    r"[A-Z]\d{4}[A-Z]{3}|[a-z]{1,2}\d[a-z\d]?[ ]\d[a-z]{2}|[a-z]\d[a-z][ ]\d[a-z]\d"
)
PHONE = re.compile(
    r"(?:(?:tel|ph|phone|mob|mobile|fon|fax|cell|тел|т|tél|電話|电话)[.:]{1,2}[ ]?)?"
    r"([+＋]?[\d ()./\-–‑\xa0]{6,24}\d)(?:[ ]?(?:x|ext|доб|Durchwahl|-)[.:]?[ ]?\d{1,6})?(?:[ ]?\([^()\d]{2,20}\))?",
    re.IGNORECASE,
)
GROUPS = re.compile(r"\d+")
_MARK = (
    r"(?:[€£$¥₹₽₺₩₴₫₪฿₱₦₿￥]|US\$|R\$|A\$|C\$|CA\$|AU\$|HK\$|NT\$|S\$|Fr\.|Fr(?=[ ])|SFr\.?|zł|złotych|Kč|kr\.?|kroner|kronor|"
    r"руб\.?|рубл\w{1,3}|р\.|евро|грн|元|円|万元|万円|万|원|euros?|dollars?|eur|reais|pesos?|pounds?|francs?|franken|lei|forint)"
)
_AMOUNT = (
    r"\d[\d., '’\xa0\u202f]*(?:[ ]?(?:k|m|K|M|tsd|Tsd|mio|Mio|mil|тыс|тыс\.|тысяч|млн|миллион\w{0,3}|million(?:s|en|"
    r"es|i)?|milhões|"
    r"millones|万|萬|千)(?![^\W\d]))?\+?(?:,-|\.-)?"
)
_ABOUT = (
    r"(?:[<>≤≥~][ ]?|(?:up to|less than|more than|at least|around|about|approx\.?|from|over|under|max\.?|min\.?|unter|"
    r"bis|bis zu|ab|über|"
    r"mehr als|weniger als|mindestens|etwa|ca\.?|circa|rund|zwischen|between|hasta|desde|menos de|más de|mais de|até|"
    r"entre|moins de|plus de|"
    r"environ|jusqu'à|fino a|oltre|meno di|più di|tot|meer dan|do|od|ponad|до|от|около|более|менее|свыше|примерно)[ ])?"
)
_TO = r"(?:[ ]?[-–—~][ ]?|[ ](?:to|bis|à|a|y|e|et|und|and|до|do|i)[ ])"
MONEY = re.compile(
    rf"{_ABOUT}[+-]?(?:{_MARK}[ ]?[+-]?{_AMOUNT}(?:{_TO}(?:{_MARK}[ ]?)?{_AMOUNT})?(?:[ ]?{_MARK})?"
    rf"|{_AMOUNT}(?:{_MARK})?(?:{_TO}{_AMOUNT})?[ ]?(?:de )?{_MARK})\+?(?:[ ]?/[ ]?\w{{1,8}})?",
    re.IGNORECASE,
)
CODED = re.compile(
    rf"{_ABOUT}(?:([A-Z]{{3}})[ ]?[+-]?{_AMOUNT}|[+-]?{_AMOUNT}(?:{_TO}{_AMOUNT})?[ ]?([A-Z]{{3}}))(?:[ ]?/[ ]?\w{{1,8}})?"
)
_UUID = r"\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?"
UUID = re.compile(_UUID)
DOT_NET = re.compile(r"/Date\(-?\d{10,14}(?:[+-]\d{4})?\)/")
TOKEN = re.compile(r"#?[A-Za-z0-9_\-=.:/+~|]{4,}")
_REGISTERED = (  # tax, social security, card and bank account numbers
    r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}|\d{3}-\d{2}-\d{4}|(?:\d{4}[ -]){3}\d{4}|"
    r"[A-Z]{2}\d{2}(?:[ ][A-Z0-9]{4}){3,7}(?:[ ]\w{1,4})?"
)
SIZES = re.compile(r"[1-9]\d{2}-[1-9]\d{3}")  # 500-1000 employees
SHORT_WORDS = re.compile(r"[A-Za-z]+\d{1,2}|\d{1,2}[A-Za-z]+|\d{1,4}[-–]\d{1,4}|v?\d+(?:\.\d+){2,3}")

_IDENTIFIER = rf"{_UUID}|{_REGISTERED}"
DIGIT_FIRST = re.compile(
    rf"(?P<moment>{_ISO}|{_LOOSE}|{_CLOCK}|{_LOGGED})|(?P<number>{_NUMBER})|(?P<ip>{_IPV4})|(?P<postcode>{_POSTCODE})|"
    rf"(?P<identifier>{_IDENTIFIER})"
)
LETTER_FIRST = re.compile(rf"(?P<number>{_NUMBER})|(?P<postcode>{_POSTCODE})|(?P<identifier>{_IDENTIFIER})")
