"""Scoring answers sensibly whatever the lead."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inventory.models import Routing
from app.learning.model import OnlineModel
from app.pipeline.explaining import MAX_LENGTH, MOST
from app.pipeline.lead import Lead, Repair, Violation, ViolationCode
from app.pipeline.scoring import RULES, features, score
from app.ports import Model

ROUTING = Routing(version=1, rules=(), catch_all="sales")
CODES: tuple[ViolationCode, ...] = get_args(ViolationCode)
TEXT = st.one_of(st.none(), st.text(max_size=60))
NUMBER = st.one_of(st.none(), st.floats())


def _trained() -> Model:
    model = OnlineModel()
    for n in range(60):
        lead = Lead(
            "ld", f"s{n % 3}", "e", n, n * 3_600_000, email="a@b.de", message="x" * n, budget=float(n), campaign=f"c{n % 5}"
        )
        model.learn(*features(lead), won=n % 4 == 0)
    return model.export("m")


LEARNED = _trained()


@st.composite
def leads(draw: st.DrawFn) -> Lead:
    violations = [Violation("email", code) for code in draw(st.lists(st.sampled_from(CODES), max_size=4))]
    return Lead(
        "ld",
        draw(st.text(max_size=9)),
        "e",
        draw(st.integers()),
        draw(st.integers(-(2**62), 2**62)),
        email=draw(TEXT),
        phone=draw(TEXT),
        message=draw(TEXT),
        interest=draw(TEXT),
        campaign=draw(TEXT),
        user_agent=draw(TEXT),
        budget=draw(NUMBER),
        order_value=draw(NUMBER),
        orders_count=draw(st.one_of(st.none(), st.integers())),
        source_reliability=draw(st.floats()),
        is_test=draw(st.booleans()),
        sessions=draw(st.one_of(st.none(), st.integers())),
        pages_viewed=draw(st.one_of(st.none(), st.integers())),
        cart_value=draw(NUMBER),
        last_seen_at=draw(st.one_of(st.none(), st.integers(-(2**62), 2**62))),
        facts=draw(st.dictionaries(st.sampled_from(["a", "b.c", "d[e=f].g"]), st.text(max_size=60))),
        language=draw(TEXT),
        first_touch=draw(TEXT),
        last_touch=draw(TEXT),
        violations=violations,
        repairs=[Repair("email", "trim")] * draw(st.integers(0, 5)),
    )


@given(leads())
def test_features_are_finite_and_bounded(lead: Lead) -> None:
    """Every number is finite, every category a short text without an address in it; free text and campaign keep no @."""
    numbers, categories = features(lead)
    assert all(math.isfinite(value) for value in numbers.values())
    assert all(
        len(categories[name]) <= 40 for name in ("campaign", "interest", "email", "device", "first_touch") if name in categories
    )
    assert all("@" not in categories[name] for name in ("campaign", "interest"))


@given(leads(), st.sampled_from([RULES, LEARNED]))
def test_score_is_a_probability_that_its_contributions_explain(lead: Lead, model: Model) -> None:
    """0 < probability < 1, 0 <= confidence <= 1, and contributions sum to the log-odds, for the rules and for a learned model."""
    scored = score(lead, model, ROUTING)
    assert 0.0 < scored.probability < 1.0
    assert 0.0 <= scored.confidence <= 1.0
    log_odds = math.log(scored.probability / (1 - scored.probability))
    assert math.isclose(sum(scored.contributions.values()), log_odds, abs_tol=1e-9)


@given(leads())
def test_a_model_without_labels_scores_as_the_rules(lead: Lead) -> None:
    """A learned model takes from the rules what they say, whatever the lead: with nothing learned it answers as they do."""
    numbers, categories = features(lead)
    by_rules, by_model = RULES.predict(numbers, categories), OnlineModel().export("m").predict(numbers, categories)
    assert math.isclose(by_model.probability, by_rules.probability, abs_tol=1e-9)
    told = {name: points for name, points in by_model.contributions.items() if points}
    assert told == pytest.approx({name: points for name, points in by_rules.contributions.items() if points})


@given(leads(), st.sampled_from([RULES, LEARNED]))
def test_a_score_explains_itself_in_the_same_words_each_time(lead: Lead, model: Model) -> None:
    """Reasons are few and bounded, told with their sign, and the same at each reading; what is said of a change is of one."""
    first, again = score(lead, model, ROUTING), score(lead, model, ROUTING)
    assert (first.reasons, first.counterfactual) == (again.reasons, again.counterfactual)
    assert len(first.reasons) <= MOST
    assert all(one[:2] in ("+ ", "- ") and 2 < len(one) <= MAX_LENGTH for one in first.reasons)
    assert first.counterfactual is None or first.counterfactual.endswith((" would have made it hot", " would have made it warm"))


SECRETS = ("zyxmail", "zyxname", "zyxphone", "zyxcompany", "zyxstreet", "zyxword")


@given(leads(), st.sampled_from([RULES, LEARNED]), st.sampled_from(["", "+49 171 2345678", "jo@zyxmail.de"]))
def test_reasons_hold_no_personal_data(lead: Lead, model: Model, written: str) -> None:
    """No address, number, name, company or word of the message stands in a reason, even where an attribute holds one."""
    lead.email, lead.phone, lead.full_name, lead.company = "jo@zyxmail.de", "+4930zyxphone", "Jo Zyxname", "Zyxcompany"
    lead.street, lead.message, lead.interest = "Zyxstreet 7", f"Zyxword {written}", written or None
    lead.facts = {"a": written, "b": f"reach me: {written}" if written else ""}
    scored = score(lead, model, ROUTING)
    told = repr((scored.reasons, scored.counterfactual, scored.numbers, scored.categories)).lower()
    assert not [secret for secret in (*SECRETS, "171 2345678", "2345678") if secret in told]
