"""Free text that says "label: value" line by line, as mails of web forms do: plain, or as HTML."""

from __future__ import annotations

import re
from html import unescape

MAX_BLOCK = 65_536  # characters looked at; a longer text is a document
MAX_LABEL = 60
MAX_LINES = 500

_LINE = re.compile(
    r"^[\s>*•·‣▪◦●■–—\-|]*"  # bullets, quotation marks of mails
    r"([^\W\d_][^:：=\n]{0,59}?)"  # a label: from a letter on
    r"[\s*_]*(?:[:：]|(?<=[^\s=])\s*=(?!=))[\s*_]*"
    r"(.*)$",
    re.DOTALL,
)
_TAG = re.compile(r"<[^<>]{0,500}>")
_CELL = re.compile(r"</t[dh]\s*>\s*<t[dh]\b[^<>]{0,300}>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?table|/?h[1-6]|hr|/dd|dt)\b[^<>]{0,300}>", re.IGNORECASE)
_DEFINED = re.compile(r"</dt\s*>\s*<dd\b[^<>]{0,300}>", re.IGNORECASE)
_HTML = re.compile(r"<(?:br|p|div|tr|td|li|table|b|strong|html|body|span|dl|dt)\b", re.IGNORECASE)
_ENDS_IN_BLANK = re.compile(r"[ \t\u00a0\u3000]+")
_MAX_WORDS = 8


def open_block(text: str) -> dict[str, str | list[str]] | None:
    """Label → what stands behind it, of a text with two such lines or more; None: there are fewer.

    Lines without a label belong to the label above them, up to the next blank line; all lines do, where nothing else stands
    behind that label. A label that comes twice has a list.
    """
    if len(text) > MAX_BLOCK or not (":" in text or "：" in text or "=" in text or "<" in text):
        return None
    if "<" in text and _HTML.search(text):
        text = _plain(text)
    if "\n" not in text and "\r" not in text:
        return None
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        return None
    found: list[tuple[str, list[str]]] = []
    open_ended = False
    for line in lines:
        said = _said(line)
        if said is not None:
            found.append((said[0], [said[1]] if said[1] else []))
            open_ended = True
        elif not line.strip():
            open_ended = bool(found) and not found[-1][1]
        elif open_ended and found:
            found[-1][1].append(line.strip())
    members: dict[str, str | list[str]] = {}
    for label, parts in found:
        value = "\n".join(parts)
        if not value:
            continue
        given = members.get(label)
        members[label] = value if given is None else [*given, value] if isinstance(given, list) else [given, value]
    return members if len(members) >= 2 else None


def _said(line: str) -> tuple[str, str] | None:
    """Label and value of a line; None: it has none."""
    if len(line) < 3 or not (found := _LINE.match(line)):
        return None
    label, value = found[1].strip(" *_\t"), found[2].strip()
    if not label or value.startswith("//") or len(label.split()) > _MAX_WORDS:
        return None
    if value[:1].isdigit() and label[-1:].isdigit() and not line[found.start(2) - 1 : found.start(2)].isspace():
        return None  # at 10:30
    return label, value


def _plain(html: str) -> str:
    """HTML as lines: one per row of a table, list item, paragraph, line break."""
    for name in ("style", "script", "head"):
        html = _cut(html, name)
    html = html.replace("\r", " ").replace("\n", " ")
    html = _CELL.sub(": ", _DEFINED.sub(": ", html))
    return unescape(_TAG.sub("", _BREAK.sub("\n", html))).replace(":: ", ": ").replace("\u00a0", " ")


def _cut(html: str, name: str) -> str:
    """The document without the parts in <name>…</name>."""
    lower = html.lower()
    parts, at = [], 0
    while (start := lower.find(f"<{name}", at)) >= 0:
        end = lower.find(f"</{name}", start)
        if end < 0:
            break
        parts.append(html[at:start])
        at = end
    return "".join((*parts, html[at:])) if len(lower) == len(html) else html
