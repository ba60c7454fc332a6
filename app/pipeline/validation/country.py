"""Countries and currencies by their ISO codes.

The tables are built once from pycountry, when the first lead needs them: names in its own language and in those below,
alpha-3 and alpha-2 codes, and what people write instead (UK, Holland, USA).
"""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from app.pipeline.validation.notes import Notes
from app.pipeline.validation.placeholder import is_placeholder
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.text import plain

_LANGUAGES = (
    "de",
    "fr",
    "es",
    "it",
    "nl",
    "pt",
    "pl",
    "sv",
    "da",
    "nb_NO",
    "fi",
    "cs",
    "hu",
    "ro",
    "tr",
    "el",
    "ru",
    "uk",
    "ja",
    "zh_CN",
    "zh_TW",
    "ko",
    "ar",
    "bg",
    "hr",
    "sk",
)
_SPOKEN = {
    "GB": "uk;great britain;britain;england;scotland;wales;northern ireland;gran bretagna;"
    "gran bretana;grande bretagne;grossbritannien;engeland;inghilterra;inglaterra;angleterre",
    "US": "usa;u.s.;u.s.a.;america;united states of america;the united states;vereinigte staaten von amerika;"
    "estados unidos de america;etats unis d amerique;eeuu;ee.uu.;amerika",
    "NL": "holland;the netherlands;hollande;holanda;olanda",
    "DE": "brd;bundesrepublik deutschland;federal republic of germany",
    "CZ": "czech republic;tschechische republik",
    "AE": "uae;dubai;vae",
    "KR": "south korea;korea;suedkorea;sudkorea;corea del sur",
    "KP": "north korea",
    "RU": "russia;russland;rusia;russie;россия",
    "GR": "el;hellas",
    "TR": "turkey;turkei;tuerkei",
    "CH": "suisse;svizzera;schweiz",
    "BE": "belgie;belgique",
    "CN": "prc;mainland china",
    "TW": "taiwan",
    "VN": "vietnam",
    "IR": "iran",
    "SY": "syria",
    "BO": "bolivia",
    "VE": "venezuela",
    "TZ": "tanzania",
    "MD": "moldova",
    "LA": "laos",
    "AT": "oesterreich",
    "MK": "macedonia;north macedonia",
    "CI": "ivory coast",
    "HK": "hong kong",
}
_LONGEST = 80
_PARTS = re.compile(r"[\s]*[()/|,;–—][\s]*|\s+-\s+|\s+(?=[\U0001f1e6-\U0001f1ff])|(?<=[\U0001f1e6-\U0001f1ff]{2})\s+")


def read_country(value: object, notes: Notes, field: str = "country") -> str | None:
    """ISO 3166-1 alpha-2 of a code or a name."""
    text = as_text(value)
    clean = None if text is None or len(text) > _LONGEST * 4 else plain(text)
    if clean == "":
        return None
    code = None if clean is None else country_code(clean) or _of_parts(clean)
    if code is None:
        if clean is not None and is_placeholder(clean):
            notes.remove(field, value)
        else:
            notes.reject(field, value)
    elif code != text:
        notes.repair(field, "iso3166", before=value, after=code)
    return code


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a country's code or name in any of the languages; None where it is none."""
    if len(text) > _LONGEST:
        return None
    codes, names = _countries()
    upper = text.upper()
    if upper in codes:
        return upper
    if len(text) == 2 and all("\U0001f1e6" <= char <= "\U0001f1ff" for char in text):  # a flag
        upper = "".join(chr(ord(char) - 0x1F1E6 + ord("A")) for char in text)
        return upper if upper in codes else None
    return names.get(country_key(text))


@lru_cache(maxsize=4096)
def _of_parts(text: str) -> str | None:
    """`Deutschland / Germany`, `Germany (DE)`, `DE - Deutschland`, `Germany 🇩🇪`: several names of one country."""
    found = {country_code(part) for part in _PARTS.split(text[:_LONGEST]) if part}
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=1024)
def is_currency(code: str) -> bool:
    """Whether this is an ISO 4217 code, in capitals."""
    return code in _currencies()


def country_codes() -> frozenset[str]:
    """ISO 3166-1 alpha-2, in capitals."""
    return _countries()[0]


def country_names() -> Mapping[str, str]:
    """Names and alpha-3 codes as `country_key` spells them → alpha-2."""
    return _countries()[1]


def country_key(name: str) -> str:
    """Letters and digits alone, without case and accents."""
    compact = name.casefold().replace(" ", "")
    if compact.isalnum() and unicodedata.is_normalized("NFKD", compact):
        return compact
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in decomposed if char.isalnum())


@lru_cache(maxsize=1)
def _countries() -> tuple[frozenset[str], dict[str, str]]:
    import pycountry  # slow to import, and not needed where no lead names a country

    names: dict[str, str] = {}
    for country in pycountry.countries:
        spoken = (country.alpha_3, country.name, getattr(country, "common_name", ""), getattr(country, "official_name", ""))
        names.update({country_key(name): country.alpha_2 for name in spoken if name})
    for code, aliases in _SPOKEN.items():
        names.update({country_key(name): code for name in aliases.split(";")})
    for language in _LANGUAGES:  # an earlier language wins where two call different countries the same
        translate = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True).gettext
        for country in pycountry.countries:
            for name in (country.name, getattr(country, "common_name", country.name)):
                names.setdefault(country_key(translate(name)), country.alpha_2)
    names.pop("", None)
    return frozenset(country.alpha_2 for country in pycountry.countries), names


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    import pycountry

    return frozenset(currency.alpha_3 for currency in pycountry.currencies)
