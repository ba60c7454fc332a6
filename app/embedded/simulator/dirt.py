"""How real values are soiled: stray blanks, wrong case, broken encodings, mistyped addresses, phones as people write them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from app.embedded.simulator.people import Person
from app.embedded.simulator.shapes.submission import Submission

# What no soiled value may do is make two people share a valid address or number. These are valid nowhere.
BAD_PHONES = ("0000000", "n/a", "-", "unknown", "00")
PLACEHOLDER_EMAILS = ("n/a", "test@test.com", "none", "-")
_TRIES = 8
_PLACEHOLDERS = ("n/a", "-", "Select", "none", "xxx")

Soil = Callable[[Submission, Random, str | None], str | None]


def soil(lead: Submission, rng: Random, home: str | None) -> tuple[str, ...]:
    """Soil one or two fields of a submission, in place.

    Args:
        lead: What was entered.
        rng: The choice of dirt.
        home: The source's default country: only there a local number can be read back.

    Returns:
        What was done, as `field:how`. `email:invalid`, `email:placeholder`, `phone:invalid` mean that nobody can be found by it.
    """
    wanted, done = 1 + (rng.random() < 0.25), set[str]()
    for _ in range(_TRIES):  # not every kind of dirt finds its field
        if what := rng.choice(_SOILS)(lead, rng, home):
            done.add(what)
        if len(done) == wanted:
            break
    return tuple(sorted(done))


def spelled(person: Person, style: int, home: str | None) -> str:
    """The person's phone number as people write it: still the same number. Local only where the source is at home."""
    calling, national, trunk = person.country.calling, person.national, person.country.trunk
    head, tail = national[:3], national[3:]
    match style % 6:
        case 0:
            return f"+{calling} {head} {tail}"
        case 1:
            return f"00{calling} {head} {tail[:3]} {tail[3:]}" if calling != "1" else f"+1 ({head}) {tail[:3]}-{tail[3:]}"
        case 2:
            return f"+{calling} ({trunk}) {head}-{tail}" if trunk else f"+{calling}-{head}-{tail}"
        case 3 if person.country.code == home:
            return f"{trunk}{head}/{tail}" if calling != "1" else f"({head}) {tail[:3]}-{tail[3:]}"
        case 4 if person.country.code == home:
            return f"{trunk}{head} {tail}"
        case _:
            return f" +{calling}{national} "


def _blanks(lead: Submission, rng: Random, home: str | None) -> str | None:
    if lead.email and rng.random() < 0.5:
        lead.email = f" {lead.email}\t"
        return "email:blanks"
    lead.first = f"  {lead.first} "
    return "first:blanks"


def _case(lead: Submission, rng: Random, home: str | None) -> str | None:
    if lead.email and rng.random() < 0.5:
        lead.email = recased(lead.email)
        return "email:case"
    if lead.first and lead.last:
        lead.first, lead.last = lead.first.upper(), lead.last.upper()
        return "name:case"
    return None


def recased(email: str) -> str:
    """The same mailbox in another case: Anna.Keller7@GMX.DE"""
    local, _, domain = email.partition("@")
    return f"{local.title()}@{domain.upper()}"


def _mojibake(lead: Submission, rng: Random, home: str | None) -> str | None:
    for field in ("last", "first", "city"):
        text = getattr(lead, field)
        if text and not text.isascii():
            setattr(lead, field, text.encode().decode("latin-1"))
            return f"{field}:mojibake"
    return None


def _spelled_phone(lead: Submission, rng: Random, home: str | None) -> str | None:
    if not lead.phone:
        return None
    lead.phone = spelled(lead.person, rng.randrange(6), home)
    return "phone:spelled"


def _bad_phone(lead: Submission, rng: Random, home: str | None) -> str | None:
    if not lead.phone:
        return None
    lead.phone = rng.choice(BAD_PHONES)
    return "phone:invalid"


def _bad_email(lead: Submission, rng: Random, home: str | None) -> str | None:
    """Mistyped so that it cannot be mended to anybody's: the index of the person stays in it."""
    if not lead.email:
        return None
    local, _, domain = lead.person.email.partition("@")
    lead.email = rng.choice((f"{local}@", f"{local}", f"{local}@@{domain}", f"{local}@localhost", f"@{local}"))
    return "email:invalid"


def _placeholder(lead: Submission, rng: Random, home: str | None) -> str | None:
    if lead.company and rng.random() < 0.7:
        lead.company = rng.choice(_PLACEHOLDERS)
        return "company:placeholder"
    if lead.email and rng.random() < 0.3:
        lead.email = rng.choice(PLACEHOLDER_EMAILS)
        return "email:placeholder"
    return None


def _spelled_country(lead: Submission, rng: Random, home: str | None) -> str | None:
    if not lead.country:
        return None
    lead.country = lead.country.lower()
    return "country:case"


_SOILS: tuple[Soil, ...] = (
    *(_blanks, _blanks, _case, _case, _case, _mojibake, _mojibake),
    *(_spelled_phone, _spelled_phone, _spelled_phone, _spelled_phone, _bad_phone, _bad_email, _placeholder, _spelled_country),
)
