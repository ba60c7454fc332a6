"""What is compared of a lead, in the form in which it is compared."""

from __future__ import annotations

from typing import Final, NamedTuple


class Evidence(NamedTuple):  # not a frozen dataclass: to make one takes five times as long, and one is made for every candidate
    """What tells who a lead is. Everything is folded (`fold.py`); an empty text or tuple says that it is not known.

    Attributes:
        first, last: Given and family names, words apart by a blank.
        company: Words of the company's name without its legal form, in order.
        number: House number, `12a`.
        street: Words of the street without `street`, `north`, …
        extra: Flat, floor, estate: what else the address says.
        city, region, postcode: `koln`, `nrw`, `sw1a1aa`.
        country: ISO 3166-1 alpha-2, small letters.
        phone: Digits: E.164 without plus, or of a national number as far as known.
        local, domain: Of the e-mail address, as its provider delivers it (no dots and tags at Gmail, …).
        birth: `yyyymmdd`.
        ids: Unique ids, `kind:value`, sorted.
    """

    first: str = ""
    last: str = ""
    company: tuple[str, ...] = ()
    number: str = ""
    street: tuple[str, ...] = ()
    extra: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    local: str = ""
    domain: str = ""
    birth: str = ""
    ids: tuple[str, ...] = ()


NAMES: Final = Evidence._fields
"""The fields in the order in which they are packed."""
