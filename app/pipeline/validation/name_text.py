"""What stands around a name and is none: decoration, labels, salutations and titles, and what robots write instead."""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
import unicodedata

_SPAM = re.compile(r"(?i)https?:|www\.|href\s*=|<\s*/?\s*(?:a|script|img|iframe|object|svg)\b|\[/?url|\bt\.me/|\bbit\.ly/")
_ADDRESS = re.compile(r"\S@\S+\.\S")
_LABEL = re.compile(
    r"(?i)^(?:name|full name|first name|last name|vorname|nachname|nom|prénom|nombre|apellidos?|nome|cognome|sobrenome|"
    r"имя|фамилия|фио|姓名|名前|お名前)\s*[:：=]\s*"
)
_EDGES = '"“”„«»*_~|<>=+#^`\\/;:!?…•, -–—'
_SYMBOLS = frozenset(("So", "Sk", "Co", "Cn"))
_SALUTATIONS = frozenset(
    "herr herrn hr hr. frau fr. fräulein mr mr. mrs mrs. ms ms. miss mx mx. messrs mister mme mme. mlle mlle. madame "
    "mademoiselle monsieur señor señora señorita sr. sra. sra srta. srta senhor senhora signor signora signore sig. sig.ra "
    "dhr dhr. mevr mevr. mevrouw meneer mijnheer г-н г-жа господин госпожа pani hr.".split()
)
_TITLES = frozenset(
    "dr dr. dr.-ing. dr.med. dr.jur. prof prof. professor dipl.-ing. dipl.-kfm. ing. mag. dott. dott.ssa dra. dra d-r д-р "
    "проф. med. jur. rer. nat. phil. univ.-prof. mult. h.c.".split()
)
BEFORE_NAMES = _SALUTATIONS | _TITLES
"""Words that may stand before a name, in small letters."""
_BEHIND = re.compile(r"(?<=.)\s*(?:先生|女士|小姐|太太|老师|様|さま|さん|殿|씨|님)$")


def is_spam(text: str) -> bool:
    """Whether it advertises instead of naming: addresses of pages, links, scripts."""
    return _SPAM.search(text) is not None


def is_address(text: str) -> bool:
    """Whether an e-mail address stands where a name should."""
    return "@" in text and _ADDRESS.search(text) is not None


def without_decoration(text: str) -> str:
    """Without emoji, signs, labels and punctuation around it; for texts that are not letters alone."""
    if not text.isascii():
        text = "".join(
            [
                char
                for char in text
                if not (unicodedata.category(char) in _SYMBOLS and char not in "´`¨") and not "\ufe00" <= char <= "\ufe0f"
            ]
        )
    return " ".join(_LABEL.sub("", text.strip(_EDGES)).strip(_EDGES).split(" "))


def honorific_of(name: str) -> tuple[str | None, str]:
    """Salutation and titles, and the name without them; at least one word stays the name's."""
    words = name.split(" ")
    count = 0
    while count < len(words) and words[count].lower() in BEFORE_NAMES:
        count += 1
    if count == len(words):
        return (name, "") if count and words[0].lower() in _SALUTATIONS else (None, name)
    if count:
        return " ".join(words[:count]), " ".join(words[count:])
    if not name.isascii() and (behind := _BEHIND.search(name)) is not None:
        return behind.group().strip(), name[: behind.start()]
    return None, name
