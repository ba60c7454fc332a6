"""Identifiers in bytes that nobody could read as a lead: dead letters. Pure.

Found are e-mail addresses and phone numbers as they are written in texts of any format, with the escapes of JSON, URLs and HTML
taken away; of other ids, every word is asked for. What is too much is found, and compared; what is written otherwise (encrypted,
compressed, in another alphabet of bytes) is not.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from typing import Final
from urllib.parse import unquote_plus

MOST: Final = 5_000  # candidates of one record
_APART: Final = r"\x00-\x20\x7f-\xa0\ufffd\s\"'<>(),;:&=\\\[\]{}@"  # what an address does not hold, and texts put around it
_MAIL: Final = re.compile(rf"[^{_APART}]{{1,64}}@[^{_APART}/?#]{{1,190}}\.[^{_APART}/?#.\d]{{2,24}}")
_PHONE: Final = re.compile(r"(?<![\w.])\+?\(?\d[\d\s().\-/\u00a0\u2011]{5,22}\d(?![\w])")
_WORD: Final = re.compile(r"[\w.:~\-]{4,128}")
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_PLAIN: Final = 9  # bytes below stand in no text
_DIGITS: Final = re.compile(r"\d")
_FEWEST, _LONGEST = 7, 15  # digits of a phone number (ITU-T E.164)


def candidates_in(raw: bytes, kinds: Collection[str]) -> Iterator[tuple[str, str]]:
    """(kind, text) of all that could be one, in every reading of the bytes.

    Args:
        kinds: What is looked for.
    """
    seen, texts = set[tuple[str, str]](), dict.fromkeys(_texts(raw))
    binary = any(byte < _PLAIN for byte in raw)
    for text in texts:
        for one in _found(text, kinds, binary=binary):
            if one not in seen and len(seen) < MOST:
                seen.add(one)
                yield one


def _texts(raw: bytes) -> Iterator[str]:
    encodings = ["utf-8", "latin-1"]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or raw[1::2].count(0) > len(raw) // 4 or raw[::2].count(0) > len(raw) // 4:
        encodings += ["utf-16-le", "utf-16-be"]
    for encoding in encodings:
        text = raw.decode(encoding, "replace")
        yield text
        plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).replace("\\/", "/")
        yield plain
        yield html.unescape(unquote_plus(plain, errors="replace"))


def _found(text: str, kinds: Collection[str], *, binary: bool) -> Iterator[tuple[str, str]]:
    if "email" in kinds:
        for found in _MAIL.finditer(text):
            address = found[0].strip(".")
            yield "email", address
            if binary:
                yield from (("email", one) for one in _inside(address))
    if "phone" in kinds:
        for found in _PHONE.finditer(text):
            if _FEWEST <= len(_DIGITS.findall(found[0])) <= _LONGEST:
                yield "phone", found[0]
    for kind in ("customer_id", "visitor_id"):
        if kind in kinds:
            for found in _WORD.finditer(text):
                yield kind, found[0]


def _inside(address: str) -> Iterator[str]:
    """Of what stands in Avro and its like: the lengths of texts before them may look like letters, and the next text follows."""
    for before in range(3):
        for end in range(address.rfind(".") + 3, len(address) + 1):
            yield address[before:end]
