"""Schools and nurseries of British towns from a ministry's list, an inspectorate's and a parents' site."""

from dataclasses import dataclass, replace

from tests.matching.holdout.countries import countries
from tests.matching.holdout.drawing import Draw, Row, Rows, words
from tests.matching.holdout.final_errors import worn

_GB = countries("final_names.yaml")["GB"]
_SAINTS = words(
    "St_Mary's St_Peter's St_John's All_Saints St_Joseph's Holy_Trinity St_Andrew's St_Thomas St_Anne's St_Oswald's "
    "Christ_Church St_Bede's"
)
_CHURCH = (("Church of England", "C of E", "CE", "C.E."), ("Roman Catholic", "RC", "R.C.", "Catholic"), ("Methodist", "Meth."))
_PHASES = (
    ("Primary School", "Primary", "Prim Sch"),
    ("Infant School", "Infants", "Infants' School"),
    ("Junior School", "Juniors", "Junior Sch."),
    ("Nursery", "Nursery School", "Day Nursery"),
    ("High School", "High", "Secondary School"),
    ("Academy", "Acad"),
)


@dataclass(frozen=True, slots=True)
class School:
    """One school on one site; infants and juniors beside each other are two."""

    who: int
    place: str
    church: tuple[str, ...]
    phase: tuple[str, ...]
    house: str
    street: str
    town: str
    postcode: str
    phone: str


def _school(draw: Draw, who: int) -> School:
    town = draw.choice(_GB.towns[:14])
    church = draw.choice(_CHURCH) if draw.chance(0.4) else ()
    place = (
        draw.choice(_SAINTS)
        if church
        else draw.choice(_GB.streets)
        if draw.chance(0.5)
        else draw.choice(_GB.stems) + draw.choice(_GB.endings)
    )
    house = str(draw.randint(1, 90)) if draw.chance(0.25) else ""
    return School(
        who,
        place,
        church,
        draw.choice(_PHASES),
        house,
        _GB.street(draw),
        town,
        _GB.zipped(draw, town),
        f"01{draw.digits(3)} {draw.digits(6)}",
    )


def _sister(draw: Draw, of: School, who: int) -> School:
    """The juniors next to the infants, the nursery in the school's house, the saint's school of the next town."""
    new, roll = _school(draw, who), draw.random()
    other = draw.choice([phase for phase in _PHASES if phase != of.phase])
    if roll < 0.55:
        return replace(of, who=who, phase=other, phone=of.phone if draw.chance(0.4) else new.phone)
    if roll < 0.8:
        return replace(new, place=of.place, church=of.church, phase=of.phase)
    return replace(of, who=who, place=new.place, phase=_PHASES[3], church=(), phone=new.phone)


def _listed(draw: Draw, of: School, source: str) -> Row:
    form = 0 if source == "ministry" else None
    church = (of.church[0] if form == 0 else draw.choice((*of.church, ""))) if of.church else ""
    phase = of.phase[0] if form == 0 else draw.choice(of.phase)
    place = of.place
    if source != "ministry" and draw.chance(0.3):
        place = place.replace("St ", "Saint ") if draw.chance(0.5) else place.replace("St ", "St. ").replace("'s", "s")
    name = " ".join(part for part in (place, church, phase) if part)
    if source == "inspectors" and draw.chance(0.3):
        name = f"{name}, {of.town}"
    if source == "parents" and draw.chance(0.08):
        name = worn(draw, name)
    address = f"{of.house} {of.street}".strip()
    if source == "inspectors" and draw.chance(0.25):
        address = f"{draw.choice(('Off', 'Corner of', 'The Old Vicarage,', 'Lower Site,'))} {address}"
    if source == "parents" and draw.chance(0.3):
        address = address.replace("Street", "St").replace("Road", "Rd").replace("Lane", "Ln").replace("Avenue", "Ave")
    phone = (
        of.phone
        if source == "ministry"
        else draw.choice((of.phone.replace(" ", ""), f"+44 {of.phone[1:]}", f"({of.phone[:5]}) {of.phone[6:]}"))
    )
    share = {"ministry": (0.95, 0.9, 0.98), "inspectors": (0.85, 0.5, 0.9), "parents": (0.5, 0.6, 0.4)}[source]
    with_address, with_phone, with_code = (draw.chance(one) for one in share)
    return {
        "list": source,
        "establishment": name,
        "street": address if with_address else "",
        "town": of.town,
        "post code": (of.postcode if draw.chance(0.8) else of.postcode.replace(" ", "")) if with_code else "",
        "telephone": phone if with_phone or not with_address else "",
        "head": f"{draw.choice(('Mr', 'Mrs', 'Ms'))} {_GB.surname(draw)}" if source == "ministry" and draw.chance(0.5) else "",
        "school": f"e{of.who}",
    }


def academies(draw: Draw, count: int) -> Rows:
    """`count` records, the ministry's list first, then the two others mixed."""
    rows: Rows = []
    known: list[School] = []
    while len(rows) < count:
        school = _sister(draw, draw.choice(known[-60:]), len(known)) if known and draw.chance(0.28) else _school(draw, len(known))
        if any(
            (school.place, school.church, school.phase, school.town) == (one.place, one.church, one.phase, one.town)
            for one in known
        ):
            continue
        known.append(school)
        rows += [
            _listed(draw, school, source)
            for source, share in (("ministry", 0.75), ("inspectors", 0.6), ("parents", 0.5))
            if draw.chance(share)
        ]
    rows = rows[:count]
    draw.shuffle(rows)
    return sorted(rows, key=lambda row: row["list"] != "ministry")
