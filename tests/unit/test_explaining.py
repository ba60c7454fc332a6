"""Reasons and counterfactuals, in words."""

from __future__ import annotations

from collections.abc import Mapping
from math import log1p
from typing import Any

import pytest

from app.inventory.models import Routing
from app.pipeline.explaining import MOST, MOST_OF_A_SIGN, reasons, topic_of
from app.pipeline.explaining_amounts import ago, amount
from app.pipeline.explaining_changes import counterfactual
from app.pipeline.explaining_words import PHRASES, TOPICS
from app.pipeline.features import features
from app.pipeline.lead import Lead
from app.pipeline.scoring import RULES, score
from app.ports import Prediction

ROUTING = Routing(version=1, rules=(), catch_all="sales")
JOURNEY: dict[str, Any] = {"sessions": 4, "pages_viewed": 12, "cart_adds": 1, "cart_value": 129.0, "last_seen_at": -7_200_000}


def a_lead(**more: Any) -> Lead:
    return Lead("ld", "meta-lead-ads", "e", 0, 0, **more)


def said(contributions: dict[str, float], lead: Lead | None = None) -> tuple[str, ...]:
    return reasons(contributions, *features(lead or a_lead()))


class TestReasons:
    @pytest.mark.parametrize(
        ("feature", "lead", "phrase"),
        [
            ("pages_viewed", JOURNEY, "looked at 12 pages"),
            ("sessions", JOURNEY, "visited 4 times, last 2 hours ago"),
            ("sessions", {"sessions": 1}, "visited once"),
            ("sessions", {}, "no visit to the shop known"),
            ("cart_value", JOURNEY, "cart worth 129"),
            ("cart_value", {}, None),
            ("returning", {}, None),
            ("has_phone", {"phone": "+4930123456"}, "phone number given"),
            ("has_phone", {}, "no phone number"),
            ("has_company", {"company": "Acme"}, "company given"),
            ("message_length", {"message": "Call me"}, "short message"),
            ("words", {"message": "Licences please"}, "what the message says"),
            ("email", {"email": "a@acme.de"}, "company e-mail address"),
            ("campaign", {"campaign": "Spring-Sale"}, "campaign spring-sale"),
            ("campaign", {}, "no campaign"),
            ("interest", {"interest": "call 0171 2345678"}, None),
            ("budget", {"budget": 5200.0}, "names a budget of 5,200"),
            ("orders_count", {"orders_count": 3}, "ordered 3 times before"),
            ("source", {}, "source meta-lead-ads converts better than others"),
            ("reliability", {}, "source meta-lead-ads converts better than others"),
            ("hour_cos", {"occurred_at": 9 * 3_600_000}, "came around 9:00 UTC"),
            ("weekday_sin", {}, "came on a Thursday"),
            ("language", {"language": "de-AT"}, "language German"),
            ("x.role", {"facts": {"role": "Buyer"}}, "role is buyer"),
            ("x.role", {"facts": {"role": ""}}, "role is not told"),
            ("x.team size", {"facts": {"team size": "12.5"}}, "team size is 12.5"),
            ("country × has_phone", {"country": "DE"}, "country DE together with no phone number"),
            ("x.role × source", {"facts": {"role": "Buyer"}}, "role is buyer together with source meta-lead-ads converts better"),
            ("bias", {}, None),
            ("#17", {}, None),
        ],
    )
    def test_each_feature_has_words(self, feature: str, lead: dict[str, Any], phrase: str | None) -> None:
        """A contribution is told as the fact behind it; what is no feature, or holds a person's own words, is not."""
        one = a_lead()
        for name, value in lead.items():
            setattr(one, name, value)
        told = said({feature: 1.0}, one)
        assert len(told) == (phrase is not None)
        assert phrase is None or told[0].startswith(f"+ {phrase}")

    def test_the_sign_and_the_strongest_first(self) -> None:
        """Against is told as such, in order of strength; features of one thing are one reason; what hardly counts is none."""
        told = said({"has_phone": -0.5, "email": 0.9, "has_company": 0.01, "has_message": 0.4, "message_length": -0.8})
        assert told == ("+ no e-mail address", "- no phone number", "- no message")

    def test_few_and_both_sides(self) -> None:
        """At most five, and three of a sign: the weaker side is heard."""
        strong = {name: 2.0 + n for n, name in enumerate(("email", "source", "campaign", "country", "medium", "device"))}
        told = said(strong | {"has_phone": -0.3, "has_company": -0.2, "has_message": -0.1})
        assert [one[0] for one in told].count("+") == MOST_OF_A_SIGN
        assert told[3:] == ("- no phone number", "- no company")
        assert len(told) == MOST

    def test_every_feature_of_a_lead_can_be_said(self) -> None:
        """No feature is without words, and no words without a feature."""
        numbers, categories = features(
            a_lead(message="Licences please", last_touch="google/cpc", first_touch="x", **JOURNEY), returning=True
        )
        known = {feature for several in TOPICS.values() for feature in several}
        assert known == numbers.keys() | categories.keys()
        assert PHRASES.keys() == TOPICS.keys()

    @pytest.mark.parametrize(
        ("name", "topic"),
        [("rate(source)", "source"), ("x.a b", "x.a b"), ("campaign rate", "campaign"), ("blend", ""), ("bias × source", "")],
    )
    def test_what_is_made_of_a_feature_tells_of_it(self, name: str, topic: str) -> None:
        """A rate or a bin is named after its feature; a cross with what is none is not told."""
        assert topic_of(name) == topic

    def test_a_number_of_an_attribute_is_held_against_the_usual(self) -> None:
        """Above or below what leads have on average, where that is known; of what has words of its own nothing is added."""
        seen = features(a_lead(facts={"age": "41"}, budget=500.0))
        contributions = {"x.age": 0.5, "budget": 0.4}
        told = [reasons(contributions, *seen, usual)[0] for usual in (lambda _: 40.0, lambda _: 50.0, lambda _: None, None)]
        assert told == ["+ age is 41, above usual", "+ age is 41, below usual", "+ age is 41", "+ age is 41"]
        assert reasons(contributions, *seen, lambda _: 1.0)[1] == "+ names a budget of 500"

    def test_amounts_and_times_as_people_say_them(self) -> None:
        """Rounded to what matters."""
        assert [amount(value) for value in (2.5, 129.4, 5200.0, 1_250_000.0)] == ["2.5", "129", "5,200", "1.2 million"]
        assert [ago(hours) for hours in (0.3, 1.0, 2.4, 72.0)] == ["18 minutes", "1 hour", "2 hours", "3 days"]


class Counting:
    """A model whose probability depends on few features; counts how often it is asked."""

    version, labels_learned = "m", 1000

    def __init__(self, **gains: float) -> None:
        self._gains, self.asked = gains, 0

    def reliability(self, source: str, prior: float | None) -> float:
        return 0.5

    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction:
        p = 0.08 + sum(gain for name, gain in self._gains.items() if numbers.get(name) or categories.get(name) == "corporate")
        return Prediction(p, {})

    def changed(
        self,
        numbers: Mapping[str, float],
        categories: Mapping[str, str],
        prediction: Prediction,
        changes: Mapping[str, float | str],
    ) -> float:
        self.asked += 1
        return self.predict({**numbers, **changes}, {**categories, **changes}).probability  # type: ignore[dict-item]

    def usual(self, number: str) -> float | None:
        return None


class Visits(Counting):
    """Three visits are promising, whatever else is known."""

    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction:
        return Prediction(0.15 if numbers.get("sessions", 0.0) > log1p(2.9) else 0.08, {})


def would(model: Counting, lead: Lead, **limits: float) -> str | None:
    numbers, categories = features(lead)
    routing = Routing(version=1, rules=(), catch_all="sales", **limits)
    return counterfactual(numbers, categories, model.predict(numbers, categories), model, routing)


class TestCounterfactual:
    def test_the_change_that_lifts_furthest(self) -> None:
        """Hot before warm, though the phone were less to ask for."""
        model = Counting(has_phone=0.05, email=0.06)
        assert would(model, a_lead(), hot_from=0.13, warm_from=0.1) == "a phone number would have made it hot"
        assert would(model, a_lead(), hot_from=0.135, warm_from=0.1) == "a company e-mail address would have made it hot"

    def test_what_is_least_to_ask_for(self) -> None:
        """Of two changes that lift as far, the first of the list."""
        assert would(Counting(has_phone=0.05, email=0.06), a_lead()) == "a phone number would have made it warm"

    def test_only_what_is_not_there(self) -> None:
        """A phone that was given is nothing to ask for."""
        model = Counting(has_phone=0.01, email=0.02)
        assert would(model, a_lead(phone="+4930123456")) == "a company e-mail address would have made it warm"
        assert would(model, a_lead(phone="+4930123456", email="a@acme.de")) is None

    def test_one_more_visit(self) -> None:
        """Counts one visit more than there were; only of who is known in the shop."""
        assert would(Visits(), a_lead(sessions=2)) == "one more visit would have made it warm"
        assert would(Visits(), a_lead(sessions=1)) is None
        assert would(Visits(), a_lead()) is None

    def test_nothing_is_asked_where_nothing_can_come_of_it(self) -> None:
        """Of a hot lead, and of one that is too far below, the model is not asked; of one that all changes do not lift, once."""
        hot, far, flat = Counting(), Counting(), Counting(has_phone=0.001)
        assert would(hot, a_lead(), hot_from=0.05, warm_from=0.01) is None
        assert would(far, a_lead(), hot_from=0.9, warm_from=0.8) is None
        assert would(flat, a_lead()) is None
        assert (hot.asked, far.asked, flat.asked) == (0, 0, 1)

    def test_the_rules_are_asked_as_a_model_is(self) -> None:
        """What is said of a lead holds: with the change made, its band is as told."""
        lead = a_lead(email="a@gmail.com", source_reliability=0.4)
        cold = score(lead, RULES, ROUTING)
        assert cold.counterfactual == "a phone number would have made it warm"
        lifted = score(a_lead(email="a@gmail.com", phone="+4930123456", source_reliability=0.4), RULES, ROUTING)
        assert (cold.band, lifted.band) == ("cold", "warm")
