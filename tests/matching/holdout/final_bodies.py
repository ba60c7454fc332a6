"""Charities, law firms, cooperatives and companies: a register of legal entities, a donors' database and a legal directory."""

from dataclasses import dataclass, replace

from tests.matching.holdout.countries import Country, countries
from tests.matching.holdout.drawing import Draw, Row, Rows, words
from tests.matching.holdout.final_errors import romanised, worn

_WHERE = countries("final_names.yaml")
_CODES = {"US": "1", "GB": "44", "DE": "49", "FR": "33", "IT": "39", "NL": "31", "SE": "46", "PL": "48", "JP": "81", "BR": "55"}
_FORMS = {
    "US": (
        ("Inc", "Inc.", "Incorporated", "INC"),
        ("LLP", "L.L.P."),
        ("LLC", "L.L.C.", "Limited Liability Company"),
        ("Corporation", "Corp"),
    ),
    "GB": (("Limited", "Ltd", "Ltd.", "LTD"), ("LLP",), ("PLC", "Public Limited Company", "plc")),
    "DE": (
        ("GmbH", "Gesellschaft mit beschränkter Haftung", "G.m.b.H."),
        ("e.V.", "eingetragener Verein", "eV"),
        ("gGmbH",),
        ("PartG mbB", "Partnerschaft mbB"),
        ("eG", "e.G."),
    ),
    "FR": (("SAS", "S.A.S."), ("SARL", "S.A.R.L."), ("SCP",), ("association loi 1901", "assoc.")),
    "IT": (("S.p.A.", "SpA", "SPA"), ("S.r.l.", "SRL"), ("ONLUS", "Onlus")),
    "NL": (("B.V.", "BV"), ("Stichting",), ("N.V.", "NV")),
    "SE": (("AB", "Aktiebolag"), ("ekonomisk förening", "ek. för.")),
    "PL": (("Sp. z o.o.", "Spółka z ograniczoną odpowiedzialnością", "SP ZOO"), ("S.A.", "Spółka Akcyjna")),
    "JP": (("Co., Ltd.", "K.K.", "Kabushiki Kaisha"), ("G.K.",)),
    "BR": (("Ltda", "Ltda.", "Limitada"), ("S/A", "S.A.", "SA")),
}
_CAUSES = words(
    "Hope Harvest Shelter Bridges Mercy Literacy Wildlife Youth Veterans Rivers Elders Orchards Lighthouse Heritage "
    "Refuge Animals Clean_Water Open_Door Blind Oceans"
)
_BODIES = {
    "US": ("{c} for {t}", "{c} Foundation of {t}", "United {c} Fund", "Friends of {t} {c}"),
    "GB": ("{t} {c} Trust", "The {c} Society", "Friends of {t} {c}", "{t} & District {c} Association"),
    "DE": ("Verein {c} {t}", "{c}-Stiftung", "Lebenshilfe {t}", "Freundeskreis {n}"),
    "FR": ("Les Amis de {t}", "Fondation {n}", "Secours {t}"),
    "IT": ("Fondazione {n}", "Amici di {t}"),
    "NL": ("Vrienden van {t}", "Hulpfonds {n}"),
    "SE": ("{t} Hjälpfond", "{n}stiftelsen"),
    "PL": ("Fundacja {n}", "Towarzystwo Przyjaciół {t}"),
    "JP": ("{t} {c} Association",),
    "BR": ("Instituto {n}", "Associação Amigos de {t}"),
}
_LAW = {
    "US": ("{n}, {m} & {o}", "Law Office of {f} {n}", "{n} {m}"),
    "GB": ("{n} {m} Solicitors", "{n} & Co", "{n}, {m} & Partners"),
    "DE": ("Kanzlei {n} & {m}", "{n} {m} Rechtsanwälte", "Notar {f} {n}"),
    "FR": ("{n} et Associés", "Cabinet {n} {m}", "Maître {f} {n}"),
    "IT": ("Studio Legale {n}", "{n} e {m} Avvocati Associati"),
    "NL": ("{n} Advocaten", "{n} {m} Notarissen"),
    "SE": ("Advokatfirman {n}", "{n} & {m} Juristbyrå"),
    "PL": ("Kancelaria Adwokacka {n}", "Kancelaria {n} i Wspólnicy"),
    "JP": ("{n} Law Office", "{n} & {m}"),
    "BR": ("{n} Advogados", "{n}, {m} e Advogados Associados"),
}
_FIRMS = ("Aurelia {x}", "Tri{x}", "{n} {x}", "{t} {x}", "{n} & Sons {x}", "Nordic {x}", "{x} {t}")
_WORK = words("Shipping Textiles Energy Insurance Timber Optics Polymers Capital Foods Robotics Publishing Steel Marine Seeds")


@dataclass(frozen=True, slots=True)
class Body:
    """A legal entity at its seat or one of its offices."""

    who: int
    country: Country
    name: str
    form: tuple[str, ...]
    line: str
    town: str
    postcode: str
    phone: str


def _body(draw: Draw, who: int, country: Country | None = None) -> Body:
    country = country or _WHERE[draw.choice(list(_CODES))]
    town = draw.choice(country.towns)
    pattern = draw.choice((draw.choice(_BODIES[country.code]), draw.choice(_LAW[country.code]), draw.choice(_FIRMS)))
    name = pattern.format(
        c=draw.choice(_CAUSES),
        t=town.title(),
        n=country.surname(draw),
        m=country.surname(draw),
        o=country.surname(draw),
        f=country.given(draw, draw.chance(0.5)),
        x=draw.choice(_WORK),
    )
    house, street = draw.randint(1, 220), country.street(draw)
    line = f"{house} {street}" if country.code in ("US", "GB", "FR", "JP") else f"{street} {house}"
    return Body(
        who, country, name, draw.choice(_FORMS[country.code]), line, town, country.zipped(draw, town), country.number(draw)
    )


def _akin(draw: Draw, of: Body, who: int) -> Body:
    """A local group of the same charity, a subsidiary, another firm in the same chambers, a namesake of another form."""
    new, roll = _body(draw, who, of.country), draw.random()
    if roll < 0.35:
        return replace(new, name=of.name, form=of.form, phone=of.phone if draw.chance(0.25) else new.phone)
    if roll < 0.6 and any(work in of.name for work in _WORK):
        more = draw.choice(("International", "Property", "Trading", "Pensions", "II", "Services", "Ventures"))
        return replace(of, who=who, name=f"{of.name} {more}" if more not in of.name else new.name, phone=new.phone)
    if roll < 0.85:
        return replace(new, line=of.line, town=of.town, postcode=of.postcode, phone=of.phone if draw.chance(0.15) else new.phone)
    return replace(new, name=f"{of.name.split()[0]} {draw.choice(_WORK)}", town=of.town)


def _written(draw: Draw, of: Body, source: str) -> Row:
    name, form, line, town = of.name, of.form[0], of.line, of.town
    if source == "entities":
        name = f"{name} {draw.choice(of.form) if draw.chance(0.3) else form}" if form != "Stichting" else f"Stichting {name}"
        name = name.upper() if draw.chance(0.35) else name
        line = romanised(line).upper() if draw.chance(0.3) else line
    else:
        if draw.chance(0.4):
            name = f"{name} {draw.choice(of.form)}" if form != "Stichting" else f"St. {name}"
        for old, new in (
            (" & ", " and "),
            (" and ", " & "),
            (" et ", " & "),
            ("Foundation", "Fdn."),
            ("Association", "Assn"),
            ("Rechtsanwälte", "Rechtsanwaelte"),
            ("Fondazione", "Fond."),
            ("International", "Intl"),
            ("Kancelaria Adwokacka", "Adwokat"),
            ("Law Office of ", ""),
            ("Friends of ", ""),
            ("The ", ""),
            ("Studio Legale", "Avv."),
            ("Partners", "Ptnrs"),
            ("Society", "Soc."),
        ):
            name = name.replace(old, new, 1) if draw.chance(0.3) else name
        name = (
            f"{' '.join(name.split()[1:])}, {name.split()[0]}"
            if name.startswith(("The ", "Friends")) and draw.chance(0.4)
            else name
        )
        name = romanised(name) if draw.chance(0.3) else name
        name = worn(draw, name) if draw.chance(0.09) else name
    if source == "donors" and draw.chance(0.2):
        before = draw.choice(("attn. accounts", "3rd floor", "Building B", "Suite 400", f"c/o {of.country.surname(draw)}"))
        line = f"{before}, {line}"
    elif draw.chance(0.05):
        line = f"P.O. Box {draw.randint(10, 9999)}"
    code, phone = _CODES[of.country.code], of.phone
    rest = phone[1 + len(code) :]
    has_line, has_phone = {"entities": (1.0, 0.0), "donors": (0.85, 0.55), "directory": (0.7, 0.97)}[source]
    written = draw.choice(
        (
            phone,
            f"+{code} {rest[:3]} {rest[3:]}",
            f"0{rest}" if of.country.code not in ("US", "PL", "IT", "BR") else rest,
            f"+{code}.{rest}",
        )
    )
    with_line = draw.chance(has_line)
    return {
        "Record source": source,
        "Legal name": name,
        "First address line": (worn(draw, line) if draw.chance(0.05) and source != "entities" else line) if with_line else "",
        "City": town.title() if source != "entities" else romanised(town).upper() if draw.chance(0.35) else town,
        "Postal code": of.postcode if with_line and draw.chance(0.85) else "",
        "Country": of.country.code,
        "Phone": written if draw.chance(has_phone) else "",
        "body": f"o{of.who}",
    }


def bodies(draw: Draw, count: int) -> Rows:
    """`count` records in no order, half of the bodies once."""
    rows: Rows = []
    known: list[Body] = []
    while len(rows) < count:
        body = _akin(draw, draw.choice(known), len(known)) if known and draw.chance(0.25) else _body(draw, len(known))
        known.append(body)
        for _ in range(draw.choices((1, 2, 3, 5), (50, 33, 13, 4))[0]):
            rows.append(_written(draw, body, draw.choices(("entities", "donors", "directory"), (35, 35, 30))[0]))
    rows = rows[:count]
    draw.shuffle(rows)
    return rows
