"""E-mail and phone, example by example."""

from __future__ import annotations

import pytest

from app.pipeline.validation.email import read_email
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.phone import read_phone, region_of_e164


def codes(notes: Notes) -> list[str]:
    return [violation.code for violation in notes.violations]


def rules(notes: Notes) -> list[str]:
    return [repair.rule for repair in notes.repairs]


@pytest.mark.parametrize(
    ("raw", "address", "repairs"),
    [
        ("Anna.Berg@gmail.com", "Anna.Berg@gmail.com", []),
        ("anna@GMAIL.com", "anna@gmail.com", ["case"]),
        ("  anna@gmail.com\u200b ", "anna@gmail.com", ["trim"]),
        ("mailto:anna@gmail.com?subject=x", "anna@gmail.com", ["mailto"]),
        ("Anna Berg <anna@gmail.com>", "anna@gmail.com", ["display_name"]),
        ("anna @ gmail.com.", "anna@gmail.com", ["spaces"]),
        ("ａnna＠gmail．com", "anna@gmail.com", ["width"]),
        ("anna@gmail.com; max@web.de", "anna@gmail.com", ["first_of_several"]),
        ("jürgen@müller.de", "jürgen@müller.de", []),
        ("joe@example.com", "joe@example.com", []),
        (["anna@gmail.com"], "anna@gmail.com", []),
        ("anna@gmial.com", "anna@gmail.com", ["domain_typo"]),
        ("anna@gamil.con", "anna@gmail.com", ["domain_typo"]),
        ("anna@GMIAL.com", "anna@gmail.com", ["case", "domain_typo"]),
        ("anna@hotmial.fr", "anna@hotmail.fr", ["domain_typo"]),
        ("anna@yaho.co", "anna@yahoo.com", ["domain_typo"]),
        ("anna@gmx.dee", "anna@gmx.de", ["domain_typo"]),
        ("anna@orang.fr", "anna@orange.fr", ["domain_typo"]),
        ("anna@163.con", "anna@163.com", ["domain_typo"]),
        ("ana@uol.con.br", "ana@uol.com.br", ["domain_typo"]),
        ("anna@yandx.ru", "anna@yandex.ru", ["domain_typo"]),
        ("anna@gmail", "anna@gmail.com", ["domain_typo"]),
        ("anna@gmailcom", "anna@gmail.com", ["domain_typo"]),
        ("anna@berg-gmbh.con", "anna@berg-gmbh.com", ["domain_typo"]),
        ("anna@gmail,com", "anna@gmail.com", ["comma"]),
        ("anna@gmail..com", "anna@gmail.com", ["dots"]),
        ("anna(at)gmail.com", "anna@gmail.com", ["at"]),
        ("anna [at] gmail [dot] com", "anna@gmail.com", ["at"]),
        ("anna at gmail dot com", "anna@gmail.com", ["at"]),
        ("anna%40gmail.com", "anna@gmail.com", ["at"]),
        ("anna@@gmail.com", "anna@gmail.com", ["at"]),
        ("'anna@gmail.com", "anna@gmail.com", ["spaces"]),
        ("E-Mail: anna@gmail.com", "anna@gmail.com", ["embedded"]),
        ("anna@gmail.com oder 0151 123", "anna@gmail.com", ["embedded"]),
        ("anna@gmail.com / max@web.de", "anna@gmail.com", ["first_of_several"]),
        ("anna&#64;gmail.com", "anna@gmail.com", ["unescape"]),
        ("аnna@gmail.com", "anna@gmail.com", ["homoglyph"]),
        ("anna@xn--mller-kva.de", "anna@müller.de", ["idn"]),
        ("иван@почта.рф", "иван@почта.рф", []),
    ],
)
def test_addresses_that_can_be_read(raw: object, address: str, repairs: list[str]) -> None:
    """Decoration is removed, the domain is put in small letters, the local part stays as written."""
    notes = Notes()
    assert read_email(raw, notes) == address
    assert (codes(notes), rules(notes)) == ([], repairs)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("anna", "invalid"),
        ("anna@", "invalid"),
        ("anna@hotmail", "ambiguous"),
        ("anna berg@gmail.com", "ambiguous"),
        ("a@b.c", "invalid"),
        ("a..b@gmail.com", "invalid"),
        ("anna@x.test", "invalid"),
        (12, "invalid"),
        ({"a": 1}, "invalid"),
        (True, "invalid"),
        ("x" * 300 + "@a.de", "invalid"),
        ("test@test.com", "placeholder"),
        ("asdf@asdf.de", "placeholder"),
        ("test@example.com", "placeholder"),
        ("Test@Example.com", "placeholder"),
        ("--", "placeholder"),
        ("n/a", "placeholder"),
        ("undefined", "placeholder"),
        ("{{email}}", "placeholder"),
        ("<string>", "placeholder"),
        ("keine@angabe.de", "placeholder"),
    ],
)
def test_addresses_that_cannot(raw: object, code: str) -> None:
    """What is no address of anybody becomes None, and is kept as it came."""
    notes = Notes()
    assert read_email(raw, notes) is None
    assert [found for found in codes(notes) if found != "test_lead"] == [code]
    assert "raw.email" in notes.attributes


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("a@mailinator.com", "disposable"),
        ("Info@berg-gmbh.de", "role_address"),
        ("buchhaltung2@berg-gmbh.de", "role_address"),
        ("ventas@tienda.es", "role_address"),
        ("test@berg-gmbh.de", "test_lead"),
        ("test+5@gmail.com", "test_lead"),
    ],
)
def test_doubtful_addresses_stay(raw: str, code: str) -> None:
    """A throw-away, shared or trial mailbox can still be written to: the address stays, with its violation."""
    notes = Notes()
    assert read_email(raw, notes) == raw
    assert codes(notes) == [code]


def test_a_placeholder_may_be_a_trial() -> None:
    """test@test.com is no address, and tells that somebody tries the form."""
    notes = Notes()
    assert read_email("Test1@test.com", notes) is None
    assert codes(notes) == ["placeholder", "test_lead"]


def test_the_second_address_of_a_field_is_kept() -> None:
    """Of two addresses the first counts; the field's text stays beside it."""
    notes = Notes()
    assert read_email("anna@gmail.com; max@web.de", notes) == "anna@gmail.com"
    assert notes.attributes == {"raw.email": "anna@gmail.com; max@web.de"}


@pytest.mark.parametrize(
    ("raw", "regions", "e164"),
    [
        ("+4915112345678", (), "+4915112345678"),
        ("p:+49 151 12345678", (), "+4915112345678"),
        ("0151 / 123 456 78", ("DE",), "+4915112345678"),
        ("0049 151 12345678", (), "+4915112345678"),
        ("+49 (0) 151 12345678", (), "+4915112345678"),
        ("(415) 555-2671 ext. 12", ("US",), "+14155552671"),
        ("415.555.2671", ("IS", "US"), "+14155552671"),
        ("tel:+14155552671", (), "+14155552671"),
        ("٠١٥١١٢٣٤٥٦٧٨", ("DE",), "+4915112345678"),
        (4915112345678, ("DE",), "+4915112345678"),
        ("+16505550123", (), "+16505550123"),
        ("+49 (0) 30 123456", (), "+4930123456"),
        ("0049 151 12345678", ("US",), "+4915112345678"),
        ("011 49 151 12345678", ("US",), "+4915112345678"),
        ("+0151 12345678", ("DE",), "+4915112345678"),
        ("'+4915112345678", (), "+4915112345678"),
        ("4.915112345678E+12", ("DE",), "+4915112345678"),
        (4915112345678.0, ("DE",), "+4915112345678"),
        (15112345678, ("DE",), "+4915112345678"),
        ("Tel.: 0151 12345678", ("DE",), "+4915112345678"),
        ("0151 12345678 (Büro)", ("DE",), "+4915112345678"),
        ("0151 12345678 / 030 901820", ("DE",), "+4915112345678"),
        ("0151 12345678\n030 901820", ("DE",), "+4915112345678"),
        ("015112345678/030901820", ("DE",), "+4915112345678"),
        ("0151/12345678", ("DE",), "+4915112345678"),
        ("+49 30 901820 Durchwahl 12", (), "+4930901820"),
        ("8 (916) 123-45-67", ("RU",), "+79161234567"),
        ("79161234567", ("RU",), "+79161234567"),
        ("(11) 98765-4321", ("BR",), "+5511987654321"),
        ("０１３８１２３４５６７８", ("CN",), "+8613812345678"),
        ("0086 138 1234 5678", ("CN",), "+8613812345678"),
        ("1-800-FLOWERS", ("US",), "+18003569377"),
        ("06 12 34 56 78", ("FR",), "+33612345678"),
    ],
)
def test_phones_that_can_be_read(raw: object, regions: tuple[str, ...], e164: str) -> None:
    """Any way of writing a valid number gives its E.164 form, without violation."""
    notes = Notes()
    assert read_phone(raw, regions, notes) == e164
    assert codes(notes) == []


def test_the_second_number_of_a_field_is_kept() -> None:
    """Of two numbers the first valid one counts; the field's text stays beside it, and the repair says so."""
    notes = Notes()
    assert read_phone("0151 12345678 oder 030 901820", ("DE",), notes) == "+4915112345678"
    assert notes.attributes == {"raw.phone": "0151 12345678 oder 030 901820"}
    assert rules(notes) == ["first_of_several", "e164"]


def test_an_extension_is_kept_beside_the_number() -> None:
    """E.164 has no place for an extension; it goes to the attributes."""
    notes = Notes()
    read_phone("(415) 555-2671 ext. 12", ("US",), notes)
    assert notes.attributes == {"phone.extension": "12"}


@pytest.mark.parametrize(
    ("raw", "regions", "code"),
    [
        ("123", ("DE",), "invalid"),
        ("call me", ("DE",), "invalid"),
        ("0151 12345678", (), "ambiguous"),
        ("0000000000", ("DE",), "placeholder"),
        ("n/a", ("DE",), "placeholder"),
        ("{{phone}}", ("DE",), "placeholder"),
        ("keine Angabe", ("DE",), "placeholder"),
        ("4.917E+11", ("DE",), "invalid"),
        (4.917e11, ("DE",), "invalid"),
        ("49 151 12345678", (), "ambiguous"),
        ("anna@gmail.com", ("DE",), "invalid"),
        ("1234567890", ("US",), "placeholder"),
        ("+49 123456789", (), "placeholder"),
        ("+999 123 4567", (), "invalid"),
        (True, (), "invalid"),
        ([1, 2], (), "invalid"),
        ("1" * 100, (), "invalid"),
    ],
)
def test_phones_that_cannot(raw: object, regions: tuple[str, ...], code: str) -> None:
    """What is no number, or one of no known country, is not guessed."""
    notes = Notes()
    assert read_phone(raw, regions, notes) is None
    assert codes(notes) == [code]
    assert "raw.phone" in notes.attributes


def test_a_possible_number_stays_with_its_doubt() -> None:
    """A number of the right length in no assigned range keeps its E.164 form, and is implausible."""
    notes = Notes()
    assert read_phone("+1 123 456 7899", (), notes) == "+11234567899"
    assert codes(notes) == ["implausible"]


def test_the_country_of_a_phone() -> None:
    """A calling code that several countries share is told apart by the number."""
    assert [region_of_e164(number) for number in ("+16135550123", "+442083661177", "+870773111632", "+1")] == [
        "CA",
        "GB",
        None,
        None,
    ]
