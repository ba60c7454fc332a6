"""Patients of one American region as two hospitals hold them: no mailboxes, relatives' phones, babies without a name."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.matching.holdout.dev2_pools import bare, missed, paired, pools, slipped
from tests.matching.holdout.drawing import Draw, Row, Rows, Table, numbered

_POOL = pools("patients")
_TOWNS = paired(_POOL["towns"])
_NICKNAMES = paired(_POOL["nicknames"])
_KINDS = {"Street": "ST", "Road": "RD", "Avenue": "AVE", "Drive": "DR", "Lane": "LN", "Court": "CT", "Boulevard": "BLVD"}
_SIDES = {"": "", "North": "N", "South": "S", "East": "E", "West": "W"}
_SLIGHT = ["unit", "number", "zip"]
_WRONG = ["name", "name", "birth", "birth", "number", "nophone", "noaddress", "relative"]
_TODAY = date(2025, 6, 30)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a household lives, and its landline (10 digits)."""

    number: str
    side: str
    street: str
    kind: str
    unit: str
    town: str
    landline: str

    def written(self, short: bool, unit: bool) -> str:
        """The street line, abbreviated in upper case or written out."""
        numbered = self.street.startswith(("County", "State"))
        if short:
            street = self.street.upper().replace("COUNTY ROAD", "CR").replace("STATE ROUTE", "SR")
            parts = [self.number, _SIDES[self.side], street, "" if numbered else _KINDS[self.kind]]
            parts += [f"APT {self.unit}"] if unit and self.unit else []
        else:
            parts = [self.number, self.side, self.street, "" if numbered else self.kind]
            parts += [f"#{self.unit}"] if unit and self.unit else []
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Person:
    """A patient. `before` is the same person's earlier life (other home, other name); `kin` are phones of relatives."""

    entity: str
    woman: bool
    first: str
    middle: str
    last: str
    born: date
    home: Home
    mobile: str = ""
    suffix: str = ""
    kin: tuple[str, ...] = ()
    unnamed: str = ""
    before: "Person | None" = None
    known_by: str = "all"
    """What must stay in every record for others to tell this person from a near one: all, or birth."""


class Region:
    """Draws households and their records."""

    def __init__(self, seed: str) -> None:
        self.draw = Draw(seed)
        self.people: list[Person] = []

    def surname(self) -> str:
        """A surname, rare ones composed."""
        draw = self.draw
        if draw.chance(0.5):
            return draw.common(_POOL["surnames"])
        return (draw.choice(_POOL["stems"]) + draw.choice(_POOL["endings"])).replace("lll", "ll")

    def phone(self) -> str:
        """Ten digits of the region."""
        draw = self.draw
        return draw.choice(["330", "740", "419", "567"]) + str(draw.randint(222, 989)) + f"{draw.randint(0, 9999):04d}"

    def home(self) -> Home:
        """Somewhere to live."""
        draw = self.draw
        return Home(
            number=str(draw.randint(1, 60) * draw.choice([1, 7, 31, 211])),
            side=draw.choice(["", "", "", *_SIDES]),
            street=draw.choice(_POOL["streets"]),
            kind=draw.choice(list(_KINDS)),
            unit=draw.choice(["", "", "", "", "2", "3B", "114", "C"]),
            town=draw.common(list(_TOWNS)),
            landline=self.phone(),
        )

    def day(self, youngest: int, oldest: int) -> date:
        """A day of birth for someone of an age between the two, in years."""
        return _TODAY - timedelta(days=self.draw.randint(youngest * 365 + 1, oldest * 365))

    def person(self, home: Home, last: str, ages: tuple[int, int], woman: bool | None = None) -> Person:
        """Somebody who lives there, entered among the people by `add`."""
        draw = self.draw
        woman = draw.chance(0.5) if woman is None else woman
        names = _POOL["women" if woman else "men"]
        return Person(
            entity="",
            woman=woman,
            first=draw.common(names),
            middle=draw.choice(names) if draw.chance(0.8) else "",
            last=last,
            born=self.day(*ages),
            home=home,
            mobile=self.phone() if ages[0] >= 13 else "",
        )

    def add(self, *people: Person) -> None:
        """Enters members of one household: their phones are their relatives' phones too."""
        for person in people:
            kin = tuple(other.mobile for other in people if other is not person and other.mobile) or (self.phone(),)
            before = replace(person.before, kin=kin) if person.before else None
            self.people.append(replace(person, entity=f"p{len(self.people) + 1}", kin=kin, before=before))

    def single(self) -> None:
        """Someone alone; in a third of cases with an earlier home or, women, an earlier name too."""
        person = self.person(self.home(), self.surname(), (18, 94))
        draw = self.draw
        if draw.chance(0.35):
            earlier = replace(person, home=self.home() if draw.chance(0.8) else person.home)
            if person.woman and draw.chance(0.6):
                maiden = self.surname()
                if draw.chance(0.3):
                    person = replace(person, middle=maiden)
                elif draw.chance(0.3):
                    person = replace(person, last=f"{maiden}-{person.last}")
                earlier = replace(earlier, last=maiden)
            person = replace(person, before=earlier)
        self.add(person)

    def couple(self) -> None:
        """Two of one address; she keeps her name, or took his."""
        last, home = self.surname(), self.home()
        woman = self.person(home, last, (25, 90), woman=True)
        woman = replace(woman, born=self.draw.choice([woman.born, self.day(30, 70)]))
        if self.draw.chance(0.35):
            woman = replace(woman, before=replace(woman, last=self.surname()))
        man = self.person(home, last, (25, 90), woman=False)
        self.add(woman, replace(man, born=woman.born + timedelta(days=self.draw.randint(-2500, 1500))))

    def family(self) -> None:
        """Parents and children."""
        last, home = self.surname(), self.home()
        parents = [self.person(home, last, (27, 48), woman=woman) for woman in (True, False)]
        grown: dict[str, Person] = {}
        for _ in range(self.draw.randint(1, 3)):
            child = self.person(home, last, (1, 17))
            grown[child.first] = child
        self.add(*parents, *grown.values())

    def twins(self) -> None:
        """Twins with names alike, of one day, sex, home and phone; their mother."""
        last, home = self.surname(), self.home()
        mother = self.person(home, last, (25, 45), woman=True)
        one = self.person(home, last, (1, 19))
        names = self.draw.choice(_POOL["twins"]).split(":")
        both = [replace(one, first=name, middle=self.draw.choice(["", "R", "Lynn", "Lee"]), mobile="") for name in names]
        self.add(mother, *both)

    def juniors(self) -> None:
        """Father and son of one name; where only suffix and birth date tell them apart, the date is always right."""
        last, home = self.surname(), self.home()
        son = self.person(home, last, (16, 45), woman=False)
        father = replace(son, born=son.born - timedelta(days=self.draw.randint(7300, 12500)), suffix="Sr", mobile=self.phone())
        son = replace(son, suffix=self.draw.choice(["Jr", "Jr", "II"]), home=son.home if self.draw.chance(0.7) else self.home())
        self.add(replace(father, known_by="birth"), replace(son, known_by="birth"))

    def newborn(self) -> None:
        """A baby that has no name yet at its first visit, its mother; in a quarter of cases two babies."""
        draw, last, home = self.draw, self.surname(), self.home()
        mother = self.person(home, last, (18, 42), woman=True)
        baby = replace(self.person(home, last, (0, 1)), mobile="", known_by="birth")
        sex = "Girl" if baby.woman else "Boy"
        if draw.chance(0.25):
            both = [replace(baby, unnamed=draw.choice([f"Twin {letter} {sex}", f"Baby {sex} {letter}"])) for letter in "AB"]
            self.add(mother, *both)
            return
        unnamed = draw.choice([f"Baby {sex}", f"Baby{sex}", f"B{sex[0]} of {mother.first}", f"Baby of {mother.first}", "Newborn"])
        self.add(mother, replace(baby, before=replace(baby, unnamed=unnamed)))
        if draw.chance(0.15):
            other = replace(self.person(self.home(), last, (20, 40), woman=True), first=draw.choice(_POOL["women"]))
            self.add(other, replace(baby, home=other.home, first=draw.choice(_POOL["men"]), unnamed=f"Baby {sex}"))

    def namesake(self) -> None:
        """Another one with the name of somebody there is: elsewhere, born on another day, with another middle name."""
        draw = self.draw
        like = draw.choice(self.people)
        if like.unnamed or like.suffix or (_TODAY - like.born).days < 7000:
            return
        near = like.born.replace(day=like.born.day % 28 + 1)
        born = draw.choice([self.day(19, 90), near, near.replace(year=near.year - 10)])
        middle = draw.choice([name for name in _POOL["women" if like.woman else "men"] if name[0] != like.middle[:1]])
        town = replace(self.home(), town=like.home.town)
        self.add(replace(like, born=born, middle=middle, home=town, mobile=self.phone(), before=None, known_by="birth"))


def _name(draw: Draw, person: Person, old: str, spoilt: bool) -> str:
    first, last, suffix = person.first, person.last, person.suffix
    if person.unnamed:
        first = person.unnamed
    elif spoilt:
        match draw.choice(["first", "last", "nick", "nick", "middle"]):
            case "first":
                first = slipped(draw, first)
            case "last":
                last = slipped(draw, last)
            case "nick":
                first = _NICKNAMES.get(first, first)
            case _ if len(person.middle) > 2 and person.known_by == "all":
                first, person = person.middle, replace(person, middle=person.first)
    middle = draw.choice([person.middle, person.middle[:1], person.middle[:1], ""])
    if person.unnamed or (person.known_by == "birth" and person.suffix == "" and middle == ""):
        middle = "" if person.unnamed else person.middle[:1]
    suffix = suffix if suffix != "Sr" or draw.chance(0.3) else ""
    if old == "A":
        title = draw.choice(["Mrs. ", "Ms. "] if person.woman else ["Mr. ", "Mr. ", "Dr. "]) if draw.chance(0.12) else ""
        title = "" if person.unnamed or (_TODAY - person.born).days < 6500 else title
        dot = "." if len(middle) == 1 else ""
        tail = draw.choice([f", {suffix}.", f" {suffix}"]) if suffix else ""
        return f"{last.upper()}, {title}{first} {middle}{dot}".rstrip() + tail
    last = draw.choice([last, last.replace("'", ""), last.replace("-", " "), last.replace("St. ", "St")])
    tail = f" {suffix}" if suffix else ""
    return bare(f"{last}{tail}{draw.choice([',', ', '])}{first} {middle}".rstrip().upper())


def _birth(draw: Draw, born: date, spoilt: bool) -> date:
    if not spoilt:
        return born
    changes: list[Callable[[], date]] = [
        lambda: date(1900, 1, 1),
        lambda: date(1900, 1, 1),
        lambda: born.replace(month=born.day, day=born.month) if born.day <= 12 else born.replace(day=1),
        lambda: born.replace(year=born.year + draw.choice([-1, 1, -10]), day=min(born.day, 28)),
        lambda: born + timedelta(days=draw.choice([-1, 1, 10])),
    ]
    return draw.choice(changes)()


def _phone(draw: Draw, digits: str, old: str) -> str:
    if not digits:
        return ""
    area, office, line = digits[:3], digits[3:6], digits[6:]
    written = [f"({area}) {office}-{line}", f"{area}-{office}-{line}"] if old == "A" else [digits, f"{area}.{office}.{line}"]
    return draw.choice([*written, written[0], f"{office}-{line}"] if draw.chance(0.1) else written)


def record(draw: Draw, person: Person, old: str, at: int) -> Row:
    """A record of the `at`-th visit at hospital `old`: at most one thing is wrong beside a life that changed.

    Only every second visit's record is badly wrong, so that two bad ones seldom meet.
    """
    changed = person.before is not None and draw.chance(0.5)
    now = person.before if changed and person.before else person
    wrong = "" if draw.chance(0.4) else draw.choice(_SLIGHT if at % 2 == 0 else _WRONG)
    if wrong == "birth" and (person.known_by == "birth" or person.before):
        wrong = "relative"
    if person.before and wrong in ("name", "noaddress", "nophone"):
        wrong = "unit"
    phones = [now.mobile or now.kin[0], now.mobile or now.home.landline, now.home.landline, ""]
    phone = draw.choices(phones, [45, 20, 25, 10 if wrong == "" else 0])[0]
    if person.before and not person.unnamed and now.mobile:
        renamed = person.before.last != person.last and person.before.home != person.home
        phone = now.mobile if renamed or draw.chance(0.7) else phone
    if wrong == "relative":
        phone = draw.choice(now.kin)
    phone = "" if wrong == "nophone" else missed(draw, phone) if wrong == "number" and phone else phone
    born = _birth(draw, person.born, wrong == "birth")
    zipped = _TOWNS[now.home.town]
    formats = ["%m/%d/%Y", "%m/%d/%Y", "%Y-%m-%d"] if old == "A" else ["%Y-%m-%d", "%d-%b-%Y", "%d-%b-%Y"]
    street = now.home.written(old == "A" or draw.chance(0.4), wrong != "unit")
    return {
        "hospital": {"A": "Mercy Lakeside", "B": "County General"}[old],
        "mrn": f"{old}{draw.digits(7)}",
        "patient": _name(draw, now, old, wrong == "name"),
        "dob": ("1900-01-01" if born.year == 1900 else born.strftime(draw.choice(formats))).replace("Sept", "Sep"),
        "sex": "F" if person.woman else "M",
        "address": "" if wrong == "noaddress" else street,
        "city": now.home.town.upper() if old == "A" else now.home.town,
        "state": "OH",
        "zip": missed(draw, zipped) if wrong == "zip" else draw.choice([zipped, zipped, "" if at else zipped]),
        "phone": _phone(draw, phone, old),
        "entity": person.entity,
    }


def tables() -> list[Table]:
    """The set: 3,000 records."""
    region = Region("dev2 patients")
    draw = region.draw
    kinds = [region.single, region.couple, region.family, region.twins, region.juniors, region.newborn, region.namesake]
    rows: Rows = []
    done = 0
    while len(rows) < 3000:
        for person in region.people[done:]:
            start = draw.choice("AB")
            for at in range(draw.choices([1, 2, 3, 4], [42, 40, 14, 4])[0]):
                old = start if at == 0 or draw.chance(0.25) else "AB".replace(start, "")
                rows.append(record(draw, person, old, at))
        done = len(region.people)
        draw.choices(kinds[: 6 if done < 40 else 7], [34, 20, 16, 7, 8, 10, 9][: 6 if done < 40 else 7])[0]()
    rows = rows[:3000]
    draw.shuffle(rows)
    return [Table("dev2_patients", numbered(rows, "record"), country="US", told=("birth=dob",))]
