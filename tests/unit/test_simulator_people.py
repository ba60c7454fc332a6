"""Simulated people: valid, and nobody shares an address or a number."""

from __future__ import annotations

from random import Random

import phonenumbers
import pytest

from app.embedded.simulator.dirt import BAD_PHONES, recased, spelled
from app.embedded.simulator.people import person, phone_of
from app.embedded.simulator.places import COUNTRIES, Country, ascii_of


def test_nobody_shares_an_address_or_a_number() -> None:
    """Among 20,000 people every e-mail address (dots and case ignored) and every phone number is one person's."""
    rng = Random(1)
    people = [person(index, rng) for index in range(20_000)]
    mails = [mail.replace(".", "") for one in people for mail in (one.email, one.other_email)]
    assert len(set(mails)) == len(mails)
    assert len({one.phone for one in people}) == len(people)


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
def test_phone_numbers_are_valid_and_of_their_country(country: Country) -> None:
    """phonenumbers takes every number for a valid one of the person's own country."""
    for index in [*range(300), *range(1_000_000, 1_000_300)]:
        number = phonenumbers.parse(phone_of(country, index))
        assert phonenumbers.is_valid_number(number), phone_of(country, index)
        assert phonenumbers.region_code_for_number(number) == country.code


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
def test_numbers_never_repeat_within_a_country(country: Country) -> None:
    """The permutation of the indexes has no collision."""
    assert len({phone_of(country, index) for index in range(50_000)}) == 50_000


def test_a_number_spelled_in_another_way_is_the_same_number() -> None:
    """Every spelling, the local ones at home included, reads back as the person's E.164 number."""
    rng = Random(5)
    for index in range(400):
        someone = person(index, rng)
        for style in range(6):
            home = someone.country.code
            number = phonenumbers.parse(spelled(someone, style, home), home)
            assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == someone.phone
            abroad = "DE" if home != "DE" else "FR"
            number = phonenumbers.parse(spelled(someone, style, abroad), abroad)
            assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == someone.phone


def test_bad_phones_are_valid_nowhere() -> None:
    """A placeholder number must not make strangers each other's duplicates."""
    for text in BAD_PHONES:
        for country in COUNTRIES:
            try:
                number = phonenumbers.parse(text, country.code)
            except phonenumbers.NumberParseException:
                continue
            assert not phonenumbers.is_valid_number(number), (text, country.code)


def test_recased_mail_is_the_same_mailbox() -> None:
    """Only the case changes."""
    assert recased("anna.keller7@gmx.de") == "Anna.Keller7@GMX.DE"


def test_names_in_addresses_are_ascii() -> None:
    """Umlauts and strokes are written out."""
    assert [ascii_of(name) for name in ("Jürgen", "Weiß", "Łukasz", "O'Neill", "Åsa")] == [
        "juergen",
        "weiss",
        "lukasz",
        "oneill",
        "asa",
    ]
