"""Texts as they are compared: small Latin letters and digits, one blank between words, whatever the script was."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from anyascii import anyascii

LONGEST: Final = 200  # characters that are looked at
_WORD: Final = re.compile(r"[a-z0-9]+")
_APOSTROPHES: Final = re.compile(r"(?<=[^\W\d_])['’`´ʼ](?=[^\W\d_])")
_INITIALS: Final = re.compile(r"\b(?:[a-z]\.){2,}")
# ä, ae and a are one spelling of German and Nordic names, and so are ö, oe, o and ü, ue, u (not in que and gue).
_DIGRAPHS: Final = re.compile(r"(a|o|(?<![qg])u)e+")


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """`Jürgen  O'Neill-Weiß` → `jurgen oneill weiss`, `Щербаков` → `shcherbakov`, `S.A.R.L.` → `sarl`; or nothing."""
    text = text[:LONGEST]
    if "'" in text or not text.isascii():
        text = _APOSTROPHES.sub("", text)
    text = (text if text.isascii() else anyascii(text)).lower()
    if "." in text:
        text = _INITIALS.sub(lambda match: match[0].replace(".", "") + " ", text)
    if not text.isalnum():
        text = " ".join(_WORD.findall(text))
    return _DIGRAPHS.sub(r"\1", text) if "ae" in text or "oe" in text or "ue" in text else text
