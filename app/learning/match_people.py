"""A made-up world of people and businesses to train matching on: names, addresses, phones as in a dozen countries, all invented
from word lists and syllables. The same dice make the same world.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from app.learning.match_dice import Dice
from app.pipeline.matching.words import spelled

_GIVEN, _FAMILY = spelled("given"), spelled("family")
_LEGAL: Final = {
    "de": "GmbH AG KG e.K. UG OHG GbR",
    "fr": "SARL SAS S.A. EURL",
    "es": "S.L. S.A. SLU",
    "it": "Srl S.p.A. S.n.c.",
    "pl": "Sp.zo.o. S.A.",
    "en": "Ltd Inc LLC Corp. plc Limited",
    "ru": "ООО АО ИП",
    "nl": "B.V. N.V.",
}
_TRADES: Final = {
    "de": "Logistik Bau Technik Immobilien Reisen Druck Autohaus Bäckerei Apotheke Elektro Gasthaus Hotel Möbel Praxis Verlag",
    "fr": "Transports Immobilier Boulangerie Pharmacie Garage Restaurant Café Hôtel Consulting Design Assurances",
    "es": "Transportes Inmobiliaria Farmacia Restaurante Hotel Seguros Construcciones Talleres Clínica Consultores",
    "it": "Trasporti Immobiliare Farmacia Ristorante Trattoria Hotel Costruzioni Studio Assicurazioni",
    "pl": "Transport Nieruchomości Apteka Restauracja Hotel Budownictwo Studio Serwis",
    "en": "Restaurant Cafe Grill Hotel Logistics Systems Consulting Plumbing Dental Pharmacy School Church Clinic Motors Bar",
    "ru": "Строй Сервис Транс Торг Мед Кафе Отель Групп",
    "nl": "Transport Vastgoed Bakkerij Apotheek Restaurant Hotel Techniek Advies",
}
_STREETS: Final = {
    "de": ("{}straße {}", "{}weg {}", "{}gasse {}", "Am {} {}"),
    "fr": ("{1} rue {0}", "{1} avenue {0}", "{1} boulevard de {0}"),
    "es": ("Calle {} {}", "Avenida {}, {}", "Plaza {} {}"),
    "it": ("Via {} {}", "Corso {}, {}", "Piazza {} {}"),
    "pl": ("ul. {} {}", "al. {} {}"),
    "en": ("{1} {0} Street", "{1} {0} Ave", "{1} W. {0} Rd", "{1} {0} Blvd", "{1} {0} Lane"),
    "ru": ("ул. {}, {}", "проспект {}, {}"),
    "nl": ("{}straat {}", "{}laan {}"),
}
_COMMON_STREETS: Final = (
    "Haupt Bahnhof Main Church Park High Station Mill Oak Maple Schul Garten Lincoln Victor Roma Mayor Long".split()
)
_LANGUAGES: Final = ("de", "fr", "es", "it", "pl", "en", "en", "en", "ru", "nl")
COUNTRY: Final = {"de": "DE", "fr": "FR", "es": "ES", "it": "IT", "pl": "PL", "en": "US", "ru": "RU", "nl": "NL"}
_CALLING: Final = {"de": "49", "fr": "33", "es": "34", "it": "39", "pl": "48", "en": "1", "ru": "7", "nl": "31"}
_FREE: Final = (
    *("gmail.com", "gmail.com", "gmx.de", "yahoo.com", "hotmail.com", "outlook.com", "web.de", "icloud.com"),
    *("ziggo.nl", "btinternet.com"),  # of providers that are nobody's list
)
_ONSETS: Final = "b br c d dr f g gr h j k kl l m n p pr r s sch st t tr v w z".split()
_NUCLEI: Final = "a a e e i o u ai au ei ie".split()
_CODAS: Final = ["", "", "", "l", "n", "r", "s", "t", "nd", "rg", "ck", "m"]
_ENDS: Final = {
    "family": "mann er son ini ez ski ova in berg feld e a o ard et au ieri ini ov enko sen".split(),
    "town": "burg stadt ville heim hausen ton ford ham berg furt rode ette ano ena ow ice grad dorp".split(),
    "street": "en er berg a o in ton wald bach feld e".split(),
    "brand": ["", "", "a", "o", "ix", "on", "er", "um", "ex", "ia", "is"],
}
_TOWNS, _STREETS_OF_TOWN, _BRANDS = 120, 36, 6_000


@dataclass(frozen=True, slots=True)
class Place:
    """An address."""

    street: str  # without number
    form: int  # how addresses are written there
    number: str
    extra: str
    city: str
    suburb: str
    region: str
    postcode: str
    language: str

    @property
    def line(self) -> str:
        """Street and number as written in the country."""
        forms = _STREETS[self.language]
        return forms[self.form % len(forms)].format(self.street, self.number)


@dataclass(frozen=True, slots=True)
class Being:
    """A person, a business, or a person at a business. Empty: it has none."""

    first: str
    last: str
    birth: str
    company: str
    brand: str
    trade: str
    legal: str
    place: Place
    phone: str
    other_phone: str
    email: str
    other_email: str


class World:
    """Makes beings that live in the same towns and streets."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._towns = [self._town() for _ in range(_TOWNS)]
        self._brands = [self.word("brand", 1) for _ in range(_BRANDS)]

    def word(self, kind: str, most: int = 2) -> str:
        """An invented word."""
        dice = self._dice
        syllables = "".join(dice.one(_ONSETS) + dice.one(_NUCLEI) + dice.one(_CODAS) for _ in range(1 + dice.below(most)))
        return (syllables + dice.one(_ENDS[kind])).capitalize()

    def family_name(self) -> str:
        """A common one, or an invented one."""
        return self._dice.early(_FAMILY) if self._dice.chance(0.4) else self.word("family")

    def given_name(self) -> str:
        """A common one, rarely an invented one."""
        return self._dice.one(_GIVEN) if self._dice.chance(0.75) else self.word("family", 1)

    def birth(self) -> str:
        """A date as yyyymmdd."""
        dice = self._dice
        return f"{1935 + dice.below(72)}{1 + dice.below(12):02d}{1 + dice.below(28):02d}"

    def place(self) -> Place:
        """An address somewhere."""
        dice = self._dice
        language, city, region, suburbs, codes, streets = dice.early(self._towns)
        at = dice.below(len(streets))
        return Place(
            streets[at], at, self.number(), self._extra(), city, dice.one(suburbs), region, codes[at % len(codes)], language
        )

    def number(self) -> str:
        """A house number."""
        dice = self._dice
        return str(1 + int(dice.share() ** 2 * (400 if dice.chance(0.8) else 9_000))) + (
            dice.one("abc") if dice.chance(0.06) else ""
        )

    def neighbour(self, place: Place, *, same_house: bool) -> Place:
        """An address in the same street."""
        return replace(place, number=place.number if same_house else self.number(), extra=self._extra())

    def elsewhere(self, place: Place, *, same_city: bool) -> Place:
        """An address in another street."""
        for _ in range(50):
            other = self.place()
            if other.language == place.language and other.street != place.street:
                break
        return replace(other, city=place.city, suburb=place.suburb, region=place.region) if same_city else other

    def phone(self, place: Place) -> str:
        """A number of the country, E.164."""
        return f"+{_CALLING[place.language]}{2 + self._dice.below(8)}{self._dice.digits(8)}"

    def person(self, *, works: bool = False) -> Being:
        """Somebody; with a company where it `works`."""
        dice, place = self._dice, self.place()
        first, last = self.given_name(), self.family_name()
        trading = self.business() if works else None
        domain = trading.email.partition("@")[2] if trading else dice.one(_FREE)
        if trading:
            place = trading.place
        birth = "" if works and dice.chance(0.8) else self.birth()
        phone = self.phone(place)
        return Being(
            *(first, last, birth),
            *((trading.company, trading.brand, trading.trade, trading.legal) if trading else ("", "", "", "")),
            *(place, trading.phone if trading and dice.chance(0.4) else phone, self.phone(place)),
            self.address(first, last, domain),
            self.address(first, last, dice.one(_FREE)),
        )

    def address(self, first: str, last: str, domain: str) -> str:
        """An e-mail address as people of this name have it."""
        dice = self._dice
        form = dice.one(("{0}.{1}", "{0}{1}", "{2}.{1}", "{2}{1}", "{1}", "{0}", "{0}_{1}"))
        tail = dice.digits(4) if domain in _FREE else ""  # many have the name: without, strangers would share the address
        first, last = first.split()[0].lower(), last.split()[0].lower()
        return f"{form.format(first, last, first[:1])}{tail}@{domain}"

    def business(self) -> Being:
        """A company, shop, school or the like."""
        dice, place = self._dice, self.place()
        kind = dice.below(10)
        brand = self.family_name() if kind < 3 else dice.one(self._brands)
        if kind in (3, 4, 5):
            brand = f"{brand} {dice.one(self._brands)}"
        elif kind == 6:
            brand = f"{brand} & {self.family_name()}"
        trade = dice.one(_TRADES[place.language].split()) if dice.chance(0.75) else ""
        if trade and dice.chance(0.2):
            trade = f"{trade} {dice.one(_TRADES[place.language].split())}"
        legal = dice.one(_LEGAL[place.language].split())
        named = f"{trade} {brand}" if trade and dice.chance(0.35) else f"{brand} {trade}"
        site = f"{brand.split()[0].lower()}{dice.one(('', '-' + trade.split()[0].lower() if trade else ''))}.{place.language}"
        local = dice.one(("info", "info", "contact", "office", "kontakt", "sales"))
        return Being(
            *("", "", "", named.strip(), brand, trade, legal, place, self.phone(place), self.phone(place)),
            *(f"{local}@{site}", f"hello@{site}"),
        )

    def being(self) -> Being:
        """Anybody: half of them persons, a quarter persons at a company, a quarter businesses."""
        kind = self._dice.below(4)
        return self.business() if kind == 0 else self.person(works=kind == 1)

    def _extra(self) -> str:
        return str(1 + self._dice.below(30)) if self._dice.chance(0.12) else self.word("street") if self._dice.chance(0.2) else ""

    def _town(self) -> tuple[str, str, str, list[str], list[str], list[str]]:
        dice = self._dice
        language = dice.one(_LANGUAGES)
        city = (
            self.word("town")
            if dice.chance(0.8)
            else f"{dice.one(('Bad', 'San', 'New', 'Saint', 'Los', 'North'))} {self.word('town')}"
        )
        area = dice.digits(3)
        codes = [area + dice.digits(2) for _ in range(1 + dice.below(12))]
        streets = [
            dice.one(_COMMON_STREETS) if dice.chance(0.25) else f"{1 + dice.below(90)}th" if language == "en" and dice.chance(0.1)
            else self.word("street")
            for _ in range(_STREETS_OF_TOWN)
        ]  # fmt: skip
        return language, city, self.word("town", 1)[:3], [self.word("town") for _ in range(4)], codes, streets
