"""Places of three bilingual regions as two map services and a tourist board know them: one building or club is one place."""

from dataclasses import dataclass, replace

from tests.matching.holdout.dev2_pools import bare, missed, pools, slipped, spelt
from tests.matching.holdout.drawing import Draw, Row, Rows, Table, numbered

_POOL = pools("places")
_REGIONS = {"deit": ("de", "it", "IT"), "frnl": ("fr", "nl", "BE"), "fisv": ("fi", "sv", "FI")}
_ENDINGS = {"deit": ".it", "frnl": ".be", "fisv": ".fi"}
_WORDS = {
    "pharmacy": {"deit": ("Apotheke", "Farmacia"), "frnl": ("Pharmacie", "Apotheek"), "fisv": ("Apteekki", "Apotek")},
    "fuel": {
        "deit": ("Tankstelle", "Distributore"),
        "frnl": ("Station-service", "Tankstation"),
        "fisv": ("Huoltoasema", "Bensinstation"),
    },
    "bank": {"deit": ("Filiale", "Filiale"), "frnl": ("Agence", "Kantoor"), "fisv": ("Konttori", "Kontor")},
}
_CORNERS = {"deit": ("Ecke", "angolo"), "frnl": ("coin", "hoek"), "fisv": ("ja", "och")}
_SIGHTS = ("museum", "farm", "club")

Pair = tuple[str, str]
"""The same in the region's first and second language."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it is: telling part of the name and category word in both languages, address, phones, website."""

    entity: str
    region: str
    kind: str
    core: Pair
    word: Pair
    street: Pair
    crossing: Pair
    number: int
    town: Pair
    zipped: str
    phone: str
    office: str
    site: str
    short: str = ""
    brand: str = ""
    kept: str = ""
    """What every source has: the place's own phone, its site, or (only of chains) neither."""


def _pair(text: str) -> Pair:
    one, other = text.split("/")
    return one, other


def _site(name: str, region: str) -> str:
    plain = spelt(name).lower().replace(" ", "-").replace("'", "").replace(".", "").strip("-")
    return f"www.{plain}{_ENDINGS[region]}"


class Land:
    """Draws places of a region."""

    def __init__(self, seed: str) -> None:
        self.draw = Draw(seed)
        self.places: list[Place] = []
        self.taken: dict[tuple[str, ...], set[Pair]] = {}
        self.sites: set[str] = set()
        brands = [*_POOL["brands"], *_POOL["banks"], *_POOL["chains"]]
        self.offices = {(brand, region): self.phone(region) for brand in brands for region in _REGIONS}

    def phone(self, region: str) -> str:
        """A landline in international writing."""
        start = self.draw.choice(_POOL[f"phones {region}"]).replace("_", " ")
        return start + "".join(str(self.draw.randint(0, 9)) for _ in range({"deit": 6, "frnl": 6, "fisv": 6}[region]))

    def place(self, kind: str, region: str, core: Pair, word: Pair, brand: str = "", short: str = "") -> Place:
        """A place somewhere in the region."""
        draw = self.draw
        town, zipped = draw.choice(_POOL[f"towns {region}"]).split(":")
        street, crossing = draw.sample(_POOL[f"streets {region}"], 2)
        own = f"{short or word[0]}-{core[0]}" if kind in _SIGHTS else brand or f"{word[0]}-{core[0]}"
        return Place(
            entity="",
            region=region,
            kind=kind,
            core=core,
            word=word,
            street=_pair(street),
            crossing=_pair(crossing),
            number=draw.randint(1, 140),
            town=_pair(town),
            zipped=zipped,
            phone=self.phone(region),
            office=self.offices[brand, region] if brand else self.phone(region),
            site=_site(own, region),
            short=short,
            brand=brand,
            kept=draw.choice(["phone", "phone", ""] if brand else ["phone", "phone", "site"]),
        )

    def add(self, *places: Place) -> None:
        """Enters them unless one of that kind and name is in that town already; of a chain two may be, in two streets."""
        for place in places:
            core = place.town[0] if place.kind == "club" else place.core[0]
            key = (place.kind, core, place.word[0], place.town[0])
            streets = self.taken.setdefault(key, set())
            if len(streets) >= (2 if place.brand else 1) or streets & {place.street, place.crossing}:
                continue
            streets |= {place.street, place.crossing}
            if place.site in self.sites and not place.brand and place.kind != "museum":
                place = replace(place, site=_site(f"{place.core[0]}-{place.word[0]}-{place.town[0]}", place.region))
            self.sites.add(place.site)
            self.places.append(replace(place, entity=f"o{len(self.places) + 1}"))

    def stem(self, region: str) -> Pair:
        """A name out of nature, in both languages."""
        one, other, _ = _REGIONS[region]
        at = self.draw.randrange(16)
        return _POOL[f"stems {one}"][at], _POOL[f"stems {other}"][at]

    def museum(self, region: str) -> None:
        """A museum called after its town; sometimes with a second museum in the same house."""
        draw = self.draw
        words = draw.sample(_POOL[f"museums {region}"], 2)
        first = self.place("museum", region, ("", ""), _pair(words[0]))
        first = replace(first, core=first.town, site=_site(f"{first.word[0]}-{first.town[0]}", region))
        if draw.chance(0.2):
            first = replace(first, site=_site(f"{first.town[0]}-kultur", region))
            self.add(replace(first, word=_pair(words[1]), phone=draw.choice([first.phone, self.phone(region)])))
        self.add(first)

    def club(self, region: str) -> None:
        """A sport club of a town; often others of other sports at the same ground."""
        draw = self.draw
        kinds = draw.sample(_POOL[f"clubs {region}"], draw.choice([1, 1, 2, 3]))
        first = self.place("club", region, ("", ""), ("", ""))
        for kind in kinds:
            words, short = kind.split(":")
            own = draw.choice([first.town, first.town, (f"{first.town[0]} 19{draw.randint(10, 79)}",) * 2])
            site = f"www.{short.lower()}-{bare(spelt(first.town[0])).lower().replace(' ', '').replace('.', '')}.org"
            phone = first.phone if draw.chance(0.3) else self.phone(region)
            self.add(replace(first, core=(own[0], own[1]), word=_pair(words), short=short, phone=phone, site=site))

    def farm(self, region: str) -> None:
        """A farm with rooms; `Ober` and `Unter` farms of one name stand side by side."""
        draw = self.draw
        core = self.stem(region)
        word = _pair(_POOL[f"farms {region}"][0].replace("n tila/s gård", "tila/gård"))
        first = self.place("farm", region, core, word)
        self.add(first)
        if draw.chance(0.35):
            mark = {"deit": ("Neu", "Nuovo"), "frnl": ("Petite", "Kleine"), "fisv": ("Uusi", "Nya")}[region]
            core = f"{mark[0]}{core[0].lower()}" if region == "deit" else f"{mark[0]} {core[0]}", f"{mark[1]} {core[1]}"
            self.add(replace(first, core=core, number=first.number + draw.randint(1, 6), phone=self.phone(region)))

    def pharmacy(self, region: str) -> None:
        """A pharmacy of a saint, or two of one chain in a town."""
        draw = self.draw
        word = _WORDS["pharmacy"][region]
        if draw.chance(0.35):
            self.chain("pharmacy", region, draw.choice(_POOL["chains"]), word)
            return
        saint = draw.choice(_POOL["saints"])
        front = {"deit": ("St.", "San"), "frnl": ("Saint", "Sint"), "fisv": ("Pyhä", "Sankt")}[region]
        core = (f"{front[0]} {saint}", f"{front[1]} {saint}") if draw.chance(0.6) else self.stem(region)
        first = self.place("pharmacy", region, core, word)
        self.add(first)
        if draw.chance(0.2):
            self.add(self.place("pharmacy", region, core, word))

    def chain(self, kind: str, region: str, brand: str, word: Pair) -> None:
        """One to three branches of a chain, the first two mostly in one town."""
        draw = self.draw
        first = self.place(kind, region, (brand, brand), word, brand)
        self.add(first)
        for _ in range(draw.choice([0, 1, 2])):
            other = self.place(kind, region, (brand, brand), word, brand)
            self.add(replace(other, town=first.town, zipped=first.zipped) if draw.chance(0.6) else other)

    def any(self) -> None:
        """A place or some."""
        draw = self.draw
        region = draw.choice(list(_REGIONS))
        match draw.choices(["museum", "club", "farm", "pharmacy", "fuel", "bank"], [12, 22, 18, 18, 15, 15])[0]:
            case "museum":
                self.museum(region)
            case "club":
                self.club(region)
            case "farm":
                self.farm(region)
            case "pharmacy":
                self.pharmacy(region)
            case "fuel":
                self.chain("fuel", region, draw.choice(_POOL["brands"]), _WORDS["fuel"][region])
            case _:
                self.chain("bank", region, draw.choice(_POOL["banks"]), _WORDS["bank"][region])


def _named(place: Place, tongue: int) -> str:
    core, word = place.core[tongue], place.word[tongue]
    if place.kind == "farm":
        joined = (place.region == "deit" and tongue == 0) or place.region == "fisv" or (place.region == "frnl" and tongue == 1)
        word = word.lower() if joined else word
        return f"{core}{word}" if joined else f"{word} {core}"
    if place.kind == "club":
        return f"{place.short} {core}" if tongue == 0 else f"{word} {core}"
    if place.region == "fisv" and place.kind in ("museum", "pharmacy"):
        return f"{core} {word}"
    return f"{word} {core}" if place.kind in ("museum", "pharmacy") else f"{core} {word}"


def _name(draw: Draw, place: Place, tongue: int, place_in: bool) -> str:
    full = _named(place, tongue)
    town = place.town[tongue]
    if place.brand:
        options = [full, place.brand, f"{place.brand} {town}", f"{place.brand} - {town}, {place.street[tongue]}"]
        return draw.choice([options[1], options[0]] if place_in else options)
    both = f"{full} - {_named(place, 1 - tongue)}"
    match place.kind:
        case "club":
            long = f"{place.word[tongue]} {place.core[tongue]}"
            return draw.choice([full, full, long, f"{long} ({place.short})", f"{full} - {place.word[tongue]}", f"{full} Amateur"])
        case "farm":
            plus = {"deit": ("Urlaub am Bauernhof", "Agriturismo"), "frnl": ("Gîte", "Vakantie"), "fisv": ("Majoitus", "Logi")}
            return draw.choice([full, full, both, f"{plus[place.region][tongue]} {full}", f"{full} {plus[place.region][tongue]}"])
        case "museum":
            return draw.choice([full, full, both, place.word[tongue], f"{full} (Museum)"])
        case _:
            return draw.choice([full, full, both, place.core[tongue] if len(place.core[tongue]) > 6 else full, f"{full} {town}"])


def _house(draw: Draw, place: Place) -> str:
    plain = str(place.number)
    return draw.choices([plain, "", f"{place.number}-{place.number + 2}", f"{place.number}/A"], [72, 14, 10, 4])[0]


def _address(draw: Draw, place: Place, tongue: int) -> str:
    if draw.chance(0.09):
        return f"{place.street[tongue]} {_CORNERS[place.region][tongue]} {place.crossing[tongue]}"
    street = place.street[tongue]
    house = _house(draw, place)
    if place.region == "deit" and draw.chance(0.1):
        street = f"{place.street[0]} {house} / {place.street[1]}"
    return f"{street}{',' if place.region == 'deit' and tongue else ''} {house}".rstrip(" ,")


def record(draw: Draw, place: Place, source: str) -> Row:
    """What one of the three sources says of a place; not more than one of street, phone and website is missing."""
    tongue = {"mapped": int(draw.chance(0.45)), "atlas": 0, "board": int(draw.chance(0.3))}[source]
    gone = draw.choices(["", "phone", "address", "site"], [45, 20, 8, 27])[0]
    gone = "phone" if gone == "address" and place.brand else gone
    gone = "" if gone == place.kept else gone
    other = 0.0 if place.kept == "phone" else 0.7 if place.brand else 0.15
    use_office = place.office if draw.chance(other) else place.phone
    number = missed(draw, use_office) if draw.chance(0.03) else use_office
    number = number if source == "mapped" else number.replace(" ", "") if source == "atlas" else _local(number)
    name = _name(draw, place, tongue, source == "atlas")
    name = slipped(draw, name) if draw.chance(0.05) else name
    return {
        "source": source,
        "name": {"board": name, "mapped": name, "atlas": bare(name) if draw.chance(0.15) else name}[source],
        "category": "" if source == "board" else place.kind if source == "atlas" else place.word[0],
        "address": "" if gone == "address" else _address(draw, place, tongue),
        "postcode": place.zipped if place.brand or draw.chance(0.85) else "",
        "town": place.town[tongue] if draw.chance(0.8) else " / ".join(place.town),
        "country": _REGIONS[place.region][2],
        "phone": "" if gone == "phone" else number,
        "website": "" if gone == "site" else draw.choice([f"https://{place.site}/", place.site.removeprefix("www.")]),
        "entity": place.entity,
    }


def _local(number: str) -> str:
    _, area, rest = number.split(" ")
    return f"{area if area.startswith('0') else '0' + area}/{rest}"


def tables() -> list[Table]:
    """The set: 2,000 records."""
    land = Land("dev2 places")
    draw = land.draw
    rows: Rows = []
    done = 0
    while len(rows) < 2000:
        land.any()
        for place in land.places[done:]:
            known = draw.sample(["mapped", "atlas", "board"], draw.choices([1, 2, 3], [30, 45, 25])[0])
            rows += [record(draw, place, source) for source in known]
        done = len(land.places)
    rows = rows[:2000]
    draw.shuffle(rows)
    return [Table("dev2_places", numbered(rows, "record"), told=("company=name",))]
