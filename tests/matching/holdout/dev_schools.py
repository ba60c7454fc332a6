"""Schools, kindergartens and day-care centres of one American city, as three offices and a directory list them."""

from dataclasses import dataclass, replace

from tests.matching.holdout.dev_errors import spoilt
from tests.matching.holdout.drawing import Draw, Row, Rows, words

_PATRONS = words(
    "Lincoln Washington Douglass Tubman Carver Edison Franklin Roosevelt Hamilton Jefferson Madison Monroe Kennedy "
    "Chavez Marquez Addams Barton Cleveland Emerson Fenwick Garfield Hawthorne Irving Keller Longfellow Mann Norwood "
    "Otis Parker Quigley Revere Stowe Thoreau Underhill Vanderhoof Whittier Yates St._Agnes St._Barnabas St._Clement "
    "St._Dorothy St._Jude St._Rose Holy_Cross Good_Shepherd Our_Lady_of_Hope Mt._Olive Mt._Zion Ft._Hill North_Shore "
    "South_Branch West_Side Lakeview"
)
_BRIGHT = words(
    "Little Bright Happy Sunny Rainbow Busy Kinder Tiny Precious Wonder Learning Jolly First New Teddy Shining Golden Small"
)
_SMALL = words(
    "Stars Steps Angels Bees Feet Hands Minds Sprouts Explorers Lambs Horizons Footprints Ducklings Treasures Friends Scholars"
)
_CARE = (
    "Day Care Center",
    "Child Care",
    "Learning Center",
    "Preschool",
    "Nursery School",
    "Early Learning Academy",
    "Child Development Center",
    "Montessori School",
    "Kids Academy",
    "Day Care",
)
_OPERATORS = words(
    "Sunrise_Community_Services Lakeside_Family_Centers Harbor_House Hope_Street_Alliance Tri-County_Family_Services "
    "Unity_Settlement Casa_Esperanza Bethel_Social_Services Metropolitan_Youth_Network El_Puente"
)
_STREETS = words(
    "Ashford Birchwood Calloway Delmar Eastman Fullerby Grandon Halstrom Irvington Jarvis Kedzale Larchmont Montvale "
    "Norwalk Ogdale Pulawski Quincy Racina Sherwin Touhill Union Vincent Wabansa Yorkton 18th 26th 35th 47th 51st 63rd "
    "79th 87th 95th 103rd"
)
_LONG = {"St": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Pl": "Place", "Dr": "Drive", "Ct": "Court"}
_SIDES = {"N": "North", "S": "South", "E": "East", "W": "West"}
_PROGRAMS = ("Head Start", "Preschool For All", "Community Partnership", "Early Head Start", "Child Care", "Pre-K")


@dataclass(frozen=True, slots=True)
class Site:
    """One place with one school in it."""

    who: int
    name: str
    operator: str
    house: int
    side: str
    street: str
    kind: str
    zip: str
    phone: str
    other_phone: str


def _phone(draw: Draw) -> str:
    return draw.choice(("312", "773", "872")) + draw.choice("2345678") + draw.digits(6)


def _name(draw: Draw, operator: str) -> str:
    return draw.of(
        (
            3,
            lambda: (
                f"{draw.choice(_PATRONS)} {draw.choice(('Elementary School', 'School', 'Academy', 'Elementary', 'STEM Academy'))}"
            ),
        ),
        (3, lambda: f"{draw.choice(_BRIGHT)} {draw.choice(_SMALL)} {draw.choice(_CARE)}"),
        (1.5, lambda: f"{draw.choice(_PATRONS)} {draw.choice(_CARE)}"),
        (1.5, lambda: f"{operator} - {draw.choice(_PATRONS)}" if operator else f"{draw.choice(_PATRONS)} Children's Center"),
        (0.7, lambda: operator or f"Mrs. {draw.choice(_SMALL)[:-1]}'s Day Care"),
        (0.7, lambda: f"{draw.choice(_PATRONS)} YMCA"),
    )


def _site(draw: Draw, who: int) -> Site:
    operator = draw.choice(_OPERATORS) if draw.chance(0.35) else ""
    return Site(
        who,
        _name(draw, operator),
        operator,
        draw.randint(100, 9900),
        draw.choice("NSEW"),
        draw.choice(_STREETS),
        draw.choice(("St", "St", "Ave", "Ave", "Ave", "Blvd", "Rd", "Pl", "Dr")),
        f"606{draw.randint(1, 60):02}",
        _phone(draw),
        _phone(draw),
    )


def _neighbour(draw: Draw, of: Site, who: int) -> Site:
    """What is easily taken for `of`: a branch, a second school in the house, a school of that name elsewhere."""
    new = _site(draw, who)
    match draw.randrange(4):
        case 0:
            return replace(new, name=of.name, operator=of.operator, phone=of.phone if draw.chance(0.3) else new.phone)
        case 1:
            return replace(new, name=f"{of.name} {draw.choice(('II', '2', 'West', 'North Campus'))}", operator=of.operator)
        case 2:
            return replace(of, who=who, name=new.name, operator=new.operator, phone=new.phone, other_phone=new.other_phone)
        case _:
            return replace(
                new,
                name=f"{of.name.split()[0]} {draw.choice(_CARE)}",
                street=of.street,
                side=of.side,
                house=of.house + draw.choice((2, 4, 10)),
                kind=of.kind,
                zip=of.zip,
            )


def _name_in(draw: Draw, site: Site, source: str) -> str:
    name = site.name
    if source == "state" and site.operator and draw.chance(0.4):
        name = site.operator if draw.chance(0.4) else f"{site.operator} {name.removeprefix(site.operator + ' - ')}"
    if source == "directory" and draw.chance(0.25):
        name = f"{name} {draw.choice(_PROGRAMS)}" if draw.chance(0.5) else f"{name}, Inc."
    if draw.chance(0.25):
        for long, short in (
            ("Elementary", "Elem"),
            ("School", "Sch"),
            ("Center", "Ctr"),
            ("Academy", "Acad."),
            ("Saint", "St."),
            ("St.", "Saint"),
            ("Mt.", "Mount"),
            ("Ft.", "Fort"),
            (" & ", " and "),
            ("Day Care", "Daycare"),
            ("Child Care", "Childcare"),
        ):
            name = name.replace(long, short)
    if draw.chance(0.12):
        name = " ".join(name.split()[:-1]) if len(name.split()) > 2 else name
    return spoilt(draw, name) if draw.chance(0.08) else name


def _listed(draw: Draw, site: Site, source: str) -> Row:
    name = _name_in(draw, site, source)
    kind, side = site.kind, site.side
    if source == "district":
        kind, side = _LONG[kind], _SIDES[side]
    elif source == "state":
        kind = kind if draw.chance(0.6) else ""
    address = " ".join(part for part in (str(site.house), side if draw.chance(0.9) else "", site.street, kind) if part)
    if source == "directory" and draw.chance(0.12):
        address += (
            f", Suite {draw.randint(1, 300)}"
            if draw.chance(0.6)
            else f" {draw.choice(('1st Fl', '2nd Floor', 'Rear', 'Basement'))}"
        )
    if source == "state":
        name, address = name.upper(), address.upper()
    if draw.chance(0.04):
        address = address.replace(str(site.house), str(site.house + draw.choice((-2, 1, 2, 10, 100))), 1)
    phone = site.other_phone if draw.chance(0.12) else site.phone
    written = {
        "district": f"({phone[:3]}) {phone[3:6]}-{phone[6:]}",
        "state": phone,
        "directory": f"{phone[3:6]}-{phone[6:]}",
        "survey": f"{phone[:3]}.{phone[3:6]}.{phone[6:]}",
    }[source]
    return {
        "Source": source,
        "Site name": name,
        "Address": address,
        "Zip": "" if draw.chance({"district": 0.1, "state": 0.55, "directory": 0.3, "survey": 0.5}[source]) else site.zip,
        "Phone": "" if draw.chance({"district": 0.05, "state": 0.25, "directory": 0.1, "survey": 0.3}[source]) else written,
        "entity": f"s{site.who}",
    }


def schools(draw: Draw, count: int) -> Rows:
    """About `count` records, one list after the other, as somebody puts several exports into one file."""
    sites: list[Site] = []
    rows: Rows = []
    while len(rows) < count:
        who = len(sites)
        site = _neighbour(draw, draw.choice(sites), who) if sites and draw.chance(0.22) else _site(draw, who)
        sites.append(site)
        for _ in range(draw.choices((1, 2, 3, 4, 5, 6), (38, 27, 16, 10, 6, 3))[0]):
            rows.append(_listed(draw, site, draw.choices(("district", "state", "directory", "survey"), (30, 30, 28, 12))[0]))
    draw.shuffle(rows)
    rows.sort(key=lambda row: ("district", "state", "directory", "survey").index(row["Source"]))
    return [{"Id": str(at), **row} for at, row in enumerate(rows[:count])]
