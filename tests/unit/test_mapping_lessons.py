"""What people's corrections teach the mappings, and when."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from app.pipeline.revision.headers import CORRECTED, headers_of
from app.pipeline.revision.mapping_lessons import LEADS, Lesson, Lessons, readable
from app.pipeline.revision.records import Kept
from tests.harness.leads_told import a_decision, a_lead, lead_id
from tests.harness.verdicts import Shelf, decision, house, say

SCORED: dict[str, Any] = {"score": 0.2, "band": "warm", "confidence": 0.9, "team": "nurture", "rule": "catch-all"}
SHAPE = "0123456789abcdef"
Row = tuple[str, str | None, str | None]


def corrected(corrections: dict[str, str], *, says: str = "approve", rules: Any = None, **told: Any) -> list[Row]:
    """What the decision on a held lead says of the mapping, once a person has corrected it."""
    shelf = Shelf()
    shelf.put("review", a_lead(5, **SCORED, **told), a_decision(5, fate="review", team="nurture", shape=SHAPE))
    say(shelf, 5, says, rules or house(), corrections=corrections)
    return [(one["field"], one["path"], one["value"]) for one in decision(shelf, 5)["corrected"]]


def paths(rows: list[Row]) -> list[tuple[str, str | None]]:
    return [(name, path) for name, path, _ in rows]


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("field", "right", "attributes", "path"),
        [
            ("phone", "+49 30 1234567", {"mobile": "030 1234567", "note": "x"}, "mobile"),
            ("email", "jo@b.example", {"answers[3].text": "Jo@B.example"}, "answers[*].text"),
            ("company", "Acme", {"org": "acme "}, "org"),
            ("company", "Acme", {"org": "other"}, None),
        ],
    )
    def test_where_the_right_value_stands(self, field: str, right: str, attributes: dict[str, str], path: str | None) -> None:
        """However it is written there; nowhere is said, too. The value is a pseudonym, and nothing else of it goes on."""
        ((name, found, value),) = corrected({field: right}, attributes=attributes)
        assert (name, found) == (field, path)
        assert value is not None
        assert right.lower() not in value

    def test_a_wrong_field_gives_its_path_away_only_where_it_was_corrected_too(self) -> None:
        """Two names that were swapped show each other's paths; a value that is right where it is is no other field's."""
        told = [
            {"field": name, "path": path, "rung": "learned", "confidence": 0.7}
            for name, path in (("company", "a"), ("city", "b"))
        ]
        both = corrected({"company": "Köln", "city": "Acme"}, provenance=told, company="Acme", city="Köln")
        assert paths(both) == [("company", "b"), ("city", "a")]
        assert paths(corrected({"company": "Köln"}, provenance=told, company="Acme", city="Köln")) == [("company", None)]

    def test_what_people_declared_is_not_learned(self) -> None:
        """Neither a field of the inventory's mapping, nor one that was confirmed; nor anybody's consent."""
        attributes = {"mobile": "0301234567", "ok": "true"}
        rules = house(declared=lambda source: {"phone"})
        assert corrected({"phone": "0301234567"}, attributes=attributes, rules=rules) == []
        confirmed = [{"field": "phone", "path": "tel", "rung": "confirmed", "confidence": 1.0}]
        assert corrected({"phone": "0301234567"}, attributes=attributes, provenance=confirmed, phone="+4930") == []
        assert corrected({"consent": "true"}, attributes=attributes) == []

    def test_what_was_let_through_speaks_against_what_somebody_said(self) -> None:
        """Another value stands at the path, and the person left the field as it was; where the two say the same, nothing."""
        rules = house(doubted=lambda source: {("phone", "mobile")})
        assert corrected({}, rules=rules, attributes={"mobile": "0307654321"}, phone="+49301234567") == [
            ("phone", "mobile", None)
        ]
        assert corrected({}, rules=rules, attributes={"mobile": "0301234567"}, phone="+49301234567") == []
        assert corrected({}, rules=rules, attributes={"other": "0307654321"}) == []

    def test_what_was_rejected_says_nothing(self) -> None:
        """Nobody looks at the fields of what is no lead."""
        assert corrected({"phone": "0301234567"}, says="reject", attributes={"mobile": "0301234567"}) == []

    def test_it_stands_in_a_header(self) -> None:
        """Whoever learns need not decode the decision."""
        said = [{"field": "phone", "path": "mobile", "value": "ab12"}]
        told = dict(headers_of(Kept("decisions", a_decision(5, shape=SHAPE, corrected=said))))
        assert told[CORRECTED] == b'["web-form","0123456789abcdef",[["phone","mobile","ab12"]]]'
        assert CORRECTED not in dict(headers_of(Kept("decisions", a_decision(5, shape=SHAPE))))


def said(path: str | None, value: str | None = "v", field: str = "phone") -> dict[str, Any]:
    return {"field": field, "path": path, "value": value}


def lessons(*rows: tuple[int, dict[str, Any]], shape: str = SHAPE) -> Lessons:
    found = Lessons()
    for n, one in rows:
        found.take("web-form", shape, lead_id(n), [one])
    return found


THREE = [(n, said("mobile", f"v{n}")) for n in range(LEADS)]


class TestLessons:
    def test_enough_people_make_a_mapping(self) -> None:
        """In any order, and read again; not one lead less."""
        assert lessons(*THREE[1:]).due() == []
        for order in permutations(THREE):
            assert lessons(*order, *order).due() == [Lesson("web-form", "mobile", "phone", LEADS)]

    @pytest.mark.parametrize(
        "against",
        [
            (7, said("other", "v7")),  # the right value stood elsewhere
            (7, said(None, "v7")),  # or nowhere
            (7, said("mobile", None)),  # or the field was right although another value stands there
        ],
    )
    def test_one_who_says_otherwise_is_enough(self, against: tuple[int, dict[str, Any]]) -> None:
        """Then people have to say it themselves."""
        assert lessons(*THREE, against).due() == []

    def test_a_constant_is_no_mapping(self) -> None:
        """The same value each time could be right by chance."""
        assert lessons(*((n, said("mobile", "same")) for n in range(9))).due() == []

    def test_two_paths_that_always_say_the_same_are_for_people(self) -> None:
        """Nobody knows which."""
        both = [(n, said(path, f"v{n}")) for n in range(LEADS) for path in ("mobile", "phone2")]
        assert lessons(*both).due() == []
        assert [one.path for one in lessons(*both, (8, said("phone2", "v8"))).due()] == ["phone2"]

    def test_shapes_are_counted_apart(self) -> None:
        """Another form of the source, where the path does not stand, says nothing; what it lets through does."""
        found = lessons(*THREE)
        found.take("web-form", "f" * 16, lead_id(8), [said("other", "v8")])
        assert [one.path for one in found.due()] == ["mobile"]
        found.take("web-form", "f" * 16, lead_id(9), [said("mobile", None)])
        assert found.due() == []

    def test_what_is_closed_is_not_said_again(self) -> None:
        """Taught once, or people have the last word."""
        found = lessons(*THREE)
        found.close(found.due()[0])
        assert found.due() == []
        assert found.doubted("web-form") == {("phone", "mobile")}
        assert found.doubted("other") == set()

    @pytest.mark.parametrize(("path", "can"), [("a.b", True), ('"x y"', True), ("a[*].b", False), ("a.*.b", False), ("", False)])
    def test_a_path_that_no_mapping_can_name_is_left(self, path: str, can: bool) -> None:
        """Lists of any length, members that are named by ids."""
        assert readable(path) is can
