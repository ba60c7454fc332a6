"""Who gets a lead, and why the others do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.inventory.models import Condition, Routing, Rule
from app.pipeline.fate import Score
from app.pipeline.lead import Lead, Violation
from app.pipeline.routing import Router


def lead(**known: Any) -> Lead:
    return Lead(lead_id="ld_1", source="web-form", event_id="e1", received_at=0, occurred_at=0, **known)


def score(probability: float = 0.5, band: Any = "hot", confidence: float = 1.0) -> Score:
    return Score(probability, band, confidence, "rules", {}, {}, {})


def router(*rules: Rule, review_below_confidence: float = 0.5) -> Router:
    return Router(Routing(version=1, rules=rules, catch_all="desk", review_below_confidence=review_below_confidence))


DACH = Rule(name="dach", when=Condition(countries=("DE", "AT", "CH"), bands=("hot",)), team="dach-sales")
LARGE = Rule(name="large", when=Condition(order_value_at_least=1000), team="enterprise")


class TestAssign:
    def test_the_first_rule_that_holds_decides(self) -> None:
        """Order is priority."""
        assert router(LARGE, DACH).assign(lead(country="DE", order_value=5000.0), score()).team == "enterprise"
        assert router(DACH, LARGE).assign(lead(country="DE", order_value=5000.0), score()).team == "dach-sales"

    def test_no_lead_without_an_owner(self) -> None:
        """What no rule takes, the catch-all team has."""
        assert router(LARGE, DACH).assign(lead(country="FR"), score()).team == "desk"
        assert router().assign(lead(), score()).team == "desk"

    def test_every_rule_passed_over_says_why(self) -> None:
        """The decision lists the candidates in order, the last of them the one that took the lead."""
        considered = router(LARGE, DACH).assign(lead(country="FR"), score()).considered
        assert [(one.team, one.passed) for one in considered] == [("enterprise", False), ("dach-sales", False), ("desk", True)]
        assert considered[0].why == "order_value is below 1000 or absent"
        assert considered[1].why == "country is not one of DE, AT, CH"

    @pytest.mark.parametrize(
        ("when", "known", "holds"),
        [
            (Condition(sources=("web-form",)), {}, True),
            (Condition(sources=("typeform",)), {}, False),
            (Condition(bands=("cold",)), {}, False),
            (Condition(score_at_least=0.5), {}, True),
            (Condition(score_at_least=0.51), {}, False),
            (Condition(has=("email", "company")), {"email": "a@b.org"}, False),
            (Condition(has=("email",)), {"email": "a@b.org"}, True),
            (Condition(interest_contains=("Bulk",)), {"interest": "bulk order"}, True),
            (Condition(interest_contains=("bulk",)), {}, False),
            (Condition(), {}, True),
        ],
    )
    def test_conditions(self, when: Condition, known: dict[str, Any], holds: bool) -> None:
        """Each condition holds exactly when the lead and score say so."""
        team = router(Rule(name="one", when=when, team="team")).assign(lead(**known), score()).team
        assert (team == "team") is holds

    def test_reasons_hold_no_values_of_the_lead(self) -> None:
        """Why-texts travel in decisions, which hold no personal data."""
        whole = router(LARGE, DACH).assign(lead(country="XQ", interest="my secret wish"), score()).considered
        assert not any("XQ" in one.why or "secret" in one.why for one in whole)


class TestReview:
    def test_below_the_limit_a_person_decides(self) -> None:
        """The reasons name the violations that made the handling unsure."""
        doubtful = lead(violations=[Violation("contact", "uncontactable"), Violation("email", "invalid")])
        assert router().review_reasons(doubtful, score(confidence=0.49)) == (
            "low_confidence",
            "contact:uncontactable",
            "email:invalid",
        )

    def test_at_the_limit_the_machine_decides(self) -> None:
        """The limit itself is still automatic."""
        assert router().review_reasons(lead(), score(confidence=0.5)) == ()

    def test_unusual_leads_are_shown_where_that_is_asked_for(self) -> None:
        """By default nobody looks at them; with a limit those from it on are held, and the reason says so."""
        unusual = replace(score(), unusual=0.999)
        assert router().review_reasons(lead(), unusual) == ()
        asking = Router(Routing(version=1, rules=(), catch_all="desk", review_unusual_from=0.999))
        assert asking.review_reasons(lead(), unusual) == ("unusual_lead",)
        assert asking.review_reasons(lead(), replace(unusual, unusual=0.998)) == ()
        assert asking.review_reasons(lead(), replace(unusual, confidence=0.1)) == ("low_confidence", "unusual_lead")
