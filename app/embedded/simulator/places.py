"""The countries that simulated people live in, read from world.yaml: what is usual there, and how usual."""

from __future__ import annotations

import unicodedata
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from typing import Any, Final, Generic, TypeVar

import yaml

_SPECIAL = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "æ": "ae", "ä": "ae", "ö": "oe", "ü": "ue", "ı": "i"})
_NANP_EXCHANGES: Final = "2345678"
_LETTERS: Final = "ABEGHJLNPRTW"  # in the postcodes of Britain, Canada and the Netherlands alike
_FLATTER: Final = 20  # the first of a list is 1 / (20 + 1) against 1 / (20 + n) for the n-th: three in a hundred of seventy
_T = TypeVar("_T")


class Ranked(Generic[_T]):
    """Choices, the most frequent first: the n-th is drawn in proportion to 1 / (n + flatter)."""

    def __init__(self, choices: Sequence[_T], flatter: float = _FLATTER) -> None:
        self.choices = tuple(choices)
        weights = list(accumulate(1 / (n + 1 + flatter) for n in range(len(self.choices))))
        self._limits = [weight / weights[-1] for weight in weights[:-1]]

    def pick(self, at: float) -> _T:
        """The choice at this point of [0, 1)."""
        return self.choices[bisect(self._limits, at)]


@dataclass(frozen=True, slots=True)
class Parts:
    """Beginnings and endings that names are composed of."""

    heads: tuple[str, ...]
    tails: tuple[str, ...]

    def pick(self, head: float, tail: float) -> str:
        """A composed name; both lists are drawn from their beginning more often than from their end."""
        return self.heads[int(head**1.3 * len(self.heads))] + self.tails[int(tail**1.3 * len(self.tails))]


@dataclass(frozen=True, slots=True)
class Town:
    """A place: name, region as a form would offer it, and the postcode, in which `#` and `@` are the address's."""

    name: str
    region: str
    postcode: str

    def postcode_at(self, at: float) -> str:
        """The postcode of an address there."""
        return _filled(self.postcode, int(at * 1_000_000), "#")


@dataclass(frozen=True, slots=True)
class Country:
    """One country.

    Attributes:
        code: ISO 3166-1 alpha-2.
        share: Weight among the simulated people.
        calling: Country calling code, without plus.
        mobile: Beginnings of national significant numbers that are valid with any `digits` further digits.
        trunk: What is dialled before a national number.
        ip: First two octets of an IPv4 block used there.
        number_first: Whether the house number stands before the street.
        common: Share of people with one of the common family names; the others' are composed.
        double: Share of people with two family names.
        joint: What stands between the two.
    """

    code: str
    share: int
    language: str
    tld: str
    calling: str
    mobile: tuple[str, ...]
    digits: int
    trunk: str
    ip: str
    number_first: bool
    common: float
    double: float
    joint: str
    legal: Ranked[str]
    mail: Ranked[str]
    given: Ranked[str]
    family: Ranked[str]
    family_parts: Parts
    streets: Ranked[str]
    street_parts: Parts
    cities: Ranked[Town]
    town_parts: Parts
    regions: tuple[Town, ...]
    trades: tuple[str, ...]
    _known: dict[str, Town] = field(default_factory=dict, compare=False, repr=False)  # by name

    def family_at(self, which: float, head: float, tail: float) -> str:
        """A family name: a common one, or a composed one."""
        if which < self.common:
            return self.family.pick(which / self.common)
        return self.family_parts.pick(head, tail)

    def town_at(self, which: float, head: float, tail: float) -> Town:
        """A city, or a small town: the same name is the same place."""
        if which < _IN_CITIES:
            return self.cities.pick(which / _IN_CITIES)
        return self._small_town(self.town_parts.pick(head, tail))

    def street_at(self, which: float, head: float, tail: float) -> str:
        """A street that every town has, or one of the others."""
        return self.streets.pick(which / _COMMON_STREETS) if which < _COMMON_STREETS else self.street_parts.pick(head, tail)

    def _small_town(self, name: str) -> Town:
        town = self._known.get(name)
        if town is None:
            number, at = divmod(_number_of(name), len(self.regions))
            region = self.regions[at]
            town = self._known[name] = Town(name, region.region, _filled(region.postcode.replace("#", "%"), number, "%"))
        return town


_IN_CITIES: Final = 0.4
_COMMON_STREETS: Final = 0.25


def ascii_of(name: str) -> str:
    """The name as it stands in an e-mail address: lower case, letters a to z only."""
    return _ascii_of(name)


@lru_cache(maxsize=65_536)
def _ascii_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().translate(_SPECIAL)).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain if letter.isalpha())


def _number_of(name: str) -> int:
    """A number that only the name decides."""
    number = 0
    for char in name:
        number = (number * 131 + ord(char)) % 1_000_003
    return number


def _filled(pattern: str, number: int, sign: str) -> str:
    """The pattern with the number's digits for each `sign`; of an address (`#`), letters for `@`, too."""
    if sign not in pattern and (sign == "%" or "@" not in pattern):
        return pattern
    out = []
    for char in pattern:
        if char == sign:
            number, digit = divmod(number, 10)
            out.append(str(digit))
        elif char == "@" and sign == "#":
            number, digit = divmod(number, len(_LETTERS))
            out.append(_LETTERS[digit])
        else:
            out.append(char)
    return "".join(out)


def _read() -> tuple[tuple[Country, ...], tuple[tuple[str, ...], ...]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    world: dict[str, Any] = yaml.load((files(__package__) / "world.yaml").read_bytes(), loader)  # noqa: S506  a safe one
    countries = tuple(_country(code, facts, world) for code, facts in world["countries"].items())
    return countries, tuple(tuple(part.split()) for part in world["brand_parts"])


def _country(code: str, facts: dict[str, Any], world: dict[str, Any]) -> Country:
    words: dict[str, Any] = world["words"][code]
    cities = _towns(words["cities"])
    mobile = tuple(words["mobile"].split())
    if facts["calling"] == "1":
        mobile = tuple(area + first for area in mobile for first in _NANP_EXCHANGES)
    return Country(
        code=code,
        mobile=mobile,
        number_first=facts["number"] == "first",
        legal=Ranked(facts["legal"], 1),
        mail=Ranked(words["mail"].split(), 2),
        given=Ranked(words["given"].split()),
        family=Ranked([name.replace("-", " ") for name in words["family"].split()]),
        family_parts=_parts(words["family_parts"]),
        streets=Ranked(_items(words["streets"], ",")),
        street_parts=_parts(words["street_parts"]),
        cities=Ranked(cities, 4),
        town_parts=_parts(words["town_parts"]),
        regions=tuple(Town("", *_items(region, "|")) for region in _items(words["regions"], ";")),
        trades=tuple(world["trades"][facts["language"]].split()),
        _known={town.name: town for town in cities},
        **{name: facts[name] for name in ("share", "language", "tld", "calling", "digits", "trunk", "ip")},
        **{name: facts[name] for name in ("common", "double", "joint")},
    )


def _items(text: str, sign: str) -> list[str]:
    return [part.strip() for part in text.split(sign)]


def _towns(text: str) -> list[Town]:
    return [Town(*_items(town, "|")) for town in _items(text, ";")]


def _parts(parts: Sequence[str | Sequence[str]]) -> Parts:
    """Each list is one text, or YAML's own list of it."""
    texts = [part if isinstance(part, str) else " ".join(part) for part in parts]
    heads, tails = (tuple(word.replace("_", " ") for word in text.split()) for text in texts)
    return Parts(heads, tails)


COUNTRIES, BRAND_PARTS = _read()
