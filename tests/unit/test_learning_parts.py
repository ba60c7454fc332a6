"""The parts of the learned model: knots, rates, blend, calibration, what a prediction says of itself."""

from __future__ import annotations

import json
import math
import random

import pytest

from app.learning.blend import LAG, Blend
from app.learning.calibration import Calibration
from app.learning.knots import FIRST, MAX_KNOTS, Knots
from app.learning.model import OnlineModel
from app.learning.rates import Rates
from app.learning.recipes import RECIPES, STANDARD, recipe_named
from app.learning.serving import ScoringModel


class TestKnots:
    def test_few_values_have_a_knot_each(self) -> None:
        """A number that takes three values is told apart by each of them."""
        knots = Knots("n")
        for n in range(FIRST):
            knots.learn(float(n % 3), room=True)
        assert knots.at == [0.0, 1.0, 2.0]
        terms: list[tuple[str, float]] = []
        assert knots.place(1.5, terms) == knots.term(1.0)
        assert dict(terms)[knots.term(1.0)] == dict(terms)[knots.term(2.0)] == 0.5

    def test_a_column_that_comes_alive_late_is_seen(self) -> None:
        """A number that was constant for long gets knots where its values then lie, and never more than the bound."""
        knots, rng = Knots("n"), random.Random(1)
        for _ in range(1_200):
            knots.learn(-1.0, room=True)
        assert knots.at == [-1.0]
        for _ in range(20_000):
            knots.learn(rng.uniform(0, 400), room=True)
        assert 5 < len(knots.at) <= MAX_KNOTS
        assert knots.at == sorted(set(knots.at))


class TestRates:
    def test_little_evidence_is_drawn_to_the_share_of_all(self) -> None:
        """One win makes nobody a winner; a hundred do."""
        rates = Rates((500.0, 20_000.0))
        for n in range(1_000):
            rates.learn([("f", "often" if n % 5 == 0 else "else")], n % 5 == 0)
        rates.learn([("f", "once")], True)
        shares = rates.shares()
        once, often = rates.of("once", shares), rates.of("often", shares)
        assert all(0.0 < one < other for one, other in zip(once, often, strict=True))
        assert rates.of("never", shares) == [0.0, 0.0]


class TestBlend:
    def test_members_are_judged_by_what_they_said_some_time_ago(self) -> None:
        """Weights of LAG labels ago answer, though the member has moved on."""
        blend = Blend(1, 0.05, 0.998)
        for n in range(3 * LAG):
            if blend.due():
                blend.copy([(float(n), {})])
        (lagged,) = blend.lagged([[]]) or [math.nan]
        assert LAG <= 3 * LAG - lagged <= 2 * LAG

    def test_the_better_has_more_say(self) -> None:
        """Less loss, more say; after a restart all have the same."""
        blend = Blend(2, 0.05, 0.998)
        for _ in range(500):
            blend.judge([0.3, 0.4], [0.3, 0.4])
        assert blend.shares(unsettled=False)[0] > 0.8
        blend.restart()
        assert blend.shares(unsettled=False) == [0.5, 0.5]


def test_calibration_mends_what_is_too_sure() -> None:
    """Log-odds that are twice too large are shrunk."""
    calibration, rng = Calibration(), random.Random(3)
    for _ in range(6_000):
        z = rng.gauss(-1.5, 1.0)
        calibration.learn(2.0 * (z + 1.5) - 1.5, rng.random() < 1 / (1 + math.exp(-z)))
    assert calibration.slope == pytest.approx(0.5, abs=0.12)


def test_recipes_are_found_by_name() -> None:
    """Each recipe is known by its name, and an unknown name is refused with the names there are."""
    assert all(recipe_named(name) is recipe for name, recipe in RECIPES.items())
    with pytest.raises(ValueError, match=STANDARD.name):
        recipe_named("none such")


@pytest.fixture(scope="module")
def model() -> ScoringModel:
    learner, rng = OnlineModel(), random.Random(5)
    for _ in range(2_000):
        kind, age = rng.choice("aabbc"), rng.gauss(40, 10)
        words = "hot now" if rng.random() < 0.3 else "cold"
        won = rng.random() < (0.5 if words != "cold" and kind == "a" else 0.1)
        learner.learn({"age": age}, {"kind": kind, "words": words}, won)
    return ScoringModel.from_json(json.loads(json.dumps(learner.export("m").to_json())))


class TestPrediction:
    def test_words_count_each(self, model: ScoringModel) -> None:
        """The words of a lead are a set: each has its own weight, together they are one contribution."""
        said = model.predict({}, {"words": "hot now"}).contributions["words"]
        parts = [model.predict({}, {"words": word}).contributions["words"] for word in ("hot", "now")]
        assert said == pytest.approx(sum(parts))
        assert said > model.predict({}, {"words": "cold"}).contributions["words"]

    def test_what_was_seen_often_is_surer_and_more_usual(self, model: ScoringModel) -> None:
        """A lead like most is sure and ordinary, one like none is neither."""
        like, unlike = model.predict({"age": 40.0}, {"kind": "a"}), model.predict({"age": 1e6}, {"kind": "zzz"})
        assert like.sureness > unlike.sureness
        assert like.unusual < 0.9 < unlike.unusual <= 1.0

    @pytest.mark.parametrize(
        "changes", [{"kind": "c"}, {"age": 55.0}, {"kind": "new", "age": -3.0}, {"words": "hot"}, {"none": 1.0}]
    )
    def test_another_value_is_told_as_predicting_again_would(self, model: ScoringModel, changes: dict[str, float | str]) -> None:
        """`changed` is the probability of the lead with the other values."""
        numbers, categories = {"age": 33.0}, {"kind": "a", "words": "cold"}
        texts = {name: value for name, value in changes.items() if isinstance(value, str)}
        values = {name: value for name, value in changes.items() if not isinstance(value, str)}
        again = model.predict({**numbers, **values}, {**categories, **texts}).probability
        told = model.changed(numbers, categories, model.predict(numbers, categories), changes)
        assert told == pytest.approx(again, abs=1e-12)


def test_hostile_names_and_texts_are_borne() -> None:
    """Names with separators, half surrogates and long texts neither break the learner nor its JSON."""
    model = OnlineModel()
    for n in range(60):
        model.learn(
            {"a\x1f=b": 1.0, "=": float(n), "": -1.0}, {"\ud800": "x", "k": "\ud800", "k\x1f": "v", "l": "y" * 500}, n % 2 == 0
        )
    state = json.loads(json.dumps(model.state()).encode())
    assert OnlineModel.restore(state).state() == model.state()
    model.export("m").predict({"": math.nan}, {"k": "\ud800", "l": "y" * 500})
