"""Whose a value is: the lead's, or one of the others' who are in a payload, too."""

from __future__ import annotations

from typing import Any

import pytest

from app.inventory.models import Ladder as Limits
from app.inventory.undeclared import undeclared
from app.pipeline.ladder.classifier import shipped
from app.pipeline.ladder.ladder import Ladder
from app.pipeline.ladder.naming import by_name
from app.pipeline.ladder.opaque import is_made_up, says_nothing, telling, without_tail
from app.pipeline.ladder.surroundings import is_the_leads
from app.pipeline.lead import Provenance
from app.pipeline.mapping import compile_mapping

LIMITS = Limits()
SOURCE = undeclared("partner")
LADDER = Ladder(LIMITS, shipped())
MAPPER = compile_mapping(SOURCE)


def mapped(payload: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Provenance]]:
    """Lead fields with their values, and where each came from."""
    found = LADDER.climb(MAPPER.map(payload), SOURCE)
    return found.fields, {origin.field: origin for origin in found.provenance}


def is_certain(origin: Provenance | None) -> bool:
    return origin is not None and origin.confidence >= LIMITS.certain_from


class TestMadeUpNames:
    @pytest.mark.parametrize("chunk", ["3EKz4n", "d97c", "1a2b3c4d", "kd93k", "8c4d1b6a"])
    def test_keys(self, chunk: str) -> None:
        """Letters and digits that change places were drawn by a machine."""
        assert is_made_up(chunk)

    @pytest.mark.parametrize("chunk", ["line2", "address1", "email", "12345", "sha256", "e164", "phone2", "abc"])
    def test_words(self, chunk: str) -> None:
        """Words, numbers and numbered words are none."""
        assert not is_made_up(chunk)

    @pytest.mark.parametrize("name", ["question_3EKz4n", "field-8c4d1b6a", "8c4d1b6a-8c26-4a4f-8f9c-0d5b7a7a1e10", "input_kd93k"])
    def test_names_that_say_nothing(self, name: str) -> None:
        """A key, and words that every form gives to everything."""
        assert says_nothing(name)
        assert telling((name, "billing")) == ("billing",)

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("field:first_name_abae", "first_name"),
            ("last_name_d97c", "last_name"),
            ("email_5139f", "email"),
            ("phone_8d3e", "phone"),
        ],
    )
    def test_a_key_behind_a_name(self, name: str, field: str) -> None:
        """Form builders put it there to tell two fields of one name apart."""
        found = by_name(name)
        assert found is not None
        assert found.field == field

    def test_what_is_no_key_stays(self) -> None:
        """A word behind a name is part of it."""
        assert without_tail("email_added") == "email_added"
        assert without_tail("address_line2") == "address_line2"

    @pytest.mark.parametrize(
        "context", [("question_3EKz4n",), ("3EKz4n", "fields", "data"), ("questions_and_answers", "payload")]
    )
    def test_labels_beside_them_stay_sure(self, context: tuple[str, ...]) -> None:
        """What stands around a label and says nothing takes nothing from it."""
        found = by_name("Vorname", context)
        assert found is not None
        assert (found.field, found.confidence) == ("first_name", 0.97)


class TestOthers:
    @pytest.mark.parametrize(
        "role",
        [
            "agent",
            "Responsable",
            "Zuständiger Sachbearbeiter",
            "Assegnato a",
            "vendedor",
            "Менеджер",
            "销售顾问",
            "created_by",
            "seller",
        ],
    )
    def test_people_who_keep_the_records_are_not_the_lead(self, role: str) -> None:
        """Nothing of theirs is taken with certainty, in any language."""
        fields, origins = mapped({"email": "eva@example.org", role: {"name": "Kim Vendor", "email": "kim@ours.example"}})
        assert fields["email"] == "eva@example.org"
        assert "Kim Vendor" not in fields.values() or not is_certain(origins.get("full_name"))

    def test_the_owner_of_a_person_decides(self) -> None:
        """A contact of the vendor is the vendor's, the vendor's customer the lead."""
        fields, _ = mapped({"vendor": {"contact": {"email": "a@ours.example"}, "customer": {"email": "b@example.org"}}})
        assert fields["email"] == "b@example.org"

    def test_a_user_beside_a_contact(self) -> None:
        """Is one of those who keep the records; alone, a user is the lead."""
        user, contact = {"email": "a@ours.example", "language": "de"}, {"email": "b@example.org"}
        fields, origins = mapped({"data": {"user": user, "contact": contact}})
        assert fields["email"] == "b@example.org"
        assert not is_certain(origins.get("language"))
        assert mapped({"data": {"user": user}})[0]["email"] == "a@ours.example"

    def test_two_people_without_a_role(self) -> None:
        """Neither is certain."""
        _, origins = mapped({"alpha": {"email": "a@example.org"}, "beta": {"email": "b@example.org"}})
        assert not is_certain(origins["email"])

    def test_a_prefix_that_says_whose_it_is(self) -> None:
        """`customer_phone` is the lead's, `business_phone` may be ours."""
        fields, origins = mapped(
            {"business_phone": "+4930111111", "customer_phone": "+4930222222", "customer_name": "Eva Muster"}
        )
        assert fields["phone"] == "+4930222222"
        assert is_certain(origins["phone"])

    @pytest.mark.parametrize(
        ("label", "context", "own"),
        [
            ("customer_phone", (), True),
            ("email", ("buyer", "order"), True),
            ("email", ("contact",), False),
            ("email", ("coordinator", "candidate"), False),
            ("phone", ("shipping", "customer"), False),
        ],
    )
    def test_what_says_that_it_is_the_leads(self, label: str, context: tuple[str, ...], own: bool) -> None:
        """The name or the nearest role; not what belongs to somebody within, nor a parcel's."""
        assert is_the_leads(label, context) is own


class TestParcelsAndPlaces:
    def test_the_receiver_is_not_certainly_the_buyer(self) -> None:
        """Names and numbers beside an address for deliveries are doubted, and the buyer's come first."""
        payload = {"email": "eva@example.org", "shipping": {"name": "Jo Other", "phone": "+4930333333", "company": "DHL"}}
        _, origins = mapped(payload)
        assert not any(is_certain(origins.get(field)) for field in ("full_name", "phone", "company"))

    def test_billing_before_shipping(self) -> None:
        """Of two addresses the buyer's counts."""
        payload = {
            "email": "eva@example.org",
            "shipping": {"street": "Hafenweg 1", "zip": "20457", "city": "Hamburg"},
            "billing": {"street": "Am Anger 3", "zip": "99084", "city": "Erfurt"},
        }
        fields, _ = mapped(payload)
        assert (fields["street"], fields["postcode"], fields["city"]) == ("Am Anger 3", "99084", "Erfurt")

    def test_an_address_comes_from_one_element(self) -> None:
        """Its parts are not picked from several."""
        addresses = [{"street": "Mainkai 5", "city": "Frankfurt am Main"}, {"street": "Hofweg 1", "city": "München"}]
        fields, _ = mapped({"email": "eva@example.org", "addresses": addresses})
        assert (fields["street"], fields["city"]) == ("Mainkai 5", "Frankfurt am Main")

    def test_a_place_apart_from_the_person(self) -> None:
        """A practice's town is not certainly the patient's."""
        payload = {"practice": {"name": "Am Park", "city": "Bonn"}, "patient": {"email": "eva@example.org"}}
        _, origins = mapped(payload)
        assert not is_certain(origins.get("city"))
        assert not is_certain(origins.get("company"))


class TestMessages:
    def test_remarks_of_a_record(self) -> None:
        """A list of comments is its keepers' as a rule: offered, not certain."""
        _, origins = mapped({"email": "eva@example.org", "comments": [{"content": "Call her on Tuesday, please.", "by": "Kim"}]})
        assert not is_certain(origins.get("message"))

    def test_a_text_without_a_name(self) -> None:
        """Sentences under a name that nobody knows are offered as the message; a box's text is not."""
        payload = {
            "f1": "eva@example.org",
            "f2": "We need forty chairs. Can you deliver in May?",
            "f3": "I agree to the privacy policy.",
        }
        fields, origins = mapped(payload)
        assert fields["message"] == payload["f2"]
        assert not is_certain(origins["message"])

    def test_a_questions_type(self) -> None:
        """What a question does not tell its type does."""
        answers = [
            {"name": "Zzyzx?", "type": "LongAnswer", "value": "Terrasse aus Lärche"},
            {"name": "Qwrt", "type": "PhoneNumber", "value": "0851 7204481"},
        ]
        fields, _ = mapped({"answers": answers})
        assert (fields["message"], fields["phone"]) == ("Terrasse aus Lärche", "0851 7204481")


class TestForms:
    def test_labels_by_key(self) -> None:
        """An object may give each answer's key its label."""
        answers = {"q1": "Eva Muster", "q2": "18641790352", "q3": "大连"}
        fields, origins = mapped({**answers, "title_map": {"q1": "参赛者姓名", "q2": "手机号码", "q3": "现居城市"}})
        assert (fields["phone"], fields["city"]) == ("18641790352", "大连")
        assert is_certain(origins["phone"])

    def test_parts_of_a_question(self) -> None:
        """A question of several parts is asked part by part."""
        parts = [{"ID": "Field1", "Label": "Nome"}, {"ID": "Field2", "Label": "Cognome"}]
        form = [{"ID": "Field1", "Title": "Nome e cognome", "SubFields": parts}, {"ID": "Field4", "Title": "Indirizzo e-mail"}]
        fields, _ = mapped(
            {"Field1": "Ludovica", "Field2": "Brambilla", "Field4": "l.b@posta.example", "Structure": {"Fields": form}}
        )
        assert (fields["first_name"], fields["last_name"], fields["email"]) == ("Ludovica", "Brambilla", "l.b@posta.example")

    def test_a_heading_in_a_list_of_one(self) -> None:
        """The text of a question may lie in a list."""
        asked = [
            {"id": "5581", "family": "open", "headings": [{"heading": "¿Cómo te llamas?"}]},
            {"id": "5582", "family": "open", "headings": [{"heading": "Correo electrónico"}]},
        ]
        given = [{"id": "5581", "answers": [{"text": "Nerea Lizarraga"}]}, {"id": "5582", "answers": [{"text": "n@b.example"}]}]
        fields, _ = mapped({"survey": {"questions": asked}, "questions": given})
        assert (fields["full_name"], fields["email"]) == ("Nerea Lizarraga", "n@b.example")

    def test_from_is_however_the_sender_can_be_reached(self) -> None:
        """An address in a mail's hook, a number in a call's."""
        assert mapped({"from": "eva@example.org"})[0]["email"] == "eva@example.org"
        assert mapped({"from": "+49 2158 6097712"})[0]["phone"] == "+49 2158 6097712"
