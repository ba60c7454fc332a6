"""Suppliers of a retail group as four purchasing systems hold them: a firm of each country is one, its sister another."""

from dataclasses import dataclass, replace

from tests.matching.holdout.dev2_pools import bare, missed, pools, slipped, spelt
from tests.matching.holdout.drawing import Draw, Row, Rows, Table, numbered

_POOL = pools("suppliers")
_NAMES = {
    "DE": "Deutschland",
    "AT": "Österreich",
    "CH": "Schweiz",
    "NL": "Nederland",
    "FR": "France",
    "IT": "Italia",
    "PL": "Polska",
    "GB": "UK",
    "US": "USA",
}
_COUNTRIES = dict(zip(_NAMES, [34, 9, 8, 9, 11, 10, 7, 7, 5], strict=True))
_TAXES = {
    "DE": "DE#########",
    "AT": "ATU########",
    "CH": "CHE-###.###.### MWST",
    "NL": "NL#########B01",
    "FR": "FR###########",
    "IT": "IT###########",
    "PL": "PL##########",
    "GB": "GB#########",
    "US": "##-#######",
}


_LABELS = {"DE": "USt-IdNr. ", "AT": "UID ", "IT": "P.IVA ", "FR": "TVA ", "NL": "btw ", "PL": "NIP ", "GB": "VAT "}


@dataclass(frozen=True, slots=True)
class Firm:
    """A supplier as it is.

    `trade` is the name its shops and boxes carry; `desk` its accountant, whose phone it gives; with `care`, address too.
    """

    entity: str
    country: str
    name: str
    legal: str
    trade: str
    street: str
    town: str
    zipped: str
    phone: str
    switchboard: str
    domain: str
    tax: str
    bank: str
    desk: "Firm | None" = None
    care: bool = False


def _tax(draw: Draw, country: str) -> str:
    return "".join(str(draw.randint(0, 9)) if c == "#" else c for c in _TAXES[country])


class Trade:
    """Draws firms, their sisters and branches."""

    def __init__(self, seed: str) -> None:
        self.draw = Draw(seed)
        self.firms: list[Firm] = []
        self.taken: set[tuple[str, str]] = set()
        self.sites: set[str] = set()
        self.desks: list[Firm] = []
        for country in _COUNTRIES:
            self.desks += [replace(self.firm(country), name=name) for name in _POOL.get(f"accountants {country}", ())]

    def phone(self, country: str, town: str) -> str:
        """A number in international writing, of the town's area."""
        start = Draw(town).choice(_POOL[f"phones {country}"])
        whole = {"AT": 13, "IT": 12, "DE": 13}.get(country, 11 if country in ("NL", "PL", "FR", "CH") else 12)
        if country == "US":
            whole = 11
        return start + "".join(str(self.draw.randint(0, 9)) for _ in range(whole - sum(c.isdigit() for c in start)))

    def place(self, country: str) -> tuple[str, str, str]:
        """Street with house number, town, postcode."""
        draw = self.draw
        street, number = draw.choice(_POOL[f"streets {country}"]), str(draw.randint(1, 148))
        town, zipped = draw.choice(_POOL[f"towns {country}"]).split(":")
        front = country in ("FR", "GB", "US")
        return (f"{number} {street}" if front else f"{street} {number}"), town, zipped

    def core(self) -> str:
        """The telling part of a firm's name: a founder, a made-up word, or both."""
        draw = self.draw
        made = (draw.choice(_POOL["made"]) + draw.choice(_POOL["endings"])).capitalize()
        founder = draw.choice(_POOL["founders"])
        both = f"{founder} & {draw.choice(['Sohn', 'Co', draw.choice(_POOL['founders'])])}"
        return draw.choices([founder, made, both], [42, 46, 12])[0]

    def firm(self, country: str = "", core: str = "", goods: str = "") -> Firm:
        """A firm; entered among the firms by `add`."""
        draw = self.draw
        country = country or draw.choices(list(_COUNTRIES), list(_COUNTRIES.values()))[0]
        core = core or self.core()
        goods = goods or draw.choice(_POOL[f"goods {country}"])
        name = f"{goods} {core}" if country in ("FR", "IT", "PL") and draw.chance(0.6) else f"{core} {goods}"
        street, town, zipped = self.place(country)
        english = _POOL.get(f"english {goods}", (goods,))[0]
        trade = draw.choice([core, core, f"{core} {english}", self.brand(), ""])
        words = f"{core}-{goods}" if f"{core} {country}" in self.sites or draw.chance(0.5) else core
        self.sites.add(f"{core} {country}")
        site = spelt(words).lower().replace(" & ", "-").replace(" ", "")
        ending = {"GB": ".co.uk", "US": ".com"}.get(country, f".{country.lower()}")
        return Firm(
            entity="",
            country=country,
            name=name,
            legal=draw.choice(_POOL[f"legal {country}"]),
            trade=trade,
            street=street,
            town=town,
            zipped=zipped,
            phone=self.phone(country, town),
            switchboard=self.phone(country, town),
            domain=site.replace("'", "") + ending,
            tax=_tax(draw, country),
            bank=draw.choice(_POOL[f"banks {country}"]),
        )

    def brand(self) -> str:
        """A trading name that says nothing of the firm's own name."""
        draw = self.draw
        return (draw.choice(_POOL["made"]) + draw.choice(_POOL["endings"])).capitalize()

    def add(self, *firms: Firm) -> None:
        """Enters them, each with an id of its own; nothing where a name of theirs is taken in its country."""
        names = {(firm.country, firm.name) for firm in firms}
        if len(names) < len(firms) or names & self.taken:
            return
        self.taken |= names
        for firm in firms:
            self.firms.append(replace(firm, entity=f"s{len(self.firms) + 1}"))

    def alone(self) -> None:
        """A firm that nothing ties to another."""
        self.add(self.firm())

    def branches(self) -> None:
        """Country companies of one group: one name and website, each with its own country, address and tax id."""
        draw = self.draw
        core = self.core()
        first = self.firm(core=core)
        others = draw.sample([code for code in _COUNTRIES if code != first.country], draw.randint(1, 3))
        kept = draw.chance(0.5)
        named = [self._country(self.firm(code, core), first, kept) for code in others]
        self.add(first, *named)

    def _country(self, firm: Firm, first: Firm, kept: bool) -> Firm:
        name = first.name if kept else firm.name
        return replace(firm, name=f"{name} {_NAMES[firm.country]}", trade="", domain=first.domain)

    def holding(self) -> None:
        """Several firms under one roof with one switchboard: a holding and firms for what it sells and owns."""
        draw = self.draw
        core = self.core()
        first = self.firm(core=core)
        kinds = ["Holding", "Logistik", "Service", "Immobilien", "Beteiligungs", "Vertriebs", "Produktions"]
        if first.country not in ("DE", "AT", "CH"):
            kinds = ["Holding", "Logistics", "Services", "International", "Properties", "Group"]
        shared = draw.chance(0.6)
        sisters = [
            replace(
                first,
                name=f"{core} {kind}",
                legal=draw.choice(_POOL[f"legal {first.country}"]),
                trade="",
                tax=_tax(draw, first.country),
                phone=first.switchboard if shared else self.phone(first.country, first.town),
            )
            for kind in draw.sample(kinds, draw.randint(1, 3))
        ]
        self.add(replace(first, trade="", phone=first.switchboard if shared else first.phone), *sisters)

    def neighbours(self) -> None:
        """Firms of strangers in one industrial park: one street and number, or nearly; names alike in what they sell."""
        first = self.firm()
        other = self.firm(first.country, goods=first.name.split()[-1])
        street = first.street if self.draw.chance(0.5) else missed(self.draw, first.street)
        self.add(first, replace(other, street=street, town=first.town, zipped=first.zipped))

    def looked_after(self) -> None:
        """Small firms that give their accountant's phone, some of them `c/o` at the accountant's address."""
        draw = self.draw
        desk = draw.choice(self.desks)
        for _ in range(draw.randint(2, 4)):
            self.add(replace(self.firm(desk.country), phone=desk.phone, desk=desk, care=draw.chance(0.6)))

    def namesake(self) -> None:
        """Firms of one family name that have nothing to do with each other, elsewhere in one country."""
        founder = self.draw.choice(_POOL["founders"])
        first = self.firm(core=founder)
        other = self.firm(first.country, founder)
        while other.town == first.town or other.name == first.name:
            other = self.firm(first.country, founder)
        town = spelt(other.town).lower()
        self.add(first, replace(other, domain=f"{town}-{other.domain}"))


def _spoilt(draw: Draw, text: str, share: float) -> str:
    return slipped(draw, text) if draw.chance(share) else text


def _capitals(draw: Draw, firm: Firm, at: str) -> Row:
    """The old host: upper case, umlauts written out, everything cut after 30 characters, its own number for taxes."""
    name = f"{firm.name} {firm.legal}" if draw.chance(0.8) else firm.name
    digits = "".join(c for c in firm.tax if c.isalnum()).removesuffix("MWST")
    return {
        "system": "HOST",
        "vendor_no": f"{draw.randint(100000, 199999)}",
        "name": spelt(_spoilt(draw, name, 0.08)).upper()[:30],
        "name2": "",
        "street": spelt(firm.street).upper().replace("STRASSE", draw.choice(["STR.", "STRASSE"]))[:30],
        "zip": firm.zipped if draw.chance(0.9) else "",
        "city": spelt(firm.town).upper(),
        "country": firm.country,
        "phone": at.replace("+", "00").replace(" ", "") if draw.chance(0.7) else "",
        "email": "",
        "tax_id": digits if draw.chance(0.45) else "",
        "bank": spelt(firm.bank).upper()[:20] if draw.chance(0.6) else "",
    }


def _ledger(draw: Draw, firm: Firm, at: str) -> Row:
    """The ledger: legal name in full, `c/o` an accountant, tax id with blanks."""
    care = firm.desk.name if firm.desk and firm.care else ""
    at_desk = firm.desk if firm.desk and care and draw.chance(0.6) else firm
    spread = f"{firm.tax[:2]} {firm.tax[2:5]} {firm.tax[5:8]} {firm.tax[8:]}" if firm.tax[3:].isdigit() else firm.tax
    return {
        "system": "LEDGER",
        "vendor_no": f"K-{draw.randint(10000, 99999)}",
        "name": f"{firm.name} {firm.legal}",
        "name2": f"c/o {care}" if care else draw.choice(["", "", "", "Buchhaltung", "Accounts Receivable"]),
        "street": at_desk.street,
        "zip": f"{firm.country}-{at_desk.zipped}" if draw.chance(0.2) else at_desk.zipped,
        "city": at_desk.town,
        "country": _NAMES[firm.country],
        "phone": at if draw.chance(0.6) else "",
        "email": f"{draw.choice(['rechnung', 'info', 'accounting', 'office'])}@{firm.domain}" if draw.chance(0.5) else "",
        "tax_id": draw.choice([firm.tax, spread]) if care or draw.chance(0.75) else "",
        "bank": firm.bank if draw.chance(0.7) else "",
    }


def _buyers(draw: Draw, firm: Firm, at: str) -> Row:
    """The buyers' list: trading names, people's own writing, mailbox of whoever sells there."""
    legal = draw.choice(["", "", firm.legal, firm.legal.replace(".", "")])
    name = f"{firm.name} {legal}".strip()
    if firm.trade:
        both = firm.name not in (firm.trade, f"{firm.trade} Handel") and not firm.trade.startswith(firm.name)
        more = [f"{firm.trade} ({firm.name})", f"{firm.name} dba {firm.trade}"] if both else []
        name = draw.choice([name, firm.trade, *more])
    brand = name == firm.trade and firm.trade.split()[0] not in firm.name
    person = draw.choice(_POOL["people"])
    mail = draw.choice([spelt(person).lower().replace(" ", "."), "sales", "info", "order"])
    local = at.split(" ", 1)[1].replace(" ", "/", 1)
    local = local if firm.country in ("IT", "PL", "US") else f"0{local}"
    return {
        "system": "BUYERS",
        "vendor_no": "",
        "name": bare(_spoilt(draw, name, 0.12)) if draw.chance(0.3) else _spoilt(draw, name, 0.12),
        "name2": f"z.Hd. {person}" if draw.chance(0.2) else "",
        "street": _spoilt(draw, firm.street, 0.1) if brand or draw.chance(0.7) else "",
        "zip": firm.zipped if draw.chance(0.6) else "",
        "city": firm.town if draw.chance(0.85) else slipped(draw, firm.town),
        "country": draw.choice([firm.country, _NAMES[firm.country], ""]),
        "phone": draw.choice([at, local]) if brand or draw.chance(0.75) else "",
        "email": f"{mail}@{firm.domain}" if draw.chance(0.65) else "",
        "tax_id": "",
        "bank": "",
    }


def _portal(draw: Draw, firm: Firm, at: str) -> Row:
    """The suppliers' own entries in the portal: whatever they call themselves, the switchboard, tax id as on the letterhead."""
    trade = draw.choice(["dba", "t/a", "-", "|"])
    name = f"{firm.name} {firm.legal}"
    if firm.trade and firm.trade not in firm.name and draw.chance(0.6):
        name = f"{name} {trade} {firm.trade}"
    label = _LABELS.get(firm.country, "")
    return {
        "system": "PORTAL",
        "vendor_no": draw.digits(8),
        "name": name.upper() if draw.chance(0.15) else name,
        "name2": "",
        "street": firm.street.replace("straße", "str.").replace("Straße", "Str.").replace("strasse", "str."),
        "zip": firm.zipped,
        "city": firm.town,
        "country": firm.country,
        "phone": firm.switchboard if draw.chance(0.35) and not firm.desk else at,
        "email": f"info@{firm.domain}" if draw.chance(0.8) else "",
        "tax_id": label + firm.tax if draw.chance(0.6) else "",
        "bank": firm.bank if draw.chance(0.3) else "",
    }


def _moved(trade: Trade, firm: Firm) -> Firm:
    """The firm after a move: another street and phone; name, tax id and website stay."""
    street, _, _ = trade.place(firm.country)
    return replace(firm, street=street, phone=firm.switchboard)


def tables() -> list[Table]:
    """The set: 2,000 records."""
    trade = Trade("dev2 suppliers")
    draw = trade.draw
    kinds = [trade.alone, trade.branches, trade.holding, trade.neighbours, trade.looked_after, trade.namesake]
    systems = [_capitals, _ledger, _buyers, _portal]
    rows: Rows = []
    done = 0
    while len(rows) < 2000:
        draw.choices(kinds, [52, 11, 11, 8, 7, 11])[0]()
        for firm in trade.firms[done:]:
            chosen = draw.sample(systems, draw.choices([1, 2, 3, 4], [30, 36, 22, 12])[0])
            moved = _moved(trade, firm) if draw.chance(0.1) else firm
            for system in chosen:
                now = moved if system in (_ledger, _portal) else firm
                number = missed(draw, now.phone) if draw.chance(0.04) else now.phone
                rows.append(system(draw, now, number) | {"entity": firm.entity})
        done = len(trade.firms)
    rows = rows[:2000]
    draw.shuffle(rows)
    return [Table("dev2_suppliers", numbered(rows, "record"), country="DE", told=("company=name",))]
