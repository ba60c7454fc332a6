"""Limits per identifier: what several different people use is nobody's own; whom a third lead fits is not one on that account."""

from __future__ import annotations

import pytest

from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import judge
from app.pipeline.matching.limits import own, told_apart
from app.pipeline.matching.local import LocalIndex, Matcher
from app.pipeline.matching.reading import evidence

PHONE, MAIL = "+4922190100", "leads@brandt-agency.com"
NAMES = ("Uwe Brandt", "Emil Conrad", "Jana Dorn", "Nils Engel")


def named(name: str, **more: str) -> Evidence:
    """A lead of somebody."""
    return evidence(full=name, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("field", "value"), [("phone", PHONE), ("email", MAIL)])
def test_the_fourth_name_makes_an_identifier_nobodys(field: str, value: str) -> None:
    """A couple and a family share a line; from the fourth name on it is no evidence, but between two of one name."""
    told = named("Anna Keller", **{field: value})
    others = [named(name, **{field: value}) for name in NAMES]
    assert own(told, others[:2]) == [told] * 2
    left = own(told, [*others, named("Ana Keller", **{field: value})])
    assert [one == told for one in left] == [False] * 4 + [True]
    assert {(one.phone, one.local) for one in left[:4]} == {("", "")}


def test_a_lead_without_a_name_cannot_say_whose_line_it_is() -> None:
    """Two names under one phone: a lead that tells the phone alone is neither's."""
    told = evidence(phone=PHONE)
    assert own(told, [named(NAMES[0], phone=PHONE)]) == [told]
    assert {one.phone for one in own(told, [named(name, phone=PHONE) for name in NAMES[:2]])} == {""}


def test_one_person_in_many_spellings_is_no_crowd() -> None:
    """Typos, initials, exchanged names and a name alone are one person's, and the phone stays theirs."""
    spelled = [named(name, phone=PHONE) for name in ("Anna Keller", "A. Keller", "Keller Anna", "Anna Kelller", "Keller")]
    assert own(spelled[0], spelled) == [spelled[0]] * 5


def test_a_call_centres_leads_are_not_merged() -> None:
    """Eight people through one phone, some of one first name: nobody is merged, also where the next one tells no name."""
    matcher = Matcher(LocalIndex())
    names = (*NAMES, "Nils Falk", "Jana Gruber", "Emil Hofer", "Uwe Imhof")
    for n, name in enumerate(names):
        assert matcher.match(str(n), named(name, phone=PHONE)).outcome != "merged"
    assert matcher.match("8", evidence(phone=PHONE)).outcome != "merged"
    assert matcher.match("9", named("Nils Falk", phone=PHONE)).outcome == "merged"


def test_a_third_lead_does_not_make_twins_and_fathers_one() -> None:
    """Two whom a lead fits stay two where they are of one family with two given names, or born on two days."""
    home = {"street": "Ring 3", "postcode": "50667"}
    one, twin = named("Bruno Quernmoor", **home), named("Luiz Quernmoor", **home)
    assert told_apart(judge(one, twin))
    assert told_apart(judge(named("Bruno Quernmoor", birth="19500405"), named("Bruno Quernmoor", birth="19800611")))
    assert not told_apart(judge(one, named("B. Quernmoor", **home)))
