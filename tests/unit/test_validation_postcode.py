"""Postcodes by country."""

from __future__ import annotations

import pytest

from app.pipeline.validation.notes import Notes
from app.pipeline.validation.postcode import settle_postcode


@pytest.mark.parametrize(
    ("raw", "country", "expected", "rules"),
    [
        ("10115", "DE", "10115", []),
        ("D-10115", "DE", "10115", ["country_prefix"]),
        ("DE 10115", "DE", "10115", ["country_prefix"]),
        ("1067", "DE", "01067", ["leading_zero"]),
        ("2138", "US", "02138", ["leading_zero"]),
        ("941051234", "US", "94105-1234", ["postcode_form"]),
        ("sw1a1aa", "GB", "SW1A 1AA", ["postcode_form"]),
        ("M1 1AE", "GB", "M1 1AE", []),
        ("k1a0b1", "CA", "K1A 0B1", ["postcode_form"]),
        ("1234ab", "NL", "1234 AB", ["postcode_form"]),
        ("11455", "SE", "114 55", ["postcode_form"]),
        ("00950", "PL", "00-950", ["postcode_form"]),
        ("1000001", "JP", "100-0001", ["postcode_form"]),
        ("01310100", "BR", "01310-100", ["postcode_form"]),
        ("1000-001", "PT", "1000-001", []),
        ("whatever 7", "XX", "whatever 7", []),
    ],
)
def test_a_postcode_gets_its_countrys_form(raw: str, country: str, expected: str, rules: list[str]) -> None:
    """Case, blanks, marks and the zero that a spreadsheet took; twice is once."""
    notes = Notes()
    assert settle_postcode(raw, country, notes) == expected
    assert [repair.rule for repair in notes.repairs] == rules
    again = Notes()
    assert settle_postcode(expected, country, again) == expected
    assert (again.repairs, notes.violations) == ([], [])


@pytest.mark.parametrize(("raw", "country"), [("ABC", "DE"), ("123456", "DE"), ("SW1A 1AA", "FR"), ("101", "AT")])
def test_a_postcode_that_its_country_does_not_have_stays(raw: str, country: str) -> None:
    """Code or country is wrong, and nobody knows which: both are kept, and said to be implausible."""
    notes = Notes()
    assert settle_postcode(raw, country, notes) == raw
    assert [violation.code for violation in notes.violations] == ["implausible"]
