"""Values that have broken parsers before, each of a kind that some stage looks closely at."""

from __future__ import annotations

from random import Random
from typing import Any, Final

HUGE: Final = (
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    2**64 - 1,
    -(2**63),
    10**18,
    0,
    -1,
    -0.0,
    1e308,
    1e-320,
    0.1 + 0.2,
    253402300800,
)
LITERALS: Final = (
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e999",
    b"-1e999",
    b"9" * 400,
    b"9" * 5_000,
    b"1." + b"0" * 500,
    b"0e0",
    b"-0",
    b"1E400",
    b"18446744073709551616",
    b"\\ud800",
    b"tRue",
    b"null",
)
CHARS: Final = (
    "\0",
    "\x7f",
    "\x85",
    "\u00a0",
    "\u00ad",
    "\u200b",
    "\u200d",
    "\u202e",
    "\u2028",
    "\ufeff",
    "\ufffd",
    "\uffff",
    "\U0001f600",
    "\U000e0041",
    "\u0301",
    "\u0345",
    "ß",
    "ŉ",
    "İ",
    "ı",
    "ﬁ",
    "Ⅷ",
    "²",
    "٣",
    "𝟗",
    "０",
    "＠",
    "．",
    "＋",
    "、",
    "\u1160",
    "\u3164",
    "ǰ",
    "ͅ",
    "K",
    "ſ",
    "½",
    "\r",
    "\n",
    "\t",
    "\v",
    "\x1c",
    "\u180e",
    "🇩🇪",
    "👨\u200d👩\u200d👧",
    "ü",
    "Ã¼",
    "â‚¬",
    "\u05d0",
    "\u0627",
)
TEXTS: Final = (
    "",
    " ",
    "null",
    "None",
    "undefined",
    "N/A",
    "-",
    "true",
    "0",
    "{}",
    "[]",
    "[object Object]",
    "%00",
    "%",
    "%s%n",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "'; DROP TABLE leads;--",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "@example.org",
    "a@",
    "a@b",
    "@@@@",
    "a@[127.0.0.1]",
    '"a b"@example.org',
    "a@xn--",
    "a@xn--a.xn--b",
    "a@" + "b." * 60 + "de",
    "ａ＠ｅｘａｍｐｌｅ．ｃｏｍ",
    "mailto:jo@example.org",
    "jo@example.org, eva@example.org",
    "Jo <jo@example.org>",
    "+",
    "++49",
    "+49 (0) 30 / 123",
    "00000000000000000",
    "+999999999999999",
    "tel:+1-202-555-0143;ext=9",
    "٠١٢٣٤٥٦٧٨٩",
    "1-800-FLOWERS",
    "9999-12-31T23:59:60Z",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "10000-01-01",
    "-0001-11-30",
    "2026-02-30",
    "31.02.2026",
    "2026-W53-7",
    "24:00",
    "1e400",
    "2026-01-01T00:00:00+99:99",
    "99999999999999999999",
    "253402300800000",
    "-62135596801",
    "1,234.56",
    "1.234,56",
    "1'234",
    "€ 1e9",
    "1_000",
    "٣٫١٤",
    "−5",
    "US$ 10-20k",
    "NaN",
    "inf",
    "-Infinity",
    "1/0",
    "0x1F",
    "IV",
    "DE",
    "Deutschland",
    "ZZ",
    "XX",
    "Türkiye",
    "COTE D'IVOIRE",
    "127.0.0.1",
    "::1",
    "::ffff:1.2.3.4%eth0",
    "1.2.3.4.5",
    "999.1.1.1",
    "http://",
    "http://[::1",
    "http://a@b:99999/?utm_source=x&utm_source=y",
    "javascript:1",
    "//x",
    "http://" + "a" * 300,
    "?utm_medium=%ff",
    "Dr. Dr. h.c. mult. Prof.",
    "O'Brien-MacDonald de la Cruz y Vega III",
    "MÜLLER",
    "j",
    "x" * 256,
    "Yes",
    "oui",
    "はい",
    "opt-out",
)
LONG: Final = (
    "a",
    "(",
    "@",
    ".",
    "-",
    "9",
    " ",
    "\n",
    "a@b.",
    "\u0301",
    "ß",
    "👨\u200d",
    "Ã",
    "'",
    "A b ",
    "1,",
    "<",
    "&",
    "=",
    ":\n",
    "+49 ",
    "aA",
    "\u200b",
    "name: x\n",
    "http://",
)
HEADERS: Final = (
    ("content-type", b"application/json"),
    ("Content-Type", b"application/x-www-form-urlencoded"),
    ("content_type", b"text/csv; charset=utf-16"),
    ("content-type", b"application/avro"),
    ("content-type", b"message/rfc822"),
    ("content-type", b"text/xml; charset=utf-7"),
    ("content-type", None),
    ("content-type", b"\xff\xfe" * 99),
    ("content-type", b'a/b; charset="' + b"x" * 999),
    ("Faust-Ag-ReplyTo", b"leads.routed.sales"),
    ("Faust-Ag-CorrelationId", b"1"),
    ("leadstream.replay_of", b"leads.inbound.web-form-0-1"),
    ("leadstream.replay_of", b"\xff"),
    ("leadstream.replay_of", None),
    ("leadstream.attempt", b"-1"),
    ("leadstream.attempt", b"9" * 4_400),
    ("leadstream.attempt", b"2"),
    ("leadstream.attempt", b"\xd9\xa3"),
    ("leadstream.attempt", b"1_0"),
    ("leadstream.key", b"forged"),
    ("leadstream.reason", b"forged"),
    ("leadstream.duplicate_of", b"ld_00000000000000000000"),
    ("leadstream.dedupe", b"unknown"),
    ("src", b"forged-0-0"),
    ("src", None),
    ("ce_id", b"forged"),
    ("ce_source", b"\xff"),
    ("ce_specversion", b"9"),
    ("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"),
    ("traceparent", b"x" * 100_000),
    ("traceparent", None),
    ("tracestate", b"a=" + b"b" * 300_000),
    ("tracestate", b"\0\r\n"),
    ("__connect.errors.topic", b"forged"),
    ("__connect.errors.exception.message", b"\xff\xfe"),
    ("", b""),
    ("\0", b"\0"),
    ("ключ", b"\xff"),
    ("x" * 5_000, b"y" * 50_000),
    ("__value_schema_id", b"\x01" + b"\0" * 16),
)
TIMES: Final = (
    0,
    -1,
    1,
    -(2**63),
    2**63 - 1,
    -62135596800001,
    4102444800000,
    253402300800000,
    32503680000000,
    1_772_438_400_000,
    1_772_438_400,
    86_400_000,
)


def text(chance: Random) -> str:
    """A text that means harm."""
    match chance.randrange(8):
        case 0 | 1 | 2:
            return chance.choice(TEXTS)
        case 3:
            return chance.choice(LONG) * chance.choice((1, 3, 50, 65, 200, 255, 1_001, 5_000))
        case 4:
            return "".join(chance.choices(CHARS, k=chance.randrange(1, 12)))
        case 5:
            return chance.choice(TEXTS) + chance.choice(CHARS) + chance.choice(TEXTS)
        case 6:
            return chance.choice(LONG) * chance.randrange(200) + chance.choice(TEXTS)
        case _:
            return chr(chance.choice((chance.randrange(0x20, 0xD800), chance.randrange(0xE000, 0x110000)))) * chance.randrange(
                1, 40
            )


def value(chance: Random, depth: int = 3) -> Any:
    """A JSON value that means harm."""
    match chance.randrange(12):
        case 0 | 1 | 2 | 3:
            return text(chance)
        case 4 | 5:
            return chance.choice(HUGE)
        case 6:
            return chance.choice((None, True, False, "", [], {}))
        case 7:
            return chance.uniform(-1e12, 1e12)
        case 8 if depth:
            return [value(chance, depth - 1) for _ in range(chance.randrange(5))]
        case 9 if depth:
            return {text(chance)[:60]: value(chance, depth - 1) for _ in range(chance.randrange(5))}
        case 10 if depth:
            nested: Any = value(chance, 0)
            for _ in range(chance.choice((2, 10, 61, 63, 64))):
                nested = [nested] if chance.random() < 0.5 else {"a": nested}
            return nested
        case _:
            return [chance.choice((None, 1, "x", {}, [], {"name": "email", "value": "a@b.de"}))] * chance.choice(
                (1, 2, 10, 300, 3_000)
            )


def headers(chance: Random) -> tuple[tuple[str, bytes | None], ...]:
    """None most of the time; else some, and seldom ten thousand."""
    if chance.random() < 0.7:
        return ()
    some = chance.choices(HEADERS, k=chance.randrange(1, 6))
    if chance.random() < 0.005:
        some = some * 2_000
    return tuple(some)


def key(chance: Random) -> bytes | None:
    """A record's key."""
    match chance.randrange(12):
        case 0:
            return b""
        case 1:
            return chance.randbytes(chance.randrange(40))
        case 2 if chance.random() < 0.02:
            return b"k" * chance.choice((1_000_000, 100_000))
        case 3 | 4:
            return text(chance).encode("utf-8", "replace")
        case _:
            return None if chance.random() < 0.5 else b"customer-1"


def timestamp(chance: Random) -> int:
    """When the record was made, as it says."""
    return chance.choice(TIMES) if chance.random() < 0.3 else 1_772_438_400_000 + chance.randrange(-(10**9), 10**9)
