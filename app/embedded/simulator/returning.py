"""How somebody known comes again: with the same intent, by another event and in another spelling; or with another intent."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from app.embedded.simulator.campaigns import PRODUCTS
from app.embedded.simulator.dirt import recased, spelled
from app.embedded.simulator.people import Person
from app.embedded.simulator.shapes.submission import Submission

_ONE_ACCOUNT: Final = frozenset({"shopify-customer"})  # nobody opens a second one
_FORMS: Final = frozenset({"google-ads", "meta-lead-ads", "linkedin-lead-gen", "typeform"})  # they tell which form it was
_BY_PHONE, _MISTYPED = 0.4, 0.25  # shares of those who come again
_TOLD: Final = ("phone", "company", "title", "street", "city", "region", "postcode", "country", "message", "budget", "interest")


@dataclass(frozen=True, slots=True)
class Known:
    """An original whose person may come again.

    Attributes:
        phoned: A valid phone number stood in it.
        told: What was filled in.
    """

    index: int
    source: str
    person: Person
    phoned: bool
    interest: str | None
    told: frozenset[str]


def told_by(lead: Submission) -> frozenset[str]:
    """Which of the fields that tell something are filled in."""
    return frozenset(name for name in _TOLD if getattr(lead, name) is not None)


def may_return(known: Known, source: str) -> bool:
    """Whether this person would send something by this source."""
    return not (source in _ONE_ACCOUNT and source == known.source)


def same_lead(lead: Submission, known: Known, home: str | None, rng: Random) -> tuple[Literal["email", "phone"], tuple[str, ...]]:
    """Make of what the person filled in the lead that is known: the same interest; by the same mailbox, or by another one and the
    same phone; the phone in another spelling, a name mistyped at times. In place.

    Returns:
        What it has in common with the known one, and what was mistyped.
    """
    lead.is_test = False  # a vendor's test lead is nobody, and so nobody's duplicate
    if lead.interest and known.interest:
        lead.interest = known.interest
    dirt = [mistyped(lead, rng)] if rng.random() < _MISTYPED else []
    if lead.phone:
        lead.phone = spelled(known.person, rng.randrange(6), home)
    if known.phoned and lead.phone and rng.random() < _BY_PHONE:
        lead.email = known.person.other_email
        return "phone", tuple(dirt)
    lead.email = recased(known.person.email)
    return "email", tuple(dirt)


def other_intent(lead: Submission, known: Known, home: str | None, rng: Random) -> bool:
    """Make of what the person filled in a lead of its own: another product, or another form of the same source. In place.

    Returns:
        Whether the source can tell that.
    """
    lead.is_test = False
    if lead.phone:
        lead.phone = spelled(known.person, rng.randrange(6), home)
    if known.interest and lead.interest:
        others = [product for product in PRODUCTS if product != known.interest]
        lead.interest = others[int(rng.random() * len(others))]
        return True
    lead.form = 1
    return known.source == lead.source and lead.source in _FORMS


def mistyped(lead: Submission, rng: Random) -> str:
    """Mistype one of the names, in place: two letters exchanged, one left out, one doubled. As `field:how`."""
    field: Literal["first", "last"] = "first" if rng.random() < 0.4 else "last"
    name = getattr(lead, field) or ""
    at, kind = 1 + int(rng.random() * max(1, len(name) - 2)), int(rng.random() * 3)
    before, here, after, rest = name[:at], name[at : at + 1], name[at + 1 : at + 2], name[at + 2 :]
    changed = (before + after + here + rest, before + after + rest, before + here + here + after + rest)
    setattr(lead, field, changed[kind])
    return f"{field}:typo"
