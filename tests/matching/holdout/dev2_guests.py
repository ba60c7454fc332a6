"""Guests of a hotel chain from ten countries: booking sites that hide mailboxes, hurried front desks, loyalty cards."""

from dataclasses import dataclass, replace

from tests.matching.holdout.dev2_pools import bare, missed, pools, slipped, spelt
from tests.matching.holdout.drawing import Draw, Row, Rows, Table, numbered

_POOL = pools("guests")
_COUNTRIES = {code: names for code, *names in (entry.split(":") for entry in _POOL["countries"])}
_PHONES = [entry.split(":") for entry in _POOL["phones"]]


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest: names in all their spellings (the guest's own first), and whom the hotel may reach.

    `anchors` are the values that others can know a guest by beside the name: mail, second, phone, town, desk.
    """

    entity: str
    country: str
    given: tuple[str, ...]
    middle: str
    surname: tuple[str, ...]
    other: str
    town: tuple[str, ...]
    mail: str
    second: str
    phone: str
    title: str
    desk: tuple[str, str, str] = ("", "", "")
    """Mailbox, phone and company of whoever books for the guest."""
    anchors: tuple[str, ...] = ("mail", "phone", "town")
    exact: bool = False
    """Someone near has nearly this name: it is always written in full."""


def _latin(spellings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in spellings if not _script(one))


def _script(text: str) -> bool:
    """Greek, Cyrillic, Arabic or Chinese."""
    return any(0x370 <= ord(c) <= 0x6FF or ord(c) > 0x2FFF for c in text)


class House:
    """Draws guests in parties."""

    def __init__(self, seed: str) -> None:
        self.draw = Draw(seed)
        self.guests: list[Guest] = []
        self.taken: set[tuple[str, ...]] = set()

    def guest(self, country: str = "") -> Guest:
        """A guest; entered by `add`."""
        draw = self.draw
        country = country or draw.choice(list(_COUNTRIES))
        woman = draw.chance(0.5)
        given = tuple(draw.choice(_POOL[f"{'women' if woman else 'men'} {country}"]).split(":"))
        surname = tuple(draw.choice(_POOL[f"surnames {country}"]).split(":"))
        two = country in ("ES", "BR") and draw.chance(0.8)
        other = draw.choice([name for name in _POOL[f"surnames {country}"] if name != surname[0]]) if two else ""
        middle = draw.choice(_POOL[f"middles {country}"][0 if woman else 1 :: 2]) if draw.chance(0.45) else ""
        return Guest(
            entity="",
            country=country,
            given=given,
            middle=middle,
            surname=surname,
            other=other,
            town=tuple(draw.choice(_POOL[f"towns {country}"]).split(":")),
            mail=self.mailbox(country, given, surname),
            second=self.mailbox(country, given, surname),
            phone=self.phone(country),
            title="Ms" if woman else "Mr",
        )

    def phone(self, country: str) -> str:
        """A mobile in E.164."""
        _, whole = self.draw.choice([entry for entry in _PHONES if entry[0] == country])
        start, count = whole.removeprefix("+").split("+")
        return f"+{start}" + "".join(str(self.draw.randint(0, 9)) for _ in range(int(count)))

    def mailbox(self, country: str, given: tuple[str, ...], surname: tuple[str, ...]) -> str:
        """A mailbox of one's own, with or without the name in it."""
        draw = self.draw
        one, two = (spelt(draw.choice(_latin(names))).lower().replace(" ", "").replace("-", "") for names in (given, surname))
        short = f"{one[0]}{two}{draw.randint(1, 99)}"
        local = draw.choice([f"{one}.{two}", short, f"{two}{draw.digits(4)}", draw.digits(8), f"{one}{two}{draw.randint(1, 9)}"])
        return f"{local}@{draw.choice(_POOL[f'mailers {country}'])}"

    def own(self, guest: Guest) -> Guest:
        """The guest with mailboxes of the guest's own name."""
        boxes = [self.mailbox(guest.country, guest.given, guest.surname) for _ in range(2)]
        return replace(guest, mail=boxes[0], second=boxes[1])

    def add(self, *guests: Guest) -> None:
        """Enters them; whose name somebody in that town has already is left out."""
        for guest in guests:
            key = (spelt(guest.given[0]), spelt(guest.surname[0]), guest.country, guest.town[0])
            if key not in self.taken:
                self.taken.add(key)
                self.guests.append(replace(guest, entity=f"g{len(self.guests) + 1}"))

    def alone(self) -> None:
        """Someone who travels alone."""
        self.add(self.guest())

    def changed(self) -> None:
        """Someone with two mailboxes."""
        self.add(replace(self.guest(), anchors=("mail", "phone", "town", "second")))

    def companions(self) -> None:
        """Two to four who stay under one booker's mailbox and phone: a family of one name, or friends."""
        draw = self.draw
        first = self.guest()
        family = draw.chance(0.6)
        party: dict[str, Guest] = {}
        for _ in range(draw.randint(1, 3)):
            other = self.guest(first.country)
            other = replace(other, surname=first.surname, other=first.other) if family else other
            other = replace(other, town=first.town, desk=(first.mail, first.phone, ""), anchors=("desk", "town"), exact=family)
            if other.given != first.given:
                party[other.given[0]] = other
        self.add(replace(first, exact=family), *party.values())

    def travellers(self) -> None:
        """Colleagues for whom one booker of their firm books everything; some come privately too."""
        draw = self.draw
        country = draw.choice(list(_COUNTRIES))
        firm = draw.choice(_POOL["firms"])
        booker = self.guest(country)
        site = spelt(firm).lower().replace(" & ", "").replace(" ", "-") + ".com"
        who = spelt(_latin(booker.given)[0]).lower().replace(" ", "")
        desk = (f"{draw.choice(['travel', 'reservations', 'office'])}.{who}@{site}", self.phone(country), firm)
        staff: dict[tuple[str, str], Guest] = {}
        for _ in range(draw.randint(3, 8)):
            private = ("phone", "desk", "desk", "town") if draw.chance(0.4) else ("desk",)
            one = self.guest(country if draw.chance(0.8) else "")
            staff.setdefault((one.given[0], one.surname[0]), replace(one, desk=desk, anchors=private))
        self.add(*staff.values())

    def namesake(self) -> None:
        """Someone with the name of a guest there is: in another town of the country, every way to reach them another."""
        like = self.draw.choice(self.guests)
        other = self.guest(like.country)
        other = replace(other, given=like.given, surname=like.surname, other=like.other, title=like.title, exact=True)
        self.add(self.own(other))

    def sibling(self) -> None:
        """Someone of the surname and town of a guest there is, with a given name that begins alike."""
        like = self.draw.choice(self.guests)
        other = self.guest(like.country)
        if other.given[0][0] == like.given[0][0] and other.given != like.given:
            self.add(self.own(replace(other, surname=like.surname, other=like.other, town=like.town, exact=True)))


def _names(draw: Draw, guest: Guest, channel: str, known: bool) -> tuple[str, str]:
    """First and last name as a channel has them; `known` says that mail or phone tells who it is."""
    given, surname = guest.given[0], guest.surname[0]
    if channel == "loyalty":
        if draw.chance(0.12) and _script(guest.given[-1]) and _script(guest.surname[-1]):
            return guest.given[-1], guest.surname[-1]
        whole = f"{given} {guest.middle}".strip() if draw.chance(0.5) else given
        return whole, f"{surname} {guest.other}".strip()
    if draw.chance(0.45):
        given = draw.choice(_latin(guest.given))
        surname = draw.choice(_latin(guest.surname))
    ways = ["plain", "plain", "diacritics", "swapped", "slip", "cut"]
    if known and not guest.exact:
        ways += ["middle", "initial"]
    if channel == "front desk":
        ways += ["gds", "gds", "one field"]
    first, last = given, f"{surname} {guest.other}".strip() if draw.chance(0.5) else surname
    match draw.choice(ways):
        case "plain":
            first, last = bare(first), bare(last)
        case "swapped":
            first, last = bare(last), bare(first)
        case "slip":
            first, last = first if guest.exact else slipped(draw, first), slipped(draw, last)
        case "cut":
            first = first if guest.exact else first.split(" ")[0]
            last = last.split(" ")[0] if len(last.split(" ")[0]) > 3 else last
        case "middle" if guest.middle:
            first, last = given, guest.middle
        case "initial":
            first = f"{given[0]}."
        case "gds":
            return "", f"{bare(last)}/{bare(first)} {guest.title}".upper()
        case "one field":
            return "", f"{last} {first}" if draw.chance(0.5) else f"{first} {last}"
        case _:
            first, last = spelt(first), spelt(last)
    if channel == "front desk" and draw.chance(0.4):
        return first.upper(), last.upper()
    return first, last


def _relay(draw: Draw, guest: Guest, site: int) -> str:
    name = bare(_latin(guest.given)[0])[:1].lower() + bare(_latin(guest.surname)[0])[:5].lower().replace(" ", "")
    random = "".join(draw.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(12))
    local = [f"{name}.{draw.digits(6)}", draw.digits(10), random, f"{random[:6]}-{random[6:]}", f"r{draw.digits(8)}"][site]
    return f"{local}@{_POOL['relays'][site]}"


def _phone(draw: Draw, number: str, channel: str) -> str:
    match channel if number else "":
        case "front desk":
            return draw.choice([number.replace("+", "00"), number, f"{number[:3]} {number[3:6]} {number[6:]}"])
        case "site":
            return draw.choice([number, number[1:], f"{number[:3]}-{number[3:]}"])
        case _:
            return number


def record(draw: Draw, guest: Guest, channel: str, anchors: set[str]) -> Row:
    """What a channel holds of a guest, known by `anchors`."""
    booker, desk_phone, company = guest.desk
    mail = guest.mail if "mail" in anchors else guest.second if "second" in anchors else ""
    phone = guest.phone if "phone" in anchors else ""
    if "desk" in anchors:
        mail, phone = booker, phone or (desk_phone if draw.chance(0.5) else "")
    site = draw.choice([0, 0, 0, 1, 1, 2, 3, 4])
    if channel == "site" and not mail:
        mail = _relay(draw, guest, site)
    known = bool(anchors & {"mail", "second", "phone"})
    first, last = _names(draw, guest, channel, known)
    town = ""
    if "town" in anchors:
        town = draw.choice(_latin(guest.town)) if channel != "loyalty" else guest.town[0]
        town = bare(town) if draw.chance(0.4) else town
    wrong = phone and known and len(anchors) > 1 and draw.chance(0.04)
    return {
        "channel": {"site": _POOL["relays"][site].split(".")[1]}.get(channel, channel),
        "first_name": first,
        "last_name": last,
        "email": mail.upper() if channel == "front desk" and draw.chance(0.2) else mail,
        "phone": _phone(draw, missed(draw, phone) if wrong else phone, channel),
        "city": town,
        "country": draw.choice([guest.country, *_COUNTRIES[guest.country]]) if town or draw.chance(0.4) else "",
        "company": company if "desk" in anchors and draw.chance(0.6) else "",
        "entity": guest.entity,
    }


def _stays(draw: Draw, guest: Guest) -> Rows:
    """A guest's records: every one shares a way to know the guest by with one before it."""
    rows: Rows = []
    seen: set[str] = set()
    for _ in range(draw.choices([1, 2, 3, 4, 5], [34, 32, 19, 10, 5])[0]):
        channel = draw.choices(["site", "front desk", "loyalty"], [45, 35, 20])[0]
        most = 3 if channel == "loyalty" else draw.choice([1, 1, 2])
        chosen = {draw.choice(guest.anchors) for _ in range(most)}
        if "mail" in chosen and "second" in chosen:
            chosen -= {"mail"}
        if seen and not chosen & seen:
            chosen -= {"mail", "second"}
            chosen |= {draw.choice(sorted(seen))}
        seen |= chosen
        rows.append(record(draw, guest, channel, chosen))
    return rows


def tables() -> list[Table]:
    """The set: 2,500 records."""
    house = House("dev2 guests")
    draw = house.draw
    rows: Rows = []
    done = 0
    while len(rows) < 2500:
        kinds = [house.alone, house.changed, house.companions, house.travellers, house.namesake, house.sibling]
        draw.choices(kinds if done > 30 else kinds[:4], [40, 12, 16, 5, 14, 40][: 6 if done > 30 else 4])[0]()
        for guest in house.guests[done:]:
            rows += _stays(draw, guest)
        done = len(house.guests)
    rows = rows[:2500]
    draw.shuffle(rows)
    return [Table("dev2_guests", numbered(rows, "record"))]
