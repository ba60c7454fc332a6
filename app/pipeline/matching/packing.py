"""Evidence in few bytes: about seventy for a usual lead.

    version · flags · [phone, 6] · [birth, 4] · [domain, 1] · texts in signs of six bits

A sign is a letter, a digit, a blank, a mark, or the first or last name where the e-mail address repeats it, or a word of the
company where the domain does. Base64 does the work of putting four signs into three bytes. What has no sign is escaped: every
evidence comes back.
All texts are worked on at once: nothing is remembered, and what was never met before costs no more. (Signs for frequent pairs of
letters, as version 2 had them, saved seven bytes more and cost as much time as all the rest.)
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from typing import Final

from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.words import DOMAINS

VERSION: Final = 3
_PHONE, _BIRTH, _DOMAIN = 1, 2, 4
_SEP, _FIRST, _LAST, _ESCAPE = "|", "$", "%", "~"
_PLAIN: Final = "abcdefghijklmnopqrstuvwxyz0123456789 .-_:,"
_SIGNS: Final = (_PLAIN + _SEP + _FIRST + _LAST + _ESCAPE).encode()
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_64: Final = bytes.maketrans(_SIGNS, _BASE64[: len(_SIGNS)])
_FROM_64: Final = bytes.maketrans(_BASE64, _SIGNS.ljust(len(_BASE64), _ESCAPE.encode()))
_FILL: Final = ("", "|||", "||", "|")
_ODD: Final = re.compile(rf"[^{re.escape(_PLAIN)}]")
_ESCAPED: Final = re.compile(r"~([0-9a-f]{2})")
_KNOWN: Final = {domain: bytes((n,)) for n, domain in enumerate(DOMAINS, 1)}
_REPEATED: Final = 3  # letters from which on a name is worth a sign
_PARTS: Final = 15
_DIGITS: Final = 14  # of a phone, with a 1 before them, in 48 bits; a longer one is text
_BARE: Final = b"|" * (_PARTS - 1)  # what is left of texts that are plain
_PLAIN_BYTES: Final = _PLAIN.encode()
_NOTHING: Final = [""] * _PARTS


def packed(evidence: Evidence) -> bytes:
    """The evidence in bytes; `unpacked` gives it back."""
    first, last, company, number, street, extra, city, region, postcode, country, phone, local, domain, birth, ids = evidence
    flags, head = 0, b""
    if phone and len(phone) <= _DIGITS and phone.isdecimal() and phone.isascii():
        flags, head, phone = _PHONE, int("1" + phone).to_bytes(6, "big"), ""
    if len(birth) == 8 and birth.isdecimal() and birth.isascii():
        flags, head, birth = flags | _BIRTH, head + int(birth).to_bytes(4, "big"), ""
    if (known := _KNOWN.get(domain)) is not None:
        flags, head, domain = flags | _DOMAIN, head + known, ""
    before = "|".join((first, last, " ".join(company), " ".join(street), number, city, postcode))
    told = ",".join(ids)
    behind = "|".join((country, region, extra, told, phone, birth))
    if "," in told or not _is_plain(f"{before}|{local}|{domain}|{behind}"):
        told = ",".join([_safe(one).replace(",", "~2c") for one in ids])
        first, last, words, local, domain = map(_safe, (first, last, " ".join(company), local, domain))
        company = tuple(words.split(" "))
        before = "|".join((first, last, words, *map(_safe, (" ".join(street), number, city, postcode))))
        behind = "|".join((*map(_safe, (country, region, extra)), told, _safe(phone), _safe(birth)))
    local = _shortened(local, first, last)
    if company and domain:
        domain = _shortened(domain, *_heads(company))
    signs = f"{before}|{local}|{domain}|{behind}".rstrip("|")
    return bytes((VERSION, flags)) + head + a2b_base64((signs + _FILL[len(signs) % 4]).encode().translate(_TO_64))


def _shortened(local: str, first: str, last: str) -> str:
    if len(first) >= _REPEATED:
        local = local.replace(first, _FIRST)
    return local.replace(last, _LAST) if len(last) >= _REPEATED else local


def _heads(company: tuple[str, ...]) -> tuple[str, str]:
    """The words of a company that its domain may repeat."""
    return company[0], company[1] if len(company) > 1 else ""


def _is_plain(texts: str) -> bool:
    """Whether nothing needs an escape, and no separator stands within a text."""
    return texts.isascii() and texts.encode().translate(None, _PLAIN_BYTES) == _BARE


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
        phone, at = str(int.from_bytes(data[at : at + 6], "big"))[1:], at + 6
    if flags & _BIRTH:
        birth, at = f"{int.from_bytes(data[at : at + 4], 'big'):08d}", at + 4
    if flags & _DOMAIN:
        if at >= len(data) or not 0 < data[at] <= len(DOMAINS):
            raise ValueError("packed evidence: no such domain")
        domain, at = DOMAINS[data[at] - 1], at + 1
    text = b2a_base64(data[at:], newline=False).translate(_FROM_64).decode("ascii").rstrip("|")
    parts = text.split("|")
    if len(parts) > _PARTS:
        raise ValueError("packed evidence: more fields than there are")
    parts += _NOTHING[len(parts) :]
    first, last, company, street, number, city, postcode, local, mail, country, region, extra, ids, more, born = parts
    if _LAST in local:
        local = local.replace(_LAST, last)
    if _FIRST in local:
        local = local.replace(_FIRST, first)
    if _FIRST in mail or _LAST in mail:
        head, second = _heads(tuple(company.split(" ")))
        mail = mail.replace(_LAST, second).replace(_FIRST, head)
    told = tuple(ids.split(",")) if ids else ()
    if _ESCAPE in text:
        first, last, company, street, number, city, postcode = map(_plain, parts[:7])
        local, mail, country, region, extra, more, born = map(_plain, (local, mail, country, region, extra, more, born))
        told = tuple(map(_plain, told))
    return Evidence(
        first,
        last,
        tuple(company.split(" ")) if company else (),
        number,
        tuple(street.split(" ")) if street else (),
        extra,
        city,
        region,
        postcode,
        country,
        phone or more,
        local,
        domain or mail,
        birth or born,
        told,
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
