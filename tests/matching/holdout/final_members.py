"""A society's members in thirteen countries: the name in one column, the address in one line, notes in between."""

from dataclasses import dataclass, replace

from tests.matching.holdout.countries import Country, countries
from tests.matching.holdout.drawing import Draw, Row, Rows, words
from tests.matching.holdout.final_errors import exchanged_keys, familiar, mangled, romanised, worn

_WORLD = [country for code, country in countries("final_names.yaml").items() if code != "AU"]
_CODES = {
    "US": "1",
    "GB": "44",
    "DE": "49",
    "FR": "33",
    "IN": "91",
    "BR": "55",
    "JP": "81",
    "PL": "48",
    "TR": "90",
    "ES": "34",
    "IT": "39",
    "NL": "31",
    "SE": "46",
}
_LANDS = {
    "US": ("USA", "United States"),
    "GB": ("UK", "England"),
    "DE": ("Germany", "Deutschland"),
    "FR": ("France",),
    "IN": ("India",),
    "BR": ("Brasil", "Brazil"),
    "JP": ("Japan",),
    "PL": ("Polska", "Poland"),
    "TR": ("Türkiye", "Turkey"),
    "ES": ("España", "Spain"),
    "IT": ("Italia", "Italy"),
    "NL": ("Nederland", "The Netherlands"),
    "SE": ("Sverige", "Sweden"),
}
_TITLES = {
    "US": ("Mr.", "Mrs.", "Dr."),
    "GB": ("Mr", "Ms", "Dr", "Sir"),
    "DE": ("Herr", "Frau", "Dr.", "Prof. Dr."),
    "FR": ("M.", "Mme"),
    "IT": ("Sig.", "Dott.", "Ing."),
    "ES": ("D.", "Dña."),
    "NL": ("Dhr.", "Mevr.", "drs."),
    "BR": ("Sr.", "Dra."),
    "IN": ("Shri", "Smt", "Dr"),
    "PL": ("Pan", "mgr"),
    "SE": ("",),
    "TR": ("Sn.",),
    "JP": ("Ms",),
}
_MONTHS = words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody as the society would know them if it asked."""

    who: int
    country: Country
    woman: bool
    first: str
    middle: str
    last: str
    birth: tuple[int, int, int]
    house: int
    street: str
    town: str
    postcode: str
    mail: str
    work: str
    mobile: str
    home: str


class Society:
    """Members and their households."""

    def __init__(self, draw: Draw) -> None:
        self.draw, self.known = draw, 0
        self.boxes: set[str] = set()

    def _box(self, member: Member) -> str:
        draw = self.draw
        first, last = (romanised(part).lower().replace(" ", "").replace("'", "") for part in (member.first, member.last))
        while True:
            local = draw.choice(
                (
                    f"{first}{last}",
                    f"{first[0]}.{last}",
                    f"{last}{member.birth[0] % 100:02}",
                    f"{first}-{last}",
                    f"{first[:3]}{last[:3]}{draw.randint(1, 99)}",
                    f"{draw.choice(('reader', 'garden', 'chess', 'sailing', 'oma', 'papa', 'miss'))}{draw.randint(1, 9999)}",
                )
            )
            box = f"{local}@{draw.choice(member.country.mails)}"
            if box not in self.boxes:
                self.boxes.add(box)
                return box

    def joins(self, country: Country) -> Member:
        """A stranger."""
        draw, woman = self.draw, self.draw.chance(0.5)
        self.known += 1
        last = country.surname(draw, woman)
        if country.code == "ES" or (country.code == "BR" and draw.chance(0.7)):
            last = f"{last} {country.surname(draw)}"
        town = draw.choice(country.towns)
        member = Member(
            self.known,
            country,
            woman,
            country.given(draw, woman),
            country.given(draw, woman) if draw.chance(0.4) else "",
            last,
            (draw.randint(1935, 2005), draw.randint(1, 12), draw.randint(1, 28)),
            draw.randint(1, 140),
            country.street(draw),
            town,
            country.zipped(draw, town),
            "",
            "",
            country.number(draw),
            country.number(draw) if draw.chance(0.3) else "",
        )
        return replace(member, mail=self._box(member), work=self._box(member) if draw.chance(0.2) else "")

    def lives_with(self, of: Member) -> Member:
        """Kin, a twin, a lodger, a child named after the parent, somebody next door of the same name."""
        draw = self.draw
        other = self.joins(of.country)
        other = replace(other, street=of.street, house=of.house, town=of.town, postcode=of.postcode)
        roll = draw.random()
        if roll < 0.55:
            other = replace(other, last=of.last, home=of.home, mobile=of.mobile if draw.chance(0.15) else other.mobile)
        elif roll < 0.62:
            other = replace(other, last=of.last, birth=of.birth, home=of.home, mail=of.mail if draw.chance(0.15) else other.mail)
        elif roll < 0.65:
            other = replace(
                other, last=of.last, first=of.first, birth=(min(2008, of.birth[0] + 29), other.birth[1], other.birth[2])
            )
        elif roll < 0.71:
            other = replace(
                other, last=of.last, first=of.first, house=of.house + draw.randint(20, 60), street=of.country.street(draw)
            )
        if other.first == of.first and roll < 0.62:
            other = replace(other, first=draw.choice(of.country.women if other.woman else of.country.men))
        return other

    def years_later(self, of: Member) -> Member:
        """After some years."""
        draw, roll = self.draw, self.draw.random()
        if roll < 0.12:
            town = draw.choice(of.country.towns)
            return replace(
                of, house=draw.randint(1, 140), street=of.country.street(draw), town=town, postcode=of.country.zipped(draw, town)
            )
        if roll < 0.18 and of.woman:
            return replace(of, last=of.country.surname(draw, True))
        if roll < 0.28:
            return replace(of, mail=self._box(of))
        return replace(of, mobile=of.country.number(draw)) if roll < 0.36 else of


def _name(draw: Draw, of: Member) -> str:
    first, last, middle = of.first, of.last, of.middle
    if of.country.code == "ES" and draw.chance(0.3):
        last = last.split()[0]
    if of.country.code == "BR" and " " in last and draw.chance(0.4):
        last = last.split()[-1]
    if draw.chance(0.08):
        first = familiar(first)
    if draw.chance(0.1):
        first = worn(draw, first)
    if draw.chance(0.1):
        last = worn(draw, last)
    if middle and draw.chance(0.5):
        first = draw.choice((f"{first} {middle}", f"{first} {middle[0]}.", f"{first[0]}. {middle}", f"{first[0]}{middle[0]}"))
    elif draw.chance(0.06):
        first = f"{first[0]}."
    name = draw.of(
        (60, lambda: f"{first} {last}"),
        (18, lambda: f"{last}, {first}"),
        (7, lambda: f"{last} {first}"),
        (9, lambda: f"{draw.choice(_TITLES[of.country.code])} {first} {last}"),
        (2, lambda: f"{draw.choice(_TITLES[of.country.code])} {last}"),
        (2, lambda: f"{first} {last} (see {draw.choice(('also', 'old', 'note'))} {draw.randint(2, 99)})"),
        (2, lambda: f"c/o {first} {last}"),
    ).strip()
    if draw.chance(0.25):
        name = romanised(name)
    elif not name.isascii() and draw.chance(0.15):
        name = mangled(draw, name)
    if of.country.code in ("DE", "PL") and draw.chance(0.02):
        name = exchanged_keys(name)
    return name.upper() if draw.chance(0.12) else name


def _address(draw: Draw, of: Member) -> str:
    street, town = of.street, of.town
    for long, short in (
        ("straße", draw.choice(("strasse", "str", "str."))),
        ("Street", "St."),
        ("Calle", "c."),
        ("Avda.", "Avenida"),
        ("Via", "V."),
        ("gatan", "g."),
        ("straat", "str."),
        ("Rua", "R."),
        ("avenue", "av."),
        ("Caddesi", "cad"),
        ("Road", "Rd"),
        ("ul. ", ""),
    ):
        if long in street and draw.chance(0.4):
            street = street.replace(long, short)
            break
    line = f"{of.house} {street}" if of.country.code in ("US", "GB", "FR", "IN") else f"{street} {of.house}"
    if draw.chance(0.12):
        line += draw.choice((f"/{draw.randint(1, 40)}", f" - {draw.randint(1, 9)}A", f", {draw.randint(2, 12)}. floor"))
    if draw.chance(0.1):
        line = worn(draw, line)
    code = of.postcode if draw.chance(0.88) else ""
    place = f"{town} {code}" if of.country.code in ("US", "GB", "IN") else f"{code} {town}"
    parts = [line, place.strip()] + ([draw.choice(_LANDS[of.country.code])] if draw.chance(0.6) else [])
    whole = draw.choice((", ", ", ", "; ", " / ")).join(parts)
    whole = romanised(whole) if draw.chance(0.3) else mangled(draw, whole) if not whole.isascii() and draw.chance(0.08) else whole
    return whole.upper() if draw.chance(0.1) else whole


def _telephone(draw: Draw, of: Member) -> str:
    number = of.home if of.home and draw.chance(0.4) else of.mobile
    code = _CODES[of.country.code]
    rest = number[1 + len(code) :]
    zero = "0" if of.country.code in ("GB", "DE", "FR", "JP", "TR", "NL", "SE") else ""
    if draw.chance(0.03):
        rest = rest[:-2] + rest[-1] + rest[-2]
    spaced = " ".join(rest[at : at + 2] for at in range(0, len(rest), 2))
    return draw.of(
        (4, lambda: f"+{code}{rest}"),
        (3, lambda: f"{zero}{rest}"),
        (2, lambda: f"+{code} {spaced}"),
        (1, lambda: f"{zero}{rest[:3]}.{rest[3:6]}.{rest[6:]}"),
        (1, lambda: f"{code}{rest}"),
        (0.6, lambda: f"{zero}{rest[:3]}-{rest[3:]} (evenings)"),
        (0.4, lambda: f"{zero}{rest} / {zero}{draw.digits(len(rest))}"),
    )


def _born(draw: Draw, birth: tuple[int, int, int]) -> str:
    year, month, day = birth
    if draw.chance(0.04):
        year, month = draw.choice(((year, month % 12 + 1), (year + 1, month), (year, 1)))
    return draw.choice(
        (f"{day:02}/{month:02}/{year}", f"{day} {_MONTHS[month - 1]} {year}", f"{year}-{month:02}-{day:02}", str(year))
    )


def _entered(draw: Draw, of: Member) -> Row:
    mail, phone, home, birth = (draw.chance(share) for share in (0.55, 0.5, 0.72, 0.35))
    box = of.work if of.work and draw.chance(0.3) else of.mail
    if draw.chance(0.05):
        box = draw.choice(
            (
                box.replace("@", " at "),
                box.replace(".", ",", 1),
                f"mailto:{box}",
                box + ".",
                worn(draw, box.split("@")[0]) + "@" + box.split("@")[1],
            )
        )
    return {
        "Name": _name(draw, of),
        "Address": _address(draw, of) if home or not (mail or phone) else "",
        "Mail": box if mail else draw.choice(("", "", "", "", "none", "-")),
        "Tel": _telephone(draw, of) if phone else "",
        "Date of birth": _born(draw, of.birth) if birth else "",
        "Chapter": of.country.code,
        "member": f"m{of.who}",
    }


def _knowable(row: Row, mine: Rows) -> bool:
    """Whether anything but the name ties the record to one of the others."""
    for other in mine:
        if (row["Mail"] and row["Mail"] == other["Mail"]) or (row["Date of birth"] and other["Date of birth"]):
            return True
        if (row["Tel"] and other["Tel"]) or (row["Address"] and other["Address"]):
            return True
    return not mine


def members(draw: Draw, count: int) -> Rows:
    """`count` records in no order; half of the members were entered once."""
    society, rows, people = Society(draw), Rows(), list[Member]()
    while len(rows) < count:
        member = (
            society.lives_with(draw.choice(people[-50:])) if people and draw.chance(0.17) else society.joins(draw.choice(_WORLD))
        )
        people.append(member)
        mine: Rows = []
        for _ in range(draw.choices((1, 2, 3, 4, 5), (52, 28, 12, 5, 3))[0]):
            entered = [_entered(draw, member) for _ in range(6)]
            mine += [row for row in entered if _knowable(row, mine)][:1]
            member = society.years_later(member)
        rows += mine
    rows = rows[:count]
    draw.shuffle(rows)
    return [{"No.": str(at), **row} for at, row in enumerate(rows, 1)]
