"""Clean text: printable, composed (NFC), trimmed, and always encodable as UTF-8."""

from __future__ import annotations

import html
import re
import unicodedata

from app.pipeline.validation.mojibake import repair_mojibake, suspicious

_SPACES = re.compile(" {2,}")
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_BACKSLASH = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_TAGS = re.compile(
    r"</?(?:a|b|i|u|p|s|em|h[1-6]|br|hr|li|ul|ol|td|tr|th|div|sub|sup|font|span|small|strong|table|tbody|html|body|center|img)"
    r"(?:\s[^<>]{0,300})?/?>", re.IGNORECASE,
)  # fmt: skip
_PASSES = 5  # "&amp;amp;amp;" has been escaped three times; what is not settled after five is no accident


def plain(text: str, *, lines: bool = False) -> str:
    """Without control, zero-width and surrogate characters, composed, trimmed.

    Runs of spaces become one; with `lines`, line ends (as LF) and inner spaces stay. Plain text is returned as it is:
    plain(plain(t)) == plain(t).
    """
    if text.isprintable():
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
    else:
        if lines:
            text = _LINE_ENDS.sub("\n", text)
        text = unicodedata.normalize("NFC", "".join([_character(c, lines) for c in text]))
    text = text.strip()
    return text if lines or "  " not in text else _SPACES.sub(" ", text)


def is_plain(text: str) -> bool:
    """Whether `plain` surely changes nothing; False: ask it."""
    return text.isascii() and text.isprintable() and text[:1] != " " and text[-1:] != " " and "  " not in text


def mend(text: str, *, lines: bool = False) -> tuple[str, tuple[str, ...]]:
    """Plain text whose HTML entities, percent and backslash escapes and mojibake are undone, and the rules that did it. Short
    texts (without `lines`) lose HTML tags, too.

    Mending mended text changes nothing: what does not settle within a few passes is left plain.
    """
    start = plain(text, lines=lines)
    trimmed = () if start == text else ("trim",)
    marked = "&" in text or "%" in text or "\\" in text or "<" in text
    if not marked and (text.isascii() or not (suspicious(text) or suspicious(start))):
        return start, trimmed
    for origin in (text, start):  # mojibake has control characters in it, so it is mended before it is made plain
        settled, rules = _settle(origin, lines)
        if settled is not None:
            return settled, (*trimmed, *rules)
    return start, trimmed


def _settle(text: str, lines: bool) -> tuple[str | None, list[str]]:
    rules: list[str] = []
    for _ in range(_PASSES):
        unescaped = _BACKSLASH.sub(_from_utf16, text) if "\\" in text else text
        unescaped = _PERCENT.sub(_from_percent, unescaped) if "%" in unescaped else unescaped
        unescaped = _ENTITY.sub(_unescape, unescaped) if "&" in unescaped else unescaped
        untagged = _TAGS.sub(" ", unescaped) if not lines and "<" in unescaped else unescaped
        repaired = repair_mojibake(untagged)
        for done, rule in (
            (unescaped != text, "unescape"),
            (untagged != unescaped, "untag"),
            (repaired != untagged, "unmojibake"),
        ):
            if done and rule not in rules:
                rules.append(rule)
        mended = plain(repaired, lines=lines)
        if mended == text:
            return mended, rules
        text = mended
    return None, []


def _from_utf16(match: re.Match[str]) -> str:
    """`\\u00fc`: JSON's escapes that went through one serialiser too many."""
    try:
        return bytes.fromhex(match.group().replace("\\u", "")).decode("utf-16-be")
    except UnicodeDecodeError:
        return match.group()


def _from_percent(match: re.Match[str]) -> str:
    """`%C3%BC`, `%20`: of ASCII only the blank, because 100%20 is rather a form's than a person's, and %41 a person's."""
    data = bytes.fromhex(match.group().replace("%", ""))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return match.group()
    return text if not data.isascii() or data == b" " else match.group()


def _unescape(match: re.Match[str]) -> str:
    return html.unescape(match.group())


def _character(char: str, lines: bool) -> str:
    if char.isprintable():
        return char
    if char.isspace():
        return "\n" if lines and char == "\n" else " "
    return "" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char
