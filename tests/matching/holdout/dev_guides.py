"""Restaurants and hotels of six towns as two printed guides list them, each with its own habits."""

from tests.matching.holdout.dev_errors import slip
from tests.matching.holdout.drawing import Draw, Row, Rows, words

_WHOSE = words(
    "mario's luigi's chez_paul antonio's rosa's nick's ming's bombay tokyo golden blue green old royal little grand "
    "silver crystal le_petit la_belle el_gato casa villa the_red the_white the_hungry big_al's mama_lucia aunt_betty's "
    "captain_joe's sister_ann's"
)
_WHAT = words(
    "garden dragon lantern bistro grill kitchen cafe trattoria tavern oyster_bar steakhouse pavilion palace diner deli "
    "brasserie noodle_house tandoor cantina rotisserie fish_house bakery wok pearl moon rooster olive lemon_tree vine "
    "anchor"
)
_HOUSES = words(
    "hotel_marlowe hotel_bellamy the_carrington parkside_inn harborview_hotel the_langford plaza_suites hotel_monarch "
    "the_whitfield the_pemberton riverside_lodge"
)
_CHAINS = words("pizza_piazza burger_barn noodle_box sushi_go_round the_pancake_parlor taco_plaza coffee_corner steak_&_stein")
_KINDS = words(
    "american italian french japanese indian chinese mexican seafood steakhouses delis continental californian greek "
    "thai hotel_dining"
)
_KINDS_TOO = words(
    "american_(new) american_(traditional) italian french_(classic) asian chinese japanese indian tex-mex seafood "
    "coffee_shops delicatessens eclectic mediterranean greek thai pizza"
)
_TOWNS = {
    "port laurel": "310",
    "laurel beach": "310",
    "san teo": "415",
    "mill city": "212",
    "east mill": "212",
    "bay ridge heights": "718",
}
_STREETS = words(
    "ocean sunset melrow wilton pico_alto la_brisa sepulva ventnor third ninth 34th 57th madrone lexing columbus "
    "mulberry spring prince beverwyck santa_lucia hill market geary_hill union"
)


def _entry(draw: Draw, name: str, who: int, number: str) -> Row:
    town = draw.choice(list(_TOWNS))
    return {
        "name": name,
        "addr": f"{draw.randint(1, 9900)} {draw.choice(('', '', 'n. ', 's. ', 'e. ', 'w. '))}{draw.choice(_STREETS)} "
        f"{draw.choice(('blvd.', 'ave.', 'st.', 'st.', 'dr.', 'ave.'))}",
        "city": town,
        "phone": f"{_TOWNS[town]}{number}",
        "type": draw.choice(_KINDS),
        "entity": f"r{who}",
    }


def _second(draw: Draw, first: Row) -> Row:
    """The same place in the second guide."""
    row = dict(first)
    name, addr, phone = row["name"], row["addr"], row["phone"]
    if name.startswith(("the ", "le ", "la ")) and draw.chance(0.5):
        article, _, rest = name.partition(" ")
        name = rest if draw.chance(0.4) else f"{rest} {article}"
    if draw.chance(0.15):
        name = name.replace("'s", "s").replace(" & ", " and ").replace("cafe", "café")
    if draw.chance(0.12):
        more = (
            "restaurant",
            "(downtown)",
            "on " + addr.split()[-2],
            "bar & grill",
            "ristorante",
            "at the " + draw.choice(_HOUSES),
        )
        name = f"{name} {draw.choice(more)}"
    if draw.chance(0.06):
        name = name.split()[-1]
    if draw.chance(0.4):
        for short, long in (
            ("blvd.", "boulevard"),
            ("ave.", "avenue"),
            (" st.", " street"),
            ("third", "3rd"),
            ("ninth", "9th"),
            ("n. ", ""),
            ("s. ", "s "),
        ):
            addr = addr.replace(short, long)
    if draw.chance(0.15):
        addr += f" {draw.choice(('between', 'near', 'at'))} {draw.choice(_STREETS)} {draw.choice(('st.', 'ave.'))}"
    if draw.chance(0.08):
        addr = f"{int(addr.split()[0]) + draw.choice((-10, 2, 4, 100))} {' '.join(addr.split()[1:])}"
    if draw.chance(0.05):
        name = slip(draw, name)
    if draw.chance(0.07):
        phone = phone[:-2] + draw.digits(2)
    city = row["city"]
    if draw.chance(0.2):
        city = {"port laurel": "laurel beach", "laurel beach": "port laurel", "east mill": "mill city"}.get(city, city)
    return row | {"name": name, "addr": addr, "city": city, "phone": phone, "type": draw.choice(_KINDS_TOO)}


def guides(draw: Draw, places: int) -> Rows:
    """The first guide's entries, then the second's; a third of the places is in both, no place is in one guide twice."""
    first, second = Rows(), Rows()
    taken: set[str] = set()
    for who in range(places):
        number = draw.choice("23456789") + draw.digits(6)
        kind = draw.random()
        name = (
            draw.choice(_CHAINS)
            if kind < 0.12
            else draw.choice(_HOUSES)
            if kind < 0.17
            else f"{draw.choice(_WHOSE)} {draw.choice(_WHAT)}"
        )
        row = _entry(draw, name, who, number)
        if kind > 0.12 and name in taken and draw.chance(0.8):
            row["name"] = f"{draw.choice(_WHOSE)} {draw.choice(_WHAT)} {draw.choice(_KINDS).split('_')[0]}"
        if first and draw.chance(0.03):  # in the same house, for instance a hotel's dining room
            row |= {
                "addr": first[-1]["addr"],
                "city": first[-1]["city"],
                "phone": first[-1]["phone"] if draw.chance(0.5) else row["phone"],
            }
        taken.add(name)
        where = draw.random()
        if where < 0.62:
            first.append(row)
        if where < 0.34 or where >= 0.62:
            second.append(_second(draw, row))
    for row in first:
        row["phone"] = f"{row['phone'][:3]}/{row['phone'][3:6]}-{row['phone'][6:]}"
    for row in second:
        row["phone"] = f"{row['phone'][:3]}-{row['phone'][3:6]}-{row['phone'][6:]}"
    draw.shuffle(second)
    return [{"id": str(at), **row} for at, row in enumerate(first + second, 1)]
