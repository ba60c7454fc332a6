"""Free text that says "label: value" line by line, as mails of web forms do: plain, or as HTML."""

from __future__ import annotations

import re
from typing import Final

from app.pipeline.text_html import is_html, plain
from app.pipeline.text_lines import alternating, bracketed, meaning, told

MAX_BLOCK: Final = 65_536  # characters looked at; a longer text is a document
MAX_LINES: Final = 500

_LINE: Final = re.compile(
    r"^[\s>*•·‣▪◦●■–—\-|]*"  # bullets, quotation marks of mails
    r"([^\W\d_][^:：=\n]{0,79}?)"  # a label: from a letter on
    r"[\s*_]*(?:[:：]|(?<=[^\s=])\s*=(?!=))[\s*_]*"
    r"(.*)$",
    re.DOTALL,
)
_MAX_WORDS: Final = 8

Members = dict[str, str | list[str]]


def open_block(text: str) -> Members | None:
    """Label → what stands behind it, of a text with two such lines or more; None: there are fewer.

    Lines without a label belong to the label above them, up to the next blank line; a message goes on to the next label that
    is known, the signature or the end; all lines do, where nothing else stands behind a label. A label that comes twice has a
    list.
    """
    if len(text) > MAX_BLOCK or not (":" in text or "：" in text or "=" in text or "<" in text or "@" in text):
        return None
    if is_html(text):
        text = plain(text)
    if "\n" not in text and "\r" not in text:
        return None
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        return None
    members = _members(told(lines, said).pairs)
    if len(members) < 2:
        members = _members(alternating(lines))
    return members or None


def said(line: str) -> tuple[str, str] | None:
    """Label and value of a line; None: it has none."""
    if len(line) < 3 or not (found := _LINE.match(line)):
        return bracketed(line)
    label, value = found[1].strip(" *_\t"), found[2].strip()
    if not label or value.startswith("//") or (len(label.split()) > _MAX_WORDS and meaning(label) is None):
        return None
    if value[:1].isdigit() and label[-1:].isdigit() and not line[found.start(2) - 1 : found.start(2)].isspace():
        return None  # at 10:30
    return label, value


def _members(pairs: list[tuple[str, str]]) -> Members:
    members: Members = {}
    for label, value in pairs:
        if not value:
            continue
        given = members.get(label)
        members[label] = value if given is None else [*given, value] if isinstance(given, list) else [given, value]
    return members
