"""Intake where nobody declared a format: each record is looked at, and read as what it looks like.

What the sender's `content-type` says is tried first; where that does not read (senders are wrong about it), or none is
there, the bytes are looked at: Avro by its magic byte, a mail by its headers, JSON, XML, CSV with its own header line, an
urlencoded form, lines of `name: value`, plain or as HTML. One record is one lead: several JSON objects or rows in one are
refused, for nobody could say which lead the record became.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from app.errors import BadRecord
from app.pipeline.intake.blocks import lines, rows
from app.pipeline.intake.json import decode_object
from app.pipeline.intake.mail import is_mail, mail, marked_up
from app.pipeline.intake.text import form, not_blank, text
from app.pipeline.ladder.unfold.elements import PLANS, read
from app.ports import Codec

Payload = dict[str, Any]
Headers = Sequence[tuple[str, bytes | None]]

_AVRO_HEADER, _BRACE = 5, ord("{")
# Byte order marks of what Excel and Windows call Unicode.
_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Encodings that a content-type may name. Others are not looked up: Python knows some that are no texts, and one that is a bomb.
_CHARSETS: Final = frozenset(
    ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-2", "iso-8859-5", "iso-8859-9", "iso-8859-15", "latin1",
     "windows-1250", "windows-1251", "windows-1252", "windows-1254", "koi8-r", "shift_jis", "gb2312", "gbk", "gb18030", "big5",
     "euc-kr", "utf-16")
)  # fmt: skip
_CHARSET = re.compile(r'charset\s*=\s*"?([\w-]{1,20})', re.ASCII | re.IGNORECASE)
_FORM = re.compile(r"[^\s=&:/<>{}]{1,200}=")


def decode_any(value: bytes, headers: Headers, codec: Codec) -> Payload:
    """Decode a record by what it says or shows of itself.

    Raises:
        BadRecord: At stage intake; unknown_format where nothing fits. The detail never holds values of the record.
        EdgeDown: The schema registry does not answer (Avro only).
    """
    if value[0] == 0 and len(value) > _AVRO_HEADER:
        return codec.decode_any(value)
    media, charset = _content_type(headers)
    if value[0] == _BRACE and not charset and not _is_avro(media):  # what nearly all send
        return decode_object(value)
    if media == "message/rfc822" or is_mail(value):
        return mail(value)
    document = _document(not_blank(value), charset).strip()
    if not document:
        raise BadRecord("intake", "empty_value", "the value is blank")
    told = _reader(media)
    if told is None:
        return _looked_at(document)
    try:
        return told(document)
    except BadRecord as bad:
        try:
            return _looked_at(document)
        except BadRecord:
            raise bad from None


def _content_type(headers: Headers) -> tuple[str, str]:
    """Media type and encoding, both in lower case; empty where none is named. The last header of the name counts."""
    for name, value in reversed(headers):
        if value and name.lower().replace("_", "-") == "content-type":
            media, _, parameters = value[:200].decode("latin-1").lower().partition(";")
            named = _CHARSET.search(parameters)
            return media.strip(), named[1].lower() if named and named[1].lower() in _CHARSETS else ""
    return "", ""


def _is_avro(media: str) -> bool:
    return "avro" in media and "json" not in media


def _reader(media: str) -> Callable[[str], Payload] | None:
    if media.endswith(("/json", "+json")):
        return _json
    if media == "application/x-www-form-urlencoded":
        return form
    if media in ("text/csv", "text/tab-separated-values", "application/csv"):
        return _csv
    if _is_avro(media):
        return _not_avro
    return None  # text/plain and application/octet-stream are what senders say who do not think about it


def _document(value: bytes, charset: str) -> str:
    if value[:2] in _WIDE:
        charset = _WIDE[value[:2]]
    if not charset:
        return text(value)
    try:
        return value.decode(charset).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise BadRecord("intake", "not_utf8", f"byte {error.start} is not {charset}, as declared", repairable=True) from None


def _looked_at(document: str) -> Payload:
    match document[:1]:
        case "{":
            return _json(document)
        case "[" | '"':
            try:
                return _json(document)
            except BadRecord as bad:
                if bad.reason == "not_an_object" and document[0] == "[" and (answers := _answers(document)) is not None:
                    return answers
                if bad.reason != "invalid_json":
                    raise
                return rows(document) or lines(document) or _refuse(bad)
        case "<":
            return marked_up(document)
    if "\n" not in document and _FORM.match(document):
        return form(document)
    payload = rows(document) or lines(document)
    if payload is None:
        what = "neither JSON, Avro, a form, CSV with a header line nor lines of name: value"
        raise BadRecord("intake", "unknown_format", what, repairable=True)
    return payload


def _json(document: str) -> Payload:
    """One object; one that was written into a JSON string is unwrapped, for some senders encode twice."""
    if document.startswith('"') and document.endswith('"'):
        wrapped = decode_object(b'{"":' + document.encode("utf-8", "surrogatepass") + b"}")
        inner = wrapped[""] if len(wrapped) == 1 else None
        if isinstance(inner, str) and inner.lstrip()[:1] in ("{", "["):
            return decode_object(inner.encode("utf-8", "surrogatepass"))
        raise BadRecord("intake", "not_an_object", "expected one object, found a string")
    return decode_object(document.encode("utf-8", "surrogatepass"))


def _answers(document: str) -> Payload | None:
    """A list whose elements are one submission's answers, each with its name; None: they are records of their own."""
    wrapped = decode_object(b'{"answers":' + document.encode("utf-8", "surrogatepass") + b"}")
    for item in wrapped["answers"]:
        plan = PLANS[tuple(item)] if type(item) is dict else None
        if plan is None or not plan.readable or not plan.values or read(item, plan) is None:
            return None
    return wrapped if wrapped["answers"] else None


def _csv(document: str) -> Payload:
    payload = rows(document)
    if payload is None:
        raise BadRecord("intake", "invalid_csv", "no header line with one row below it, as wide as the header", repairable=True)
    return payload


def _not_avro(_document: str) -> Payload:
    raise BadRecord("intake", "no_magic_byte", "declared Avro, but the value does not begin with 0 and a schema id")


def _refuse(bad: BadRecord) -> Payload:
    raise bad
