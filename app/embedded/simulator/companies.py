"""Simulated companies: each has one founder, whose index is its own, a domain that no other has, and an address."""

from __future__ import annotations

from dataclasses import dataclass

from app.embedded.simulator.draws import draws, scattered
from app.embedded.simulator.places import BRAND_PARTS, Country, ascii_of

_HEADS, _MIDDLES, _TAILS = BRAND_PARTS
_BRANDS = len(_HEADS) * len(_MIDDLES) * len(_TAILS)
_BY_NAME = 0.35  # share of companies that are called by their founder and a partner
_ONE_MAILBOX = 0.03  # share of companies in which all write from info@


@dataclass(frozen=True, slots=True)
class Company:
    """`shared`: the address that all there write from; None: each has an own one."""

    name: str
    domain: str
    street: str
    city: str
    region: str
    postcode: str
    shared: str | None


def company(key: bytes, index: int, country: Country, founder: str) -> Company:
    """The company that the person with this index founded.

    Args:
        founder: Family name.
    """
    at = iter(draws(key, b"company", index))
    again, rest = divmod(index, _BRANDS * len(country.trades))
    number = scattered(rest, _BRANDS * len(country.trades))
    trade = country.trades[number // _BRANDS]
    if next(at) < _BY_NAME:
        partner = country.family_at(next(at), next(at), next(at))
        name, domain = f"{founder} & {partner} {trade}", f"{ascii_of(founder)}-{ascii_of(partner)}{index}.{country.tld}"
    else:
        brand = _brand(number % _BRANDS)
        name, domain = f"{brand} {trade}", f"{ascii_of(brand)}-{ascii_of(trade)}{again or ''}.{country.tld}"
    town = country.town_at(next(at), next(at), next(at))
    street, house = country.street_at(next(at), next(at), next(at)), 1 + int(next(at) ** 2 * 150)
    return Company(
        name=f"{name} {country.legal.pick(next(at))}",
        domain=domain,
        street=f"{house} {street}" if country.number_first else f"{street} {house}",
        city=town.name,
        region=town.region,
        postcode=town.postcode_at(next(at)),
        shared=f"info@{domain}" if next(at) < _ONE_MAILBOX else None,
    )


def _brand(number: int) -> str:
    """An invented word: another one for each number."""
    rest, head = divmod(number, len(_HEADS))
    tail, middle = divmod(rest, len(_MIDDLES))
    return _HEADS[head] + _MIDDLES[middle] + _TAILS[tail]
