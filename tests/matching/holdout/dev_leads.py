"""Leads of a shop that sells to people and to firms, as ads, forms, checkouts and partners send them, in order of arrival."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tests.matching.holdout.countries import Country, countries
from tests.matching.holdout.dev_errors import plain, slip, spoilt
from tests.matching.holdout.drawing import Draw, Row, Rows, Table

_WHERE = countries("dev_names.yaml")
_CODES = {"US": "1", "GB": "44", "DE": "49", "BR": "55", "IN": "91", "FR": "33", "ES": "34", "PL": "48", "TR": "90", "JP": "81"}
_PRODUCTS = (
    "solar panels",
    "heat pump",
    "office chairs",
    "e-bike",
    "wall box",
    "coffee machine",
    "standing desk",
    "insulation",
    "3d printer",
)
_TRADES = (
    "Bau",
    "Design",
    "Consulting",
    "Logistics",
    "Elektro",
    "Media",
    "Foods",
    "Studio",
    "Solutions",
    "Immobilien",
    "Catering",
)
_FALSE = ("Mickey Mouse", "Asdf Qwer", "Test Test", "Max Mustermann", "Nobody", "John Doe", "Batman", "x y")
_DOMAINS = {
    "gmail.com": ("gmial.com", "gmail.con", "gmai.com", "googlemail.com"),
    "web.de": ("wbe.de", "web.d"),
    "gmx.de": ("gmx.net", "gxm.de"),
    "hotmail.com": ("hotmial.com", "hotmail.co"),
    "yahoo.com": ("yaho.com", "yahoo.co"),
}
_SHARES = {"ads": 34, "form": 30, "checkout": 18, "partner": 18}


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody as they really are."""

    who: int
    country: Country
    first: str
    last: str
    email: str
    phone: str
    second: str = ""
    company: str = ""
    street: str = ""
    town: str = ""
    postcode: str = ""
    only: str = ""


class Market:
    """Who is out there."""

    def __init__(self, draw: Draw) -> None:
        self.draw, self.known = draw, 0
        self.taken: set[str] = set()

    def _mailbox(self, local: str, domain: str) -> str:
        local = "".join(c for c in plain(local).lower() if c.isalnum() or c in "._-")
        mailbox = f"{local}@{domain}"
        while mailbox in self.taken:
            mailbox = f"{local}{self.draw.randint(1, 999)}@{domain}"
        self.taken.add(mailbox)
        return mailbox

    def person(self, country: Country | None = None) -> Lead:
        """A consumer with one or two mailboxes of their own."""
        draw = self.draw
        self.known += 1
        country = (
            country
            or _WHERE[
                draw.choices(("DE", "US", "GB", "BR", "IN", "FR", "ES", "PL", "TR", "JP"), (30, 22, 14, 8, 7, 6, 4, 4, 3, 2))[0]
            ]
        )
        woman = draw.chance(0.5)
        first, last, town = country.given(draw, woman), country.surname(draw, woman), draw.choice(country.towns)
        forms = (
            f"{first}.{last}",
            f"{first[0]}{last}",
            f"{first}{draw.randint(60, 99)}",
            f"{last}.{first}",
            f"{draw.choice(('sunny', 'rocky', 'kiki'))}{draw.randint(1, 999)}",
        )
        second = self._mailbox(draw.choice(forms), draw.choice(country.mails)) if draw.chance(0.25) else ""
        street = country.street(draw)
        house = draw.randint(1, 160)
        return Lead(
            self.known,
            country,
            first,
            last,
            self._mailbox(draw.choice(forms), draw.choice(country.mails)),
            country.number(draw),
            second,
            street=f"{house} {street}" if country.code in ("US", "GB", "FR", "IN") else f"{street} {house}",
            town=town,
            postcode=country.zipped(draw, town),
        )

    def firm(self) -> list[Lead]:
        """People of one firm: a domain, often the switchboard's number and info@ in place of their own."""
        draw = self.draw
        boss = self.person()
        name = draw.choice(
            (
                f"{boss.last} {draw.choice(_TRADES)}",
                f"{draw.choice(('Nova', 'Prime', 'Blue', 'Delta', 'Green'))} {draw.choice(_TRADES)}",
            )
        )
        domain = (
            plain(name).lower().replace(" ", draw.choice(("", "-"))).replace("'", "")
            + f"{draw.randint(1, 99)}.{draw.choice(('com', 'de', 'net', 'eu'))}"
        )
        people = [boss] + [self.person(boss.country) for _ in range(draw.choices((0, 1, 2, 4), (40, 30, 20, 10))[0])]
        return [
            replace(
                one,
                company=name,
                second="",
                street=boss.street,
                town=boss.town,
                postcode=boss.postcode,
                email=f"info@{domain}" if draw.chance(0.22) else self._mailbox(f"{one.first}.{one.last}", domain),
                phone=boss.phone if draw.chance(0.45) else one.phone,
            )
            for one in people
        ]

    def flat(self) -> list[Lead]:
        """Students who share a flat and its landline."""
        host = self.person()
        return [host] + [
            replace(self.person(host.country), street=host.street, town=host.town, postcode=host.postcode, phone=host.phone)
            for _ in range(self.draw.randint(1, 3))
        ]

    def couple(self) -> list[Lead]:
        """Two people with one mailbox, and one phone sometimes."""
        one = self.person()
        other = replace(
            self.person(one.country), street=one.street, town=one.town, postcode=one.postcode, email=one.email, second=""
        )
        other = replace(
            other,
            last=one.last if self.draw.chance(0.8) else other.last,
            phone=one.phone if self.draw.chance(0.3) else other.phone,
        )
        return [one, other] if one.first != other.first else [one]

    def called(self) -> list[Lead]:
        """Customers whom a call centre enters with its own number."""
        desk = self.person()
        return [replace(self.person(desk.country), phone=desk.phone, only="partner") for _ in range(self.draw.randint(8, 25))]

    def clients(self) -> list[Lead]:
        """Clients for whom an agency fills in the forms, with its own mailbox."""
        draw = self.draw
        agent = self.person()
        mailbox = self._mailbox(
            draw.choice(("leads", "hello", "office")), f"{plain(agent.last).lower().replace(' ', '')}-agency.com"
        )
        return [
            replace(
                self.person(agent.country),
                email=mailbox,
                second="",
                company=f"{draw.choice(_TRADES)} {draw.randint(1, 99)}",
                only="form",
            )
            for _ in range(draw.randint(4, 12))
        ]

    def namesakes(self) -> list[Lead]:
        """Two strangers of one name, in one town or not."""
        one = self.person()
        other = self.person(one.country)
        return [one, replace(other, first=one.first, last=one.last, town=one.town if self.draw.chance(0.5) else other.town)]

    def arrivals(self) -> Iterator[Lead]:
        """People, one after the other, without end."""
        kinds: list[Callable[[], list[Lead]]] = [
            lambda: [self.person()],
            self.firm,
            self.flat,
            self.couple,
            self.called,
            self.clients,
            self.namesakes,
        ]
        while True:
            kind = self.draw.choices(kinds, (640, 160, 30, 40, 4, 6, 25))[0]
            yield from kind()


def _phone(draw: Draw, lead: Lead, source: str) -> str:
    code = _CODES[lead.country.code]
    number = lead.phone
    if draw.chance(0.025):
        at = draw.randrange(6, len(number))
        number = number[:at] + str(draw.randint(0, 9)) + number[at + 1 :]
    rest = number[1 + len(code) :]
    zero = "" if lead.country.code in ("US", "ES", "PL", "BR", "IN") else "0"
    if source == "ads":
        return number
    return draw.choice(
        (
            number,
            zero + rest,
            f"{zero}{rest[:3]} {rest[3:]}",
            f"{zero}{rest[:3]}/{rest[3:]}",
            f"00{code}{rest}",
            f"+{code} {rest[:3]} {rest[3:6]} {rest[6:]}",
        )
    )


def _mail(draw: Draw, lead: Lead) -> str:
    mail = lead.second if lead.second and draw.chance(0.35) else lead.email
    local, _, domain = mail.partition("@")
    if draw.chance(0.04):
        domain = draw.choice(_DOMAINS[domain]) if domain in _DOMAINS else slip(draw, domain)
    elif draw.chance(0.03):
        local = slip(draw, local)
    elif domain == "gmail.com" and draw.chance(0.06):
        local += draw.choice(("+shop", "+promo", "+ads"))
    return f"{local}@{domain}".upper() if draw.chance(0.02) else f"{local}@{domain}"


def _name(draw: Draw, lead: Lead, source: str) -> str:
    first, last = lead.first, lead.last
    if source != "checkout" and draw.chance(0.025):
        return draw.choice(_FALSE)
    if draw.chance(0.05):
        return first
    if draw.chance(0.03):
        return last
    if draw.chance(0.04):
        first = first[0] + "."
    if draw.chance(0.05):
        first = spoilt(draw, first)
    if draw.chance(0.05):
        last = spoilt(draw, last)
    if draw.chance(0.2):
        first, last = plain(first), plain(last)
    name = (
        f"{last}, {first}"
        if source == "partner" and draw.chance(0.4)
        else f"{last} {first}"
        if draw.chance(0.03)
        else f"{first} {last}"
    )
    return name.upper() if source == "partner" and draw.chance(0.5) else name.lower() if draw.chance(0.12) else name


def _sent(draw: Draw, lead: Lead) -> Row:
    """What one source sends of somebody."""
    source = lead.only or draw.choices(list(_SHARES), list(_SHARES.values()))[0]
    mail, phone, home = {
        "ads": (0.93, 0.75, 0.1),
        "form": (0.97, 0.45, 0.08),
        "checkout": (0.98, 0.7, 0.98),
        "partner": (0.45, 0.96, 0.3),
    }[source]
    with_mail = draw.chance(mail)
    with_home = draw.chance(home)
    return {
        "source": source,
        "name": _name(draw, lead, source),
        "email": _mail(draw, lead) if with_mail else "",
        "phone": _phone(draw, lead, source) if draw.chance(phone) or not with_mail else "",
        "company": lead.company if draw.chance(0.75) else "",
        "street": lead.street if with_home else "",
        "city": lead.town if with_home or draw.chance(0.3) else "",
        "zip": lead.postcode if with_home or draw.chance(0.2) else "",
        "country": lead.country.code if draw.chance(0.8) or with_home else "",
        "product": draw.choice(_PRODUCTS),
        "entity": f"l{lead.who}",
    }


def tables() -> list[Table]:
    """One file of 3,000 leads; people return within days mostly, some after months."""
    draw = Draw("leads, dev")
    sent: list[tuple[float, Row]] = []
    people = Market(draw).arrivals()
    while len(sent) < 3_000:
        lead, day = next(people), draw.uniform(0, 300)
        for _ in range(draw.choices((1, 2, 3, 4, 5), (58, 25, 10, 5, 2))[0]):
            sent.append((day, _sent(draw, lead)))
            day += draw.expovariate(1 / 4) if draw.chance(0.7) else draw.uniform(10, 120)
    sent.sort(key=lambda one: one[0])
    rows: Rows = []
    for at, (day, row) in enumerate(sent[:3_000], 1):
        month, rest = divmod(int(day), 28)
        stamp = f"{2024 + month // 12}-{month % 12 + 1:02}-{rest + 1:02}T{int(day * 24) % 24:02}:{int(day * 1440) % 60:02}:00Z"
        rows.append({"lead_id": f"L{at:05}", "created_at": stamp, **row})
    return [Table("dev_leads", rows)]
