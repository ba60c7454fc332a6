"""What stands in a payload with several people, companies or places is certain only with a reason to be the lead's own."""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

from typing import Any

import pytest

from app.inventory.models import Ladder as Limits
from app.inventory.undeclared import undeclared
from app.pipeline.ladder.classifier import shipped
from app.pipeline.ladder.ladder import Ladder
from app.pipeline.ladder.leaf import Kind, Leaf
from app.pipeline.ladder.naming import by_name
from app.pipeline.ladder.reasons import is_kept
from app.pipeline.ladder.weigh import Scales
from app.pipeline.mapping import compile_mapping

LIMITS = Limits()
SOURCE = undeclared("partner")
SCALES = Scales(LIMITS, shipped())
LADDER = Ladder(LIMITS, shipped())
MAPPER = compile_mapping(SOURCE)

EVA = {"name": "Eva Muster", "email": "eva@example.org", "phone": "+49 30 1234567"}
KIM = {"name": "Kim Vendor", "email": "kim@ours.example", "phone": "+49 30 999999"}
OURS = {"name": "Ours GmbH", "street": "Musterstr. 1", "city": "Bonn", "postcode": "53111", "country": "DE"}
THEIRS = {*KIM.values(), *OURS.values()}
REMARK = "Call her on Tuesday, she has money."


def certain(payload: dict[str, Any]) -> dict[str, Any]:
    """What is mapped with certainty."""
    found = LADDER.climb(MAPPER.map(payload), SOURCE)
    sure = {origin.field for origin in found.provenance if origin.confidence >= LIMITS.certain_from}
    return {field: value for field, value in found.fields.items() if field in sure}


def mapped(payload: dict[str, Any]) -> dict[str, Any]:
    """What is mapped at all."""
    return dict(LADDER.climb(MAPPER.map(payload), SOURCE).fields)


class TestLimits:
    def test_the_surroundings_doubt_is_not_undone_by_the_values_shape(self) -> None:
        """A company's address is no surer for looking like an address."""
        (first, *_) = SCALES.weigh(Leaf("company.email", "email", ("company",), "kim@ours.example"), Kind.EMAIL)
        assert (first.field, first.confidence) == ("email", 0.70)

    @pytest.mark.parametrize("name", ["companies", "organizations"])
    def test_a_plural_is_no_single_value(self, name: str) -> None:
        """A list of companies, or their number."""
        found = by_name(name)
        assert found is None or found.field is None or found.confidence < LIMITS.certain_from

    def test_a_persons_addresses_are_several(self) -> None:
        """`emails` are one person's."""
        found = by_name("emails")
        assert found is not None
        assert found.confidence >= LIMITS.certain_from

    @pytest.mark.parametrize(("name", "context"), [("_model", ()), ("number", ("Customer",)), ("uri", ()), ("profile_id", ())])
    def test_names_of_systems(self, name: str, context: tuple[str, ...]) -> None:
        """What systems call their own is no certain field."""
        found = by_name(name, context)
        assert found is None or found.confidence < LIMITS.certain_from


class TestPeople:
    @pytest.mark.parametrize(
        "role",
        "created_by updated_by last_modified_by assigned owner rep consultant advisor handler 经办人 负责人 ответственный "
        "менеджер asesor vendedor corretor Berater Sachbearbeiter conseiller doctor coach landlord recruiter Arzt 医生".split(),
    )
    def test_staff(self, role: str) -> None:
        """Nothing of theirs is certain, wherever they stand."""
        for payload in (
            {**EVA, role: KIM},
            {"contact": EVA, role: KIM},
            {role: KIM, "lead": EVA},
            {**EVA, f"{role}_name": "Kim Vendor"},
        ):
            assert THEIRS.isdisjoint(certain(payload).values()), payload

    @pytest.mark.parametrize("role", ["student", "child", "guest", "passenger", "tenant", "patient", "driver"])
    def test_participants_without_an_address(self, role: str) -> None:
        """A name for whom somebody else may write is offered."""
        payload = {"email": "eva@example.org", "phone": "+49 30 1234567", role: {"name": "Kim Vendor"}}
        assert "Kim Vendor" not in certain(payload).values()

    @pytest.mark.parametrize(
        "form",
        [
            {
                "Vorname des Kindes": "Tim",
                "Nachname des Kindes": "Vendor",
                "Name der Mutter": "Eva Muster",
                "E-Mail": "e@example.org",
            },
            {"Nom de l'enfant": "Vendor", "Prénom de l'enfant": "Tim", "Nom du parent": "Muster", "E-mail": "e@example.org"},
            {
                "Nombre completo del alumno": "Tim",
                "Nombre de la madre, padre o tutor": "Eva",
                "Correo electrónico": "e@example.org",
            },
            {"孩子姓名": "Tim", "家长姓名": "李大明", "手机号码": "13800138000"},
        ],
    )
    def test_children(self, form: dict[str, str]) -> None:
        """In a school's form a child's name is not the writer's."""
        assert {"Tim", "Vendor"}.isdisjoint(certain(form).values())

    def test_parents_can_be_reached(self) -> None:
        """A parent's address is found."""
        assert (
            mapped({"child_first_name": "Tim", "parent_name": "Eva Muster", "parent_email": "e@example.org"})["email"]
            == "e@example.org"
        )

    def test_two_who_could_be_it(self) -> None:
        """A patient beside a contact: either may be the lead."""
        assert "email" not in certain({"contact": EVA, "patient": KIM})

    def test_a_list_of_people(self) -> None:
        """Of several without a role none is certain; one alone is."""
        assert "email" not in certain({"contacts": [EVA, KIM]})
        assert certain({"contacts": [EVA]})["email"] == EVA["email"]

    def test_a_user_beside_data(self) -> None:
        """The one who runs the system is a user of it."""
        assert "email" not in certain({"user": KIM, "data": {"name": "Eva Muster", "phone": EVA["phone"]}})


class TestCompaniesAndPlaces:
    @pytest.mark.parametrize(
        "name",
        "branch store clinic hotel practice property listing dealership office venue event restaurant facility campus showroom "
        "gym agency concession filiale sede sucursal unidade apartment house room workshop tour trip trade_in vehicle "
        "job 门店".split(),
    )
    def test_of_things_beside_the_person(self, name: str) -> None:
        """A branch's, a flat's or an event's address is not certainly the lead's, nested or not."""
        address = {part: OURS[part] for part in ("street", "city", "postcode")}
        for payload in ({"contact": EVA, name: OURS}, {**EVA, name: OURS}, {"lead": EVA, name: {"address": address}}):
            assert THEIRS.isdisjoint(certain(payload).values()), payload

    @pytest.mark.parametrize("name", ["company", "account", "organization", "site", "workspace", "site_name", "account_name"])
    def test_above_the_person(self, name: str) -> None:
        """A company beside the object with the person may be whoever runs the system; beside the person itself it is theirs."""
        assert "company" not in certain({name: "Ours GmbH", "applicant": EVA})
        assert certain({"company": "Muster AG", **EVA})["company"] == "Muster AG"

    def test_an_address_beside_the_person(self) -> None:
        """Stays certain, within the person's object and next to it."""
        assert certain({"customer": {**EVA, "address": {"city": "Erfurt"}}})["city"] == "Erfurt"
        assert certain({"customer": EVA, "billing_address": {"city": "Erfurt"}})["city"] == "Erfurt"

    @pytest.mark.parametrize("name", ["geo", "ip_location", "geoip"])
    def test_told_by_a_network(self, name: str) -> None:
        """A place that an IP address tells is offered, and a stated one comes first."""
        assert "city" not in certain({**EVA, name: {"city": "Bonn"}})
        assert mapped({**EVA, name: {"city": "Bonn"}, "city": "Köln"})["city"] == "Köln"
        assert "city" not in certain({"contact": EVA, "seen": {"ip": "8.8.8.8", "city": "Bonn"}})

    def test_another_place_in_the_answers(self) -> None:
        """Two places that are as near to the person are both doubtful."""
        assert "city" not in certain({**EVA, "city": "Bonn", "additional_fields": {"Town": "Köln"}})

    def test_what_stands_with_the_person_comes_first(self) -> None:
        """Before what stands above everybody."""
        assert mapped({"city": "Bonn", "applicant": {**EVA, "city": "Köln"}})["city"] == "Köln"

    def test_a_parcel_to_somebody_else(self) -> None:
        """Its address is offered; one to the buyer is certain."""
        other = {"delivery": {"phone": "+49 30 999999", "address": {"postcode": "53111"}}}
        same = {"delivery": {"phone": EVA["phone"], "address": {"postcode": "53111"}}}
        assert "postcode" not in certain({"customer": EVA, **other})
        assert certain({"customer": EVA, **same})["postcode"] == "53111"


class TestRemarks:
    @pytest.mark.parametrize("name", ["note", "comments", "Bemerkung", "Комментарий", "备注", "observaciones"])
    def test_of_a_record_that_staff_keep(self, name: str) -> None:
        """May be theirs; a form's are the sender's."""
        assert "message" not in certain({"contact": EVA, "owner": KIM, "updated_at": "2026-10-01T10:00:00Z", name: REMARK})
        assert certain({**EVA, name: REMARK})["message"] == REMARK

    def test_of_an_order(self) -> None:
        """A shop's people write there, too."""
        assert "message" not in certain({**EVA, "order_total": "249.00", "comment": REMARK})

    def test_of_somebody_who_may_be_an_agent(self) -> None:
        """A message that tells the kind of its speaker is offered."""
        assert "message" not in certain({"contact": EVA, "sender_type": "agent", "text": "Hello, we can help."})

    def test_records_that_are_kept(self) -> None:
        """Have a keeper, or a date of their last change."""
        assert is_kept([Leaf("updated_at", "updated_at", (), "2026-10-01")])
        assert is_kept([Leaf("owner.id", "id", ("owner",), 7)])
        assert not is_kept([Leaf("email", "email", (), "eva@example.org")])
        assert not is_kept([])


class TestInterest:
    def test_a_service_that_is_a_channel(self) -> None:
        """Nobody is interested in telegram."""
        assert "interest" not in certain({**EVA, "service": "telegram"})

    def test_a_thing_that_nobody_knows(self) -> None:
        """The model of a trade-in is not what the lead wants."""
        assert "interest" not in certain({"client": EVA, "reprise": {"modele": "Scenic"}})
