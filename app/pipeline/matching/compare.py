"""On which level two leads agree in each field. Symmetric: the order of the two changes nothing.

Similar means by Jaro-Winkler (Winkler 1990), one letter off by optimal string alignment (`distance.py`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from app.pipeline.features import domain_class
from app.pipeline.matching.compare_company import company_level
from app.pipeline.matching.compare_names import whole_names
from app.pipeline.matching.distance import ALIKE, SIMILAR, alike, jaro, one_off, osa, scanned
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.fold import fold
from app.pipeline.matching.levels import CITY, MISSING, NUMBER, PHONE, POSTCODE, REGION, STREET
from app.pipeline.matching.whole import GENERATIONS, UNNAMED
from app.pipeline.matching.words import NICKNAMES, RELAYS, STREET_SIDES
from app.pipeline.validation.email_roles import ROLES

Levels = tuple[int, ...]

_CODE: Final = 3  # letters of a region's code, at most
_ENTRANCES: Final = 2  # house numbers between two doors of one house
_LITTLE: Final = 0.8  # Jaro-Winkler, of names with two mistakes
_NEW_YEAR: Final = "0101"
_UNLIKE: Final = (MISSING, 0, 1, 2, 4)  # levels of given names that are two


def compare(a: Evidence, b: Evidence) -> Levels:
    """The level of each field, in the order of `FIELDS`; MISSING where one of the two does not tell."""
    first, last, company, number, street, extra, city, region, postcode, country, phone, _, domain, birth, _ = a
    (
        first_b,
        last_b,
        company_b,
        number_b,
        street_b,
        extra_b,
        city_b,
        region_b,
        postcode_b,
        country_b,
        phone_b,
        _,
        domain_b,
        birth_b,
        _,
    ) = b
    named = _names(a, b) if (first or last) and (first_b or last_b) else (MISSING, MISSING)
    levels = (
        *named,
        company_level(company, company_b, city, city_b) if company and company_b else MISSING,
        _email(a, b) if domain and domain_b else MISSING,
        MISSING if not phone or not phone_b else 3 if phone == phone_b else phone_level(phone, phone_b),
        MISSING if not birth or not birth_b else 3 if birth == birth_b else birth_level(birth, birth_b),
        MISSING if not street or not street_b else 3 if street == street_b else _street(a, b),
        MISSING if not number or not number_b else 2 if number == number_b else number_level(number, number_b),
        MISSING if not extra or not extra_b else 2 if extra == extra_b else extra_level(extra, extra_b),
        MISSING if not postcode or not postcode_b else 3 if postcode == postcode_b else postcode_level(postcode, postcode_b),
        MISSING if not city or not city_b else 3 if city == city_b else city_level(city, city_b),
        _region(region, region_b) if region and region_b else MISSING,
        (1 if country == country_b else 0) if country and country_b else MISSING,
    )
    return _translated(levels) if levels[CITY] == 0 and levels[POSTCODE] == 3 and levels[PHONE] == 3 and company else levels


def _translated(levels: Levels) -> Levels:
    """Of a business with one phone and postcode in both: another town's name is its name in another language, and with the same
    house number the street's, too. Neither says anything."""
    street = MISSING if levels[NUMBER] == 2 and levels[STREET] == 0 else levels[STREET]
    return (*levels[:STREET], street, *levels[NUMBER:CITY], MISSING, *levels[REGION:])


def _names(a: Evidence, b: Evidence) -> tuple[int, int]:
    if not (a.first and a.last and b.first and b.last):
        first, last = _lone(a, b)
    else:
        first, last = first_level(a.first, b.first), last_level(a.last, b.last)
        if first in _UNLIKE and last in (0, 1, 3):  # exchanged?
            one, other = last_level(a.first, b.last), last_level(a.last, b.first)
            if max(one, other) >= 4:
                left = (a.last, b.first) if one >= 4 else (a.first, b.last)
                return (7, 6) if min(one, other) >= 4 or first_level(*left) > 1 else (max(1, first), last)
    if first in _UNLIKE and last in (MISSING, 0) and _share(a, b):
        return whole_names(f"{a.first} {a.last}", f"{b.first} {b.last}") or (first, last)
    return first, last


def _share(a: Evidence, b: Evidence) -> bool:
    """Whether there is more than a name for the two to be one."""
    return bool(
        (a.phone and a.phone == b.phone)
        or (a.local and a.local == b.local)
        or (a.street and a.street == b.street)
        or (a.birth and a.birth == b.birth)
    )


def _lone(a: Evidence, b: Evidence) -> tuple[int, int]:
    """Where one of the two tells one name alone, nobody knows which one it is: it may be either of the other's."""
    first = first_level(a.first, b.first) if a.first and b.first else MISSING
    last = last_level(a.last, b.last) if a.last and b.last else MISSING
    if first in _UNLIKE and last in (MISSING, 0, 1, 3):
        best = max((last_level(x, y) for x, y in ((a.first, b.last), (b.first, a.last)) if x and y), default=0)
        if best >= 4:
            return MISSING, best
    return first, last


def first_level(x: str, y: str) -> int:
    """Of given names."""
    if x == y:
        return 6
    if x > y:
        x, y = y, x
    apart = " " in x or " " in y
    if apart and generations_differ(x, y):
        return 0
    if _of_two_genders(x, y):
        return 1
    if len(x) > 2 and len(y) > 2 and (one_off(x, y) or (apart and x.replace(" ", "") == y.replace(" ", ""))):
        return 5
    word, other = (x.partition(" ")[0], y.partition(" ")[0]) if apart else (x, y)
    if x[0] == y[0] and (len(word) == 1 or len(other) == 1):
        return 2
    if word != other and _nicknames(word, other):
        return 3
    short, long = (x, y) if len(x) <= len(y) else (y, x)
    if (len(short) > 2 and long.startswith(short)) or (apart and short in long.split(" ")):
        return 4
    if apart and len(word) > 2 and len(other) > 2 and one_off(word, other):
        return 4
    likeness = jaro(x, y)
    if likeness >= SIMILAR or scanned(word) == scanned(other):
        return 4
    return 1 if likeness >= _LITTLE or jaro(word, other) >= _LITTLE else 0


def generations_differ(x: str, y: str) -> bool:
    """Whether both given names tell a generation, and not the same; or which of twins that have no name yet."""
    if x[:5] == y[:5] == UNNAMED:
        return x != y
    one, other = x.rpartition(" ")[2], y.rpartition(" ")[2]
    return one != other and one in GENERATIONS and other in GENERATIONS


def _of_two_genders(x: str, y: str) -> bool:
    """Whether an ending alone tells a man's name from a woman's: Paul, Paula; Carla, Carlo."""
    return (len(x) > 2 and y == x + "a") or (len(x) > 3 and x[:-1] == y[:-1] and {x[-1], y[-1]} == {"a", "o"})


@lru_cache(maxsize=16_384)
def _nicknames(x: str, y: str) -> bool:
    groups = NICKNAMES.get(x)
    return groups is not None and not groups.isdisjoint(NICKNAMES.get(y, ()))


def last_level(x: str, y: str) -> int:
    """Of family names."""
    if x == y:
        return 5
    if x > y:
        x, y = y, x
    if len(x) > 2 and len(y) > 2 and (one_off(x, y) or x.replace(" ", "") == y.replace(" ", "")):
        return 4
    likeness = jaro(x, y)
    if likeness >= SIMILAR or (len(x) > 2 and scanned(x) == scanned(y)):
        return 3
    if (" " in x or " " in y) and any(len(word) > 2 for word in {*x.split(" ")} & {*y.split(" ")}):
        return 2
    return 1 if likeness >= _LITTLE else 0


def _email(a: Evidence, b: Evidence) -> int:
    if not (a.local and b.local) or (
        a.local != b.local and a.local in ROLES and b.local in ROLES
    ):  # a site is told: another one says nothing, firms have several
        return 2 if a.domain == b.domain and domain_class(a.domain) == "corporate" else MISSING
    if a.domain == b.domain:
        if a.local == b.local:
            return 5 if a.local in ROLES else 6
        if _is_relay(a.domain):
            return MISSING
        if _near(a.local, b.local) and a.local not in ROLES and b.local not in ROLES:
            return 3
        return 1 if domain_class(a.domain) == "corporate" else 0
    if _is_relay(a.domain) or _is_relay(b.domain):
        return MISSING  # another booking has another one
    if osa(a.domain, b.domain, score_cutoff=2) <= 2 and a.local.replace(".", "") == b.local.replace(".", ""):
        return 3 if a.local not in ROLES else 0
    if a.local == b.local and a.local not in ROLES:
        return 0 if _is_name(a.local, a) or _is_name(b.local, b) else 4
    return 0


@lru_cache(maxsize=4096)
def _is_relay(domain: str) -> bool:
    """Whether a mailbox there is one that a marketplace makes up for each order: guest.booking.com, marketplace.amazon.com."""
    head, _, rest = domain.partition(".")
    return head in RELAYS and "." in rest


def _is_name(local: str, told: Evidence) -> bool:
    """Whether the local part only says the name again (a.keller): at another domain that is no evidence of its own."""
    if sum(map(str.isdecimal, local)) > 1:
        return False
    first, last = told.first.replace(" ", ""), told.last.replace(" ", "")
    plain = "".join(filter(str.isalpha, fold(local)))
    names = (first, last, first + last, last + first, first[:1] + last, last + first[:1], first + last[:1])
    return not plain or plain in names or plain in told.last.split(" ")


def _near(x: str, y: str) -> bool:
    """One letter apart, and neither a digit nor the first letter: anna1 and anna2 are two people, akeller and mkeller, too."""
    if x[0] != y[0] or not one_off(x, y) or len(x) < 5 or len(y) < 5:
        return False
    return [char for char in x if char.isdecimal()] == [char for char in y if char.isdecimal()]


def phone_level(x: str, y: str) -> int:
    """Of phones: a national number is the same as the international one that ends with it."""
    if x == y or (len(x) != len(y) and min(len(x), len(y)) >= 7 and (x.endswith(y) or y.endswith(x))):
        return 3
    if x[:-2] == y[:-2] and len(x) > 8:
        return 2 if osa(x, y, score_cutoff=1) <= 1 and x[-1] != y[-1] and x[-2] != y[-2] else 1
    if osa(x, y, score_cutoff=1) <= 1:
        return 2
    short, long = (x, y) if len(x) <= len(y) else (y, x)
    if len(short) >= 8 and long[: len(short) - 2] == short[:-2]:
        return 1
    return 0


def birth_level(x: str, y: str) -> int:
    """Of dates of birth as yyyymmdd. Who was born on the same day of another year is somebody else, a son at times; the first of
    January stands for a day that is not known."""
    if x == y:
        return 3
    if osa(x, y, score_cutoff=1) <= 1 or (x[:4] == y[:4] and x[4:6] == y[6:8] and x[6:8] == y[4:6]):
        return 2
    if x[:4] != y[:4]:
        return 0
    return 1 if x[4:6] == y[4:6] or x[6:8] == y[6:8] or x[4:] == _NEW_YEAR or y[4:] == _NEW_YEAR else 0


def _street(a: Evidence, b: Evidence) -> int:
    level = words_level(a.street, b.street)
    if level == 0 and (a.extra or b.extra):  # the two lines of an address exchanged
        crossed = {" ".join(a.street), a.extra.partition(" ")[0]} & {" ".join(b.street), b.extra.partition(" ")[0]} - {""}
        return 1 if crossed else 0
    return level


def words_level(x: tuple[str, ...], y: tuple[str, ...]) -> int:
    """Of streets: 3 same, 2 similar, 1 a word the same, 0 differs."""
    if x == y:
        return 3
    whole, other = ("".join(x), "".join(y)) if x <= y else ("".join(y), "".join(x))
    if whole == other or {*x} == {*y}:
        return 3
    if (min(len(whole), len(other)) > 3 and one_off(whole, other)) or (len(whole) > 3 and jaro(whole, other) >= ALIKE):
        return 2
    short, long = (whole, other) if len(whole) <= len(other) else (other, whole)
    if long.endswith(short) and long[: -len(short)] in STREET_SIDES:
        return 2  # Northpoint, North Point
    if len(x) + len(y) > 2:
        same = {*x} & {*y}
        if same and max(map(len, same)) > 3 and 2 * len(same) >= max(len(x), len(y)):
            return 2
        if same or any(len(one) > 3 and len(two) > 3 and alike(one, two) for one in x for two in y):
            return 1
    return 1 if jaro(whole, other) >= 0.84 else 0


def number_level(x: str, y: str) -> int:
    """Of house numbers."""
    if x == y:
        return 2
    bare, other = x.rstrip("abcdefgh"), y.rstrip("abcdefgh")
    if bare == other or (max(len(x), len(y)) > 1 and one_off(x, y)):
        return 1
    return 1 if bare.isdecimal() and other.isdecimal() and abs(int(bare) - int(other)) <= _ENTRANCES else 0


def extra_level(x: str, y: str) -> int:
    """Of what else an address says."""
    if x == y:
        return 2
    if x > y:
        x, y = y, x
    if min(len(x), len(y)) > 3 and (one_off(x, y) or jaro(x, y) >= SIMILAR or x in y or y in x):
        return 1
    return 0


def postcode_level(x: str, y: str) -> int:
    """Of postcodes."""
    if x == y:
        return 3
    if one_off(x, y):
        return 2
    head = max(2, min(len(x), len(y)) // 2 + 1)
    return 1 if x[:head] == y[:head] else 0


def city_level(x: str, y: str) -> int:
    """Of cities."""
    if x == y:
        return 3
    if x > y:
        x, y = y, x
    if (len(x) > 3 and len(y) > 3 and one_off(x, y)) or jaro(x, y) >= SIMILAR or x.replace(" ", "") == y.replace(" ", ""):
        return 2
    if " " in x or " " in y:
        return 1 if any(len(word) > 3 for word in {*x.split(" ")} & {*y.split(" ")}) else 0
    return 0


def _region(x: str, y: str) -> int:
    if x == y:
        return 1
    short, long = (x, y) if len(x) <= len(y) else (y, x)
    if not 1 < len(short) <= _CODE or short[0] != long[0]:
        return 0
    letters = iter(long)
    return 1 if all(char in letters for char in short) else 0  # nsw, New South Wales; tx, Texas
