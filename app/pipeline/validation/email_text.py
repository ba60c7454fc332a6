"""What people write around and into an e-mail address, taken away again: labels, names, brackets, blanks, (at), wrong commas.

Only what leaves one reading is done. `anna berg@gmail.com` may be annaberg@, anna.berg@ or Anna and berg@: that is told apart by
nobody, and said so.
"""

from __future__ import annotations

import html
import re
import unicodedata

from app.pipeline.validation.text import plain

_DISPLAY_NAME = re.compile(r"[^<>]*<([^<>]+@[^<>]+)>[^<>@]*")
_FULL_WIDTH = re.compile("[\uff01-\uff5e\u3002\ufe6b\u2024]")
_MAILTO = re.compile(r"(?i)^mailto:\s*([^?]*)(?:\?.*)?$")
_SEVERAL = re.compile(r"[;,\s|/]+")
_EDGES = "\"'`´‘’“”«»<>()[]{};,:. *"
_AT = re.compile(
    r"(?i)\s*[(\[{<]\s*(?:at|ät|arroba|chiocciola|собака|a|@)\s*[)\]}>]\s*|\s+(?:at|arroba|chiocciola|собака)\s+|%40"
)
_DOT = re.compile(
    r"(?i)\s*[(\[{<]\s*(?:dot|punkt|point|punto|ponto|kropka|точка|\.)\s*[)\]}>]\s*|\s+(?:dot|punkt|point|punto|ponto|точка)\s+"
)
_ATS = re.compile(r"\s*@[\s@]*@\s*")
_AROUND = re.compile(r"\s*([@.])\s*")
_COMMA_ENDING = re.compile(r"([^@\s,]+@[A-Za-z0-9.-]+)[,;:]\s?([A-Za-z]{2,6})")
_DOTS_IN_DOMAIN = re.compile(r"\.{2,}(?=[^@]*$)")
_EMBEDDED = re.compile(
    r"(?P<before>.*?)(?P<address>[^\s@<>()\[\],;:|\"]+@[^\s@<>()\[\],;:|\"]+\.[^\s@<>()\[\],;:|\"]{2,})(?P<after>.*)", re.S
)
_LABEL = re.compile(r"(?:.*[:;,|<(\[=\n]|.*\s[-–—])\s*", re.S)  # ends in a mark that parts it from the address
_LOOK_ALIKES = str.maketrans("асеорхуіјѕАВСЕНКМОРТХІЅЈ", "aceopxyijsABCEHKMOPTXISJ")  # Cyrillic → Latin


def tidy(text: str) -> tuple[str, list[str]]:
    """The address in the text, as far as it can be told, and the rules that freed it. Not yet known to be one."""
    rules: list[str] = []

    def became(new: str, rule: str) -> str:
        if new != clean and rule not in rules:
            rules.append(rule)
        return new

    clean = text
    clean = became(plain(clean), "trim")
    if "&" in clean and ";" in clean:
        clean = became(html.unescape(clean), "unescape")
    if not clean.isascii():
        clean = became(_FULL_WIDTH.sub(lambda m: unicodedata.normalize("NFKC", m.group()).replace("。", "."), clean), "width")
        clean = became(_one_script(clean), "homoglyph")
    clean = became(_MAILTO.sub(r"\1", clean), "mailto")
    if (named := _DISPLAY_NAME.fullmatch(clean)) is not None:
        clean = became(named.group(1), "display_name")
    if "@" not in clean or _AT.search(clean) is not None:
        clean = became(_spelled_out(clean), "at")
    if '"' in clean.strip(_EDGES):  # a quoted local part may hold anything
        return clean.strip(), rules
    clean = became(_ATS.sub("@", clean), "at")
    clean = became(_COMMA_ENDING.sub(r"\1.\2", clean) if _COMMA_ENDING.fullmatch(clean) else clean, "comma")
    first = _SEVERAL.split(clean.strip(_EDGES), maxsplit=1)[0].strip(_EDGES)
    if first != clean and first.count("@") == 1 and "@" in clean[clean.index(first) + len(first) :]:
        clean = became(first, "first_of_several")
    clean = became(_AROUND.sub(r"\1", clean.strip(_EDGES)), "spaces")
    clean = became(_embedded(clean), "embedded")
    if "@" in clean and ".." in clean:
        clean = became(_DOTS_IN_DOMAIN.sub(".", clean), "dots")
    return clean, rules


def _spelled_out(text: str) -> str:
    """`anna (at) gmail [dot] com`; only where that makes exactly one @."""
    with_at = _AT.sub("@", text)
    if with_at.count("@") != 1:
        return text
    local, _, domain = with_at.partition("@")
    spelled = f"{_DOT.sub('.', local)}@{_DOT.sub('.', domain)}"
    return spelled if " " not in spelled.strip() else text


def _embedded(text: str) -> str:
    """The address out of other words; the text as it is where a word before it could belong to it."""
    if text.count("@") != 1 or not any(mark in text for mark in " \n,;:|<>()[]="):
        return text
    found = _EMBEDDED.fullmatch(text)
    if found is None or (found["before"] and not _LABEL.fullmatch(found["before"])):
        return text
    return found["address"].strip(_EDGES)


def _one_script(text: str) -> str:
    """Cyrillic letters that look Latin, in a text that is otherwise Latin: no registry takes such a mixture."""
    latin = text.translate(_LOOK_ALIKES)
    mixed = latin.isascii() and any(char.isascii() and char.isalpha() for char in text)
    return latin if mixed else text
