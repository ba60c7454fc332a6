"""Simulated people. The n-th person of a seed is always the same, and no two share an e-mail address or a phone number:
the tests count duplicates by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TypeVar

from app.embedded.simulator.places import COUNTRIES, Country, ascii_of

_COMPANY_A = (
    "Nordlicht",
    "Brenk",
    "Auric",
    "Halden",
    "Talvera",
    "Quernmoor",
    "Ostrava",
    "Kestrel",
    "Lumenfeld",
    "Pallas",
    "Grovehill",
)
_COMPANY_B = (
    "Logistik",
    "Systems",
    "Bau",
    "Foods",
    "Textil",
    "Energy",
    "Medical",
    "Design",
    "Robotics",
    "Print",
    "Travel",
    "Optik",
)
_TITLES = ("CEO", "Head of Purchasing", "Marketing Manager", "Owner", "IT Lead", "Office Manager", "Buyer", "Student", "Engineer")
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
)

_CUMULATIVE = tuple(accumulate(country.share for country in COUNTRIES))
_ASCII = {name: ascii_of(name) for country in COUNTRIES for name in country.given + country.family}
_Choice = TypeVar("_Choice")
# n → (n * _STEP + _FIRST) mod size meets every number of a range once, scattered: _STEP shares no factor with any size.
_STEP, _FIRST = 61_803_391, 3_141_592


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may become a lead. `email` in lower case, `phone` in E.164; `works` whether the e-mail is a company's."""

    index: int
    first: str
    last: str
    email: str
    other_email: str  # a second address of the same person, as unique as the first
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

    @property
    def national(self) -> str:
        """The national significant number."""
        return self.phone[1 + len(self.country.calling) :]


def person(index: int, rng: Random) -> Person:
    """The person with this index, the rest of them drawn from `rng`.

    Unique up to ten million people: the e-mail ends in the index, which names never hold digits to blur; the phone number is the
    index, permuted over its country's ranges.
    """
    random = rng.random
    country = rng.choices(COUNTRIES, cum_weights=_CUMULATIVE)[0]
    first, last = _pick(country.given, random()), _pick(country.family, random())
    local, works = f"{_ASCII[first]}.{_ASCII[last]}{index}", random() < 0.45
    private = f"{local}@{_pick(country.free_mail, random())}"
    brand, trade = _pick(_COMPANY_A, random()), _pick(_COMPANY_B, random())
    business = f"{_ASCII[first][0]}{_ASCII[last]}{index}@{brand.lower()}-{trade.lower()}.{country.tld}"
    employed = works or random() < 0.15
    town = _pick(country.towns, random())
    return Person(
        index=index,
        first=first,
        last=last.replace("-", " "),
        email=business if works else private,
        other_email=private if works else business,
        works=works,
        company=f"{brand} {trade} {country.legal_form}" if employed else None,
        title=_pick(_TITLES, random()) if employed else None,
        country=country,
        phone=phone_of(country, index),
        street=f"{_pick(country.streets, random())} {1 + int(random() * 120)}",
        city=town.name,
        region=town.region,
        postcode=_fill(town.postcode, random()),
        ip=f"{country.ip}.{int(random() * 256)}.{1 + int(random() * 254)}",
        agent=_pick(_AGENTS, random()),
    )


def phone_of(country: Country, index: int) -> str:
    """The `index`-th mobile number of the country, in E.164."""
    span = 10**country.digits
    block, rest = divmod((index * _STEP + _FIRST) % (span * len(country.mobile)), span)
    return f"+{country.calling}{country.mobile[block]}{rest:0{country.digits}d}"


def _pick(choices: tuple[_Choice, ...], at: float) -> _Choice:
    return choices[int(at * len(choices))]


def _fill(pattern: str, at: float) -> str:
    """Digits for the pattern's `#`."""
    digits = iter(f"{int(at * 1000):03d}")
    return "".join(next(digits) if char == "#" else char for char in pattern)
