"""What browsers send: addresses of pages, IP addresses, language tags. Light checks: nothing here is looked up."""

from __future__ import annotations

import re
from ipaddress import ip_address

from app.pipeline.validation.notes import Notes
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.text import plain

LONGEST_URL = 2048
NOTHING = frozenset(
    {"(direct)", "$direct", "direct", "none", "null", "undefined", "(none)", "(not set)", "about:blank", "n/a", "-"}
)
_SCRIPT = re.compile(r"(?i)\s*(?:javascript|data|vbscript)\s*:")
_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+")
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")  # as `ip_address` writes it
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,4}")
_USUAL_TAG = re.compile("[a-z]{2}(?:-[A-Z]{2})?")
_LANGUAGES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr", "francais": "fr", "spanish": "es",
    "español": "es", "espanol": "es", "italian": "it", "italiano": "it", "dutch": "nl", "nederlands": "nl",
    "portuguese": "pt", "português": "pt", "polish": "pl", "polski": "pl",
}  # fmt: skip


def read_url(value: object, notes: Notes, field: str) -> str | None:
    """A page's address without control characters; scripts are refused, `(direct)` and its like are nothing."""
    text = as_text(value)
    if text is None or len(text) > LONGEST_URL * 4:
        notes.reject(field, value)
        return None
    clean = plain(text)
    if not clean or clean.lower() in NOTHING:
        return None
    url = clean.replace(" ", "%20")
    if len(url) > LONGEST_URL or _SCRIPT.match(url):
        notes.reject(field, value)
        return None
    if url != text:
        notes.repair(field, "trim", before=value, after=url)
    return url


def read_ip(value: object, notes: Notes, field: str = "ip") -> str | None:
    """An IPv4 or IPv6 address; of a proxy chain (X-Forwarded-For) the first, which is the client's."""
    if type(value) is str and _IPV4.fullmatch(value):
        return value
    text = as_text(value)
    if text is None or len(text) > 1000:
        notes.reject(field, value)
        return None
    first = plain(text).split(",", 1)[0].strip().strip('"')
    if not first:
        return None
    if (port := _PORT.fullmatch(first)) is not None:
        first = port.group(1) or port.group(2)
    try:
        address = str(ip_address(first.partition("%")[0]))
    except ValueError:
        notes.refuse(field, value, first)
        return None
    if address != text:
        notes.repair(field, "ip", before=value, after=address)
    return address


def read_language(value: object, notes: Notes, field: str = "language") -> str | None:
    """A language tag in its usual case (`de`, `pt-BR`, `zh-Hant`); of an Accept-Language header the first."""
    if type(value) is str and _USUAL_TAG.fullmatch(value):
        return value
    text = as_text(value)
    if text is None or len(text) > 1000:
        notes.reject(field, value)
        return None
    clean = plain(text)
    tag = re.split("[,;]", clean, maxsplit=1)[0].partition(".")[0].strip()  # de_DE.UTF-8
    tag = _LANGUAGES.get(tag.lower(), tag)
    if not clean:
        return None
    if not _TAG.fullmatch(tag):
        notes.refuse(field, value, clean)
        return None
    head, *rest = re.split("[-_]", tag)
    cased = [part.upper() if len(part) == 2 else part.capitalize() if len(part) == 4 else part.lower() for part in rest]
    result = "-".join([head.lower(), *cased])
    if result != text:
        notes.repair(field, "language_tag", before=value, after=result)
    return result
