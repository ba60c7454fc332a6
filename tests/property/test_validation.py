"""Validation holds for whatever a sender sends."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.inventory.models import Mapping, Source
from app.pipeline.lead import Lead
from app.pipeline.source import InboundEvent, Position
from app.pipeline.validation import FIELDS, Validator, compile_validator
from app.pipeline.validation.country import read_country
from app.pipeline.validation.email import read_email
from app.pipeline.validation.fields import READERS
from app.pipeline.validation.name import read_names
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.number import read_amount
from app.pipeline.validation.phone import read_phone
from app.pipeline.validation.time import read_time
from tests.harness.examples import examples
from tests.harness.timing import within

RECEIVED = 1_795_400_000_000
NOTE_FIELDS = {"attributes", "violations", "repairs", "provenance"}
FULL = examples(80)

nasty = st.sampled_from(
    [
        *("\ud800", "a\udfffb@x.de", "\x00", "&amp;amp;amp;amp;amp;amp;lt;", "Ã¼" * 20, "Ã\x83Â¼", "ŉ ŉ", "İ", "ß ß", "9" * 400),
        *("1e999", "NaN", "-0", "0000-00-00", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00", "31/02/2026", "+" * 30),
        *("+" + "9" * 40, "Dr. , Jr.", ",,,", '"a b"@x.de', "a@[127.0.0.1]", "@@@@", "<a@b.de>", "مرحبا", "１２３＠ｅｘ．ｄｅ"),
        *(
            "٠١٢٣٤٥٦٧٨٩",
            "javascript:1",
            "::%eth0",
            "JO LI",
            "anna Müller",
            "test Müller",
            "Dr. Test Müller",
            "DR Test An",
            "MÜLLER, ANNA",
        ),
        *(
            "Anna\u200bMaria",
            "e\u0301",
            "x" * 20_000,
            "\r\n \t",
            "🇩🇪",
            "Mr. Van & Mrs. (Bob) von 'X' Jr., PhD",
            "a;b@c.de, d@e.fr",
        ),
    ]
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**62, max_value=2**80),
    st.just(10**4000),
    st.floats(),
    st.text(),
    nasty,
)
scalars |= st.text(alphabet=st.characters(codec=None, categories=None), max_size=30) | st.emails() | st.decimals()
scalars |= st.datetimes().map(lambda d: d.replace(tzinfo=UTC)) | st.datetimes() | st.dates() | st.binary(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6
)
records = st.dictionaries(st.sampled_from(sorted(FIELDS)) | st.text(max_size=8), values, max_size=12)


def source(**over: Any) -> Source:
    given: dict[str, Any] = {
        "name": "web-form", "description": "a form", "owner": "web", "format": "json", "mapping": Mapping(fields={}),
        "expected_per_hour": 1, "required": ("email|phone", "full_name"), "default_country": "DE", "time_zone": "Europe/Berlin",
        "date_order": "DMY",
    }  # fmt: skip
    return Source(**{**given, **over})


VALIDATORS = [compile_validator(source()), compile_validator(source(default_country=None, time_zone="UTC", date_order="YMD"))]


def event(received_at: int = RECEIVED) -> InboundEvent:
    return InboundEvent(Position("leads.inbound.web-form", 0, 7), None, b"{}", (), received_at)


def texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for pair in value.items() for part in pair for text in texts(part)]
        case list() | tuple():
            return [text for item in value for text in texts(item)]
        case _:
            return []


def check_sane(lead: Lead) -> None:
    plain = asdict(lead)
    for text in texts(plain):
        text.encode("utf-8")
    for name, value in plain.items():
        assert value != "", f"{name} is empty, and not None"
        if isinstance(value, float):
            assert math.isfinite(value), name
        elif isinstance(value, int):
            assert -(2**63) <= value < 2**63, name
    assert lead.orders_count is None or 0 <= lead.orders_count < 2**31


def normalised(lead: Lead) -> dict[str, Any]:
    return {name: value for name, value in asdict(lead).items() if name not in NOTE_FIELDS}


@pytest.mark.parametrize("validator", VALIDATORS)
@FULL
@given(fields=records, attributes=st.dictionaries(st.text(max_size=5) | nasty, st.text(max_size=5) | nasty, max_size=3))
@example(fields=dict.fromkeys(FIELDS, "\ud800"), attributes={"\ud800": "\udfff"})
def test_any_values_make_a_lead(validator: Validator, fields: dict[str, Any], attributes: dict[str, str]) -> None:
    """Whatever the fields hold, there is a lead: encodable texts, finite floats, integers that fit, and in bounded time."""
    lead = within(1.0, lambda: validator.validate(fields, dict(attributes), [], event()))
    check_sane(lead)


@pytest.mark.parametrize("validator", VALIDATORS)
@FULL
@given(fields=records)
@example(fields={"full_name": "A: 0"})
@example(fields={"first_name": "DR 0"})
@example(fields={"first_name": "DR :A"})
def test_validating_twice_changes_nothing(validator: Validator, fields: dict[str, Any]) -> None:
    """What validation has normalised, it takes as it is."""
    once = validator.validate(fields, {}, [], event())
    again = {name: getattr(once, name) for name in FIELDS}
    twice = validator.validate(again, {}, [], event())
    assert normalised(twice) == normalised(once)
    assert twice.repairs == []


people = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(
            [
                "anna@gmial.com",
                "anna(at)gmail,com",
                "ANNA@WEB.DE;max@gmx.de",
                "Anna <a@b.de>",
                "anna@gmail",
                "test@firma.de",
                "a@xn--mller-kva.de",
            ]
        ),
        "phone": st.sampled_from(
            [
                "0151 12345678 / 030 901820",
                "+49 (0) 30 123456",
                4915112345678,
                "4.915112345678E+12",
                "8 (916) 123-45-67",
                "0151 1234567 Durchwahl 5",
            ]
        ),
        "full_name": st.sampled_from(
            [
                "Herr Dr. MÜLLER, HANS",
                "Иванов Иван Иванович",
                "王小明",
                "王先生",
                "DUPONT Jean",
                "Mme Dupont",
                "Anna MÜLLER",
                "ursula von der leyen",
            ]
        ),
        "first_name": st.sampled_from(["ANNA", "Herr", "Иванов", "王", "Müller, Anna", "Anna Berg", "😀 Eva", "O´NEILL"]),
        "last_name": st.sampled_from(["VON DER LEYEN", "Иван", "小明", "Anna Berg", "Berg", "MCDONALD III", "Dr. Berg"]),
        "country": st.sampled_from(["Deutschland", "DE", "Brasil", "中国", "Россия", "United Kingdom", "JP"]),
        "postcode": st.sampled_from(["1067", "sw1a1aa", "D-10115", "01310100", 1067]),
        "budget": st.sampled_from(["5.000-10.000 €", "1'200.50 CHF", "5 Tsd. €", "ab 5k", "1.234"]),
        "occurred_at": st.sampled_from(
            ["5. März 2024 14:30", "2026-10-25 02:30", 45356.5, "1709647800", "03.04.2026", "2024年3月5日"]
        ),
        "company": st.sampled_from(["M&uuml;ller GmbH", "MÃ¼ller GmbH", "Select", "<b>Berg</b>", "Èâàíîâ"]),
        "message": st.sampled_from(["a\r\nb", "x" * 12_000, "&amp;amp;lt;b&gt;"]),
        "consent": st.sampled_from(["да", "Ja", 1, "k.A."]),
    },
)


@pytest.mark.parametrize("validator", VALIDATORS)
@FULL
@given(fields=people)
def test_a_repaired_lead_needs_no_repair(validator: Validator, fields: dict[str, Any]) -> None:
    """The normalised values written as a JSON payload, and read again, are the same values, and nothing is left to mend."""
    once = validator.validate(fields, {}, [], event())
    payload = json.loads(json.dumps({name: getattr(once, name) for name in FIELDS}))
    twice = validator.validate(payload, {}, [], event())
    assert normalised(twice) == normalised(once)
    assert twice.repairs == []


LETTERS = ["a", "1", " ", "@", "<", "&amp;", "%C3", "Ã¼", "é", "\u200b", "王", "a@b.de ", "0151 ", "1,", "Mr ", "\ud800", "Anna "]
TRICKY = [
    "a-",
    "a.",
    "a'",
    "a ",
    "1 ",
    "1.",
    "1,",
    "1-",
    "@a",
    "a@",
    "(at)",
    "<a",
    "&a;",
    ".-",
    "й ",
    "5 mar ",
    "年1",
    "à ",
    "%41",
    ";1",
]


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_megabyte_costs_no_more_than_its_reading(name: str) -> None:
    """A text of 1 MB in any field gives a lead, in bounded time: no rule is slower than the length it looks at."""
    for piece in LETTERS:
        text = piece * (1_000_000 // len(piece))
        check_sane(within(1.0, partial(VALIDATORS[0].validate, {name: text}, {}, [], event()), (name, piece)))


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_no_pattern_goes_astray(name: str) -> None:
    """Texts just short enough to be read, and made of what patterns like: none of them takes more than milliseconds."""
    for piece, end, length in product(TRICKY, ("", "!", "@b.de", "\n"), (60, 120, 200, 250, 800)):
        text = piece * (length // len(piece)) + end
        within(0.25, partial(VALIDATORS[0].validate, {name: text}, {}, [], event()), (name, piece, end, length))


@FULL
@given(value=values, name=st.sampled_from(sorted(READERS)))
def test_readers_do_not_raise(value: Any, name: str) -> None:
    """The readers of single fields need no net below them."""
    READERS[name](value, Notes(), name)


@FULL
@given(value=values, other=values, third=values)
def test_joint_readers_do_not_raise(value: Any, other: Any, third: Any) -> None:
    """Nor do the readers that depend on more than their value."""
    notes = Notes()
    read_email(value, notes)
    read_country(value, notes)
    read_phone(value, ("DE", "US"), notes)
    read_phone(value, (), notes)
    read_amount(value, notes, "budget", True)
    read_names(value, other, third, notes, "CN")
    read_time(value, UTC, "DMY", RECEIVED, notes)


@FULL
@given(value=values, received=st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_time_is_the_vendors_or_the_records(value: Any, received: int) -> None:
    """A time is plausible against the record's own time stamp, or it is that time stamp; no other clock plays a part."""
    read = read_time(value, UTC, "DMY", received, Notes())
    assert read == received or read >= 1_104_537_600_000


@FULL
@given(amount=st.decimals(min_value=0, max_value=10**9, places=2))
def test_amounts_are_read_in_both_styles(amount: Decimal) -> None:
    """1,234.56 and 1.234,56 are the same amount, with or without groups."""
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    for text in (english, german, f"{amount:.2f}", f"{amount:.2f}".replace(".", ","), f"{german} €", f"€ {english}"):
        assert read_amount(text, Notes(), "budget", True)[0] == float(amount)


@FULL
@given(moment=st.datetimes(min_value=datetime(2005, 1, 2), max_value=datetime(2026, 11, 1)))
def test_times_are_read_in_every_usual_form(moment: datetime) -> None:
    """One moment, written in ISO 8601, as a number, and day first, is one moment."""
    aware = moment.replace(tzinfo=UTC, microsecond=0)
    seconds = int(aware.timestamp())
    forms = [aware, aware.isoformat(), aware.strftime("%Y-%m-%dT%H:%M:%S+0000"), aware.strftime("%Y-%m-%d %H:%M:%S"), seconds]
    forms += [
        seconds * 1000,
        seconds * 1_000_000,
        str(seconds),
        aware.strftime("%d.%m.%Y %H:%M:%S"),
        aware.strftime("%d/%m/%Y %H:%M:%S"),
    ]
    assert {read_time(form, UTC, "DMY", RECEIVED, Notes()) for form in forms} == {seconds * 1000}
