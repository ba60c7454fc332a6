"""Persons of ten countries as their records reach one list: the web form, a call centre, a shop, an import of an old system."""

from dataclasses import dataclass, replace

from tests.matching.holdout.countries import Country, countries
from tests.matching.holdout.dev_errors import plain, slip, spoilt
from tests.matching.holdout.drawing import Draw, Row, Rows

WORLD = [country for code, country in countries("dev_names.yaml").items() if code != "AU"]
_SHORT = {
    "Robert": "Bob",
    "William": "Bill",
    "Elizabeth": "Liz",
    "Margaret": "Peggy",
    "James": "Jim",
    "Michael": "Mike",
    "Thomas": "Tom",
    "Jennifer": "Jenny",
    "Katherine": "Kate",
    "Rebecca": "Becky",
    "Christopher": "Chris",
    "Matthew": "Matt",
    "Patricia": "Pat",
    "Hans-Peter": "Hape",
    "Stefanie": "Steffi",
    "Francisco": "Paco",
    "José": "Pepe",
    "Maria": "Mia",
    "Katarzyna": "Kasia",
    "Małgorzata": "Gosia",
    "Aleksandra": "Ola",
    "Joanna": "Asia",
    "Krzysztof": "Krzysiek",
    "Mehmet": "Memo",
    "Philippa": "Pippa",
    "Andrew": "Andy",
}
_UMLAUTS: dict[str, str | int | None] = {"ü": "ue", "ö": "oe", "ä": "ae", "ß": "ss"}
_STREETS = {
    "Street": "St",
    "Road": "Rd",
    "Avenue": "Ave",
    "straße": "str.",
    "Avenida": "Av.",
    "rue": "r.",
    "Calle": "C/",
    "boulevard": "bd",
    "St": "Street",
    "Rd": "Road",
    "Dr": "Drive",
    "Blvd": "Boulevard",
    "ul.": "",
    "Caddesi": "Cd.",
    "Sokak": "Sk.",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as they are on one day; `who` stays when the rest changes."""

    who: int
    country: Country
    woman: bool
    first: str
    last: str
    birth: tuple[int, int, int]
    house: str
    street: str
    town: str
    postcode: str
    email: str
    phone: str


class Census:
    """Persons and what happens to them."""

    def __init__(self, draw: Draw) -> None:
        self.draw, self.known = draw, 0
        self.mailboxes: set[str] = set()

    def _next(self) -> int:
        self.known += 1
        return self.known

    def born(self, country: Country) -> Person:
        """A stranger."""
        draw, woman = self.draw, self.draw.chance(0.52)
        first, last, town = country.given(draw, woman), country.surname(draw, woman), draw.choice(country.towns)
        if country.code == "ES":
            last = f"{last} {country.surname(draw)}"
        if country.code == "BR" and draw.chance(0.6):
            last = f"{country.surname(draw)} {draw.choice(('de ', 'dos ', '', ''))}{last}"
        if country.code in ("DE", "FR", "GB") and draw.chance(0.05):
            last = f"{last}-{country.surname(draw)}"
        if country.code == "DE" and draw.chance(0.02):
            last = "von " + last
        birth = (draw.randint(1938, 2006), draw.randint(1, 12), draw.randint(1, 28))
        person = Person(self._next(), country, woman, first, last, birth, *self.home(country, town), "", country.number(draw))
        return replace(person, email=self.mailbox(person))

    def home(self, country: Country, town: str) -> tuple[str, str, str, str]:
        """House number, street, town, postcode."""
        draw = self.draw
        house = str(int(draw.expovariate(1 / 40)) + 1) + (draw.choice("abc") if draw.chance(0.06) else "")
        return house, country.street(draw), town, country.zipped(draw, town)

    def mailbox(self, of: Person) -> str:
        """A mailbox that tells of its owner as much as mailboxes do."""
        draw = self.draw
        first, last = (plain(part).lower().replace(" ", "").replace("'", "") for part in (of.first, of.last.split()[0]))
        local = draw.of(
            (4, lambda: f"{first}.{last}"),
            (2, lambda: first[0] + last),
            (2, lambda: f"{first}{of.birth[0] % 100:02}"),
            (1, lambda: f"{last}{first[0]}{draw.randint(1, 99)}"),
            (1, lambda: f"{last}_{first}"),
            (
                1.2,
                lambda: draw.choice(("sunny", "tiger", "blue", "moon", "happy", "xx", "star")) + draw.digits(draw.randint(2, 4)),
            ),
            (0.8, lambda: f"familie.{last}" if of.country.code == "DE" else f"the{last}s"),
        )
        mailbox = f"{local}@{draw.choice(of.country.mails)}"
        while mailbox in self.mailboxes:  # taken: two strangers never have one mailbox
            mailbox = f"{local}{draw.randint(1, 999)}@{draw.choice(of.country.mails)}"
        self.mailboxes.add(mailbox)
        return mailbox

    def household(self, of: Person) -> list[Person]:
        """Spouse, child, twin, flatmate, father of the same name: at the same address, often with the same phone or mailbox."""
        draw = self.draw
        woman = draw.chance(0.5)
        other = replace(
            of,
            who=self._next(),
            woman=woman,
            first=of.country.given(draw, woman),
            phone=of.country.number(draw),
            birth=(
                max(1930, min(2008, of.birth[0] + draw.choice((-30, -27, -3, -1, 2, 4, 26, 31)))),
                draw.randint(1, 12),
                draw.randint(1, 28),
            ),
        )
        other = replace(other, email=self.mailbox(other))
        kind = draw.choices(("kin", "twin", "namesake", "flatmate"), (64, 14, 5, 17))[0]
        match kind:
            case "twin":
                other = replace(other, birth=of.birth, woman=of.woman, first=of.country.given(draw, of.woman))
            case "namesake":
                other = replace(other, first=of.first, woman=of.woman)
            case "flatmate":
                other = replace(other, last=of.country.surname(draw, woman))
        if draw.chance(0.25):
            other = replace(other, phone=of.phone)
        if draw.chance(0.12):
            other = replace(other, email=of.email)
        return [other] if (other.first != of.first) != (kind == "namesake") else []

    def namesake(self, of: Person) -> Person:
        """Another one of the same name in the same town."""
        house, street, _, postcode = self.home(of.country, of.town)
        birth = (self.draw.randint(1940, 2005), self.draw.randint(1, 12), self.draw.randint(1, 28))
        other = replace(
            of, who=self._next(), house=house, street=street, postcode=postcode, birth=birth, phone=of.country.number(self.draw)
        )
        return replace(other, email=self.mailbox(other))

    def later(self, of: Person) -> Person:
        """The same person some years on: moved, married, with another phone or mailbox; never all at once."""
        draw = self.draw
        what = draw.random()
        if what < 0.10:
            house, street, town, postcode = self.home(of.country, draw.choice(of.country.towns))
            return replace(of, house=house, street=street, town=town, postcode=postcode)
        if what < 0.15 and of.woman:
            new = of.country.surname(draw, True)
            return replace(of, last=new if draw.chance(0.7) else f"{of.last}-{new}")
        if what < 0.25:
            return replace(of, phone=of.country.number(draw))
        if what < 0.35:
            return replace(of, email=self.mailbox(of))
        return of


def _phone(draw: Draw, number: str, country: Country) -> str:
    codes = {"US": 1, "GB": 44, "DE": 49, "FR": 33, "IN": 91, "BR": 55, "JP": 81, "PL": 48, "TR": 90, "ES": 34}
    code = str(codes[country.code])
    national = ("" if country.code in ("US", "PL", "ES", "IN", "BR") else "0") + number[1 + len(code) :]
    middle = len(national) // 2
    return draw.of(
        (4, lambda: number),
        (3, lambda: national),
        (1, lambda: f"00{code}{number[1 + len(code) :]}"),
        (2, lambda: f"{national[:3]} {national[3 : middle + 1]} {national[middle + 1 :]}"),
        (
            1,
            lambda: (
                f"+{code} (0){number[1 + len(code) :]}" if country.code in ("DE", "GB") else f"+{code} {number[1 + len(code) :]}"
            ),
        ),
        (1, lambda: f"({national[:3]}) {national[3:6]}-{national[6:]}"),
    )


def _birth(draw: Draw, birth: tuple[int, int, int], country: Country) -> str:
    year, month, day = birth
    if draw.chance(0.05):
        day = max(1, min(28, day + draw.choice((-1, 1, 10))))
    if draw.chance(0.03):
        day, month = (month, day) if day <= 12 else (1, 1)
    if draw.chance(0.5):
        return f"{year}-{month:02}-{day:02}"
    return f"{month:02}/{day:02}/{year}" if country.code == "US" else f"{day:02}.{month:02}.{year}"


def _written(draw: Draw, person: Person) -> tuple[str, str]:
    """The name as it is given this time."""
    first, last = person.first, person.last
    if draw.chance(0.06):
        first = _SHORT.get(first, first)
    if draw.chance(0.05):
        first = first[0] + draw.choice((".", ""))
    if draw.chance(0.05):
        first = f"{first} {draw.choice('ABCDEFGHJKLMNPRSTW')}."
    if " " in last and draw.chance(0.35):
        last = last.split()[0] if person.country.code == "ES" else last.split()[-1]
    if draw.chance(0.3):
        first, last = plain(first), plain(last)
    if person.country.code == "DE" and draw.chance(0.2):
        first, last = (part.translate(str.maketrans(_UMLAUTS)) for part in (person.first, last))
    if person.country.code == "JP" and draw.chance(0.25):
        last = plain(last).replace("Sato", "Satoh").replace("Ito", "Itoh").replace("Ono", "Ohno")
    if draw.chance(0.07):
        first = spoilt(draw, first)
    if draw.chance(0.08):
        last = spoilt(draw, last)
    if draw.chance(0.03 if person.country.code != "JP" else 0.12):
        first, last = last, first
    if draw.chance(0.1):
        first, last = (first.upper(), last.upper()) if draw.chance(0.5) else (first.lower(), last.lower())
    return first, last


def record(draw: Draw, person: Person) -> Row:
    """The person as one source has them; what it does not ask for is empty."""
    first, last = _written(draw, person)
    street = person.street
    for long, short in _STREETS.items():
        if street.endswith(long) or street.startswith(long + " "):
            street = street.replace(long, short).strip() if draw.chance(0.35) else street
            break
    number_first = person.country.code in ("US", "GB", "FR", "IN")
    house = person.house if not draw.chance(0.04) else spoilt(draw, person.house)
    address = f"{house} {street}" if number_first else f"{street} {house}"
    source = draw.choices(("web", "call", "shop", "old"), (40, 20, 25, 15))[0]
    has = {
        "web": (0.95, 0.5, 0.4, 0.3),
        "call": (0.3, 0.95, 0.7, 0.3),
        "shop": (0.8, 0.6, 0.97, 0.1),
        "old": (0.15, 0.45, 0.9, 0.75),
    }[source]
    with_mail, with_phone, with_home, with_birth = (draw.chance(share) for share in has)
    with_home = with_home or not (with_mail or with_phone)
    email = person.email
    if draw.chance(0.04):
        local, _, domain = email.partition("@")
        email = f"{slip(draw, local)}@{domain}" if draw.chance(0.6) else f"{local}@{slip(draw, domain)}"
    return {
        "source": source,
        "first_name": first if not draw.chance(0.02) else "",
        "last_name": last,
        "street": (spoilt(draw, address) if draw.chance(0.1) else address) if with_home else "",
        "city": (plain(person.town) if draw.chance(0.3) else person.town) if with_home or draw.chance(0.5) else "",
        "postcode": person.postcode if with_home and not draw.chance(0.06) else "",
        "country": person.country.code,
        "birth_date": _birth(draw, person.birth, person.country) if with_birth else "",
        "email": email if with_mail else "",
        "phone": _phone(draw, person.phone, person.country) if with_phone else "",
        "entity": f"p{person.who}",
    }


def _told(one: Row, others: Rows) -> bool:
    """Whether a careful person could see that the record belongs to one of the others: one strong thing in common, nearly."""

    def alike(a: Row, b: Row) -> bool:
        phones = ("".join(c for c in row["phone"] if c.isdigit())[-7:] for row in (a, b))
        homes = (a["street"][:5].lower() + a["city"][:3].lower(), b["street"][:5].lower() + b["city"][:3].lower())
        one_phone, other_phone = phones
        return bool(
            (a["email"] and a["email"] == b["email"])
            or (one_phone and one_phone == other_phone)
            or (a["street"] and b["street"] and homes[0] == homes[1])
            or (a["birth_date"] and b["birth_date"] and a["city"][:3] == b["city"][:3])
        )

    return any(alike(one, other) for other in others)


def world(draw: Draw, count: int) -> Rows:
    """About `count` records in the order of their arrival."""
    census, rows, people = Census(draw), Rows(), list[Person]()
    while len(rows) < count:
        roll = draw.random()
        if people and roll < 0.16:
            new = census.household(draw.choice(people[-40:]))
        elif people and roll < 0.20:
            new = [census.namesake(draw.choice(people))]
        else:
            new = [census.born(draw.choice(WORLD))]
        for person in new:
            people.append(person)
            mine: Rows = []
            now = person
            for _ in range(draw.choices((1, 2, 3, 4, 5, 6), (50, 28, 12, 5, 3, 2))[0]):
                for _try in range(8):
                    row = record(draw, now)
                    if not mine or _told(row, mine):
                        mine.append(row)
                        break
                now = census.later(now)
            rows.extend(mine)
    rows = rows[:count]
    draw.shuffle(rows)
    return [{"id": str(at), **row} for at, row in enumerate(rows, 1)]
