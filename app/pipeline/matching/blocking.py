"""Keys under which a lead is put down and looked for: two leads are compared only where they share one.

Each key joins two parts that few strangers share; together they are chosen so that a mistake in any one field leaves another key
standing. Names are cut or spelled by sound, so that most typos do not touch them. The caller makes keyed hashes of the keys.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.words import generic

MOST_KEYS: Final = 8
_LONG: Final = 8  # signs of a local part that hardly two have
_HEAD: Final = 4  # letters of a name that are looked at
_SOUNDS: Final = str.maketrans(
    {
        **dict.fromkeys("aeiouyh", ""),
        **dict.fromkeys("bpfvw", "1"),
        **dict.fromkeys("cgjkqsxz", "2"),
        **dict.fromkeys("dt", "3"),
        **{"l": "4", "m": "5", "n": "5", "r": "6"},
    }
)
_RUN: Final = re.compile(r"(.)\1+")


@lru_cache(maxsize=65_536)
def sound(name: str) -> str:
    """How a folded name sounds, roughly: the first letter's class and those of the next three consonants that differ from the one
    before (Soundex, Russell 1918, with the first letter coded, too: a K and a C begin alike)."""
    codes = _RUN.sub(r"\1", name.replace(" ", "").translate(_SOUNDS))
    return (codes if name[:1] not in "aeiouyh" else "0" + codes)[:_HEAD] if name else ""


def blocking_keys(evidence: Evidence) -> tuple[str, ...]:
    """At most `MOST_KEYS` keys, the most telling first, each beginning with its kind. None for evidence that tells nobody.
    One less for who tells mailbox and phone: most others are for those in whom these are missing or mistyped.

    e e-mail, p phone, i unique id, d name at a company's domain, b birth date with a name or a place, n both names,
    z postcode with a name or a street, l a long local part, a house number and street, c company's word and place.
    """
    given, last, company, number, street, _, city, _, postcode, _, phone, local, domain, birth, ids = evidence
    keys: list[str] = []
    add = keys.append
    first, tail, place = given.replace(" ", "")[:_HEAD], last.replace(" ", "")[:_HEAD], city.replace(" ", "")[:5]
    road, sure = "".join(street)[:6] if street else "", bool(local and phone)
    if local:
        add(f"e:{local}@{domain}")
    if phone:
        add(f"p:{phone[-9:]}")
    if ids:
        add(f"i:{ids[0]}")
    if company:
        head, second = _heads(company)
        if number:
            add(f"cn:{head}:{number}")
        if place:
            add(f"c:{head}:{place}")
            if second and second != head and not sure:
                add(f"c:{second}:{place}")
        elif postcode:
            add(f"cz:{head}:{postcode}")
        add(f"cc:{head}:{second}" if second else f"cc:{''.join(company)[:10]}")
    if birth:
        if tail:
            add(f"bl:{sound(last)}:{birth}")
        if first:
            add(f"bf:{first}:{birth}")
    if first and tail:
        add(f"n:{first}:{tail}" if first <= tail else f"n:{tail}:{first}")
    if road and number:
        add(f"a:{road}:{number}")
    if postcode:
        if tail:
            add(f"zl:{tail[:3]}:{postcode}")
        if road:
            add(f"zs:{road}:{postcode}")
        if birth:
            add(f"zb:{postcode}:{birth}")
        if first:
            add(f"zf:{first[:3]}:{postcode}")
    if len(keys) < MOST_KEYS:
        if tail and road:
            add(f"sl:{tail}:{road}")
        if place and tail and not birth:
            add(f"yl:{tail}:{place}")
        if len(local) >= _LONG:
            add(f"l:{local}")
        if domain and local and tail and company:
            add(f"d:{sound(last)}:{domain}")
    return tuple(keys[: MOST_KEYS - sure])


def _heads(company: tuple[str, ...]) -> tuple[str, str]:
    """The beginnings of the first two telling words."""
    telling = telling_words(company)
    return telling[0][:5], telling[1][:5] if len(telling) > 1 else ""


def telling_words(company: tuple[str, ...]) -> list[str]:
    """The words of a company's name that others do not share, in order; all where there is no such word."""
    return [word for word in company if not generic(word) and not (len(word) < 2 and len(company) > 1)] or [*company]
