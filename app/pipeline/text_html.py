"""HTML as lines of text: one per row of a table, list item, paragraph or line break; what is bold before a value is its label."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from app.pipeline.text_lines import meaning

_TAG: Final = re.compile(r"<[^<>]{0,2000}>")
_CELL: Final = re.compile(r"</t[dh]\s*>\s*<t[dh]\b[^<>]{0,500}>", re.IGNORECASE)
_BREAK: Final = re.compile(
    r"<(?:br|/?p|/?div|/?tr|/?li|/?table|/?h[1-6]|hr|/dd|dt|/?section|/?blockquote)\b[^<>]{0,500}>", re.IGNORECASE
)
_DEFINED: Final = re.compile(r"</dt\s*>\s*<dd\b[^<>]{0,500}>", re.IGNORECASE)
_HTML: Final = re.compile(r"<(?:br|p|div|tr|td|li|table|b|strong|html|body|span|dl|dt|ul|ol|h[1-6])\b", re.IGNORECASE)
_BOLD: Final = re.compile(r"<(b|strong|th|dt|label|h[1-6])\b[^<>]{0,500}>([^<>\x02\x03]{2,80})</\1\s*>", re.IGNORECASE)
_BOLD_LINE: Final = re.compile(r"[\s\u00a0]*\x02([^\x02\x03]{2,80})\x03[\s\u00a0]*[:：]?(.*)")
_MOST_LINES: Final = 2_000  # whose bold beginnings are looked up
_BLANKS: Final = re.compile(r"[ \t\u00a0\u3000\u200b]+")


def is_html(text: str) -> bool:
    """Whether tags of a page or a mail stand in the text."""
    return "<" in text and _HTML.search(text) is not None


def plain(html: str) -> str:
    """The text of it, line by line. Never raises; linear in time."""
    for name in ("style", "script", "head"):
        html = _cut(html, name)
    html = html.replace("\x02", "").replace("\x03", "").replace("\r", " ").replace("\n", " ")
    html = _BOLD.sub("\x02\\2\x03</\\1>", html)
    html = _CELL.sub(": ", _DEFINED.sub(": ", html))
    text = unescape(_TAG.sub("", _BREAK.sub("\n", html)))
    return "\n".join([_line(line, is_bold="\x02" in line and n < _MOST_LINES) for n, line in enumerate(text.split("\n"))])


def _line(line: str, *, is_bold: bool) -> str:
    """A line, with a colon behind what is bold at its beginning and stands alone or before a cell."""
    found = _BOLD_LINE.fullmatch(line) if is_bold else None
    if found is not None and not found[1].rstrip().endswith((":", "：")):
        rest = found[2].strip()
        if not rest or line[found.end(1) + 1 :].lstrip()[:1] in (":", "：") or meaning(found[1].strip()) is not None:
            line = f"{found[1]}: {rest}"
    line = _BLANKS.sub(" ", line.replace("\x02", "").replace("\x03", ""))
    return line.replace(":: ", ": ").replace("：: ", ": ").replace("*: ", ": ").lstrip(": ").rstrip()


def _cut(html: str, name: str) -> str:
    """The document without the parts in <name>…</name>."""
    lower = html.lower()
    parts, at = [], 0
    while (start := lower.find(f"<{name}", at)) >= 0:
        end = lower.find(f"</{name}", start)
        if end < 0:
            break
        if not lower[start + 1 + len(name) : start + 2 + len(name)].isalpha():  # <header> is no <head>
            parts.append(html[at:start])
            at = end
        else:
            parts.append(html[at : start + 1])
            at = start + 1
    return "".join((*parts, html[at:])) if len(lower) == len(html) else html
