"""Two of one family who have nearly everything in common are two."""

from __future__ import annotations

from typing import Any

import pytest

from app.pipeline.matching.judge import judge
from app.pipeline.matching.levels import CITY, EMAIL, MISSING, SAME, STREET
from app.pipeline.matching.reading import evidence

HOME = {"street": "12 Alder St", "city": "Decatur", "postcode": "30030"}
TWINS = {**HOME, "birth": "2012-08-23"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"full": "Calvin Chadwick Jr", **HOME}, {"full": "Calvin Chadwick, III", **HOME}),
        (
            {"full": "Calvin Chadwick Jr", "birth": "1990-02-03", **HOME},
            {"full": "Calvin Chadwick", "birth": "1960-07-21", **HOME},
        ),
        (
            {"full": "Calvin Chadwick", "birth": "1990-02-03", "phone": "+14045550101", **HOME},
            {"full": "Calvin Chadwick", "birth": "1960-07-21", "phone": "+17705551288", **HOME},
        ),
        (
            {"full": "Calvin Chadwick Jr", "phone": "+14045550101", **HOME},
            {"full": "Calvin Chadwick", "phone": "+17705551288", **HOME},
        ),
        ({"full": "Mia Chadwick", "phone": "+14045550101", **TWINS}, {"full": "Maya Chadwick", "phone": "+14045550101", **TWINS}),
        ({"full": "Aiden Gaines", "phone": "+14045550101", **TWINS}, {"full": "Caden Gaines", "phone": "+17705551288", **TWINS}),
        (
            {"full": "Bailey Gaines", "phone": "+14045550101", **TWINS},
            {"full": "Hailey Gaines", "phone": "+17705551288", **TWINS},
        ),
        (
            {"full": "Aylin Karagöz", "email": "travel@meridian.com", "company": "Meridian Pumps"},
            {"full": "Bruno Quernmoor", "email": "travel@meridian.com", "company": "Meridian Pumps"},
        ),
        ({"full": "GAINES, BABY BOY A", **TWINS}, {"full": "GAINES, TWIN B BOY", **TWINS}),
    ],
)
def test_fathers_sons_and_twins_are_never_merged(one: dict[str, str], other: dict[str, str]) -> None:
    """Of two generations, born a generation apart, or on one day with two given names: asked about or new."""
    verdict = judge(evidence(**one), evidence(**other))  # type: ignore[arg-type]
    assert verdict.kind != "merge", verdict
    assert verdict == judge(evidence(**other), evidence(**one))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"full": "Calvin Chadwick Jr", **HOME}, {"full": "CHADWICK JR, CALVIN", **HOME}),
        ({"full": "Calvin Chadwick", "birth": "1960-07-12", **HOME}, {"full": "Calvin Chadwick", "birth": "1990-07-21", **HOME}),
        (
            {"full": "Calvin Chadwick Jr", "phone": "+14045550101", **HOME},
            {"full": "Calvin Chadwick", "phone": "+14045550101", **HOME},
        ),
        ({"full": "Mia Chadwick", "phone": "+14045550101", **TWINS}, {"full": "Mia Chadwik", "phone": "+17705551288", **TWINS}),
    ],
)
def test_one_person_with_mistakes_stays_one(one: dict[str, str], other: dict[str, str]) -> None:
    """One generation, the same day of birth but for typing errors, or a phone in common: merged."""
    assert judge(evidence(**one), evidence(**other)).kind == "merge"  # type: ignore[arg-type]


def test_a_mailbox_made_for_one_booking_says_nothing_against() -> None:
    """Two relay addresses of a marketplace are two bookings, not two people; one of them twice is one."""
    one, other, own = (
        evidence(full="Anna Keller", phone="+4922190100", email=mail)
        for mail in ("x7@guest.booking.com", "q9@guest.booking.com", "anna@keller.example")
    )
    assert [judge(one, two).levels[EMAIL] for two in (other, own, one)] == [MISSING, MISSING, SAME[EMAIL]]


def test_a_business_has_one_town_and_street_in_two_languages() -> None:
    """With phone, postcode and house number in common, other names of town and street are the same in another language."""
    shop: dict[str, Any] = {"company": "Kolibri Oil", "number": "50", "postcode": "1944", "phone": "+3223405213"}
    one, other = (
        evidence(street="Place du Marché", city="Noyerbois", **shop),
        evidence(street="Marktplein", city="Notenbos", **shop),
    )
    verdict = judge(one, other)
    assert (verdict.kind, verdict.levels[STREET], verdict.levels[CITY]) == ("merge", MISSING, MISSING)
    assert judge(one, other._replace(phone="3223405999")).levels[CITY] == 0
