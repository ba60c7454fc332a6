"""A voters' roll in two years: capitals, suffixes, middle names, years of birth; women marry, people move, clerks mistype."""

from tests.matching.holdout.countries import countries
from tests.matching.holdout.drawing import Draw, Row, Rows
from tests.matching.holdout.final_errors import familiar, worn

_US = countries("final_names.yaml")["US"]


def _home(draw: Draw) -> Row:
    town = draw.choice(_US.towns)
    name = draw.choice(_US.streets).upper() if draw.chance(0.7) else (draw.choice(_US.stems) + draw.choice(_US.endings)).upper()
    unit = draw.choice(
        ("", "", "", "", f" # {draw.randint(1, 40)}", f" APT {draw.choice('ABCDEF')}", f" LOT {draw.randint(1, 60)}")
    )
    return {
        "county_id": str(sum(map(ord, town)) % 100 + 1),
        "res_street_address": f"{draw.randint(101, 9800)} {name} {draw.choice(_US.kinds)}{unit}",
        "res_city_desc": town,
        "zip_code": _US.zipped(draw, town),
    }


def _voter(draw: Draw) -> Row:
    woman = draw.chance(0.53)
    return {
        "last_name": _US.surname(draw).upper(),
        "first_name": _US.given(draw, woman).upper(),
        "middle_name": _US.given(draw, woman).upper() if draw.chance(0.85) else "",
        "name_suffix_lbl": "",
        "sex_code": "F" if woman else "M",
        "birth_year": str(draw.randint(1926, 2003)),
        "birth_state": draw.choice(("NC", "NC", "NC", "NC", "NY", "VA", "SC", "OC", "")),
        **_home(draw),
        "full_phone_num": draw.choice(("", "", _US.number(draw)[2:])),
    }


def _kin(draw: Draw, of: Row) -> Row:
    """Somebody in the same house: spouse, child, twin, or a son who carries his father's name."""
    other = _voter(draw) | {
        column: of[column] for column in ("county_id", "res_street_address", "res_city_desc", "zip_code", "last_name")
    }
    roll = draw.random()
    if roll < 0.5:
        other["full_phone_num"] = of["full_phone_num"]
    if roll < 0.06:
        other["birth_year"] = of["birth_year"]
    elif roll < 0.12 and of["sex_code"] == "M":
        same = {column: of[column] for column in ("first_name", "middle_name", "sex_code")}
        return (
            other
            | same
            | {
                "name_suffix_lbl": draw.choice(("JR", "JR", "II", "III", "")),
                "birth_year": str(min(2004, int(of["birth_year"]) + draw.randint(20, 38))),
            }
        )
    elif roll < 0.4:
        other["first_name"] = of["first_name"][:2] + other["first_name"][2:]
    while other["first_name"] == of["first_name"]:
        other["first_name"] = _US.given(draw, other["sex_code"] == "F").upper()
    return other


def _again(draw: Draw, voter: Row) -> Row:
    """The voter in the later roll."""
    row = dict(voter)
    middle = row["middle_name"]
    row["middle_name"] = draw.of(
        (66, lambda: middle),
        (16, lambda: middle[:1]),
        (8, lambda: ""),
        (3, lambda: worn(draw, middle)),
        (7, lambda: middle or _US.given(draw, True).upper()[:1]),
    )
    if row["sex_code"] == "F" and draw.chance(0.09):
        row["middle_name"], row["last_name"] = (
            (row["last_name"] if draw.chance(0.5) else row["middle_name"]),
            _US.surname(draw).upper(),
        )
    elif draw.chance(0.02):
        row["last_name"] = f"{row['last_name']}-{_US.surname(draw).upper()}"
    if draw.chance(0.17):
        row |= _home(draw)
    elif draw.chance(0.12):
        row["res_street_address"] = worn(draw, row["res_street_address"])
    if draw.chance(0.04):
        row["first_name"] = worn(draw, row["first_name"])
    if draw.chance(0.05):
        row["last_name"] = worn(draw, row["last_name"])
    if draw.chance(0.04):
        row["first_name"] = familiar(row["first_name"].title()).upper()
    if draw.chance(0.03) and middle:
        row["first_name"], row["middle_name"] = middle, row["first_name"]
    if draw.chance(0.02):
        row["birth_year"] = str(int(row["birth_year"]) + draw.choice((-1, 1, -10, 9)))
    if draw.chance(0.2):
        row["full_phone_num"] = "" if row["full_phone_num"] else _US.number(draw)[2:]
    if draw.chance(0.3):
        row["name_suffix_lbl"] = ""
    if draw.chance(0.1):
        row["zip_code"] = row["zip_code"] + draw.digits(4)
    return row


def roll(draw: Draw, count: int) -> Rows:
    """About `count` records; two thirds of the first roll are in the second, in between come a few double registrations."""
    voters: Rows = []
    while len(voters) < int(count * 0.62):
        voters.append(_kin(draw, draw.choice(voters[-25:])) if voters and draw.chance(0.3) else _voter(draw))
    rows: Rows = []
    for at, voter in enumerate(voters):
        for year in ("2014", "2019"):
            if draw.chance(0.82):
                rows.append(
                    {
                        "snapshot": year,
                        **(voter if year == "2014" else _again(draw, voter)),
                        "voter": str(at),
                    }
                )
        if draw.chance(0.05):
            rows.append({"snapshot": "2019", **_again(draw, voter), "voter": str(at)})
    draw.shuffle(rows)
    return sorted(rows, key=lambda row: row["snapshot"])[:count]
