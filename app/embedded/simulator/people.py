"""Simulated people. The n-th person of a seed is always the same, and nobody shares an e-mail address or a phone number with
anybody by accident: the tests count duplicates by that. Ten million people per seed.

Some are kin of somebody who came shortly before them, and share what such people share: a family its name and home, at times its
phone or its mailbox; colleagues their company and its address, at times its switchboard or its info@; namesakes nothing but the
name. Namesakes, neighbours and people of one town come about by chance, too, as often as the frequencies of names bring it.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final, Literal, NamedTuple

from app.embedded.simulator.companies import Company, company
from app.embedded.simulator.draws import draws, key_of, scattered
from app.embedded.simulator.places import COUNTRIES, Country, ascii_of

MOST: Final = 10_000_000

_TITLES = ("CEO", "Head of Purchasing", "Marketing Manager", "Owner", "IT Lead", "Office Manager", "Buyer", "Student", "Engineer")
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
)
_CUMULATIVE = tuple(accumulate(country.share for country in COUNTRIES))

Relation = Literal["family", "colleague", "namesake"]
_FAMILY, _COLLEAGUES, _NAMESAKES = 0.02, 0.02, 0.01  # shares of people that are so related to somebody before them
_LATER = 150  # people at most between the two
_FAMILY_PHONE, _FAMILY_MAIL, _SWITCHBOARD = 0.3, 0.06, 0.2
_WORKS, _EMPLOYED = 0.45, 0.15
_AT_WORK = 0.5  # share of those who write from work that give the company's address


class Kin(NamedTuple):
    """Who somebody is related to, by index, and what the two have in common beyond what all of that relation have."""

    relation: Relation
    of: int
    shares: Literal["email", "phone"] | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may become a lead. `email` in lower case, `phone` in E.164; `works` whether the e-mail is a company's."""

    index: int
    first: str
    last: str
    email: str
    other_email: str  # a second address of the same person, that nobody else has
    works: bool
    company: str | None
    title: str | None
    country: Country
    phone: str
    street: str
    city: str
    region: str
    postcode: str
    ip: str
    agent: str
    kin: Kin | None = None
    firm: Company | None = None

    @property
    def national(self) -> str:
        """The national significant number."""
        return self.phone[1 + len(self.country.calling) :]

    @property
    def role(self) -> bool:
        """Whether the e-mail is everybody's at the company."""
        return self.firm is not None and self.email == self.firm.shared

    @property
    def at_work(self) -> bool:
        """Whether the address is the company's."""
        return self.firm is not None and self.street == self.firm.street

    @property
    def alone(self) -> bool:
        """Whether nobody else has the same e-mail or phone."""
        return not self.role and (self.kin is None or self.kin.shares is None)


class World:
    """All people of a seed.

    Args:
        first: Index of the first person: those before are nobody's kin here.
    """

    def __init__(self, seed: int, first: int = 0) -> None:
        self._key, self._first = key_of(seed), first

    def person(self, index: int) -> Person:
        """The person with this index."""
        at = draws(self._key, b"person", index)
        kin = _kin(index, at[0], at[1], at[2])
        if kin is None or kin.of < self._first:
            return self._person(index, at)
        other = self.person(kin.of)
        match kin.relation:
            case "family" if not other.at_work:
                return _relative(self._person(index, at, other.country, last=other.last, but=other.first), other, kin)
            case "colleague" if other.firm:
                one = self._person(index, at, other.country, firm=other.firm)
                return replace(one, kin=kin, phone=other.phone if kin.shares == "phone" else one.phone)
            case "namesake":
                return replace(self._person(index, at, other.country, first=other.first, last=other.last), kin=kin)
        return self._person(index, at)

    def _person(
        self,
        index: int,
        at: list[float],
        country: Country | None = None,
        *,
        first: str | None = None,
        last: str | None = None,
        firm: Company | None = None,
        but: str | None = None,
    ) -> Person:
        """Somebody of whom this is given, and the rest drawn; called other than `but`."""
        country = country or _country(at[3])
        first, last = first or _first(country, at[4], at[5], but), last or _last(country, at[7:14])
        works, number = firm is not None or at[14] < _WORKS, scattered(index, MOST)
        joined = firm is not None
        if firm is None and (works or at[15] < _EMPLOYED):
            firm = company(self._key, index, country, last)
        private = f"{_local(first, last, at[16])}{number}@{country.mail.pick(at[17])}"
        email, other = private, f"{ascii_of(last)}-{ascii_of(first)}{number}@{country.mail.pick(at[18])}"
        if works and firm:
            business = f"{ascii_of(first)}.{ascii_of(last)}{number if joined else ''}@{firm.domain}"
            email, other = (firm.shared, business) if firm.shared else (business, private)
        if works and firm and at[19] < _AT_WORK:
            street, city, region, postcode = firm.street, firm.city, firm.region, firm.postcode
        else:
            town = country.town_at(at[20], at[21], at[22])
            road, house = country.street_at(at[23], at[24], at[25]), 1 + int(at[26] ** 2 * 150)
            street = f"{house} {road}" if country.number_first else f"{road} {house}"
            city, region, postcode = town.name, town.region, town.postcode_at(at[27])
        return Person(
            index=index,
            first=first,
            last=last,
            email=email,
            other_email=other,
            works=works,
            company=firm.name if firm else None,
            title=_TITLES[int(at[28] * len(_TITLES))] if firm else None,
            country=country,
            phone=phone_of(country, index),
            street=street,
            city=city,
            region=region,
            postcode=postcode,
            ip=f"{country.ip}.{int(at[29] * 256)}.{1 + int(at[30] * 254)}",
            agent=_AGENTS[int(at[31] * len(_AGENTS))],
            firm=firm,
        )


def phone_of(country: Country, index: int) -> str:
    """The `index`-th mobile number of the country, in E.164."""
    span = 10**country.digits
    block, rest = divmod(scattered(MOST + index, span * len(country.mobile)), span)
    return f"+{country.calling}{country.mobile[block]}{rest:0{country.digits}d}"


def _kin(index: int, which: float, distance: float, share: float) -> Kin | None:
    of = index - 1 - int(distance * _LATER)
    if which < _FAMILY:
        return Kin("family", of, "email" if share < _FAMILY_MAIL else "phone" if share > 1 - _FAMILY_PHONE else None)
    if which < _FAMILY + _COLLEAGUES:
        return Kin("colleague", of, "phone" if share < _SWITCHBOARD else None)
    return Kin("namesake", of) if which < _FAMILY + _COLLEAGUES + _NAMESAKES else None


def _relative(one: Person, other: Person, kin: Kin) -> Person:
    """The same person, at home with the other."""
    if kin.shares == "email" and other.works:  # a mailbox at work is nobody else's
        kin = kin._replace(shares=None)
    email = other.email if kin.shares == "email" else one.email
    phone = other.phone if kin.shares == "phone" else one.phone
    if not one.at_work:
        one = replace(one, street=other.street, city=other.city, region=other.region, postcode=other.postcode)
    return replace(one, kin=kin, email=email, phone=phone)


def _country(at: float) -> Country:
    return COUNTRIES[bisect(_CUMULATIVE, at * _CUMULATIVE[-1])]


def _first(country: Country, at: float, again: float, but: str | None) -> str:
    """A given name; not the one that somebody else of the family has."""
    first = country.given.pick(at)
    while first == but:
        again = again * 0.9 + 0.05
        first = country.given.pick(again)
    return first


def _last(country: Country, at: list[float]) -> str:
    name = country.family_at(at[0], at[1], at[2])
    if at[3] >= country.double or " " in name:
        return name
    return f"{name}{country.joint}{country.family_at(at[4], at[5], at[6])}"


def _local(first: str, last: str, at: float) -> str:
    """What people call their private mailbox; a number follows."""
    one, two = ascii_of(first), ascii_of(last)
    return (f"{one}.{two}", f"{one}{two}", f"{two}.{one}", f"{one[0]}.{two}", f"{one}{two[0]}", f"{one}_{two}")[int(at * 6)]
