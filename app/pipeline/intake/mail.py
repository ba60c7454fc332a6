"""Mails as records: as they travel (RFC 5322, MIME) or the HTML of their body. A form's notification holds lines of names and
values; any other mail is its sender's message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, Final

from app.errors import BadRecord
from app.pipeline.intake.blocks import lines
from app.pipeline.intake.xml import xml
from app.pipeline.limits import MAIL_BOUNDARIES, MAIL_HEADERS_BYTES, MAIL_PARTS
from app.pipeline.text_html import is_html, plain

Payload = dict[str, Any]

_HEADER: Final = re.compile(rb"[\x21-\x39\x3b-\x7e]{1,60}:[ \t]?[^\r\n]*")
_TELLING: Final = re.compile(
    rb"^(?:mime-version|message-id|received|return-path|delivered-to|dkim-signature|x-mailer|x-original-to|authentication-results"
    rb"|content-transfer-encoding|arc-[a-z-]+):",
    re.IGNORECASE | re.MULTILINE,
)
_MACHINE: Final = re.compile(
    r"(?:no-?reply|do-?not-?reply|noreply|mailer|mailer-daemon|postmaster|bounces?|notifications?|wordpress|webmaster|www|forms?|"
    r"formular|website|web|system|robot|automailer|admin)(?:[+._-][^@]*)?@",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(
    r"(?:^>|^-{2,} ?(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|mensagem original|"
    r"исходное сообщение|原始邮件)|^(?:on|am|le|el|em) .{8,120}(?:wrote|schrieb|a écrit|escribió|escreveu) ?:\s*$)",
    re.IGNORECASE | re.MULTILINE,
)


def is_mail(value: bytes) -> bool:
    """Whether a record begins with the headers of a mail: nothing but headers to the first blank line, and one that only mails
    have."""
    head = re.split(rb"\r?\n\r?\n", value[:MAIL_HEADERS_BYTES].lstrip(b"\r\n"), maxsplit=1)[0]
    if not _TELLING.search(head):
        return False
    return all(_HEADER.fullmatch(line) or line[:1] in (b" ", b"\t") for line in head.splitlines())


def mail(value: bytes) -> Payload:
    """A mail as a payload: the names and values of its body at the top, beside them `mail` with what the headers say.

    Where the body names no address, `email` and `name` are those that one would answer to. Without names and values in it, the
    body is the `message`.

    Raises:
        BadRecord: Nothing in it can be read.
    """
    if value.count(b"\n--") > MAIL_BOUNDARIES or value.lower().count(b"boundary=") > MAIL_PARTS:
        raise BadRecord("intake", "unknown_format", f"a mail of more than {MAIL_BOUNDARIES} parts", repairable=True)
    try:
        parsed = BytesParser(policy=policy.default.clone(raise_on_defect=False)).parsebytes(value.lstrip(b"\r\n"))
        headers = _headers(parsed)
        body = _body(parsed)
    except (ValueError, LookupError, TypeError, AttributeError, IndexError, KeyError, RecursionError):
        # what the standard library's parser is known to raise for headers made to break it
        raise BadRecord("intake", "unknown_format", "a mail whose headers or parts cannot be read", repairable=True) from None
    payload: Payload = {} if body is None else _answers(body)
    if body and len(payload) < 2:
        payload = {"message": _own_words(body)}
    told = str(list(payload.values()))
    answer = headers.pop("answer", None)
    if answer is not None and "@" not in told and not _MACHINE.match(answer[1]):
        payload = {**({"name": answer[0]} if answer[0] and "message" in payload else {}), "email": answer[1], **payload}
    return {**payload, "mail": headers} if headers else payload


def marked_up(document: str) -> Payload:
    """XML, or the HTML of a mail's body.

    Raises:
        BadRecord: It is neither, or HTML in which nothing is a name with its value.
    """
    if not is_html(document) or (document.startswith("<?xml") and "<html" not in document[:MAIL_HEADERS_BYTES].lower()):
        return xml(document)
    found = lines(plain(document))
    if found is None:
        what = "HTML without lines of names and values: send JSON, or have a connector turn it into that"
        raise BadRecord("intake", "unknown_format", what, repairable=True)
    return found


def _answers(body: str) -> Payload:
    """Names and values of a body: lines, or the XML that portals send to dealers."""
    if body.lstrip()[:1] == "<":
        with suppress(BadRecord):
            return marked_up(body.strip())
    return lines(body) or {}


def _headers(parsed: EmailMessage) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if (subject := _text(parsed, "subject")) is not None:
        told["subject line"] = subject
    if (identity := _text(parsed, "message-id")) is not None:
        told["Message-ID"] = identity.strip("<> ")
    if (sent := _text(parsed, "date")) is not None:
        try:
            told["created_at"] = parsedate_to_datetime(sent).isoformat()
        except (ValueError, TypeError, IndexError):
            told["Date"] = sent
    addresses = [one for name in ("reply-to", "from") for one in getaddresses([_text(parsed, name) or ""]) if "@" in one[1]]
    if addresses:
        told["answer"] = addresses[0]
    if (sender := _text(parsed, "from")) is not None:
        told["from"] = sender
    return told


def _text(parsed: EmailMessage, name: str) -> str | None:
    value = parsed.get(name)
    return None if value is None else " ".join(str(value).split())[:1_000] or None


def _body(parsed: EmailMessage) -> str | None:
    """The text of it; of HTML the lines, where they name more than the text beside them does."""
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for part in _parts(parsed):
        kind = part.get_content_type()
        if kind in texts and part.get_content_disposition() != "attachment":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                texts[kind].append(_decoded(content, part.get_content_charset()))
    bodies = ["\n".join(texts["text/plain"]), "\n".join(plain(one) for one in texts["text/html"])]
    filled = [body for body in bodies if body.strip()]
    return max(filled, key=lambda body: len(lines(body) or ()), default=None)


def _parts(parsed: EmailMessage) -> Iterator[EmailMessage]:
    for n, part in enumerate(parsed.walk()):
        if n >= MAIL_PARTS:
            return
        if not part.is_multipart():
            yield part


def _decoded(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "utf-8")
    except (UnicodeDecodeError, LookupError):
        return content.decode("utf-8", "replace")


def _own_words(body: str) -> str:
    """The body without what it quotes and signs with."""
    quoted = _QUOTED.search(body)
    text = body[: quoted.start()] if quoted and body[: quoted.start()].strip() else body
    return re.split(r"(?m)^--\s*$", text, maxsplit=1)[0].strip() or text.strip()
