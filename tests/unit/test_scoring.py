"""Features, rules, bands and confidence."""

from __future__ import annotations

import math
import timeit
from typing import Any

import pytest

from app.inventory.models import Routing
from app.learning.model import OnlineModel
from app.pipeline.channel import channel_of
from app.pipeline.confidence import NOTHING_LEARNED, UNSURE, model_confidence
from app.pipeline.features import bounded, bounded_free_text, device, domain_class
from app.pipeline.lead import Lead, Repair, Violation, ViolationCode
from app.pipeline.scoring import RULES, RulesModel, band, confidence, features, score

ROUTING = Routing(version=1, rules=(), catch_all="sales")
MONDAY_0915 = 1_767_604_500_000  # 5 January 2026, 09:15 UTC


def a_lead(**changes: Any) -> Lead:
    lead = Lead(
        "ld_1", "webform", "e1", MONDAY_0915, MONDAY_0915, email="jo@acme-tools.de", phone="+4930123456", full_name="Jo Fox"
    )
    lead.company, lead.country, lead.country_source, lead.message = "Acme", "DE", "phone", "We need ten licences"
    lead.campaign, lead.interest, lead.source_reliability = "Spring  Sale", "CRM Suite", 0.6
    lead.repairs = [Repair("email", "case"), Repair("phone", "e164")]
    for name, value in changes.items():
        setattr(lead, name, value)
    return lead


class TestFeatures:
    def test_hold_no_personal_data(self) -> None:
        """No feature holds the address, number, name, domain, company or message of a person."""
        numbers, categories = features(a_lead(interest="call me at +49 30 1234567"))
        text = repr((numbers, categories)).lower()
        for secret in ("jo@", "acme", "4930123456", "fox", "licences", "1234567"):
            assert secret not in text

    def test_hour_and_weekday_are_points_on_a_circle(self) -> None:
        """Monday is weekday 0, and 09:15 UTC is hour 9."""
        numbers, _ = features(a_lead())
        assert (numbers["weekday_sin"], numbers["weekday_cos"]) == (0.0, 1.0)
        assert numbers["hour_sin"] == pytest.approx(math.sin(2 * math.pi * 9 / 24))

    def test_an_absurd_amount_stays_finite(self) -> None:
        """NaN, infinite and negative amounts count as none or as the limit."""
        numbers, _ = features(a_lead(budget=math.nan, order_value=math.inf, orders_count=-3))
        assert numbers["budget"] == numbers["orders_count"] == 0.0
        assert numbers["order_value"] < 30.0

    @pytest.mark.parametrize(
        "text",
        [
            *("12345678901", "6042147342661", "120210000000000123", "urn:li:sponsoredcampaign:123456789"),
            *("12345678901-98765432109", "spring-sale-2026-03-15", "2026-03-01_2026-03-31", "20260301-20260331"),
            *("leads 500-1000", "1 + 1 gratis"),
        ],
    )
    def test_campaigns_keep_their_ids_and_dates(self, text: str) -> None:
        """The ids of Google, Meta and LinkedIn and the dates in campaign names are what the model learns from."""
        assert bounded(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            *("jo@acme.de", "+49 30 123456", "+4930123456", "(030) 123 45678", "0171 234 5678", "0171-2345678", "01712345678"),
            *("call me: 030 1234 5678", "4111 1111 1111 1111", "4111-1111-1111-1111", "x" * 36 + " 030 1234 5678"),
        ],
    )
    def test_campaigns_keep_no_personal_numbers(self, text: str) -> None:
        """Phones and cards, as people write them, become `other`, even where the end would be cut off."""
        assert bounded(text) == "other"

    def test_texts_are_bounded_categories(self) -> None:
        """Campaigns lose case and extra blanks, and are cut."""
        _, categories = features(a_lead(campaign="Spring  SALE " + "x" * 100))
        assert categories["campaign"].startswith("spring sale x")
        assert len(categories["campaign"]) == 40

    @pytest.mark.parametrize(
        ("violations", "email", "expected"),
        [
            ([], "a@gmail.com", "free"),
            ([], "a@yahoo.co.uk", "free"),
            ([], "a@acme.de", "corporate"),
            ([], None, "none"),
            ([Violation("email", "role_address")], "info@acme.de", "role"),
            ([Violation("email", "disposable")], "a@mailinator.com", "disposable"),
        ],
    )
    def test_email_is_a_class(self, violations: list[Violation], email: str | None, expected: str) -> None:
        """Of the e-mail only its class is a feature."""
        assert features(a_lead(email=email, violations=violations))[1]["email"] == expected

    def test_classes_come_from_few_words(self) -> None:
        """Devices, domains and interests fall into small vocabularies."""
        assert device("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Mobile/15E148") == "mobile"
        assert device("Mozilla/5.0 (X11; Linux x86_64)") == "desktop"
        assert device("Googlebot/2.1") == "bot"
        assert domain_class("hotmail.fr") == "free"
        assert bounded_free_text("write to me@home.de") == "other"

    def test_who_was_here_before_is_known_or_not(self) -> None:
        """1 for who had been a lead before, 0 for somebody new; where the match index could not tell, the feature is absent."""
        assert [features(a_lead(), known)[0].get("returning") for known in (True, False, None)] == [1.0, 0.0, None]

    def test_a_journey_is_features_and_its_absence_none(self) -> None:
        """What a visitor did is counted on log scales, its touches are channels; a lead without a journey lacks them all."""
        journey = {
            "sessions": 3,
            "pages_viewed": 12,
            "cart_adds": 1,
            "cart_value": 129.0,
            "last_seen_at": MONDAY_0915 - 7_200_000,
        }
        plain = features(a_lead())
        numbers, categories = features(a_lead(**journey, first_touch="google/cpc", last_touch="jo-fox.example"))
        assert {name: numbers[name] for name in numbers.keys() - plain[0].keys()} == pytest.approx(
            {
                "sessions": math.log(4),
                "pages_viewed": math.log(13),
                "cart_adds": math.log(2),
                "cart_value": math.log(130),
                "hours_since_visit": math.log(3),
            }
        )
        assert categories == plain[1] | {"first_touch": "paid", "last_touch": "referral"}

    def test_a_model_of_the_time_before_journeys_passes_over_them(self) -> None:
        """What a model never learned contributes nothing but what the fixed rules say."""
        model = OnlineModel()
        for n in range(50):
            model.learn(*features(a_lead(phone=None if n % 2 else "+4930123456")), won=n % 2 == 0)
        earlier = model.export("m")
        with_journey = a_lead(sessions=3, pages_viewed=0, cart_adds=0, cart_value=0.0, last_seen_at=MONDAY_0915)
        known, unknown = (earlier.predict(*features(lead)) for lead in (with_journey, a_lead()))
        assert known.probability == pytest.approx(unknown.probability)
        model.learn(*features(with_journey), won=True)
        assert 0.0 < model.export("n").predict(*features(with_journey)).probability < 1.0

    @pytest.mark.parametrize(
        ("touch", "channel"),
        [
            *((None, "direct"), ("google/cpc", "paid"), ("meta/click", "paid"), ("news/email", "email"), ("x/organic", "search")),
            *(("google.com", "search"), ("lnkd.in", "social"), ("jo-fox.example", "referral"), ("newsletter", "email")),
            *(("ads/jo-fox", "other"), ("jo-fox", "other"), ("partner/affiliate", "affiliate"), ("x/display", "display")),
        ],
    )
    def test_a_touch_is_one_of_ten_channels(self, touch: str | None, channel: str) -> None:
        """Media, else whose domain it is; nobody's own words are kept."""
        assert channel_of(touch) == channel


class TestRules:
    def test_contributions_sum_to_the_log_odds(self) -> None:
        """The points are the whole score."""
        prediction = RULES.predict(*features(a_lead()))
        log_odds = math.log(prediction.probability / (1 - prediction.probability))
        assert sum(prediction.contributions.values()) == pytest.approx(log_odds, abs=1e-12)

    def test_a_reachable_company_beats_an_empty_lead(self) -> None:
        """More contact and context scores higher; a disposable address lower."""
        rich = RULES.predict(*features(a_lead())).probability
        poor = RULES.predict(*features(Lead("ld_2", "webform", "e2", 0, 0))).probability
        fake = RULES.predict(*features(a_lead(violations=[Violation("email", "disposable")]))).probability
        assert poor < fake < rich

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, -1e300])
    def test_no_number_breaks_them(self, value: float) -> None:
        """Whatever a number is, the answer is strictly between 0 and 1."""
        assert 0.0 < RULES.predict(dict.fromkeys(features(a_lead())[0], value), {}).probability < 1.0


class TestBand:
    @pytest.mark.parametrize(("probability", "expected"), [(0.3, "hot"), (0.299, "warm"), (0.1, "warm"), (0.099, "cold")])
    def test_limits_belong_to_the_higher_band(self, probability: float, expected: str) -> None:
        """A probability on the limit is in the band above it."""
        assert band(probability, 0.3, 0.1) == expected


class TestConfidence:
    def test_ordinary_leads_are_sure(self) -> None:
        """Repairs, and one optional field that could not be read, cost little."""
        assert confidence(a_lead(), RULES) >= 0.9
        minor = [Violation("page_url", "invalid"), Violation("email", "role_address")]
        assert confidence(a_lead(violations=minor), RULES) >= 0.8
        assert confidence(a_lead(phone=None, violations=[Violation("phone", "invalid")]), RULES) >= 0.8

    @pytest.mark.parametrize("code", ["uncontactable", "test_lead"])
    def test_uncontactable_and_test_leads_go_to_people(self, code: ViolationCode) -> None:
        """Each of the two alone is enough."""
        assert confidence(a_lead(violations=[Violation("email", code)]), RULES) < 0.5

    def test_flags_count_without_their_violation(self) -> None:
        """A lead without contact, or with the vendor's test flag, is unsure even where validation noted nothing."""
        assert confidence(a_lead(email=None, phone=None), RULES) < 0.5
        assert confidence(a_lead(is_test=True), RULES) < 0.5

    def test_doubts_multiply(self) -> None:
        """Several weighty doubts add up to a review; a test lead is not penalised twice for one flag."""
        doubts = [Violation("full_name", "placeholder"), Violation("email", "invalid"), Violation("country", "ambiguous")]
        assert confidence(a_lead(violations=[*doubts, Violation("company", "missing")]), RULES) < 0.5
        once = confidence(a_lead(is_test=True, violations=[Violation("is_test", "test_lead")]), RULES)
        assert once == pytest.approx(confidence(a_lead(is_test=True), RULES))

    def test_a_lead_that_the_model_knows_little_about_is_less_sure(self) -> None:
        """Sureness lowers the confidence once the model is settled, never below the review limit by itself."""
        assert [model_confidence(200, sureness) for sureness in (1.0, 0.5, 0.0)] == pytest.approx([1.0, 0.9, UNSURE])
        assert confidence(a_lead(), Settled(), 0.0) > 0.6

    def test_a_cold_start_holds_nobody(self) -> None:
        """A model without outcomes is sure of nobody, which costs no more than it ever did."""
        assert model_confidence(0, 0.0) == model_confidence(0, 1.0) == NOTHING_LEARNED


class Settled(RulesModel):
    """Rules that claim to have learned."""

    labels_learned = 1_000


class TestScore:
    def test_holds_all_that_a_decision_needs(self) -> None:
        """The score carries the features as they were, the version, the band and the contributions."""
        lead = a_lead()
        scored = score(lead, RULES, ROUTING)
        assert (scored.numbers, scored.categories) == features(lead)
        assert scored.model == "rules"
        assert scored.band == band(scored.probability, ROUTING.hot_from, ROUTING.warm_from)

    def test_is_fast_enough(self) -> None:
        """Features and a learned model's prediction take far less than the pipeline's 150 µs (40 planned, 120 allowed here)."""
        model = OnlineModel()
        for n in range(300):
            model.learn(*features(a_lead(campaign=f"c{n % 50}")), won=n % 5 == 0)
        learned, lead = model.export("m"), a_lead()
        best = min(timeit.repeat(lambda: score(lead, learned, ROUTING), number=500, repeat=5)) / 500
        print(f"score: {best * 1e6:.1f} µs")
        assert best < 120e-6
