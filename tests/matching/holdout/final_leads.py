"""Leads of a seller of courses and tickets: ads, webinars, a chat, badge scanners, resellers' lists and checkouts."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.matching.holdout.countries import Country, countries
from tests.matching.holdout.drawing import Draw, Row, Rows, Table
from tests.matching.holdout.final_errors import exchanged_keys, familiar, mangled, romanised, worn

_WHERE = countries("final_names.yaml")
_CODES = {
    "US": "1",
    "GB": "44",
    "DE": "49",
    "FR": "33",
    "IT": "39",
    "ES": "34",
    "NL": "31",
    "SE": "46",
    "PL": "48",
    "TR": "90",
    "IN": "91",
    "BR": "55",
    "JP": "81",
    "AU": "61",
}
_SHARES = (14, 13, 20, 8, 9, 8, 6, 4, 4, 4, 4, 3, 1, 2)
_ENDS = {"US": "com", "GB": "co.uk", "IN": "in", "BR": "com.br", "TR": "com.tr", "JP": "jp", "AU": "com.au"}
_TRADES = (
    "Labs",
    "Partners",
    "Holding",
    "Systems",
    "Werke",
    "Travel",
    "Academy",
    "Clinic",
    "Kitchens",
    "Robotics",
    "Freight",
    "Legal",
)
_EMPTY = ("n/a", "none", "-", "null", "unknown", "x", ".")
_BOGUS = ("noemail@noemail.com", "a@a.com", "none@none.com", "test@example.org", "no@no.no")
_ROLES = ("info", "sales", "office", "kontakt", "contact", "admin", "hello", "bookings")
_SOURCES = {"social": 26, "webinar": 18, "chat": 14, "badge": 14, "reseller": 12, "checkout": 16}
_COURSES = (
    "Excel basics",
    "Spring summit 2025",
    "Negotiation",
    "Forklift licence",
    "Yoga retreat",
    "Data camp",
    "First aid",
    "Wine evening",
)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody, with all they could leave."""

    who: int
    country: Country
    first: str
    last: str
    private: str
    phone: str
    work: str = ""
    desk: str = ""
    firm: str = ""
    line: str = ""
    town: str = ""
    code: str = ""
    via: str = ""


class Crowd:
    """Who buys, alone and in groups."""

    def __init__(self, draw: Draw) -> None:
        self.draw, self.known = draw, 0
        self.boxes: set[str] = set()

    def _box(self, local: str, domain: str) -> str:
        local = "".join(c for c in romanised(local).lower() if c.isalnum() or c in "._-").strip("._-") or "me"
        box = f"{local}@{domain}"
        while box in self.boxes:
            box = f"{local}{self.draw.choice('._')}{self.draw.randint(2, 99)}@{domain}"
        self.boxes.add(box)
        return box

    def one(self, country: Country | None = None) -> Buyer:
        """A stranger."""
        draw, woman = self.draw, self.draw.chance(0.5)
        self.known += 1
        country = country or _WHERE[draw.choices(list(_CODES), _SHARES)[0]]
        first, last = country.given(draw, woman), country.surname(draw, woman)
        if country.code in ("ES", "BR") and draw.chance(0.7):
            last = f"{last} {country.surname(draw)}"
        town = draw.choice(country.towns).title()
        name = last.split()[0]
        local = draw.choice(
            (
                f"{first}{name}",
                f"{first}_{name}",
                f"{first[:1]}{name}{draw.randint(1, 99)}",
                f"{name}.{first[:1]}",
                f"{first}{draw.randint(1960, 2006)}",
                draw.choice(("ninja", "mama", "surf", "books", "coffee", "wolf", "luna")) + str(draw.randint(1, 9999)),
            )
        )
        house, street = draw.randint(1, 150), country.street(draw).title()
        line = f"{house} {street}" if country.code in ("US", "GB", "FR", "IN", "AU") else f"{street} {house}"
        return Buyer(
            self.known,
            country,
            first,
            last,
            self._box(local, draw.choice(country.mails)),
            country.number(draw),
            line=line,
            town=town,
            code=country.zipped(draw, town),
        )

    def alone(self) -> list[Buyer]:
        """One consumer."""
        return [self.one()]

    def office(self) -> list[Buyer]:
        """Colleagues: a mailbox each, desks behind one switchboard; some only ever leave the firm's common mailbox."""
        draw = self.draw
        head = self.one()
        firm = draw.choice(
            (
                f"{head.last.split()[0]} {draw.choice(_TRADES)}",
                draw.choice(("Sigma", "Kite", "Umbra", "Halo", "North", "Cobalt"))
                + draw.choice(("", " "))
                + draw.choice(_TRADES),
            )
        )
        ending = _ENDS.get(head.country.code, head.country.code.lower())
        letters = "".join(c for c in romanised(firm).lower() if c.isalnum())
        domain = f"{letters}{draw.choice(('', 'group', str(draw.randint(2, 9))))}.{ending}"
        common = f"{draw.choice(_ROLES)}@{domain}"
        pattern = draw.choice(("{f}.{l}", "{i}{l}", "{f}"))
        people = [head] + [self.one(head.country) for _ in range(draw.choices((0, 1, 2, 3, 6), (34, 28, 18, 12, 8))[0])]
        made = []
        for person in people:
            own = self._box(pattern.format(f=person.first, l=person.last.split()[0], i=person.first[0]), domain)
            desk = head.phone if draw.chance(0.5) else f"{head.phone[:-2]}{draw.randint(10, 99)}"
            made.append(
                replace(
                    person,
                    work=common if draw.chance(0.15) else own,
                    desk=desk,
                    firm=firm,
                    line=head.line,
                    town=head.town,
                    code=head.code,
                )
            )
        return made

    def kin(self) -> list[Buyer]:
        """A family: one mailbox or one phone for two or three of them, a son with his father's name now and then."""
        draw = self.draw
        parent = self.one()
        others = []
        for _ in range(draw.randint(1, 2)):
            child = replace(self.one(parent.country), last=parent.last, line=parent.line, town=parent.town, code=parent.code)
            share = draw.random()
            if share < 0.35:
                child = replace(child, private=parent.private)
            elif share < 0.75:
                child = replace(child, phone=parent.phone)
            others.append(child)
        return [parent, *(child for child in others if child.first != parent.first)]

    def dormitory(self) -> list[Buyer]:
        """Students of one hall: its address and its office's phone."""
        warden = self.one()
        return [
            replace(
                self.one(warden.country),
                line=warden.line,
                town=warden.town,
                code=warden.code,
                phone=warden.phone if self.draw.chance(0.5) else self.one().phone,
            )
            for _ in range(self.draw.randint(3, 7))
        ]

    def resold(self) -> list[Buyer]:
        """A reseller's list: its own phone or mailbox on every line."""
        seller = self.one()
        by_phone = self.draw.chance(0.5)
        people = [replace(self.one(seller.country), via="reseller") for _ in range(self.draw.randint(6, 20))]
        return [replace(one, phone=seller.phone) if by_phone else replace(one, private=seller.private) for one in people]

    def alike(self) -> list[Buyer]:
        """Strangers of one name, whose mailboxes differ by a digit or a dot at most."""
        one = self.one()
        local, _, domain = one.private.partition("@")
        twin = replace(self.one(one.country), first=one.first, last=one.last)
        return [one, replace(twin, private=f"{local}{self.draw.randint(1, 9)}@{domain}") if self.draw.chance(0.5) else twin]


def _box(draw: Draw, of: Buyer, source: str) -> str:
    box = of.work if of.work and draw.chance(0.9 if source in ("badge", "webinar") else 0.45) else of.private
    local, _, domain = box.partition("@")
    roll = draw.random()
    if roll < 0.02:
        return f"{local}@{domain.rsplit('.', 1)[0]}.{draw.choice(('cm', 'co', 'comm', 'ocm', 'net'))}"
    if roll < 0.04:
        return f"{worn(draw, local)}@{domain}"
    if roll < 0.05:
        return f"{exchanged_keys(local)}@{domain}"
    if roll < 0.06:
        return f"{local}@{domain}{draw.choice((' ', '.', ',', '>'))}"
    if roll < 0.075:
        return f"{local}{domain}"
    if domain == "gmail.com" and roll < 0.25:
        return draw.choice(
            (
                f"{local.replace('.', '').replace('_', '')}@googlemail.com" if "_" not in local else box,
                f"{local[:2]}.{local[2:]}@gmail.com",
                f"{local}+events@gmail.com",
            )
        )
    return draw.choice(_BOGUS) if roll > 0.985 else box


def _phone(draw: Draw, of: Buyer, source: str) -> str:
    code = _CODES[of.country.code]
    number = of.desk if of.desk and draw.chance(0.6) else of.phone
    rest = number[1 + len(code) :]
    roll = draw.random()
    if roll < 0.02:
        rest = rest[:4] + rest[5] + rest[4] + rest[6:]
    elif roll < 0.03:
        return draw.choice(("0000000000", "1234567890", "9999999999"))
    zero = "0" if of.country.code in ("GB", "DE", "FR", "NL", "SE", "TR", "JP", "AU") else ""
    if source in ("social", "checkout"):
        return f"+{code}{rest}" if draw.chance(0.8) else f"p:+{code}{rest}"
    return draw.of(
        (3, lambda: f"{zero}{rest}"),
        (2, lambda: f"+{code} {rest}"),
        (1, lambda: f"{code}{rest}"),
        (1, lambda: f"{zero}{rest[:4]}-{rest[4:]}"),
        (1, lambda: f"({zero}{rest[:3]}) {rest[3:]}"),
        (0.4, lambda: f"+{code}{rest} ext {draw.randint(10, 99)}"),
        (0.4, lambda: f"'{zero}{rest}"),
    )


def _names(draw: Draw, of: Buyer, source: str) -> tuple[str, str]:
    first, last = of.first, of.last
    if source == "chat":
        roll = draw.random()
        if roll < 0.35:
            return (familiar(first) if draw.chance(0.5) else first.lower()), ""
        if roll < 0.42:
            return draw.choice(("Guest", "Visitor", "hi", "anon", "customer")), ""
    if source == "social" and draw.chance(0.07):
        return first, draw.choice(("Official", last[0] + ".", "🌸", familiar(first)))
    if source == "webinar" and draw.chance(0.05):
        return f"{first} {last}", f"{first} {last}"
    if " " in last and draw.chance(0.35):
        last = last.split()[0]
    if draw.chance(0.05):
        first = familiar(first)
    if draw.chance(0.05):
        first = worn(draw, first)
    if draw.chance(0.06):
        last = worn(draw, last)
    if draw.chance(0.25):
        first, last = romanised(first), romanised(last)
    elif source == "reseller" and draw.chance(0.3):
        first, last = (part if part.isascii() else mangled(draw, part) for part in (first, last))
    if draw.chance(0.04):
        first, last = last, first
    if source != "checkout" and draw.chance(0.012):
        return draw.choice(("Asdf", "Test", "Donald", "Xxx")), draw.choice(("Asdf", "User", "Duck", "Yyy"))
    return (first.upper(), last.upper()) if source in ("reseller", "badge") and draw.chance(0.4) else (first, last)


def _left(draw: Draw, of: Buyer) -> Row:
    source = of.via or draw.choices(list(_SOURCES), list(_SOURCES.values()))[0]
    share = {
        "social": (0.9, 0.8, 0.0),
        "webinar": (0.99, 0.25, 0.0),
        "chat": (0.6, 0.45, 0.0),
        "badge": (0.95, 0.4, 0.1),
        "reseller": (0.6, 0.75, 0.5),
        "checkout": (0.97, 0.75, 0.9),
    }
    mail, phone, home = (draw.chance(part) for part in share[source])
    if not (mail or phone):
        mail, phone = (True, False) if of.via != "reseller" else (True, True)
    first, last = _names(draw, of, source)
    nothing = draw.choice(_EMPTY) if source == "reseller" and draw.chance(0.5) else ""
    return {
        "channel": source,
        "firstname": first,
        "lastname": last,
        "email": _box(draw, of, source) if mail else nothing,
        "mobile_phone": _phone(draw, of, source) if phone else nothing,
        "organisation": of.firm if of.firm and draw.chance(0.95 if source == "badge" else 0.45) else "",
        "address": of.line if home else "",
        "town": of.town if home or draw.chance(0.2) else "",
        "postal_code": of.code if home and draw.chance(0.95) else "",
        "country_code": of.country.code if draw.chance(0.7) or home else "",
        "course": draw.choice(_COURSES),
        "buyer": f"q{of.who}",
    }


def tables() -> list[Table]:
    """One file of 3,000 leads in the order of their arrival."""
    draw = Draw("leads, final: another seed")
    crowd = Crowd(draw)
    kinds: list[Callable[[], list[Buyer]]] = [crowd.alone, crowd.office, crowd.kin, crowd.dormitory, crowd.resold, crowd.alike]
    sent: list[tuple[float, Row]] = []
    while len(sent) < 3_000:
        for buyer in draw.choices(kinds, (560, 200, 60, 8, 8, 30))[0]():
            day = draw.uniform(0, 400)
            for _ in range(draw.choices((1, 2, 3, 4, 6), (55, 26, 11, 6, 2))[0]):
                sent.append((day, _left(draw, buyer)))
                day += draw.uniform(0, 0.05) if draw.chance(0.3) else draw.expovariate(1 / 30)
    draw.shuffle(sent)
    rows: Rows = []
    for day, row in sorted(sent[:3_000], key=lambda one: one[0]):
        month, rest = divmod(int(day), 28)
        clock = f"{int(day * 24) % 24:02}:{int(day * 1440) % 60:02}"
        rows.append({"submitted": f"{rest + 1:02}/{month % 12 + 1:02}/{2024 + month // 12} {clock}", **row})
    return [Table("final_leads", rows, "", "buyer")]
