"""Inns, cafés, shops and chains with a hotline: a booking site's export, visitors' reviews and a card company's merchants."""

from tests.matching.holdout.countries import Country, countries
from tests.matching.holdout.drawing import Draw, Row, Rows, words
from tests.matching.holdout.final_errors import mangled, romanised, worn

_WHERE = countries("final_names.yaml")
_CODES = {"US": "1", "GB": "44", "DE": "49", "FR": "33", "IT": "39", "ES": "34", "TR": "90", "SE": "46"}
_SIGNS = words(
    "Stag Bear Swan Lion Anchor Crown Ship Rose Fox Plough Bell Sun Star Oak Harbour Garden Mill Castle Lake Forest "
    "Fountain Moon Boathouse Terrace Kiosk"
)
_KINDS = {
    "US": ("Motel", "Grill", "Coffee Roasters", "Barbecue", "Hardware", "Nail Salon"),
    "GB": ("Arms", "Inn", "Tea Rooms", "Fish Bar", "Guest House", "Florist"),
    "DE": ("Gasthof {s}", "Hotel {s}", "Café {n}", "Pension {n}", "Bäckerei {n}", "Friseur {n}"),
    "FR": ("Hôtel du {s}", "Brasserie {n}", "Chez {f}", "Boucherie {n}"),
    "IT": ("Trattoria da {f}", "Albergo {s}", "Pizzeria {s}", "Bar {n}"),
    "ES": ("Bar {f}", "Hostal {n}", "Mesón {s}", "Peluquería {f}"),
    "TR": ("{n} Lokantası", "Otel {s}", "{n} Kebap", "{n} Pastanesi"),
    "SE": ("Hotell {s}", "Café {s}", "Restaurang {n}", "{f}s Konditori"),
}
_CHAINS = (
    "Kwik Kup",
    "Burger Baron",
    "Sleep Lodge Express",
    "Casa Pasta",
    "MaxiMart",
    "Shoe Planet",
    "Fresh & Go",
    "Grand Nordic Hotels",
)


def _venue(draw: Draw, who: int) -> tuple[Row, Country]:
    country = _WHERE[draw.choice(list(_CODES))]
    town = draw.choice(country.towns)
    kind = draw.choice(_KINDS[country.code])
    name = kind.format(s=draw.choice(_SIGNS), n=country.surname(draw), f=country.given(draw, draw.chance(0.4)))
    if "{" not in kind:
        name = draw.choice(
            (f"The {draw.choice(_SIGNS)} {kind}", f"{country.surname(draw)} {kind}", f"{country.given(draw, False)}'s {kind}")
        )
    row = {
        "name": name,
        "house": str(draw.randint(1, 250)),
        "street": country.street(draw),
        "town": town,
        "postcode": country.zipped(draw, town),
        "phone": country.number(draw),
        "who": f"v{who}",
    }
    return row, country


def _chained(draw: Draw, who: int, hotlines: dict[str, str]) -> tuple[Row, Country]:
    """A chain's branch: the chain's name, sometimes its district, the hotline in most cases."""
    row, country = _venue(draw, who)
    chain = draw.choice(_CHAINS)
    hotline = hotlines.setdefault(f"{chain} {country.code}", country.number(draw))
    return row | {"name": chain, "phone": hotline if draw.chance(0.6) else row["phone"]}, country


def _told(draw: Draw, venue: Row, country: Country, source: str) -> Row:
    name, phone, code = venue["name"], venue["phone"], _CODES[country.code]
    line = f"{venue['house']} {venue['street']}" if country.code in ("US", "GB", "FR") else f"{venue['street']} {venue['house']}"
    chain = name in _CHAINS
    if source == "merchants":
        name = romanised(name).upper().replace("'", "").replace("THE ", "", 1)
        name = name[: draw.choice((12, 16, 22))].strip() if draw.chance(0.3) else name
        if chain and draw.chance(0.7):
            name = f"{name} #{sum(map(ord, venue['who'])) * 7 % 900 + 100}"
        line = romanised(line).upper()
    elif source == "reviews":
        for word in ("Hotel ", "Restaurant ", "The ", "Café ", "Otel ", "Hotell ", "Gasthof "):
            name = name.replace(word, "") if draw.chance(0.15) else name
        name = (
            f"{name} {draw.choice((venue['town'], 'Restaurant', '& Bar', '- ' + venue['street'], '(now closed?)'))}"
            if draw.chance(0.22)
            else name
        )
        name = worn(draw, name) if draw.chance(0.08) else name
        name = mangled(draw, name) if not name.isascii() and draw.chance(0.08) else name
    elif draw.chance(0.2):
        name = (
            f"{name} {venue['town']}"
            if chain or draw.chance(0.4)
            else f"{name} {draw.choice(('***', 'Boutique', 'GmbH', 'S.r.l.', 'by ' + draw.choice(_CHAINS)))}"
        )
    has_line, has_phone = {"booking": (0.97, 0.8), "reviews": (0.7, 0.45), "merchants": (0.8, 0.5)}[source]
    rest = phone[1 + len(code) :]
    zero = "" if country.code in ("US", "ES", "IT") else "0"
    written = {
        "booking": f"+{code} {rest[:2]} {rest[2:5]} {rest[5:]}",
        "reviews": f"{zero}{rest[:4]} {rest[4:]}",
        "merchants": f"{zero}{rest}",
    }[source]
    with_line = draw.chance(has_line)
    return {
        "origin": source,
        "title": name,
        "address": (worn(draw, line) if draw.chance(0.06) else line) if with_line else "",
        "town": romanised(venue["town"]).upper() if source == "merchants" else venue["town"],
        "postal code": venue["postcode"] if with_line and draw.chance(0.7) else "",
        "country": country.code,
        "telephone": written if draw.chance(has_phone) or not with_line else "",
        "venue": venue["who"],
    }


def hospitality(draw: Draw, count: int) -> Rows:
    """`count` records mixed; a venue that changed hands keeps its address and phone and has another name and another `venue`."""
    rows: Rows = []
    hotlines: dict[str, str] = {}
    who = 0
    while len(rows) < count:
        who += 1
        venue, country = _chained(draw, who, hotlines) if draw.chance(0.22) else _venue(draw, who)
        for _ in range(draw.choices((1, 2, 3, 4), (45, 33, 16, 6))[0]):
            rows.append(_told(draw, venue, country, draw.choices(("booking", "reviews", "merchants"), (35, 40, 25))[0]))
        if draw.chance(0.05):
            who += 1
            new, _ = _venue(draw, who)
            kept = ("house", "street", "town", "postcode") + (("phone",) if draw.chance(0.2) else ())
            heir = (
                new
                | {column: venue[column] for column in kept}
                | {"phone": venue["phone"] if "phone" in kept else country.number(draw)}
            )
            if new["name"] != venue["name"]:
                rows.append(_told(draw, heir, country, "booking"))
    rows = rows[:count]
    draw.shuffle(rows)
    return [{"key": str(at), **row} for at, row in enumerate(rows, 1)]
