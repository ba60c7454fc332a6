"""The validator as a whole: ids, required fields, what is kept, what a source's conventions change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.errors import ConfigurationError
from app.inventory.models import Mapping, Source
from app.pipeline.lead import Lead, Provenance
from app.pipeline.source import InboundEvent, Position
from app.pipeline.validation import compile_validator
from app.pipeline.validation.fields import READERS
from app.pipeline.validation.notes import TOLD_CHARS

RECEIVED = 1_795_400_000_000


def source(**over: Any) -> Source:
    base: dict[str, Any] = {
        "name": "web-form", "description": "a form", "owner": "web", "format": "json", "mapping": Mapping(fields={}, version=3),
        "expected_per_hour": 1, "default_country": "DE", "consent_basis": "consent", "cost_per_lead": Decimal("2.50"),
    }  # fmt: skip
    return Source(**{**base, **over})


def validate(fields: dict[str, Any], value: bytes | None = b"{}", **over: Any) -> Lead:
    event = InboundEvent(Position("leads.inbound.web-form", 0, 7), None, value, (), RECEIVED)
    return compile_validator(source(**over)).validate(fields, {}, [], event)


def violations(lead: Lead) -> list[str]:
    return [f"{violation.field}:{violation.code}" for violation in lead.violations]


def test_a_lead_carries_its_source_and_position() -> None:
    """Ids, time, consent basis, cost and mapping version come from the record and the inventory."""
    lead = validate({"email": "anna@gmail.com"})
    assert (lead.source, lead.received_at, lead.occurred_at) == ("web-form", RECEIVED, RECEIVED)
    assert (lead.consent_basis, lead.cost, lead.mapping_version) == ("consent", 2.5, 3)
    assert lead.lead_id == Position("leads.inbound.web-form", 0, 7).lead_id


def test_provenance_and_attributes_travel_with_the_lead() -> None:
    """What mapping found out is handed on."""
    event = InboundEvent(Position("t", 0, 1), None, b"", (), RECEIVED)
    provenance = [Provenance("email", "user.email", "declared", 1.0)]
    lead = compile_validator(source()).validate({"email": "anna@gmail.com"}, {"colour": "red"}, provenance, event)
    assert (lead.attributes, lead.provenance) == ({"colour": "red"}, provenance)


def test_what_one_field_tells_of_another_is_derived() -> None:
    """Names taken from each other and a currency from its amount say so: no path of the payload holds them."""
    lead = validate({"full_name": "Anna Berg", "budget": "10 €"})
    assert [(one.field, one.path, one.rung) for one in lead.provenance] == [
        ("currency", "budget order_value", "derived"),
        ("first_name", "full_name", "derived"),
        ("last_name", "full_name", "derived"),
    ]


@pytest.mark.parametrize(
    ("required", "fields", "expected"),
    [
        (("email|phone",), {}, ["email|phone:missing", "contact:uncontactable"]),
        (("email|phone",), {"phone": "0151 12345678"}, []),
        (("email",), {"email": "  ", "phone": "0151 12345678"}, ["email:missing"]),
        (("email",), {"email": "anna", "phone": "0151 12345678"}, ["email:invalid"]),
        (("occurred_at",), {"email": "a.b@gmail.com"}, ["occurred_at:missing"]),
        (("occurred_at",), {"email": "a.b@gmail.com", "occurred_at": "soon"}, ["occurred_at:invalid"]),
        (("company",), {"email": "a.b@gmail.com", "company": "n/a"}, ["company:placeholder"]),
    ],
)
def test_required_fields(required: tuple[str, ...], fields: dict[str, Any], expected: list[str]) -> None:
    """A required field that is absent is missing; one that came and was refused has its own violation."""
    assert violations(validate(fields, required=required)) == expected


def test_a_test_lead_is_marked() -> None:
    """The vendor's test flag is a violation."""
    lead = validate({"email": "anna@gmail.com", "is_test": "true"})
    assert lead.is_test
    assert violations(lead) == ["is_test:test_lead"]


@pytest.mark.parametrize(
    ("fields", "attributes", "expected"),
    [
        ({}, {"honeypot": "x"}, "attributes:bot"),
        ({"user_agent": "curl/8.0"}, {}, "user_agent:bot"),
        ({"first_name": "Win now", "last_name": "Win now", "company": "Win now"}, {}, "full_name:bot"),
        ({"full_name": "RsQbnLkzXwTd"}, {}, "full_name:bot"),
    ],
)
def test_a_robots_lead_is_typed(fields: dict[str, Any], attributes: dict[str, str], expected: str) -> None:
    """The bait it took, its own name, one text everywhere, gibberish: a violation; the lead goes on to a person."""
    event = InboundEvent(Position("t", 0, 1), None, b"", (), RECEIVED)
    lead = compile_validator(source()).validate({"email": "a.b@gmail.com", **fields}, dict(attributes), [], event)
    assert violations(lead) == [expected]


def test_the_country_settles_the_postcode() -> None:
    """Whichever of the two comes first."""
    assert validate({"postcode": 1067, "country": "Deutschland"}).postcode == "01067"
    assert validate({"country": "GB", "postcode": "sw1a1aa"}).postcode == "SW1A 1AA"
    assert validate({"postcode": "1067"}).postcode == "1067"


def test_the_vendors_event_id_is_taken() -> None:
    """Numbers included; ids too long to carry are digested."""
    assert validate({"event_id": 444}).event_id == "444"
    long = validate({"event_id": "x" * 500}).event_id
    assert long == validate({"event_id": "x" * 500}).event_id != validate({"event_id": "x" * 501}).event_id
    assert len(long) < 50


@pytest.mark.parametrize("nothing", ["null", "undefined", "n/a", "{{lead.id}}", "None", "-"])
def test_what_a_serialiser_writes_for_nothing_is_no_id(nothing: str) -> None:
    """Two leads whose id is `null` are not one event, and two visitors not one visitor."""
    lead = validate({"event_id": nothing, "visitor_id": nothing, "customer_id": nothing})
    assert lead.event_id == validate({}).event_id
    assert (lead.visitor_id, lead.customer_id) == (None, None)
    assert validate({"form_id": "test"}).form_id == "test"


def test_without_an_event_id_the_bytes_are_it() -> None:
    """The same bytes sent again have the same id, other bytes another."""
    assert validate({}, b"{1}").event_id == validate({}, b"{1}").event_id != validate({}, b"{2}").event_id
    assert validate({"event_id": {}}).event_id == validate({}).event_id


def test_the_address_country_reads_the_phone() -> None:
    """A national number is of the lead's own country, before the source's default."""
    assert validate({"phone": "(415) 555-2671", "country": "USA"}).phone == "+14155552671"
    assert validate({"phone": "0151 12345678", "country": "USA"}).phone == "+4915112345678"


def test_placeholders_are_told_from_faults() -> None:
    """n/a is nothing in every field that is read, and no fault of the sender's."""
    names = ("email", "phone", "full_name", "company", "country", "postcode", "ip", "language", "currency", "budget", "consent")
    lead = validate(dict.fromkeys((*names, "orders_count", "occurred_at"), "n/a"))
    assert {violation.code for violation in lead.violations} == {"placeholder", "uncontactable"}
    assert {repair.after for repair in lead.repairs} == {None}


def test_an_amount_names_its_currency() -> None:
    """A currency sign beside an amount fills the currency, unless the record has one."""
    lead = validate({"budget": "1.234,56 €"})
    assert (lead.budget, lead.currency) == (1234.56, "EUR")
    assert validate({"budget": "10 €", "currency": "CHF"}).currency == "CHF"


def test_a_field_that_no_lead_has_is_kept() -> None:
    """Nothing that mapping found is dropped."""
    assert validate({"shoe_size": 44}).attributes == {"shoe_size": "44"}


def test_a_raw_value_does_not_displace_an_attribute() -> None:
    """A payload may have a path of that name itself: both stay."""
    event = InboundEvent(Position("t", 0, 1), None, b"", (), RECEIVED)
    lead = compile_validator(source()).validate({"email": "anna"}, {"raw.email": "mine"}, [], event)
    assert lead.attributes == {"raw.email": "mine", "raw.email_": "anna"}


def test_notes_print_no_values() -> None:
    """Violations hold no value of the record, and a repair prints none, should it ever get into a log."""
    lead = validate({"email": "anna.secret", "phone": "secret", "full_name": "SECRET PERSON", "country": "Secretland"})
    assert "secret" not in repr((lead.violations, lead.repairs)).lower()


def test_a_repair_knows_before_and_after() -> None:
    """All rules of one reading share what came and what is kept; what stands for nothing is removed by a repair to nothing."""
    lead = validate({"email": " anna@GMAIL.com", "phone": "0151 12345678", "city": "Select", "budget": "1.200,50 €"})
    assert [(one.field, one.rule, one.before, one.after) for one in lead.repairs] == [
        ("email", "trim", " anna@GMAIL.com", "anna@gmail.com"),
        ("email", "case", " anna@GMAIL.com", "anna@gmail.com"),
        ("city", "placeholder", "Select", None),
        ("phone", "e164", "0151 12345678", "+4915112345678"),
        ("budget", "decimal", "1.200,50 €", "1200.5"),
        ("budget", "currency_sign", "1.200,50 €", "1200.5"),
    ]


def test_what_a_repair_tells_is_bounded() -> None:
    """Before and after of a long text are its beginning: the field has the rest."""
    (repair,) = validate({"message": "x" * 9_000 + " "}).repairs
    assert (repair.before, repair.after) == ("x" * TOLD_CHARS, "x" * TOLD_CHARS)


def test_a_failing_reader_costs_its_field_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a library raise what it never should, the lead goes on without that field."""

    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("app.pipeline.validation.validator.read_phone", broken)
    monkeypatch.setattr("app.pipeline.validation.validator.read_names", broken)
    monkeypatch.setitem(compile_validator.__globals__["_INDEPENDENT"], "city", broken)
    lead = validate({"email": "anna@gmail.com", "phone": "1", "city": "Bonn", "full_name": "Anna Berg"})
    assert lead.email == "anna@gmail.com"
    assert violations(lead) == ["city:invalid", "phone:invalid", "full_name:invalid"]


@pytest.mark.parametrize(("over", "word"), [({"time_zone": "Mars/Olympus"}, "time_zone"), ({"required": ("emial",)}, "emial")])
def test_conventions_that_cannot_be_held(over: dict[str, Any], word: str) -> None:
    """A zone or a required field that does not exist refuses to start, and says which."""
    with pytest.raises(ConfigurationError, match=word):
        compile_validator(source(**over))


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_reader_fills_a_field_of_the_lead(name: str) -> None:
    """No reader writes past the lead."""
    assert name in Lead.__slots__
