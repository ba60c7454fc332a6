"""Persons of the dev half: an Australian register with one spoilt copy of everybody, and 5,000 records of ten other countries."""

from tests.matching.holdout.countries import countries
from tests.matching.holdout.dev_errors import exchanged, misdated, spoilt
from tests.matching.holdout.dev_world import world
from tests.matching.holdout.drawing import Draw, Row, Rows, Table

_STATES = ("nsw", "nsw", "nsw", "vic", "vic", "vic", "qld", "qld", "wa", "sa", "tas", "act", "nt")
AU = countries("dev_names.yaml")["AU"]
_BEFORE = (
    "rose",
    "the",
    "fair",
    "glen",
    "hill",
    "sunny",
    "ingle",
    "mountain",
    "kara",
    "green",
    "lake",
    "wattle",
    "bell",
    "ava",
    "river",
    "willow",
    "stony",
    "royal",
    "old",
    "spring",
    "wirra",
    "bunda",
    "coola",
    "yarra",
    "tulla",
)
_AFTER = (
    "mount",
    " willows",
    "field farm",
    " ora",
    " iris",
    "view",
    " gums",
    " brae",
    "wood",
    "nya",
    " vlge",
    "acres",
    "side",
    " park",
    "bird",
    "lon",
    " homestead",
    " retrmnt vlge",
    "bank",
    " caravan park",
    "dale",
    "roo",
    "long",
    "bie",
    "creek",
)
_STARTS = (
    "bel",
    "car",
    "dap",
    "ep",
    "foot",
    "glen",
    "horn",
    "ken",
    "lal",
    "mor",
    "new",
    "pres",
    "rock",
    "sun",
    "too",
    "um",
    "ver",
    "wood",
    "yar",
    "al",
    "bri",
    "clay",
    "don",
    "el",
    "fern",
    "gos",
    "had",
    "in",
    "joon",
    "king",
    "lee",
    "mir",
    "ner",
    "or",
    "pad",
    "tu",
)
_ENDS = (
    "mont",
    "ton",
    "to",
    "ping",
    "scray",
    "roy",
    "sby",
    "wick",
    "lor",
    "ning",
    "town",
    "dale",
    "bury",
    "wong",
    "ina",
    "ville",
    "bion",
    "field",
    "vale",
    "wood",
    " hills",
    " bay",
    " beach",
    " heights",
    " park",
    "ala",
    "up",
    "ing",
    "anda",
    "ang",
    "eau",
)
_MISSING = {
    "given_name": 0.022,
    "surname": 0.01,
    "street_number": 0.03,
    "address_1": 0.02,
    "address_2": 0.09,
    "suburb": 0.011,
    "state": 0.01,
    "date_of_birth": 0.02,
}
_SPOILT = {
    "given_name": 9,
    "surname": 10,
    "street_number": 5,
    "address_1": 10,
    "address_2": 8,
    "suburb": 8,
    "postcode": 5,
    "state": 3,
    "date_of_birth": 8,
    "soc_sec_id": 5,
}


def _date(draw: Draw) -> str:
    return f"{draw.randint(1900, 1999)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"


def _register(draw: Draw) -> Row:
    """One entry, its fields independent of each other."""
    return {
        "given_name": AU.given(draw, draw.chance(0.5)).lower(),
        "surname": AU.surname(draw).lower(),
        "street_number": str(int(draw.expovariate(1 / 45)) + 1),
        "address_1": (AU.street(draw) if draw.chance(0.4) else f"{AU.surname(draw)} {draw.choice(AU.kinds)}").lower(),
        "address_2": draw.choice(_BEFORE) + draw.choice(_AFTER)
        if draw.chance(0.6)
        else f"unit {draw.randint(1, 30)}"
        if draw.chance(0.3)
        else AU.surname(draw).lower(),
        "suburb": draw.choice(AU.towns).lower() if draw.chance(0.3) else draw.choice(_STARTS) + draw.choice(_ENDS),
        "postcode": AU.zipped(draw, draw.choice(AU.towns)),
        "state": draw.choice(_STATES),
        "date_of_birth": _date(draw),
        "soc_sec_id": draw.digits(7),
    }


def _kin(draw: Draw, of: Row) -> Row:
    """Somebody of the same household: a spouse, child or twin, or a child of the same name."""
    other = of | {
        "given_name": AU.given(draw, draw.chance(0.5)).lower(),
        "date_of_birth": _date(draw),
        "soc_sec_id": draw.digits(7),
    }
    kind = draw.random()
    if kind < 0.15:
        other["date_of_birth"] = of["date_of_birth"]
    elif kind < 0.25:
        born = str(int(of["date_of_birth"][:4]) + draw.randint(21, 35)) + _date(draw)[4:]
        return other | {"given_name": of["given_name"], "date_of_birth": born}
    while other["given_name"] == of["given_name"]:  # no parents give two children one name
        other["given_name"] = AU.given(draw, draw.chance(0.5)).lower()
    return other


def _spoil(draw: Draw, original: Row) -> Row:
    """The entry as it was taken down a second time, with one to four things wrong."""
    row = dict(original)
    for column in draw.sample(
        sorted(_SPOILT), draw.choices((1, 2, 3, 4), (30, 35, 22, 13))[0], counts=[_SPOILT[c] for c in sorted(_SPOILT)]
    ):
        if column == "date_of_birth":
            row[column] = misdated(draw, row[column]) if row[column] else ""
        elif column in ("street_number", "postcode", "soc_sec_id"):
            value, at = row[column], draw.randrange(len(row[column]) or 1)
            row[column] = (
                value[:at] + str(draw.randint(0, 9)) + value[at + 1 :] if draw.chance(0.6) else value[:at] + value[at:][::-1]
            )
        elif column == "state":
            row[column] = draw.choice(("", draw.choice(_STATES), row[column][::-1]))
        else:
            row[column] = "" if draw.chance(0.08) else spoilt(draw, row[column])
    if draw.chance(0.04):
        exchanged(row, "given_name", "surname")
    if draw.chance(0.05):
        exchanged(row, "address_1", "address_2")
    if draw.chance(0.03):
        exchanged(row, "suburb", "address_2")
    if draw.chance(0.02):
        row["surname"] = AU.surname(draw).lower()
    return row


def register(draw: Draw, persons: int) -> Rows:
    """Originals, then one copy of each, as two files read one after the other; some percent of the values are missing."""
    rows: Rows = []
    while len(rows) < persons:
        rows.append(_kin(draw, rows[-1]) if rows and draw.chance(0.04) else _register(draw))
    copies = [_spoil(draw, row) for row in rows]
    both = [{"rec_id": f"rec-{at}-org", **row} for at, row in enumerate(rows)]
    both = draw.sample(both, len(both)) + draw.sample(
        [{"rec_id": f"rec-{at}-dup-0", **row} for at, row in enumerate(copies)], len(copies)
    )
    for row in both:
        for column, share in _MISSING.items():
            if draw.chance(share):
                row[column] = ""
    return both


def tables() -> list[Table]:
    """The two files, 10,000 records together."""
    draw = Draw("persons, dev")
    return [
        Table("dev_persons_register", register(draw, 2_500), "AU", "rec_id~rec-([0-9]+)"),
        Table("dev_persons_world", world(draw, 5_000)),
    ]
