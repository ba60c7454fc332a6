"""The battery that the learner must pass: guarded, bounded, exact, deterministic."""

from __future__ import annotations

import json
import math
import random
import timeit
from collections.abc import Iterator

import pytest

from app.learning.model import OnlineModel
from app.learning.serving import LOWEST, ScoringModel
from app.learning.share import WonShare
from app.learning.tables import Tables
from app.learning.terms import BUCKETS, MAX_VALUES
from app.pipeline.scoring import RULES

Example = tuple[dict[str, float], dict[str, str], bool]


def examples(count: int, seed: int = 0) -> Iterator[Example]:
    rng = random.Random(seed)
    for _ in range(count):
        x, source = rng.gauss(0, 1), rng.choice("abcd")
        odds = 1.5 * x + {"a": 1.0, "b": 0.0, "c": -1.0, "d": -2.0}[source] - 1.0
        yield {"x": x, "noise": rng.gauss(5, 3)}, {"source": source}, rng.random() < 1 / (1 + math.exp(-odds))


def trained(count: int, seed: int = 0) -> OnlineModel:
    model = OnlineModel()
    for numbers, categories, won in examples(count, seed):
        model.learn(numbers, categories, won)
    return model


class TestGuard:
    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, None, "7", 1e300])
    def test_bad_numbers_never_poison(self, bad: float) -> None:
        """What is not a sound number is left out and counted; the model answers as if it had been absent."""
        with_bad, without = trained(200), trained(200)
        with_bad.learn({"x": bad, "noise": 1.0}, {"source": "a"}, True)
        without.learn({"noise": 1.0}, {"source": "a"}, True)
        assert with_bad.refused_numbers == 1
        probe = {"x": 0.5, "noise": 4.0}, {"source": "a"}
        assert with_bad.probability(*probe) == without.probability(*probe)
        assert with_bad.export("m").predict({"x": bad}, {"source": "a"}).probability == pytest.approx(
            with_bad.probability({}, {"source": "a"})
        )

    def test_an_outlier_does_not_throw_the_weights(self) -> None:
        """One number of a thousand standard deviations changes other leads' chances by little."""
        model = trained(2_000)
        before = model.probability({"x": 0.0}, {"source": "a"})
        model.learn({"x": 1e9}, {"source": "a"}, False)
        assert abs(model.probability({"x": 0.0}, {"source": "a"}) - before) < 0.2

    def test_categories_are_capped(self) -> None:
        """However many values a feature takes, terms stay bounded, and late values share learned buckets."""
        model = OnlineModel()
        for n in range(2_000):
            model.learn({"x": 0.0}, {"source": "a", "campaign": f"c{n // 2}"}, won=n % 3 == 0)
        assert len(model.state()["encoding"]["values"]["campaign"]) == MAX_VALUES
        assert len(model.state()["gaussian"][0]["weights"]) <= MAX_VALUES + BUCKETS + 20
        assert model.export("m").predict({}, {"campaign": "unheard-of"}).contributions["campaign"] != 0.0

    def test_ids_that_never_repeat_get_no_weight(self) -> None:
        """A value counts from its second sight on; ids share one weight, and the state stays small."""
        model = OnlineModel()
        for n in range(5_000):
            model.learn({}, {"id": f"{n}", "kind": "ab"[n % 2]}, won=n % 2 == 0)
        assert model.state()["encoding"]["values"]["id"] == []
        assert len(json.dumps(model.state())) < 200_000

    def test_no_chance_is_0_or_1(self) -> None:
        """Thousands of wins in a row do not make a certainty."""
        model = OnlineModel()
        for _ in range(3_000):
            model.learn({"x": 1.0}, {"source": "a"}, won=True)
        assert model.probability({"x": 1.0}, {"source": "a"}) <= 1 - LOWEST


class TestExport:
    @pytest.mark.parametrize("count", [0, 1, 20, 500, 3_000])
    def test_equals_river(self, count: int) -> None:
        """What workers compute is what the members predict, to 1e-9, and contributions sum to its log-odds."""
        model = trained(count)
        exported = ScoringModel.from_json(json.loads(json.dumps(model.export("m").to_json())))
        for numbers, categories, _ in examples(200, seed=1):
            prediction = exported.predict(numbers, categories)
            assert prediction.probability == pytest.approx(model.probability(numbers, categories), abs=1e-9)
            log_odds = math.log(prediction.probability / (1 - prediction.probability))
            assert sum(prediction.contributions.values()) == pytest.approx(log_odds, abs=1e-9)

    def test_limits_show_in_the_bias(self) -> None:
        """Where the floor of .001 is reached, contributions still sum to the log-odds."""
        model = ScoringModel("m", 9, -9.0, Tables(), 0.0)
        prediction = model.predict({}, {})
        assert prediction.probability == pytest.approx(LOWEST)
        assert sum(prediction.contributions.values()) == pytest.approx(math.log(LOWEST / (1 - LOWEST)))

    def test_refuses_weights_that_are_not_finite(self) -> None:
        """A model that would answer NaN cannot be made."""
        with pytest.raises(ValueError, match="not finite"):
            ScoringModel("m", 9, math.nan, Tables(), 0.0)

    def test_predicts_fast(self) -> None:
        """A prediction with contributions for 14 numbers and 8 categories takes 40 µs at most (60 allowed here)."""
        numbers = {f"n{i}": i / 7 for i in range(14)}
        categories = {f"c{i}": "v" for i in range(8)}
        model = OnlineModel()
        for n in range(100):
            model.learn({name: value * (n % 7) for name, value in numbers.items()}, categories, n % 3 == 0)
        exported = model.export("m")
        best = min(timeit.repeat(lambda: exported.predict(numbers, categories), number=1_000, repeat=5)) / 1_000
        print(f"predict: {best * 1e6:.1f} µs")
        assert best < 60e-6


class TestState:
    def test_continues_exactly(self) -> None:
        """Saved to JSON and restored in the middle, the learner ends with the same weights, bit for bit."""
        undisturbed, all_examples = OnlineModel(), list(examples(2_000))
        for example in all_examples:
            undisturbed.learn(*example)
        resumed = trained(0)
        for n, example in enumerate(all_examples):
            if n % 333 == 0:
                resumed = OnlineModel.restore(json.loads(json.dumps(resumed.state())))
            resumed.learn(*example)
        assert resumed.state() == undisturbed.state()

    def test_is_deterministic(self) -> None:
        """The same labels in the same order give the same state."""
        assert trained(500).state() == trained(500).state()


class TestColdStart:
    def test_without_labels_it_is_the_rules(self) -> None:
        """A model that has learned nothing answers as the fixed rules do, with their reasons."""
        lead = {"has_phone": 1.0, "completeness": 0.6, "reliability": 0.8}, {"source": "a", "email": "corporate"}
        by_rules, by_model = RULES.predict(*lead), OnlineModel().export("m").predict(*lead)
        assert by_model.probability == pytest.approx(by_rules.probability, abs=1e-12)
        assert by_model.contributions == pytest.approx(by_rules.contributions)

    def test_the_rules_hand_over(self) -> None:
        """After a few labels the rules still rank leads; after thousands that say the opposite, the labels do."""
        without, having = ({"has_phone": 0.0}, {"source": "a"}), ({"has_phone": 1.0}, {"source": "a"})
        model, rng = OnlineModel(), random.Random(3)
        for n in range(4_000):
            if n == 20:
                assert model.probability(*having) > model.probability(*without)
            phone = n % 2
            model.learn({"has_phone": float(phone)}, {"source": "a"}, rng.random() < (0.05 if phone else 0.3))
        assert model.probability(*having) < model.probability(*without)

    def test_the_won_share_is_never_0_or_1(self) -> None:
        """It begins at one in ten and follows the labels, fading."""
        share = WonShare()
        assert share.log_odds == pytest.approx(math.log(0.1 / 0.9))
        for _ in range(10_000):
            share.learn(False)
        assert -8 < share.log_odds < math.log(0.1 / 0.9)
        for n in range(5_000):
            share.learn(n % 2 == 0)
        assert share.log_odds == pytest.approx(0.0, abs=0.05)
        assert WonShare(json.loads(json.dumps(share.state()))).log_odds == share.log_odds
