"""The garbage catalogue: records that can never be processed, each with the reason it must be dead-lettered with.

What only looks like garbage and must survive stands in `HARMLESS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from app.embedded.simulator.shapes.submission import Encode
from app.pipeline.fate import DeadLetterReason

Format = Literal["json", "form", "csv", "avro"]

OVERSIZED_BYTES = 5_000_000
_HUGE = 1 << 40  # a length or count that no record has
_UNKNOWN_ID = 0x7FFF_FFF0


@dataclass(frozen=True, slots=True)
class Poison:
    """One item.

    Attributes:
        name: What it is, unique per format.
        reason: What its dead letter must say.
        make: The value from a seed (so that no two are the same bytes, where that is possible) and an Avro encoder.
        key: False: it comes without a key as well.
        rare: Big: sent seldom.
    """

    format: Format
    name: str
    reason: DeadLetterReason
    make: Callable[[int, Encode], bytes | None]
    key: bool = True
    rare: bool = False


def _fixed(value: bytes | None) -> Callable[[int, Encode], bytes | None]:
    return lambda seed, encode: value


def _text(template: str) -> Callable[[int, Encode], bytes | None]:
    """The template with `@` replaced by digits that differ each time."""
    return lambda seed, encode: template.replace("@", str(seed)).encode()


def _anywhere(format_: Format, filler: bytes) -> tuple[Poison, ...]:
    """What is garbage in every format."""
    return (
        Poison(format_, "null value", "null_value", _fixed(None)),
        Poison(format_, "null key and value", "null_value", _fixed(None), key=False),
        Poison(format_, "empty value", "empty_value", _fixed(b"")),
        Poison(format_, "5 MB", "oversized", lambda seed, encode: filler + b"x" * OVERSIZED_BYTES, rare=True),
    )


_JSON = (
    *_anywhere("json", b'{"id": "'),
    Poison("json", "not JSON", "invalid_json", _text("<html><body>502 Bad Gateway @</body></html>")),
    Poison("json", "truncated", "invalid_json", _text('{"id": "@", "email": "someone@')),
    Poison("json", "single quotes", "invalid_json", _text("{'id': '@'}")),
    Poison("json", "not UTF-8", "not_utf8", lambda seed, encode: f'{{"id": "{seed}", "name": "J'.encode() + b'\xfcrgen"}'),
    Poison("json", "10,000 deep", "too_deep", _fixed(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)),
    Poison("json", "NaN", "number_out_of_range", _text('{"id": "@", "total_price": NaN}')),
    Poison("json", "Infinity", "number_out_of_range", _text('{"id": "@", "total_price": -Infinity}')),
    Poison("json", "1e999", "number_out_of_range", _text('{"id": "@", "total_price": 1e999}')),
    Poison("json", "above 64 bits", "number_out_of_range", _text('{"id": 9@0000000000000000000000000, "email": null}')),
    Poison("json", "5,000 digits", "number_out_of_range", _fixed(b'{"id": ' + b"7" * 5_000 + b"}")),
    Poison("json", "a list", "not_an_object", _text('[{"id": "@"}, {"id": "@b"}]')),
    Poison("json", "a text", "not_an_object", _text('"lead @"')),
    Poison("json", "a number", "not_an_object", _text("@")),
    Poison("json", "null", "not_an_object", _fixed(b"null")),
    Poison("json", "empty object", "empty_lead", _fixed(b"{}")),
)

_FORM = (
    *_anywhere("form", b"message="),
    Poison("form", "not UTF-8", "not_utf8", lambda seed, encode: f"submission_id={seed}&name=J".encode() + b"\xfcrgen"),
    Poison("form", "no pairs", "invalid_form", _text("Internal Server Error @")),
)

_CSV = (
    *_anywhere("csv", b"1;"),
    Poison("csv", "too few columns", "invalid_csv", _text("VP-@;01.02.2026 10:00;;Anna")),
    Poison("csv", "too many columns", "invalid_csv", _text("VP-@" + ";x" * 40)),
    Poison("csv", "another delimiter", "invalid_csv", _text("VP-@,01.02.2026 10:00,,Anna,Keller")),
    Poison(
        "csv", "not UTF-8", "not_utf8", lambda seed, encode: f"VP-{seed};01.02.2026 10:00;;J".encode() + b"\xfcrgen" + b";" * 12
    ),
)


def _lead(seed: int, encode: Encode) -> bytes:
    """A valid partner lead, to be spoilt."""
    return encode(
        "partner_lead", {"inquiry_id": f"bad-{seed}", "captured_at": 1_760_000_000_000, "contact_email": "nobody@partner.example"}
    )


def _head(encode: Encode) -> bytes:
    """Magic byte and schema id of a partner lead."""
    return _lead(0, encode)[:5]


def _varint(number: int) -> bytes:
    """A non-negative Avro long."""
    number, out = number << 1, bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def _unknown(body: bytes) -> Callable[[int, Encode], bytes | None]:
    return lambda seed, encode: b"\0" + (_UNKNOWN_ID + seed % 8).to_bytes(4, "big") + body


def _other_record(seed: int, encode: Encode) -> bytes:
    spend = {"source": "partner-avro", "period_start": seed, "period_end": seed + 1, "amount": 1.0, "currency": "EUR"}
    return encode("spend", spend)


def _array_bomb(seed: int, encode: Encode) -> bytes:
    """partner_lead up to product_codes (id, time, ten nulls), of which there are 2^40."""
    return _head(encode) + b"\x02x" + _varint(seed) + b"\0" * 10 + b"\x02" + _varint(_HUGE)


def _nan(seed: int, encode: Encode) -> bytes:
    return encode("partner_lead", {"inquiry_id": f"bad-{seed}", "captured_at": 0, "budget_amount": float("nan")})


_AVRO = (
    *_anywhere("avro", b"\0\0\0\0\x0a"),
    Poison("avro", "JSON instead", "no_magic_byte", _text('{"inquiry_id": "@"}')),
    Poison("avro", "cut in the header", "no_magic_byte", _fixed(b"\0\0\0")),
    Poison("avro", "unknown schema id", "unknown_schema_id", _unknown(b"\x02x\x00")),
    Poison("avro", "bomb under an unknown id", "unknown_schema_id", _unknown(_varint(_HUGE))),
    Poison("avro", "another record", "wrong_schema", _other_record),
    Poison("avro", "truncated", "invalid_avro", lambda seed, encode: _lead(seed, encode)[:-9]),
    Poison("avro", "header alone", "invalid_avro", lambda seed, encode: _head(encode)),
    Poison("avro", "trailing bytes", "invalid_avro", lambda seed, encode: _lead(seed, encode) + b"\0garbage"),
    Poison("avro", "string of 2^40", "avro_bomb", lambda seed, encode: _head(encode) + _varint(_HUGE)),
    Poison("avro", "array of 2^40", "avro_bomb", _array_bomb),
    Poison("avro", "NaN", "number_out_of_range", _nan),
)

CATALOGUE: dict[Format, tuple[Poison, ...]] = {"json": _JSON, "form": _FORM, "csv": _CSV, "avro": _AVRO}

# Valid, however it looks: an integer above 2^53 must arrive exactly; so must a name that holds a NUL, and a repeated key.
HARMLESS: tuple[tuple[str, bytes], ...] = (
    ("integer above 2^53", b'{"id": 9007199254740993, "email": "big.number1@brenk-foods.de"}'),
    ("largest integer of 64 bits", b'{"id": 9223372036854775807, "email": "big.number2@brenk-foods.de"}'),
    ("NUL in a text", b'{"id": 11, "email": "nul.byte3@brenk-foods.de", "first_name": "An\\u0000na"}'),
    ("a key twice", b'{"id": 12, "id": 12, "email": "twice.named4@brenk-foods.de"}'),
    ("surrogate pair", b'{"id": 13, "email": "smile.face5@brenk-foods.de", "first_name": "\\ud83d\\ude00"}'),
)


class Deck:
    """Deals the catalogue's items in shuffled rounds, so that every kind comes up soon; the big ones in every 20th round only."""

    def __init__(self, rng: Random) -> None:
        self._rng, self._left, self._rounds = rng, dict[Format, list[Poison]](), dict[Format, int]()

    def deal(self, format_: Format) -> Poison:
        """The next item for a source of this format."""
        left = self._left.get(format_)
        if not left:
            played = self._rounds.get(format_, 0)
            self._rounds[format_] = played + 1
            left = [item for item in CATALOGUE[format_] if played % 20 == 0 or not item.rare]
            self._rng.shuffle(left)
            self._left[format_] = left
        return left.pop()
