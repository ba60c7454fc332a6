"""Hospitals, practices and pharmacies: from a map that volunteers draw, a health authority's register and yellow pages."""

from dataclasses import dataclass, replace
from typing import Any

from tests.matching.holdout.countries import Country, countries
from tests.matching.holdout.drawing import Draw, Row, Rows, words
from tests.matching.holdout.final_errors import romanised, worn

_WHERE = countries("final_names.yaml")
_CODES = {"US": "1", "GB": "44", "DE": "49", "FR": "33", "IT": "39", "ES": "34", "NL": "31", "IN": "91"}
_AREAS = {
    "US": ("216", "402", "503"),
    "GB": ("1244", "1302", "1522"),
    "DE": ("511", "821", "361"),
    "FR": ("4", "5"),
    "IT": ("051", "080", "049"),
    "ES": ("91", "96", "95"),
    "NL": ("30", "50", "43"),
    "IN": ("80", "44", "22"),
}
_SAINTS = words("St._Vincent St._Luke St._Anne St._Elizabeth Sacred_Heart Holy_Family Good_Samaritan St._Camillus St._Raphael")
_PHARMACY = {
    "US": ("{n} Drugs", "{n} Pharmacy", "Corner Drug {n}"),
    "GB": ("{n} Pharmacy", "{n} Chemists", "{n} Late Night Pharmacy"),
    "DE": ("Löwen-Apotheke", "Adler-Apotheke", "Stern-Apotheke", "Apotheke am {s}", "Marien-Apotheke", "{n}'sche Apotheke"),
    "FR": ("Pharmacie {n}", "Pharmacie du Centre", "Grande Pharmacie de {t}"),
    "IT": ("Farmacia {n}", "Farmacia Comunale {d}", "Farmacia San Marco"),
    "ES": ("Farmacia {n}", "Farmacia Lda. {n}", "Farmacia La Plaza"),
    "NL": ("Apotheek {n}", "Apotheek De {s}", "BENU-achtige Apotheek {t}"),
    "IN": ("{n} Medicals", "Sri {n} Medical Stores", "Apex Pharmacy {t}"),
}
_HOSPITAL = {
    "US": ("{h} Medical Center", "{h} Hospital", "{t} General Hospital", "{t} County Memorial Hospital"),
    "GB": ("{t} Royal Infirmary", "{t} General Hospital", "{h} Hospice"),
    "DE": ("Klinikum {t}", "Krankenhaus {h}", "Kreiskrankenhaus {t}", "Marienhospital {t}"),
    "FR": ("CHU de {t}", "Clinique {h}", "Centre Hospitalier de {t}"),
    "IT": ("Ospedale Civile di {t}", "Casa di Cura {n}"),
    "ES": ("Hospital General de {t}", "Clínica {n}"),
    "NL": ("Medisch Centrum {t}", "Ziekenhuis {t}"),
    "IN": ("{n} Nursing Home", "{n} Multispeciality Hospital"),
}
_PRACTICE = {
    "US": ("{n} Family Medicine", "{n} & {m} Pediatrics", "{f} {n}, MD", "{t} Dental Arts", "{n} Eye Care"),
    "GB": ("{n} Medical Practice", "{s} Surgery", "The {s} Dental Practice", "Drs {n} & {m}"),
    "DE": ("Praxis Dr. {n}", "Gemeinschaftspraxis {n}/{m}", "Dr. med. {f} {n}", "Zahnarzt {f} {n}", "MVZ {t}"),
    "FR": ("Cabinet médical {n}", "Dr {f} {n}", "Cabinet dentaire {s}"),
    "IT": ("Studio Medico {n}", "Dott. {f} {n}", "Studio Dentistico {n}"),
    "ES": ("Clínica Dental {n}", "Dra. {f} {n}", "Centro Médico {t}"),
    "NL": ("Huisartsenpraktijk {n}", "Tandartspraktijk {s}"),
    "IN": ("Dr. {n}'s Clinic", "{n} Dental Care", "Dr {f} {n}"),
}
_UNITS = {
    "US": ("Cancer Center", "Imaging", "Outpatient Surgery", "Labor & Delivery"),
    "GB": ("Eye Unit", "Maternity Wing", "Minor Injuries Unit"),
    "DE": ("Frauenklinik", "Notaufnahme", "Augenklinik", "Tagesklinik"),
    "FR": ("Service de Cardiologie", "Urgences"),
    "IT": ("Reparto Pediatria", "Pronto Soccorso"),
    "ES": ("Urgencias", "Consultas Externas"),
    "NL": ("Polikliniek", "Spoedeisende Hulp"),
    "IN": ("Diagnostics", "Blood Bank"),
}


@dataclass(frozen=True, slots=True)
class Facility:
    """A house, a practice in it, or a unit with a door and a sign of its own."""

    who: int
    country: Country
    name: str
    operator: str
    house: int
    street: str
    town: str
    postcode: str
    phone: str
    site: str


def _phone(draw: Draw, country: str) -> str:
    area = draw.choice(_AREAS[country])
    return f"{area} {draw.digits(9 - len(area) if country in ('FR', 'ES', 'NL', 'IT') else 10 - len(area))}"


def _facility(draw: Draw, who: int, country: Country | None = None) -> Facility:
    country = country or _WHERE[draw.choice(("US", "US", "GB", "DE", "DE", "DE", "FR", "IT", "ES", "NL", "IN"))]
    town, street = draw.choice(country.towns), country.street(draw)
    kind = draw.choices((_PHARMACY, _HOSPITAL, _PRACTICE), (40, 20, 40))[0]
    name = draw.choice(kind[country.code]).format(
        n=country.surname(draw),
        m=country.surname(draw),
        f=country.given(draw, draw.chance(0.5)),
        t=town,
        h=draw.choice(_SAINTS),
        s=draw.choice(country.streets),
        d=draw.randint(1, 12),
    )
    operator = (
        f"{draw.choice(country.towns)} {draw.choice(('Health', 'Care Group', 'Trust', 'Holding'))}"
        if kind is _HOSPITAL or draw.chance(0.06)
        else ""
    )
    letters = (c if c.isalnum() else "-" for c in romanised(name).lower())
    site = f"{''.join(letters)[:22].strip('-')}-{country.code.lower()}{draw.randint(1, 999)}"
    return Facility(
        who,
        country,
        name,
        operator,
        draw.randint(1, 200),
        street,
        town,
        country.zipped(draw, town),
        _phone(draw, country.code),
        f"{site}.{'org' if kind is _HOSPITAL else 'com'}",
    )


def _beside(draw: Draw, of: Facility, who: int) -> Facility:
    """A unit, the practice next door in the same house, the pharmacy on the ground floor, one of that name in another town."""
    new = _facility(draw, who, of.country)
    here: dict[str, Any] = {"house": of.house, "street": of.street, "town": of.town, "postcode": of.postcode}
    roll = draw.random()
    if roll < 0.25 and of.operator and " - " not in of.name:
        return replace(
            of,
            who=who,
            name=f"{of.name} - {draw.choice(_UNITS[of.country.code])}",
            phone=of.phone if draw.chance(0.5) else new.phone,
        )
    if roll < 0.6:
        return replace(new, **here, phone=of.phone if draw.chance(0.1) else new.phone)
    if roll < 0.8:
        return replace(new, name=of.name, site=of.site if draw.chance(0.3) else new.site)
    return replace(new, town=of.town, postcode=of.postcode, street=of.street, house=of.house + draw.choice((1, 2, 4)))


def _name(draw: Draw, of: Facility, source: str) -> str:
    name = of.name
    if source == "register":
        for short, long in (
            ("St.", "Saint"),
            ("MVZ", "Medizinisches Versorgungszentrum"),
            ("CHU", "Centre Hospitalier Universitaire"),
            ("Drs ", "Doctors "),
            ("Dr. med. ", ""),
            ("&", "and"),
        ):
            name = name.replace(short, long) if draw.chance(0.6) else name
        if draw.chance(0.2):
            german = of.country.code == "DE"
            name = (
                f"{name} {draw.choice(('(Hauptstandort)', 'e.K.', 'OHG') if german else ('Ltd', 'LLC', 'P.A.', '(main site)'))}"
            )
    elif source == "yellow":
        parts = name.split()
        roll = draw.random()
        if roll < 0.2 and len(parts) > 1:
            name = f"{parts[-1]} {' '.join(parts[:-1])}"
        elif roll < 0.3:
            name = f"{name} {of.town}" if of.town not in name else name.replace(of.town, "").strip()
        elif roll < 0.4:
            owner = of.country.surname(draw)
            name = f"{name} - {draw.choice(('open 24h', 'Inh. ' + owner, 'by appointment', 'Dr. ' + owner))}"
        name = romanised(name) if draw.chance(0.4) else name
        name = name.upper() if draw.chance(0.3) else name
    elif draw.chance(0.15):
        name = name.split(" - ")[0] if " - " not in of.name else name.split(" - ")[1]
    return worn(draw, name) if draw.chance(0.06) else name


def _listed(draw: Draw, of: Facility, source: str) -> Row:
    code, (area, rest) = of.country.code, of.phone.split()
    zero = "0" if code in ("DE", "GB", "FR", "NL", "IN") else ""
    phone = {
        "map": f"+{_CODES[code]} {area} {rest}",
        "register": f"{zero}{area}-{rest}",
        "yellow": f"({zero}{area}) {rest[:3]} {rest[3:]}",
    }[source]
    if draw.chance(0.07):
        phone = phone[:-1] + draw.choice("0123456789")
    if source == "map" and draw.chance(0.06):
        phone += f";+{_CODES[code]} {area} {draw.digits(len(rest))}"
    has = {"map": (0.75, 0.5, 0.6, 0.45), "register": (0.98, 0.6, 0.95, 0.1), "yellow": (0.95, 0.97, 0.6, 0.3)}[source]
    street, phones, postcode, site = (draw.chance(share) for share in has)
    road = of.street
    if source != "map":
        for long, short in (
            ("straße", "str."),
            ("Street", "St"),
            ("avenue", "ave"),
            ("Via ", "v. "),
            ("Calle ", ""),
            ("straat", "str"),
            ("Road", "Rd"),
        ):
            road = road.replace(long, short) if draw.chance(0.5) else road
    return {
        "source": source,
        "name": _name(draw, of, source),
        "operator": of.operator if source != "yellow" and draw.chance(0.4) else "",
        "addr:street": (f"{road} {of.house}" if source == "yellow" else road) if street else "",
        "addr:housenumber": str(of.house) if street and source != "yellow" else "",
        "addr:city": of.town if draw.chance(0.85) or not street else "",
        "addr:postcode": of.postcode if postcode and street else "",
        "addr:country": code if source != "map" or draw.chance(0.4) else "",
        "contact:phone": phone if phones or not street else "",
        "contact:website": f"https://{of.site}/" if site else "",
        "facility": f"f{of.who}",
    }


def health(draw: Draw, count: int) -> Rows:
    """`count` records, the map first, then the register, then the yellow pages."""
    rows: Rows = []
    known: list[Facility] = []
    while len(rows) < count:
        facility = _beside(draw, draw.choice(known), len(known)) if known and draw.chance(0.26) else _facility(draw, len(known))
        if any((facility.name, facility.house, facility.street) == (one.name, one.house, one.street) for one in known):
            continue
        known.append(facility)
        sources = [source for source, share in (("map", 0.6), ("register", 0.5), ("yellow", 0.55)) if draw.chance(share)]
        if draw.chance(0.07):
            sources.append(draw.choice(("map", "yellow")))
        rows += [_listed(draw, facility, source) for source in sources]
    draw.shuffle(rows)
    rows.sort(key=lambda row: ("map", "register", "yellow").index(row["source"]))
    return [{"ref": f"{row['source'][0]}{draw.digits(8)}", **row} for row in rows[:count]]
