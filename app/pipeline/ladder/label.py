"""What a name says, without the way it is written: `words("What is your E-Mail address? *")` is what, is, your, email, address.

One name is written `firstName`, `first_name`, `First name:`, `FIRST-NAME*` or `<b>First&nbsp;name</b>`; its words are the same.
Accents, case, width and Chinese script are folded, so are letters that keyboards lack (ß ø ł ı); Chinese, Japanese and Korean
stay in runs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from html import unescape
from typing import Final

from app.pipeline.ladder.hanzi import SIMPLIFIED

LONGEST: Final = 300  # characters of a name that are read; questions are shorter, and a megabyte must not cost time

CJK: Final = "\u2e80-\u303b\u3040-\u30ff\u3100-\u312f\u3400-\u9fff\uf900-\ufaff\uac00-\ud7a3"
_WORD: Final = re.compile(rf"[{CJK}]+|[^\W\d_{CJK}]+|\d+")
_TAG: Final = re.compile(r"<[^<>]{0,200}>")
_CAMEL: Final = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS: Final = re.compile(r"[(\[{【〔「（［][^()\[\]{}]*[)\]}】〕」）］]")
_PATH: Final = re.compile(r"[\w$-]+(?:\[[^\[\]\s]*\])+|[\w$-]+(?:\.[\w$-]+)+")
_STEP: Final = re.compile(r"[^\[\].\s]+")
_MARKS: Final = dict.fromkeys(  # combining marks, Arabic vowels, soft hyphen, zero-width characters
    [*range(0x300, 0x370), *range(0x64B, 0x653), 0x654, 0x655, 0x670, 0x640, 0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF]
)
_LETTERS: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ة": "ه", "ى": "ي", "’": "'"}
    | {chr(one): chr(other) for one, other in SIMPLIFIED.items()}
)
# fmt: off
_REQUIRED: Final = frozenset({  # folded
    "required", "optional", "mandatory", "pflichtfeld", "erforderlich", "notwendig", "obligatoire", "requis", "optionnel",
    "facultatif", "obligatorio", "obligatoria", "requerido", "opcional", "obrigatorio", "obrigatoria", "obbligatorio",
    "facoltativo", "richiesto", "verplicht", "optioneel", "wymagane", "opcjonalne", "obligatorisk", "valfritt", "pakravet",
    "valgfri", "pakrevd", "povinne", "nepovinne", "zorunlu", "istegebagli", "обязательно", "необязательно", "обязательное",
    "обовязково", "необовязково", "必填", "必填项", "选填", "可选", "必須", "任意", "選填", "필수", "선택",
    "مطلوب", "الزامي", "اختياري",
})
# fmt: on

_JOINED: Final = {
    "e": ("mail", "post"),
    "whats": ("app",),
    "linked": ("in",),
    "you": ("tube",),
    "face": ("book",),
    "we": ("chat",),
}
_JOINED_LATER: Final = frozenset(_JOINED)


def fold(text: str) -> str:
    """Case, accents, width and look-alike letters folded. Never raises."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_MARKS)
        text = unicodedata.normalize("NFC", text).translate(_LETTERS)
    return text


@lru_cache(maxsize=16_384)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, in order: folded, without markup and marks such as `*` and `(required)`. Empty where it has none."""
    return split(_clean(name))


@lru_cache(maxsize=16_384)
def core(name: str) -> tuple[str, ...]:
    """`words` without what stands in brackets, where anything else stands: `Telefon (für Rückfragen)` is telefon."""
    clean = _clean(name)
    return split(_BRACKETS.sub(" ", clean)) or split(clean)


@lru_cache(maxsize=16_384)
def steps(name: str) -> tuple[str, ...]:
    """The names in a name that is a path (`customer[email]`, `Custom.Email`), outermost first; else the name alone."""
    text = name.strip()
    if len(text) <= LONGEST and _PATH.fullmatch(text):
        found = [step for step in _STEP.findall(text) if not step.isdigit()]
        if found:
            return tuple(found)
    return (name,)


def _clean(name: str) -> str:
    text = name[:LONGEST]
    if "&" in text:
        text = unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text


def split(text: str) -> tuple[str, ...]:
    """The words of a text that holds no markup."""
    if not (text.islower() or text.isupper()):
        text = _CAMEL.sub(" ", text)
    return _tokens(fold(text))


def split_lines(lines: Iterable[str]) -> list[tuple[str, ...]]:
    """`split` of each line, which holds no line break: of thousands, several times as fast."""
    return [_tokens(line) for line in fold(_CAMEL.sub(" ", "\n".join(lines))).split("\n")]


def _tokens(folded: str) -> tuple[str, ...]:
    found = _WORD.findall(folded)
    if not _REQUIRED.isdisjoint(found):
        found = [word for word in found if word not in _REQUIRED]
    return tuple(found if _JOINED_LATER.isdisjoint(found) else _joined(found))


def _joined(found: list[str]) -> list[str]:
    """Words that are also written apart (e-mail, e-posta, whatsApp), as one."""
    out: list[str] = []
    for word in found:
        if out and out[-1] in _JOINED and word.startswith(_JOINED[out[-1]]):
            out[-1] += word
        else:
            out.append(word)
    return out
