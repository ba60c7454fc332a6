"""Businesses of six countries as a sales team has them: from its CRM, a bought list and a trade register."""

from dataclasses import dataclass, replace
from typing import Any

from tests.matching.holdout.countries import Country, countries
from tests.matching.holdout.dev_errors import plain, spoilt
from tests.matching.holdout.drawing import Draw, Row, Rows

_WHERE = countries("dev_names.yaml")
_FORMS = {
    "US": ("Inc.", "LLC", "Corp.", "Incorporated", "Co.", "P.C."),
    "GB": ("Ltd", "Limited", "plc", "LLP", "CIC"),
    "DE": ("GmbH", "AG", "GmbH & Co. KG", "e.V.", "e.K.", "UG (haftungsbeschränkt)"),
    "FR": ("SARL", "SAS", "S.A.", "EURL"),
    "ES": ("S.L.", "S.A.", "S.L.U."),
    "PL": ("Sp. z o.o.", "S.A.", "sp.j."),
}
_TRADES = {
    "US": (
        "Plumbing",
        "Dental Group",
        "Law Offices",
        "Pharmacy",
        "Logistics",
        "Medical Center",
        "Foundation",
        "Consulting",
        "Auto Body",
        "Family Practice",
        "Roofing",
        "Software",
        "Animal Hospital",
        "Community Church",
        "Realty",
    ),
    "GB": (
        "Solicitors",
        "Surgery",
        "Chemist",
        "Builders",
        "Motors",
        "Day Nursery",
        "Trust",
        "Accountants",
        "Hospice",
        "Veterinary Centre",
        "Primary School",
        "Care Home",
        "Estate Agents",
    ),
    "DE": (
        "Apotheke",
        "Rechtsanwälte",
        "Maschinenbau",
        "Spedition",
        "Bäckerei",
        "Zahnarztpraxis",
        "Kindergarten",
        "Elektrotechnik",
        "Autohaus",
        "Steuerberatung",
        "Gartenbau",
        "Klinik",
        "Metallbau",
        "Förderverein",
    ),
    "FR": (
        "Pharmacie",
        "Boulangerie",
        "Transports",
        "Cabinet d'avocats",
        "Menuiserie",
        "Garage",
        "Clinique",
        "Hôtel",
        "Assurances",
        "École",
    ),
    "ES": (
        "Farmacia",
        "Talleres",
        "Transportes",
        "Abogados",
        "Clínica Dental",
        "Construcciones",
        "Colegio",
        "Hostal",
        "Panadería",
        "Fundación",
    ),
    "PL": (
        "Apteka",
        "Kancelaria Radcy Prawnego",
        "Przedszkole",
        "Transport",
        "Zakład Usługowy",
        "Przychodnia",
        "Hurtownia",
        "Piekarnia",
    ),
}
_ABSTRACT = (
    "Novatec",
    "Alphaline",
    "Meridian",
    "Quantor",
    "Vertex",
    "Solaris",
    "Optima",
    "Primus",
    "Delta Plus",
    "Nordstern",
    "Vita",
    "Proxima",
    "Euroline",
    "Interpart",
    "Phoenix",
    "Atlas",
    "Orion",
    "Omega",
    "Central",
    "Global Trade",
)
_HOLDINGS = {
    "DE": "Verwaltungs",
    "US": "Holdings",
    "GB": "Holdings",
    "FR": "Immobilier",
    "ES": "Inmobiliaria",
    "PL": "Nieruchomości",
}
_CLINICS = ("Medical Center", "Family Practice", "Surgery", "Hospice", "Klinik", "Clinique", "Clínica Dental", "Przychodnia")
_DEPARTMENTS = {
    "US": ("Radiology Dept.", "Cardiology", "Physical Therapy", "Emergency Department"),
    "GB": ("A&E", "Outpatients", "Physiotherapy"),
    "DE": ("Chirurgie", "Kardiologie", "Radiologie"),
    "FR": ("Maternité", "Urgences"),
    "ES": ("Ortodoncia", "Cirugía"),
    "PL": ("Chirurgia", "Rehabilitacja"),
}


@dataclass(frozen=True, slots=True)
class Business:
    """One establishment: a branch is one of its own, and so is a department that is called by itself."""

    who: int
    country: Country
    name: str
    form: str
    house: str
    street: str
    town: str
    postcode: str
    phone: str
    domain: str


def _landline(draw: Draw, country: Country) -> str:
    codes = {"US": "+1", "GB": "+44", "DE": "+49", "FR": "+33", "ES": "+34", "PL": "+48"}
    starts = {
        "US": ("614", "303", "512"),
        "GB": ("1332", "1582", "1204"),
        "DE": ("6151", "731", "651"),
        "FR": ("1", "2", "3"),
        "ES": ("968", "947", "987"),
        "PL": ("22", "56", "41"),
    }
    start = draw.choice(starts[country.code])
    length = {"US": 10, "GB": 10, "DE": 10, "FR": 9, "ES": 9, "PL": 9}[country.code] - len(start)
    return f"{codes[country.code]} {start} {draw.choice('23456789')}{draw.digits(length - 1)}"


def _business(draw: Draw, who: int, country: Country | None = None) -> Business:
    country = country or _WHERE[draw.choice(("US", "US", "GB", "GB", "DE", "DE", "DE", "FR", "ES", "PL"))]
    trade, own = draw.choice(_TRADES[country.code]), country.surname(draw)
    name = draw.of(
        (4, lambda: f"{trade} {own}" if country.code in ("FR", "ES", "PL", "DE") else f"{own} {trade}"),
        (2, lambda: f"{own} & {country.surname(draw)}" + (f" {trade}" if draw.chance(0.5) else "")),
        (2, lambda: f"{draw.choice(_ABSTRACT)} {trade}"),
        (1.5, lambda: f"{trade} {draw.choice(country.towns)}"),
        (1, lambda: draw.choice(_ABSTRACT)),
        (
            0.7,
            lambda: (
                f"{own} Söhne {trade}"
                if country.code == "DE"
                else f"{own} Brothers"
                if country.code in ("US", "GB")
                else f"{trade} Hermanos {own}"
            ),
        ),
    )
    town = draw.choice(country.towns)
    domain = (
        "".join(c for c in plain(name).lower() if c.isalnum() or c == " ").replace(" ", draw.choice(("", "-")))[:24].strip("-")
    )
    ending = {"US": "com", "GB": "co.uk"}.get(country.code, country.code.lower())
    return Business(
        who,
        country,
        name,
        draw.choice(_FORMS[country.code]),
        str(draw.randint(1, 180)),
        country.street(draw),
        town,
        country.zipped(draw, town),
        _landline(draw, country),
        f"{domain}.{ending}",
    )


def _related(draw: Draw, of: Business, who: int) -> Business:
    """Another establishment that looks like `of`."""
    new = _business(draw, who)
    kind = draw.choices(("branch", "neighbour", "sister"), (60, 22, 18))[0]
    if any(clinic in of.name for clinic in _CLINICS) and "," not in of.name and draw.chance(0.4):
        kind = "department"
    holding = _HOLDINGS[of.country.code]
    if kind == "sister" and (holding in of.name or "," in of.name):
        kind = "branch"
    match kind:
        case "branch":
            town = draw.choice(of.country.towns)
            phone = of.phone if draw.chance(0.3) else _landline(draw, of.country)
            home: dict[str, Any] = {
                "house": new.house,
                "street": of.country.street(draw),
                "town": town,
                "postcode": of.country.zipped(draw, town),
            }
            return replace(of, who=who, phone=phone, **home)
        case "department":
            return replace(of, who=who, name=f"{of.name}, {draw.choice(_DEPARTMENTS[of.country.code])}")
        case "neighbour":
            other = _business(draw, who, of.country)
            phone = of.phone if draw.chance(0.3) else other.phone
            return replace(other, phone=phone, house=of.house, street=of.street, town=of.town, postcode=of.postcode)
        case _:
            return replace(of, who=who, name=f"{of.name} {holding}", phone=_landline(draw, of.country))


def _name_in(draw: Draw, business: Business, source: str) -> str:
    name, form = business.name, business.form
    if draw.chance(0.25):
        for long, short in (
            ("Medical Center", "Med Ctr"),
            ("Community", "Comm."),
            ("Brothers", "Bros."),
            ("Rechtsanwälte", "RAe"),
            (" & ", " und "),
            ("Law Offices", "Law Office"),
            ("Zahnarztpraxis", "ZA-Praxis"),
            ("Maschinenbau", "Masch.bau"),
            ("Kancelaria", "Kanc."),
            ("Transportes", "Transp."),
            ("Primary School", "Primary Sch"),
            ("Cabinet d'avocats", "Avocats"),
            ("Foundation", "Fdn"),
        ):
            name = name.replace(long, short)
    if draw.chance(0.06):
        parts = name.split()
        name = " ".join(parts[1:] + parts[:1]) if len(parts) == 2 else name
    if draw.chance(0.05) and len(name.split()) > 2:
        name = "".join(word[0] for word in name.split() if word[0].isalpha())
    if draw.chance(0.07):
        name = spoilt(draw, name)
    if source == "register" or draw.chance(0.4):
        name = f"{name} {form if draw.chance(0.85) else form.replace('.', '').replace('Limited', 'Ltd')}"
    return plain(name).upper() if source == "bought" else name


def _listed(draw: Draw, business: Business, source: str) -> Row:
    country, phone = business.country, business.phone
    code, start, rest = phone.split()
    written = {
        "crm": f"{code} {start} {rest[:3]} {rest[3:]}",
        "bought": ("" if country.code in ("US", "ES", "PL") else "0") + start + rest,
        "register": f"({start}) {rest}"
        if country.code == "US"
        else f"{'' if country.code in ('ES', 'PL') else '0'}{start}/{rest}",
    }[source]
    if draw.chance(0.12) and source == "crm":
        written += draw.choice((" ext. 12", "-0", " x204", "-11"))
    street = (
        f"{business.house} {business.street}" if country.code in ("US", "GB", "FR") else f"{business.street} {business.house}"
    )
    if draw.chance(0.05):
        street = {"DE": "Postfach", "US": "P.O. Box", "GB": "PO Box", "FR": "BP", "ES": "Apdo.", "PL": "skr. poczt."}[
            country.code
        ] + f" {draw.randint(10, 9999)}"
    elif draw.chance(0.1) and country.code in ("US", "GB"):
        street += draw.choice((f", Suite {draw.randint(100, 900)}", f" Unit {draw.randint(1, 9)}", f" #{draw.randint(1, 40)}"))
    has_phone = draw.chance({"crm": 0.8, "bought": 0.9, "register": 0.15}[source])
    return {
        "source": source,
        "company": _name_in(draw, business, source),
        "street": (plain(street).upper() if source == "bought" else street) if draw.chance(0.9) or not has_phone else "",
        "city": plain(business.town).upper() if source == "bought" else business.town,
        "zip": "" if draw.chance(0.12) else business.postcode,
        "country": country.code,
        "phone": written if has_phone else "",
        "website": f"www.{business.domain}" if draw.chance(0.35 if source != "register" else 0.05) else "",
        "entity": f"b{business.who}",
    }


def accounts(draw: Draw, count: int) -> Rows:
    """About `count` records in no order."""
    known: list[Business] = []
    rows: Rows = []
    while len(rows) < count:
        who = len(known)
        business = _related(draw, draw.choice(known), who) if known and draw.chance(0.24) else _business(draw, who)
        known.append(business)
        new = f"{draw.choice(_ABSTRACT)} {draw.choice(_TRADES[business.country.code])}" if draw.chance(0.04) else business.name
        mine: Rows = []
        for _ in range(draw.choices((1, 2, 3, 4), (46, 32, 16, 6))[0]):
            source = draw.choices(("crm", "bought", "register"), (45, 35, 20))[0]
            row = _listed(draw, replace(business, name=new) if mine else business, source)
            if new != business.name and mine and not any(row[tie] and mine[0][tie] for tie in ("phone", "website")):
                row = _listed(draw, business, source)  # a new name without phone or website is anybody's
            mine.append(row)
        rows += mine
    draw.shuffle(rows)
    return [{"account_no": str(1000 + at), **row} for at, row in enumerate(rows[:count])]
