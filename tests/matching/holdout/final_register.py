"""Two Australian agencies' registers of nearly the same people: one enters what is on the form, the other what it is told."""

from tests.matching.holdout.countries import countries
from tests.matching.holdout.drawing import Draw, Row, Rows
from tests.matching.holdout.final_errors import dictated, familiar, handwritten, worn

_AU = countries("final_names.yaml")["AU"]
_ESTATES = ("lodge", "house", "court", "downs", "station", "gardens", "villas", "rise")
_STATES = {
    "nsw": "new south wales",
    "vic": "victoria",
    "qld": "queensland",
    "wa": "western australia",
    "sa": "south australia",
    "tas": "tasmania",
    "act": "a c t",
}
_SHORT = {
    "street": "st",
    "road": "rd",
    "avenue": "av",
    "place": "pl",
    "crescent": "cres",
    "court": "crt",
    "drive": "dve",
    "close": "cl",
    "circuit": "cct",
    "terrace": "tce",
    "grove": "gr",
    "square": "sq",
}


def _date(draw: Draw, first: int = 1915, last: int = 2002) -> str:
    return f"{draw.randint(first, last)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"


def _second_line(draw: Draw) -> str:
    return draw.of(
        (
            3,
            lambda: f"{_AU.surname(draw)} {draw.choice(_ESTATES)}".lower(),
        ),
        (3, lambda: draw.choice(_AU.stems).lower() + draw.choice(_AU.endings)),
        (2, lambda: f"flat {draw.randint(1, 40)}"),
        (1, lambda: f"lot {draw.randint(1, 400)} {draw.choice(_AU.surnames).lower()} estate"),
        (1, lambda: f"rmb {draw.randint(100, 9000)}"),
    )


def _person(draw: Draw) -> Row:
    suburb = draw.choice(_AU.towns).lower() if draw.chance(0.4) else (draw.choice(_AU.stems) + draw.choice(_AU.endings)).lower()
    kind = draw.choice(_AU.kinds)
    return {
        "given_name": _AU.given(draw, draw.chance(0.5)).lower(),
        "surname": _AU.surname(draw).lower() + (f"-{_AU.surname(draw).lower()}" if draw.chance(0.02) else ""),
        "street_number": str(draw.randint(1, 30) if draw.chance(0.4) else draw.randint(1, 420)),
        "address_1": (
            f"{draw.choice(_AU.streets)} {kind}"
            if draw.chance(0.4)
            else f"{draw.choice(_AU.stems)}{draw.choice(_AU.endings)} {kind}"
        ).lower(),
        "address_2": _second_line(draw),
        "suburb": suburb,
        "postcode": _AU.zipped(draw, suburb),
        "state": draw.choices(list(_STATES), (34, 26, 20, 9, 7, 2, 2))[0],
        "date_of_birth": _date(draw),
        "soc_sec_id": draw.digits(7),
    }


def _relative(draw: Draw, of: Row) -> Row:
    """A spouse, a child, a twin, a child of the same name; or somebody else in the same building."""
    other = _person(draw)
    home = ("street_number", "address_1", "suburb", "postcode", "state")
    other |= {column: of[column] for column in home}
    kind = draw.random()
    if kind < 0.8:
        other |= {"surname": of["surname"], "address_2": of["address_2"]}
    if kind < 0.06:
        other["date_of_birth"] = of["date_of_birth"]
    elif kind < 0.10:
        return other | {
            "given_name": of["given_name"],
            "date_of_birth": str(int(of["date_of_birth"][:4]) + draw.randint(22, 34)) + _date(draw)[4:],
        }
    while other["given_name"] == of["given_name"]:
        other["given_name"] = _AU.given(draw, draw.chance(0.5)).lower()
    return other


def _told(draw: Draw, person: Row) -> Row:
    """The person as the second agency has them."""
    row = dict(person)
    name = row["given_name"]
    row["given_name"] = draw.of(
        (70, lambda: name),
        (9, lambda: dictated(draw, name)),
        (4, lambda: handwritten(draw, name)),
        (4, lambda: familiar(name.title()).lower()),
        (4, lambda: name[0]),
        (3, lambda: f"{name} {draw.choice(_AU.men + _AU.women).lower()}"),
        (2, lambda: draw.choice(_AU.women + _AU.men).lower()),
        (3, lambda: ""),
        (1, lambda: name[:5]),
    )
    name = row["surname"]
    row["surname"] = draw.of(
        (72, lambda: name),
        (10, lambda: dictated(draw, name)),
        (5, lambda: handwritten(draw, name)),
        (3, lambda: name[:6]),
        (2, lambda: name.replace("-", " ") if "-" in name else f"{name}-{_AU.surname(draw).lower()}"),
        (2, lambda: worn(draw, worn(draw, name))),
        (2, lambda: _AU.surname(draw).lower()),
        (2, lambda: name.replace("mc", "mac ").replace("o", "o'", 1) if name[0] in "mo" else name),
        (1, lambda: ""),
    )
    if draw.chance(0.04):
        row["given_name"], row["surname"] = row["surname"], row["given_name"]
    if draw.chance(0.07):  # moved
        new = _person(draw)
        row |= {column: new[column] for column in ("street_number", "address_1", "address_2", "suburb", "postcode", "state")}
    street, _, kind = row["address_1"].rpartition(" ")
    if draw.chance(0.35):
        row["address_1"] = f"{street} {_SHORT.get(kind, kind)}"
    elif draw.chance(0.06):
        row["address_1"] = street
    if draw.chance(0.12):
        row["address_1"] = worn(draw, row["address_1"])
    if draw.chance(0.08):
        row["address_1"], row["street_number"] = f"{row['street_number']} {row['address_1']}", ""
    elif draw.chance(0.06) and row["address_2"].startswith("flat"):
        row["street_number"], row["address_2"] = f"{row['address_2'][5:]}/{row['street_number']}", ""
    elif draw.chance(0.05):
        row["street_number"] = f"{row['street_number']}{draw.choice('ab')}" if draw.chance(0.5) else row["street_number"][::-1]
    if draw.chance(0.25):
        row["address_2"] = "" if draw.chance(0.6) else worn(draw, row["address_2"])
    if draw.chance(0.1):
        row["suburb"] = draw.choice(
            (worn(draw, row["suburb"]), row["suburb"] + draw.choice((" nth", " west", " hts")), draw.choice(_AU.towns).lower())
        )
    if draw.chance(0.08):
        row["postcode"] = draw.choice(
            (row["postcode"][:3], row["postcode"][:2] + row["postcode"][:1:-1], str(int(row["postcode"]) + draw.randint(1, 9)))
        )
    if draw.chance(0.2):
        row["state"] = _STATES[row["state"]] if draw.chance(0.5) else ""
    date = row["date_of_birth"]
    row["date_of_birth"] = draw.of(
        (80, lambda: date),
        (4, lambda: f"{date[:4]}{int(date[6:]) % 12 + 1:02}{date[4:6]}"),
        (3, lambda: f"{date[:4]}0701"),
        (3, lambda: date[2:]),
        (2, lambda: date[:3] + str((int(date[3]) + 1) % 10) + date[4:]),
        (2, lambda: f"{date[6:]}{date[4:6]}{date[:4]}"),
        (6, lambda: ""),
    )
    number = row["soc_sec_id"]
    row["soc_sec_id"] = draw.of(
        (78, lambda: number),
        (8, lambda: ""),
        (5, lambda: number[:3] + number[4] + number[3] + number[5:]),
        (4, lambda: draw.digits(7)),
        (5, lambda: number[:-1] + "0"),
    )
    return row


def register(draw: Draw, each: int) -> Rows:
    """The first agency's people and the second's; nine in ten of either are known to the other."""
    people: Rows = []
    while len(people) < each + each // 10:
        people.append(_relative(draw, draw.choice(people[-30:])) if people and draw.chance(0.09) else _person(draw))
    first = [{"rec_id": f"rec-{at}-org", **row} for at, row in enumerate(people[:each])]
    second = [{"rec_id": f"rec-{at}-dup-0", **_told(draw, row)} for at, row in enumerate(people) if at >= each // 10]
    for row in first:
        for column, share in {
            "given_name": 0.02,
            "address_1": 0.02,
            "street_number": 0.04,
            "address_2": 0.2,
            "date_of_birth": 0.04,
        }.items():
            if draw.chance(share):
                row[column] = ""
    draw.shuffle(first)
    draw.shuffle(second)
    return first + second
