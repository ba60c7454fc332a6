"""Every quick path gives the answer of the library it stands in for."""

from __future__ import annotations

import phonenumbers
import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st
from nameparser import HumanName

from app.pipeline.source import InboundEvent, Position
from app.pipeline.validation import email as email_module
from app.pipeline.validation import name as name_module
from app.pipeline.validation import phone as phone_module
from app.pipeline.validation import validator as validator_module
from app.pipeline.validation.email import read_email
from app.pipeline.validation.email_domain import PROVIDERS
from app.pipeline.validation.fields import READERS
from app.pipeline.validation.name_case import proper_case
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.text import is_plain, mend, plain
from tests.harness.examples import examples

MANY = examples(300)
EVENT = InboundEvent(Position("leads.inbound.test", 0, 0), None, b"{}", (), 0)
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


class Unknown(str):
    """A text that no quick path knows: its type is not str itself."""


digits = st.text("0123456789", min_size=4, max_size=14)


@st.composite
def near_examples(draw: st.DrawFn) -> tuple[str, str]:
    """A region, and a national number of it: an example of some type with a few last digits changed."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from([0, 1, 3, 4, 5, 6, 7]))
    number = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    national = phonenumbers.national_significant_number(number) if number else draw(digits)
    tail = draw(st.text("0123456789", max_size=4))
    return region, national[: len(national) - len(tail)] + tail


def library(text: str, region: str | None) -> tuple[str, str | None] | None:
    """E.164 and region of a valid number by phonenumbers alone."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    found = phonenumbers.region_code_for_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), found


@MANY
@given(case=near_examples(), trunk=st.sampled_from(["", "", "0", "00", "1"]))
def test_quick_international_numbers_are_the_librarys(case: tuple[str, str], trunk: str) -> None:
    """A number with plus that the compiled plans call valid, phonenumbers calls valid, in the same form and region; with a trunk
    prefix that does not belong there, too."""
    text = f"+{phonenumbers.country_code_for_region(case[0])}{trunk}{case[1]}"
    quick = phone_module._international(text)
    assert quick is None or (quick.e164, quick.region) == library(text, None)


@MANY
@given(case=near_examples(), trunk=st.sampled_from(["", "0", "1", "8", "06", "00", "011"]))
def test_quick_national_numbers_are_the_librarys(case: tuple[str, str], trunk: str) -> None:
    """So with a national number, with and without a trunk prefix, and with one that is dialled to other countries."""
    region, national = case
    if trunk in ("00", "011"):
        national = f"{phonenumbers.country_code_for_region(region)}{national}"
    quick = phone_module._national(trunk + national, region)
    assert quick is None or (quick.e164, quick.region) == library(trunk + national, region)


@MANY
@given(text=digits.map(lambda d: "+" + d), region=st.sampled_from(REGIONS))
def test_quick_numbers_from_random_digits_are_the_librarys(text: str, region: str) -> None:
    """Also for digits that are no example's neighbours."""
    quick = phone_module._international(text)
    assert quick is None or (quick.e164, quick.region) == library(text, None)
    national = phone_module._national(text[1:], region)
    assert national is None or (national.e164, national.region) == library(text[1:], region)


@pytest.mark.parametrize("region", REGIONS)
def test_most_examples_take_the_quick_path(region: str) -> None:
    """The example number of every region is valid, and reads the same with spaces and with its national form."""
    number = phonenumbers.example_number(region)
    assert number is not None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for style in (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL):
        read = phone_module.parse_phone(phonenumbers.format_number(number, style), (region,))
        assert (read.quality, read.e164) == ("valid", e164)


@MANY
@given(local=st.text("abcXYZ019._%+'-", min_size=1, max_size=20), domain=st.text("abC09.-", min_size=1, max_size=20), top=st.sampled_from(["de", "COM", "test", "invalid", "x", "museum", "d-e"]))  # fmt: skip # noqa: E501
def test_quick_addresses_are_the_librarys(local: str, domain: str, top: str) -> None:
    """An address that the pattern takes, email-validator takes, in the same form."""
    text = f"{local}@{domain}.{top}"
    quick = email_module._quick(text)
    assert quick is None or quick == validate_email(text, check_deliverability=False).normalized


@MANY
@given(local=st.from_regex(r"[a-z]{2,10}(\.[a-z]{2,10})?[0-9]{0,2}", fullmatch=True), domain=st.sampled_from(sorted(PROVIDERS)))
def test_a_valid_address_of_a_known_provider_is_a_fixed_point(local: str, domain: str) -> None:
    """No rule touches it: it comes out as it went in, or is a placeholder (mail@mail.com), and nothing is repaired."""
    notes = Notes()
    address = read_email(f"{local}@{domain}", notes)
    if address is not None:
        assert address == f"{local}@{domain}"
        assert notes.repairs == []
    else:
        assert local in email_module._SAMPLE_LOCALS | email_module._OWN_LABEL or f"{local}@{domain}" in email_module._SAMPLES


words = st.sampled_from(
    [
        *("Anna", "Max", "Müller", "Le", "Van", "Prince", "Do", "Abdul", "Maria", "Smith", "Jr", "Berg", "Đặng", "Иван"),
        *("Lord", "Ma", "Esq", "Léa", "Y", "And", "Santa", "Doctor", "Mac", "Della", "Sir", "Ii"),
    ]
)
invented = st.text("abcdeäöñ", min_size=1, max_size=6).map(str.capitalize)


@MANY
@given(parts=st.lists(words | invented, min_size=2, max_size=4))
def test_quick_name_splits_are_the_librarys(parts: list[str]) -> None:
    """A name that is split without nameparser is split as nameparser would."""
    if all(name_module._ordinary(part) for part in parts):
        split, name = name_module.split_name(" ".join(parts)), HumanName(" ".join(parts))
        assert (split.first, split.last) == (name.first, name.last)


@MANY
@given(text=st.text(alphabet=st.characters(codec=None, categories=None)) | st.text("Ã¼Â©â€™&amp;lt#38 \n\x80\xa0ÄÅÐÑ±"))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """plain and mend leave alone what they have cleaned, and it is always UTF-8."""
    for lines in (False, True):
        once = plain(text, lines=lines)
        assert plain(once, lines=lines) == once
        mended, _ = mend(text, lines=lines)
        assert mend(mended, lines=lines)[0] == mended
        mended.encode()


@MANY
@given(name=st.text(max_size=12))
def test_casing_twice_is_casing_once(name: str) -> None:
    """proper_case leaves alone what it has cased."""
    assert proper_case(proper_case(name)) == proper_case(name)


@MANY
@given(text=st.text("äöüßéèàçñøåœáíóú€–’“”", min_size=1, max_size=10))
def test_german_french_and_spanish_mojibake_is_undone(text: str) -> None:
    """Western letters, quotes and dashes that went through UTF-8 read as Windows-1252 come back."""
    broken = "".join(_misread(char) for char in text)
    assert mend(f"x{broken}x")[0] == plain(f"x{text}x")


def _misread(char: str) -> str:
    try:
        return char.encode().decode("cp1252")
    except UnicodeDecodeError:  # the five bytes that Windows-1252 has no character for
        return char.encode().decode("latin-1")


TOKENS = st.text("abcXYZ019-_.<{}>$%[ \x00é", min_size=15, max_size=45) | st.sampled_from(["{{event.identifier_of_it}}", "n/a"])


@MANY
@given(value=TOKENS)
def test_quick_tokens_are_read_as_the_long_way_reads_them(value: str) -> None:
    """An identifier that is taken as it is would have been left as it is."""
    if is_plain(value):
        assert plain(value) == value
    taken, notes = READERS["visitor_id"](value, Notes(), "visitor_id"), Notes()
    slow = READERS["visitor_id"](Unknown(value), notes, "visitor_id")
    assert taken == slow
    event_id = validator_module._event_id(value, EVENT, Notes())
    assert event_id == validator_module._event_id(Unknown(value), EVENT, Notes())


@MANY
@given(value=st.ip_addresses(v=4).map(str) | st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", fullmatch=True))
def test_quick_ip_addresses_are_the_librarys(value: str) -> None:
    """An IPv4 address that is taken as it is, is written as the library writes it."""
    assert READERS["ip"](value, Notes(), "ip") == READERS["ip"](Unknown(value), Notes(), "ip")


@MANY
@given(value=st.from_regex(r"[a-zA-Z]{2,3}([-_][a-zA-Z]{2,4})?", fullmatch=True))
def test_quick_language_tags_are_read_as_the_long_way_reads_them(value: str) -> None:
    """A language tag that is taken as it is would have been left as it is."""
    assert READERS["language"](value, Notes(), "language") == READERS["language"](Unknown(value), Notes(), "language")
