"""UTF-8 that someone read as Latin-1 or Windows-1252: "MÃ¼ller" was "Müller".

Only sequences that hardly occur in honest text are taken back: those that begin with Ã or Â (Latin letters and signs),
â€ and its kin (quotes, dashes), Ä and Å before a sign that is no punctuation (Latin Extended-A), and runs of Ð or Ñ
(Cyrillic). A general solver (ftfy) costs a hundred times as much and knows no more of these.
"""

from __future__ import annotations

import re

_CP1252 = bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")  # the 27 that Windows-1252 shows for 0x80 to 0x9f
_TAIL = f"[\x80-\xbf{_CP1252}]"  # a continuation byte, in either reading
_NO_MARK = f"(?![«»'\"–—…‘’“”„·]){_TAIL}"
_SEQUENCE = re.compile(f"[ÃÂ]{_TAIL}|[âã]{_TAIL}{{2}}|ð{_TAIL}{{3}}|[ÄÅ]{_NO_MARK}|Å“(?=\\w)|(?:[ÐÑ]{_TAIL}){{2,}}")
_LEADS = re.compile("[ÃÂâãðÄÅÐÑ]")


def suspicious(text: str) -> bool:
    """Whether mojibake is possible at all; cheap."""
    return not text.isascii() and _LEADS.search(text) is not None


def repair_mojibake(text: str) -> str:
    """The text with such sequences decoded; unchanged where they are none."""
    return _SEQUENCE.sub(_decode, text) if suspicious(text) else text


def _decode(match: re.Match[str]) -> str:
    try:
        text = b"".join(_byte(char) for char in match.group()).decode("utf-8")
    except UnicodeDecodeError:
        return match.group()
    return text if text.replace("\xa0", " ").isprintable() else match.group()


def _byte(char: str) -> bytes:
    return char.encode("cp1252") if char in _CP1252 else char.encode("latin-1")
