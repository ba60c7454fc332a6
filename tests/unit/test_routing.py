"""Who gets a lead, and why the others do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from app.inventory.coverage import Space
from app.inventory.models import Band, Condition, Routing, Rule, Service, ServiceLevel, Team, Wish
from app.inventory.people import Hours, Member
from app.pipeline.fate import Score
from app.pipeline.lead import Lead, Violation
from app.pipeline.routing import Assignment, Router


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
            (Condition(regions=("bayern",)), {"region": "Bayern"}, True),
            (Condition(cities=("ZÜRICH",)), {"city": "Zürich"}, True),
            (Condition(cities=("Gent",)), {"city": "Agent"}, False),
            (Condition(postcodes=("SW1 ",)), {"postcode": "sw1a-2aa"}, True),
            (Condition(postcodes=("80", "101")), {"postcode": "10115"}, True),
            (Condition(postcodes=("80",)), {"postcode": "18055"}, False),
            (Condition(languages=("pt",)), {"language": "pt-BR"}, True),
            (Condition(languages=("pt-BR",)), {"language": "pt"}, False),
            (Condition(languages=("p",)), {"language": "pt"}, False),
            (Condition(page_contains=("/B2B/",)), {"page_url": "https://shop.example/b2b/form"}, True),
            (Condition(page_contains=("b2b",)), {"page_url": "https://shop.example/?from=b2b"}, False),
            (Condition(attributes={"size": ("Large",), "form.role": ("buyer",)}), {"attributes": {"size": "large"}}, False),
            (Condition(attributes={"size": ("Large",)}), {"attributes": {"size": "LARGE"}}, True),
            (Condition(budget_at_least=500), {"budget": 500.0}, True),
            (Condition(order_value_at_least=-5), {"order_value": float("nan")}, False),
            (Condition(consent_for="contact"), {}, False),
            (Condition(consent_for="contact"), {"consent_basis": "contract"}, True),
            (Condition(consent_for="contact"), {"consent_basis": "contract", "consent": False}, False),
            (Condition(consent_for="marketing"), {"consent_basis": "contract"}, False),
            (Condition(consent_for="marketing"), {"consent_basis": "consent"}, True),
            (Condition(consent_for="marketing"), {"consent": True}, True),
            (Condition(returning=True), {}, False),
            (Condition(returning=False), {}, False),
            (Condition(account_of=("team",)), {"company_domain": "acme.com"}, True),
            (Condition(account_of=("team",)), {"company_domain": "other.com"}, False),
            (Condition(interest_contains=("bulk",)), {}, False),
            (Condition(), {}, True),
        ],
    )
    def test_conditions(self, when: Condition, known: dict[str, Any], holds: bool) -> None:
        """Each condition holds exactly when the lead and score say so."""
        routing = Routing(version=1, rules=(Rule(name="one", when=when, team="team"),), catch_all="desk")
        known_accounts = {"team": Team(name="team", description="", accounts=("Acme.com",))}
        assert (Router(routing, known_accounts).assign(lead(**known), score()).team == "team") is holds

    def test_returning_people(self) -> None:
        """A person is returning, new, or nobody knows: then neither condition holds."""
        rules = [Rule(name=name, when=Condition(returning=is_so), team=name) for name, is_so in (("known", True), ("new", False))]
        teams = [router(*rules).assign(lead(), score(), returning).team for returning in (True, False, None)]
        assert teams == ["known", "new", "desk"]

    def test_reasons_hold_no_values_of_the_lead(self) -> None:
        """Why-texts travel in decisions, which hold no personal data."""
        whole = router(LARGE, DACH).assign(lead(country="XQ", interest="my secret wish"), score()).considered
        assert not any("XQ" in one.why or "secret" in one.why for one in whole)


class TestOwner:
    HOURS = Hours(time_zone="Europe/Berlin", week={"mon-fri": ("09:00-17:00",)})
    FRIDAY_16_30 = 1_796_398_200_000  # 4 December 2026 in Berlin
    MONDAY_9_30 = FRIDAY_16_30 + 65 * 3_600_000

    def assign(self, wish: Wish, known: Lead, *languages: tuple[str, ...], band: Any = "hot") -> Assignment:
        """By a rule with a wish, in a team whose members speak these languages."""
        members = tuple(Member(name=f"m-{n}", languages=spoken) for n, spoken in enumerate(languages))
        team = Team(name="dach-sales", description="", hours=self.HOURS, members=members)
        service = Service(hot=ServiceLevel(contact_within_minutes=60, priority=1))
        rules = (Rule(name="dach", team="dach-sales", owner=wish),)
        routing = Routing(version=1, rules=rules, catch_all="desk", service=service, without_score="hot")
        return Router(routing, {"dach-sales": team}).assign(known, score(band=band))

    def test_the_due_time_counts_the_teams_working_time(self) -> None:
        """An hour from Friday half past four is Monday half past nine, where work is from nine to five."""
        found = self.assign(Wish(), replace(lead(), received_at=self.FRIDAY_16_30))
        assert (found.service_level, found.due_ms, found.priority) == ("hot", self.MONDAY_9_30, 1)

    def test_a_band_without_a_service_level_has_no_due_time(self) -> None:
        """Then nobody is late."""
        found = self.assign(Wish(), lead(), band="cold")
        assert (found.service_level, found.due_ms) == (None, None)

    def test_skills_and_a_language_are_wanted_of_the_owner(self) -> None:
        """What the rule names, always."""
        assert self.assign(Wish(skills=("wholesale",), language="fr"), lead()).needs == ("wholesale", "fr")
        assert self.assign(Wish(language="fr"), lead(), ("de",), ("fr",), ()).needs == ("fr",)

    def test_a_language_that_nobody_names_is_not_wanted_of_those_who_take_any(self) -> None:
        """Who names no language takes leads in any."""
        assert self.assign(Wish(language="fr"), lead(), ("de",), ()).needs == ()

    def test_the_leads_language_is_wanted_where_somebody_speaks_it(self) -> None:
        """Else nobody could have the lead."""
        wish, spoken = Wish(language="lead"), (("de",), ("de", "fr"))
        assert self.assign(wish, lead(language="fr-CH"), *spoken).needs == ("fr",)
        assert self.assign(wish, lead(language="it"), *spoken).needs == ()
        assert self.assign(wish, lead(), *spoken).needs == ()


class TestWithoutScores:
    def test_each_lead_is_of_the_band_that_is_configured(self) -> None:
        """A rule for that band holds, one for another band or from a score on does not, and says why."""
        rules = [Rule(name=one, when=Condition(bands=(one,)), team=f"for-{one}") for one in get_args(Band)]
        scored = Rule(name="high", when=Condition(score_at_least=0.1), team="for-high")
        found = router(scored, *rules).assign(lead(), score(), by_score=False)
        assert (found.team, [one.why for one in found.considered[:2]]) == (
            "for-warm",
            [
                "scores do not count now (routing.by_score is off), so no score is high enough",
                "scores do not count now (routing.by_score is off), every lead is warm",
            ],
        )


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


def test_the_examples_of_the_guide_are_in_order() -> None:
    """What docs/routing.md shows can be copied: it has the shape of the file, and no rule in it stands behind a wider one."""
    text = (Path(__file__).parents[2] / "docs" / "routing.md").read_text("utf-8")
    rules, service = (yaml.safe_load(part.partition("```")[0]) for part in text.split("```yaml\n")[1:])
    routing = Routing.model_validate(rules | service)
    assert len(routing.rules) == 4
    space = Space(routing, {"enterprise-sales": Team(name="enterprise-sales", description="", accounts=("a.example",))})
    assert not any(space.unreachable(n) for n in range(4))


def test_the_guide_names_every_condition() -> None:
    """A condition that nobody can look up is none."""
    text = (Path(__file__).parents[2] / "docs" / "routing.md").read_text("utf-8")
    assert [name for name in Condition.model_fields if f"`{name}: " not in text] == []
