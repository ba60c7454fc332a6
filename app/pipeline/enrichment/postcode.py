"""The country of a postcode, where its form is unmistakable: `SW1A 1AA` is British, `10115` could be anybody's.

Forms by the Universal Postal Union's addressing sheets. A form that two countries share is not here: `12345-6789` is a ZIP+4, and
Saudi Arabia's, too.
"""

from __future__ import annotations

import re
from functools import lru_cache

_BRITISH = re.compile(
    r"(GIR|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRVWXY])) ?\d[ABD-HJLNP-UW-Z]{2}"
)
_CROWN = {"JE": "JE", "GY": "GG", "IM": "IM", "GX": "GI"}  # written as British ones, and countries of their own

_FORMS = tuple(
    (country, re.compile(form))
    for country, form in {
        "CA": r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d",
        "NL": r"(?:NL-)?[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}",
        "BR": r"\d{5}-\d{3}",
        "PL": r"(?:PL-)?\d{2}-\d{3}",
        "PT": r"\d{4}-\d{3}",
        "JP": r"〒?\d{3}[-－]\d{4}",
        "IE": r"(?:[AC-FHKNPRTV-Y]\d\d|D6W) ?[0-9AC-FHKNPRTV-Y]{4}",
        "AR": r"[A-HJ-NP-Z]\d{4}[A-Z]{3}",
        "MT": r"[A-Z]{3} \d{4}",
        "AD": r"AD\d{3}",
        "LV": r"LV-\d{4}",
        "LT": r"LT-\d{5}",
        "MD": r"MD-\d{4}",
        "AZ": r"AZ ?\d{4}",
        "SE": r"(?:SE|S)-\d{3} ?\d{2}",
        "FI": r"FI-\d{5}",
        "DK": r"DK-\d{4}",
        "DE": r"(?:DE|D)-\d{5}",
        "CH": r"CH-\d{4}",
        "AT": r"(?:AT|A)-\d{4}",
        "BE": r"(?:BE|B)-\d{4}",
        "LU": r"(?:LU|L)-\d{4}",
        "FR": r"(?:FR|F)-\d{5}",
        "IT": r"(?:IT|I)-\d{5}",
        "ES": r"(?:ES|E)-\d{5}",
        "KY": r"KY\d-\d{4}",
    }.items()
)


@lru_cache(maxsize=4096)
def country_of_postcode(postcode: str) -> str | None:
    """ISO 3166-1 alpha-2; None where more than one country writes postcodes like that, or none does."""
    if postcode.isdecimal():
        return None
    text = postcode.strip().upper()
    if _BRITISH.fullmatch(text):
        return _CROWN.get(text[:2], "GB")
    for country, form in _FORMS:
        if form.fullmatch(text):
            return country
    return None
