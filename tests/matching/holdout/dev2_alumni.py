"""A college's alumni against its donors: decades between two entries, so that names, homes and employers have changed."""

from dataclasses import dataclass, replace

from tests.matching.holdout.dev2_pools import missed, paired, pools, slipped
from tests.matching.holdout.drawing import Draw, Row, Rows, Table, numbered

_POOL = pools("alumni")
_NICKNAMES = paired(_POOL["nicknames"])


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives, or their box at the post office."""

    street: str
    city: str
    state: str
    zipped: str
    area: str


@dataclass(frozen=True, slots=True)
class Alum:
    """Somebody who studied here, or (without a class) a donor who did not."""

    entity: str
    woman: bool
    first: str
    middle: str
    last: str
    suffix: str
    year: int
    home: Home
    work: str
    private: str
    cell: str
    landline: str
    maiden: str = ""
    spouse: str = ""
    later: "Alum | None" = None
    """The same one after a move, a wedding, another employer."""
    near: bool = False
    """Somebody else of this name and home is in the lists: suffix, year and given name are always right."""


class College:
    """Draws alumni and their kin."""

    def __init__(self, seed: str) -> None:
        self.draw = Draw(seed)
        self.people: list[Alum] = []
        self.boxes: set[str] = set()
        self.names: set[tuple[str, str, str, int]] = set()

    def surname(self) -> str:
        """A surname, rare ones composed."""
        draw = self.draw
        if draw.chance(0.45):
            return draw.common(_POOL["surnames"])
        return (draw.choice(_POOL["stems"]) + draw.choice(_POOL["endings"])).replace("lll", "ll")

    def home(self) -> Home:
        """A house, a flat or a box."""
        draw = self.draw
        city, state, zipped, area = draw.choice(_POOL["towns"]).split(":")
        kind = draw.choice(_POOL["streets"])
        flat = draw.choice(["", "", "", f" Apt {draw.randint(1, 30)}", f" Unit {draw.choice('ABCD')}"])
        street = f"{draw.randint(2, 2400)} {kind}{flat}"
        street = f"P.O. Box {draw.randint(11, 8900)}" if draw.chance(0.12) else street
        return Home(street, city, state, zipped, area)

    def phone(self, area: str) -> str:
        """Ten digits."""
        return f"{area}{self.draw.randint(222, 989)}{self.draw.randint(0, 9999):04d}"

    def mailbox(self, first: str, last: str, domain: str) -> str:
        """A mailbox in somebody's name."""
        draw = self.draw
        one, two = (name.lower().replace(" ", "").replace("'", "").replace("-", "") for name in (first, last))
        office = [f"{one}.{two}", f"{one[0]}{two}"]
        private = [f"{one}{two}{draw.randint(1, 99)}", f"{two}{draw.digits(3)}"]
        local = draw.choice(office if domain in _POOL["firms"] else private)
        box = f"{local}@{domain}"
        while box in self.boxes:
            box = f"{local}{draw.randint(2, 999)}@{domain}"
        self.boxes.add(box)
        return box

    def alum(self, last: str = "", year: int = 0) -> Alum:
        """Somebody of a class."""
        draw = self.draw
        woman, last = draw.chance(0.5), last or self.surname()
        names = _POOL["women" if woman else "men"]
        first, home = draw.common(names), self.home()
        return Alum(
            entity="",
            woman=woman,
            first=first,
            middle=draw.choice([name for name in (*names, *_POOL["surnames"]) if name != last]) if draw.chance(0.85) else "",
            last=last,
            suffix="" if woman else draw.choice([*[""] * 14, "Jr.", "III"]),
            year=year or draw.randint(1958, 2021),
            home=home,
            work=self.mailbox(first, last, draw.choice(_POOL["firms"])),
            private=self.mailbox(first, last, draw.choice(_POOL["mailers"])),
            cell=self.phone(draw.choice([home.area, home.area, "617", "212", "310"])),
            landline=self.phone(home.area),
        )

    def add(self, *people: Alum) -> None:
        """Enters people, each with an id of its own; a second one of exactly that name and class is left out."""
        for one in people:
            key = (one.first, one.last, one.suffix, one.year)
            if key not in self.names:
                self.names.add(key)
                self.people.append(replace(one, entity=f"a{len(self.people) + 1}"))

    def alone(self) -> None:
        """Somebody who stayed where they were."""
        self.add(self.alum())

    def mover(self) -> None:
        """Somebody who moved across the country and changed employers; private mailbox and cell mostly stay."""
        draw, one = self.draw, self.alum()
        home = self.home()
        work = self.mailbox(one.first, one.last, draw.choice(_POOL["firms"]))
        private = one.private if draw.chance(0.6) else self.mailbox(one.first, one.last, draw.choice(_POOL["mailers"]))
        self.add(replace(one, later=replace(one, home=home, work=work, private=private, landline=self.phone(home.area))))

    def bride(self) -> None:
        """A woman who married: another surname, the old one kept in the middle, in brackets or lost; in half a new home."""
        draw = self.draw
        one = self.alum()
        while not one.woman:
            one = self.alum()
        last = self.surname()
        if last == one.last:
            return
        home = self.home() if draw.chance(0.5) else one.home
        work = self.mailbox(one.first, last, draw.choice(_POOL["firms"]))
        later = replace(one, last=last, maiden=one.last, home=home, work=work, spouse=draw.choice(_POOL["men"]))
        self.add(replace(one, later=later))

    def couple(self) -> None:
        """Two alumni who married: one home and landline, two classes; each gives under the own name."""
        draw = self.draw
        one = self.alum()
        other = self.alum(one.last, max(1958, min(2021, one.year + draw.randint(-4, 4))))
        if other.first == one.first:
            return
        other = replace(other, home=one.home, landline=one.landline, suffix="")
        self.add(replace(one, near=True), replace(other, near=True))

    def legacy(self) -> None:
        """Father and son of one name, a generation between their classes; the son's first home is the father's."""
        one = self.alum(year=self.draw.randint(1958, 1990))
        if one.woman:
            return
        son = self.alum(one.last, one.year + self.draw.randint(25, 31))
        first, later = (("", "Jr."), ("Jr.", "III"))[self.draw.chance(0.4)]
        mails = [self.mailbox(one.first, one.last, self.draw.choice(_POOL[of])) for of in ("firms", "mailers")]
        son = replace(
            son, first=one.first, middle=one.middle, woman=False, suffix=later, near=True, work=mails[0], private=mails[1]
        )
        self.add(replace(one, suffix=first, near=True), replace(son, home=one.home) if self.draw.chance(0.5) else son)

    def parents(self) -> None:
        """A graduate, and a parent who gives from the same house and never studied here."""
        one = self.alum(year=self.draw.randint(1995, 2021))
        parent = self.alum(one.last)
        if parent.first != one.first:
            self.add(replace(one, near=True), replace(parent, year=0, home=one.home, landline=one.landline, near=True))

    def namesake(self) -> None:
        """Another one of a name there is, of another class and elsewhere."""
        like = self.draw.choice(self.people)
        other = self.alum(like.last)
        other = replace(other, first=like.first, woman=like.woman, suffix="", near=True)
        if abs(other.year - like.year) > 2:
            work, private = (self.mailbox(like.first, like.last, self.draw.choice(_POOL[of])) for of in ("firms", "mailers"))
            self.add(replace(other, work=work, private=private))


def _street(draw: Draw, street: str) -> str:
    long = {" Rd": " Road", " Ave": " Avenue", " Dr": " Drive", " Ln": " Lane", " St": " Street", " Ct": " Court", " Apt ": " #"}
    if street.startswith("P.O."):
        return draw.choice([street, street.replace("P.O.", "PO"), street.upper()])
    for short, whole in long.items():
        if draw.chance(0.4):
            street = f"{street} ".replace(f"{short.rstrip()} ", f"{whole.rstrip()} ").strip().replace("# ", "#")
    return street.upper() if draw.chance(0.12) else street


def _alumni_name(draw: Draw, one: Alum) -> str:
    middle = draw.choice([one.middle, one.middle[:1] + "." if one.middle else ""])
    if one.maiden:
        middle = "" if one.maiden in middle else middle
        middle = draw.choice([one.maiden, f"({one.maiden})", f"{middle} {one.maiden}".strip()])
    title = draw.choice(["Mrs. ", "Ms. "] if one.woman else ["Mr. "]) if draw.chance(0.15) else ""
    title = draw.choice(["Dr. ", "The Hon. ", "Rev. "]) if draw.chance(0.05) else title
    suffix = f"{draw.choice([' ', ', '])}{one.suffix}" if one.suffix else ""
    return " ".join(f"{title}{one.first} {middle} {one.last}{suffix}".split())


def _donor_name(draw: Draw, one: Alum, known: bool) -> str:
    first, middle, last = one.first, one.middle[:1], one.last
    suffix = f" {one.suffix}" if one.suffix and (one.near or draw.chance(0.6)) else ""
    ways = ["plain", "plain", "reversed", "slip", "married"]
    if not one.near:
        ways += ["nick", "nick", "both" if one.spouse else "plain", "middle" if known and len(one.middle) > 2 else "plain"]
        ways += ["initials", "initials"] if known else []
    match draw.choice(ways):
        case "nick":
            first = _NICKNAMES.get(first, first)
        case "initials":
            return " ".join(f"{first[0]}. {middle}{'.' if middle else ''} {last}{suffix}".split())
        case "middle":
            return f"{first[0]}. {one.middle} {last}{suffix}"
        case "slip":
            last = slipped(draw, last)
        case "married" if one.maiden:
            last = draw.choice([f"{one.maiden}-{last}", f"{last} (née {one.maiden})", f"{one.maiden} {last}"])
        case "both":
            return f"{one.spouse} and {first} {last}"
        case "reversed":
            return f"{last}{suffix}, {first} {middle}".strip()
    return f"{first} {middle + '. ' if middle and draw.chance(0.5) else ''}{last}{suffix}"


def _phone(draw: Draw, digits: str) -> str:
    area, office, line = digits[:3], digits[3:6], digits[6:]
    written = [f"({area}) {office}-{line}", f"{area}-{office}-{line}", f"{area}.{office}.{line}", f"+1 {area} {office} {line}"]
    return draw.choice(written)


@dataclass(frozen=True, slots=True)
class Reach:
    """How a record says that somebody may be reached."""

    home: Home | None
    mail: str
    phone: str

    def shares(self, other: "Reach") -> bool:
        """Whether a value of both is one."""
        homes = self.home is not None and self.home == other.home
        return homes or (bool(self.mail) and self.mail == other.mail) or (bool(self.phone) and self.phone == other.phone)


def _row(draw: Draw, one: Alum, source: str, name: str, year: str, reach: Reach) -> Row:
    home, phone = reach.home or Home("", "", "", "", ""), reach.phone
    more = [home.zipped, home.zipped, f"{home.zipped}-{draw.digits(4)}"] if home.zipped else [""]
    return {
        "list": source,
        "name": name,
        "class": year,
        "address": _street(draw, home.street),
        "city": home.city,
        "state": home.state,
        "zip": draw.choice(more),
        "email": reach.mail,
        "phone": _phone(draw, phone) if phone else "",
        "entity": one.entity,
    }


def _listed(draw: Draw, one: Alum) -> Reach:
    """How the alumni office reaches somebody: in any case by something that lasts, where the rest has changed."""
    mail = draw.choice([one.work, one.private, one.private, ""])
    phone = draw.choice([one.cell, one.landline, one.landline, ""])
    phone = one.cell if one.later or one.maiden else phone
    return Reach(one.home if draw.chance(0.92) or not (mail or phone) else None, mail, phone)


def _gift(draw: Draw, one: Alum, listed: Alum, before: list[Reach]) -> tuple[Row, Reach]:
    """A gift: hurried name, seldom a class; a class wherever nothing else but the name ties it to what was `before`.

    Who shares house and name with others is tied by mailbox or phone alone. Under another surname than the one listed it
    always comes from the same cell phone. A digit is wrong only where something else ties it.
    """
    renamed = one.last != listed.last
    mail = draw.choice([one.work, one.private, one.private, ""])
    phone = one.cell if renamed else draw.choice([one.cell, one.cell, one.landline, ""])
    reach = Reach(one.home if draw.chance(0.85) or not one.year or not (mail and phone) else None, mail, phone)
    kept = any(reach.shares(other) for other in before)
    reached = any(replace(reach, home=None).shares(other) for other in before)
    tied = reached if one.near else kept
    year = one.year and (not tied or draw.chance(0.25))
    written = draw.choice([f"'{one.year % 100:02d}", str(one.year), str(one.year), f"Class of {one.year}"]) if year else ""
    wrong = phone and draw.chance(0.06) and any(replace(reach, phone="").shares(other) for other in before)
    written_down = replace(reach, phone=missed(draw, phone)) if wrong else reach
    return _row(draw, one, "donors", _donor_name(draw, one, kept), written, written_down), reach


def records(draw: Draw, one: Alum) -> Rows:
    """Everything the two lists hold of somebody."""
    later = replace(one.later, entity=one.entity) if one.later else one
    listed = one if draw.chance(0.7) else later
    rows: Rows = []
    before: list[Reach] = []
    if one.year:
        before.append(_listed(draw, listed))
        year = draw.choice([str(one.year), str(one.year), f"'{one.year % 100:02d}"])
        rows.append(_row(draw, listed, "alumni", _alumni_name(draw, listed), year, before[0]))
    for _ in range(draw.choices([0, 1, 2, 3], [32, 44, 17, 7])[0] if one.year else draw.choice([1, 2])):
        row, reach = _gift(draw, later if draw.chance(0.7) else one, listed, before)
        rows.append(row)
        before.append(reach)
    return rows


def tables() -> list[Table]:
    """The set: 2,000 records."""
    college = College("dev2 alumni")
    draw = college.draw
    kinds = [college.alone, college.mover, college.bride, college.couple, college.legacy, college.parents, college.namesake]
    rows: Rows = []
    done = 0
    while len(rows) < 2000:
        draw.choices(kinds[: 7 if done else 3], [22, 24, 18, 9, 10, 8, 9][: 7 if done else 3])[0]()
        for one in college.people[done:]:
            rows += records(draw, one)
        done = len(college.people)
    rows = rows[:2000]
    draw.shuffle(rows)
    return [Table("dev2_alumni", numbered(rows, "record"), country="US")]
