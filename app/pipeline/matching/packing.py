"""Evidence in few bytes: about sixty for a usual lead.

    version · flags · [phone, 7] · [birth, 4] · [domain, 1] · texts in signs of six bits

A sign is a letter, a digit, a blank, a mark, a frequent pair of letters, or the first or last name where the e-mail address
repeats it. Base64 does the work of putting four signs into three bytes. What has no sign is escaped: every evidence comes back.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from typing import Final

from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.words import DOMAINS

VERSION: Final = 1
_PHONE, _BIRTH, _DOMAIN = 1, 2, 4
_SEP, _FIRST, _LAST, _ESCAPE = "|", "$", "%", "~"
_PLAIN: Final = "abcdefghijklmnopqrstuvwxyz0123456789 .-_:,"
_PAIRS: Final = ("er", "an", "en", "ar", "in", "st", "on", "le", "el", "or", "al", "ma", "ra", "sk", "li", "ch", "ni", "ro")
_PAIR_SIGNS: Final = tuple(zip(_PAIRS, "ABCDEFGHIJKLMNOPQR", strict=True))
_SIGNS: Final = _PLAIN + _SEP + _FIRST + _LAST + _ESCAPE + "ABCDEFGHIJKLMNOPQR"
_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_64: Final = str.maketrans(dict(zip(_SIGNS, _BASE64, strict=True)))
_FROM_64: Final = str.maketrans(dict(zip(_BASE64, _SIGNS, strict=True)))
_ODD: Final = re.compile(rf"[^{re.escape(_PLAIN)}]")
_ESCAPED: Final = re.compile(r"~([0-9a-f]{2})")
_KNOWN: Final = {domain: n for n, domain in enumerate(DOMAINS, 1)}
_REPEATED: Final = 3  # letters from which on a name is worth a sign


def packed(evidence: Evidence) -> bytes:
    """The evidence in bytes; `unpacked` gives it back."""
    flags, head = 0, b""
    phone, birth, domain, local = evidence.phone, evidence.birth, evidence.domain, _safe(evidence.local)
    if phone.isdecimal() and phone.isascii() and len(phone) <= 15:
        flags, head, phone = flags | _PHONE, int("1" + phone).to_bytes(7, "big"), ""
    if len(birth) == 8 and birth.isdecimal() and birth.isascii():
        flags, head, birth = flags | _BIRTH, head + int(birth).to_bytes(4, "big"), ""
    if (known := _KNOWN.get(domain)) is not None:
        flags, head, domain = flags | _DOMAIN, head + bytes((known,)), ""
    first, last = _safe(evidence.first), _safe(evidence.last)
    if len(first) >= _REPEATED:
        local = local.replace(first, _FIRST)
    if len(last) >= _REPEATED:
        local = local.replace(last, _LAST)
    texts = (
        *(first, last, _words(evidence.company), _words(evidence.street), _safe(evidence.number), _safe(evidence.city)),
        *(_safe(evidence.postcode), local, _safe(domain), _safe(evidence.country), _safe(evidence.region), _safe(evidence.extra)),
        *(",".join([_safe(one).replace(",", "~2c") for one in evidence.ids]), _safe(phone), _safe(birth)),
    )
    text = _SEP.join(texts).rstrip(_SEP)
    for pair, sign in _PAIR_SIGNS:
        if pair in text:
            text = text.replace(pair, sign)
    text += _SEP * (-len(text) % 4)
    return bytes((VERSION, flags)) + head + a2b_base64(text.translate(_TO_64))


def unpacked(data: bytes) -> Evidence:
    """The evidence that was packed.

    Raises:
        ValueError: These bytes were not made by `packed`, or by a version of it that is no longer known.
    """
    if len(data) < 2 or data[0] != VERSION:
        raise ValueError("packed evidence: unknown version; the index must be rebuilt from the decisions topic")
    flags, at = data[1], 2
    phone = birth = domain = ""
    if flags & _PHONE:
        phone, at = str(int.from_bytes(data[at : at + 7], "big"))[1:], at + 7
    if flags & _BIRTH:
        birth, at = f"{int.from_bytes(data[at : at + 4], 'big'):08d}", at + 4
    if flags & _DOMAIN:
        if at >= len(data) or not 0 < data[at] <= len(DOMAINS):
            raise ValueError("packed evidence: no such domain")
        domain, at = DOMAINS[data[at] - 1], at + 1
    text = b2a_base64(data[at:], newline=False).decode("ascii").translate(_FROM_64) if at < len(data) else ""
    for pair, sign in _PAIR_SIGNS:
        if sign in text:
            text = text.replace(sign, pair)
    parts = text.rstrip(_SEP).split(_SEP)
    if len(parts) > 15:
        raise ValueError("packed evidence: more fields than there are")
    first, last, company, street, number, city, postcode, local, mail, country, region, extra, ids, more, born = parts + [""] * (
        15 - len(parts)
    )
    if _LAST in local:
        local = local.replace(_LAST, last)
    if _FIRST in local:
        local = local.replace(_FIRST, first)
    return Evidence(
        _plain(first),
        _plain(last),
        _split(company),
        _plain(number),
        _split(street),
        _plain(extra),
        _plain(city),
        _plain(region),
        _plain(postcode),
        _plain(country),
        phone or _plain(more),
        _plain(local),
        domain or _plain(mail),
        birth or _plain(born),
        tuple(map(_plain, ids.split(","))) if ids else (),
    )


def _safe(text: str) -> str:
    return _ODD.sub(_escape, text) if _ODD.search(text) else text


def _escape(match: re.Match[str]) -> str:
    return "".join([f"{_ESCAPE}{byte:02x}" for byte in match[0].encode("utf-8", "surrogatepass")])


def _plain(text: str) -> str:
    if _ESCAPE not in text:
        return text
    data = bytearray()
    at = 0
    for match in _ESCAPED.finditer(text):
        data += text[at : match.start()].encode() + bytes((int(match[1], 16),))
        at = match.end()
    return (data + text[at:].encode()).decode("utf-8", "surrogatepass")


def _words(words: tuple[str, ...]) -> str:
    return _safe(" ".join(words)) if words else ""


def _split(text: str) -> tuple[str, ...]:
    return tuple(_plain(text).split(" ")) if text else ()
