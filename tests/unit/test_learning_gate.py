"""The gate: what is better passes, what is poisoned never does, and looking often does not help."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app.learning.gate import Grouping, Judgement, Labels, Limits, Passed, Refused, gate
from app.learning.paired import auc_gain, holm, mean_of, spent
from app.learning.quality import Floats, auc

LEADS, SOURCES, LIMITS = 2_000, ["ads", "webform", "partner", "fair", "chat"], Limits()


class Stream:
    """Leads of five sources; the true log-odds, the champion's (the truth and some noise), and what became of them."""

    def __init__(self, seed: int, count: int = LEADS) -> None:
        self.rng = np.random.default_rng(seed)
        self.codes = self.rng.integers(0, len(SOURCES), count).astype(np.uint8)
        self.truth = self.rng.normal(-1.8, 1.1, count) + np.array([0.6, 0.0, -0.5, 0.3, -0.2])[self.codes]
        self.won = (self.rng.random(count) < chance(self.truth)).astype(float)
        self.champion = chance(self.noisy(0.6))
        self.labels = Labels(self.won, {"source": Grouping(self.codes, SOURCES)})

    def noisy(self, much: float) -> Floats:
        return np.asarray(self.truth + self.rng.normal(0, much, len(self.truth)))

    def judge(self, challenger: Floats, **how: object) -> Judgement:
        return gate(self.champion, challenger, self.labels, LIMITS, **how)  # type: ignore[arg-type]


def chance(log_odds: Floats) -> Floats:
    return np.asarray(np.clip(1 / (1 + np.exp(-log_odds)), 0.001, 0.999))


def flipped(of: Stream) -> Floats:
    return chance(-of.noisy(0.2))


def rescaled(of: Stream) -> Floats:
    return chance(3.0 * of.noisy(0.2))


def constant(of: Stream) -> Floats:
    return np.full(len(of.won), of.won.mean())


def of_a_leak_that_is_gone(of: Stream) -> Floats:
    return chance(0.2 * of.truth + of.rng.normal(-1.8, 0.5, len(of.won)))


def of_a_leak_that_is_there(of: Stream) -> Floats:
    shown = of.rng.random(len(of.won)) < 0.6
    return chance(of.noisy(0.2) + shown * 5.0 * (2 * of.won - 1))


def harming_one_source(of: Stream) -> Floats:
    return chance(np.where(of.codes == 3, 0.3 - of.truth - 3.6, of.noisy(0.0)))


def starving_one_source(of: Stream) -> Floats:
    return chance(np.where(of.codes == 2, -4.5, of.noisy(0.0)))


def overconfident(of: Stream) -> Floats:
    return chance(1.8 * (of.noisy(0.0) + 1.8) - 1.8)


POISONS = [
    flipped, rescaled, constant, of_a_leak_that_is_gone, of_a_leak_that_is_there, harming_one_source, starving_one_source,
    overconfident,
]  # fmt: skip


class TestPoison:
    @pytest.mark.parametrize("poison", POISONS, ids=lambda one: one.__name__)
    @pytest.mark.parametrize("better", [True, False], ids=["by itself", "asked for"])
    def test_never_passes(self, poison: Callable[[Stream], Floats], better: bool) -> None:
        """Twenty streams of each kind of poison, promoted by itself or asked for by a person: none passes."""
        for seed in range(20):
            of = Stream(seed)
            assert isinstance(of.judge(poison(of), better=better), Refused), seed

    @pytest.mark.parametrize(
        ("poison", "check"),
        [
            (flipped, "auc"), (constant, "log loss"), (rescaled, "calibration"), (of_a_leak_that_is_there, "plausible"),
            (harming_one_source, "groups"), (starving_one_source, "groups"),
        ],
        ids=lambda one: one if isinstance(one, str) else one.__name__,
    )  # fmt: skip
    def test_is_refused_for_what_it_is(self, poison: Callable[[Stream], Floats], check: str) -> None:
        """The finding that does not hold names what is wrong."""
        for seed in range(20):
            of = Stream(seed)
            assert check in {one.check for one in of.judge(poison(of)).findings if not one.held}, seed

    def test_a_slow_one_never_passes(self) -> None:
        """Whoever needs more than the budget is refused, however good."""
        of = Stream(1)
        better = chance(of.noisy(0.0))
        assert isinstance(of.judge(better, predict_us=140.0), Passed)
        assert isinstance(of.judge(better, predict_us=151.0), Refused)


class TestWhatIsBetter:
    def test_passes_mostly(self) -> None:
        """A challenger without the champion's noise is promoted in most streams, at the first look."""
        passed = sum(isinstance(of.judge(chance(of.noisy(0.0)), alpha=spent(0.05, 1)), Passed) for of in map(Stream, range(20)))
        assert passed >= 14

    def test_the_champion_itself_is_not_better_but_not_worse(self) -> None:
        """What predicts the same is not promoted by itself; a person may take it."""
        of = Stream(1)
        assert isinstance(of.judge(of.champion), Refused)
        assert isinstance(of.judge(of.champion, better=False), Passed)

    def test_a_head_start_is_no_merit(self) -> None:
        """Who was far better at the beginning of the window and is not in its later half stays where it is."""
        of = Stream(4, 8_000)
        half = np.arange(8_000) < 4_000
        refused = of.judge(np.where(half, chance(of.truth), chance(of.noisy(0.7))))
        assert isinstance(refused, Refused)
        assert "is no more" in refused.words

    def test_few_labels_say_nothing(self) -> None:
        """Below the least number of labels the best is refused, and told why."""
        of = Stream(1, 900)
        refused = of.judge(chance(of.noisy(0.0)))
        assert isinstance(refused, Refused)
        assert "too few labels: 900" in refused.words

    def test_equals_pass_no_more_often_than_alpha_over_all_looks(self) -> None:
        """Of 200 races between equals, each looked at twenty times, at most one in twenty ends in a promotion."""
        promoted = 0
        for seed in range(200):
            of = Stream(seed, 6_000)
            challenger = chance(of.noisy(0.6))
            for look in range(1, 21):
                part = slice(0, 1_000 + 250 * look)
                recent = slice(max(0, part.stop - LEADS), part.stop)
                judged = gate(
                    of.champion[recent], challenger[recent], Labels(of.won[recent]), LIMITS, alpha=spent(LIMITS.alpha, look)
                )
                if isinstance(judged, Passed):
                    promoted += 1
                    break
        assert promoted <= 10


class TestStatistics:
    def test_the_gain_of_auc_is_that_of_the_measure(self) -> None:
        """DeLong's estimate equals the difference of the two areas, ties included."""
        of = Stream(3)
        rough = np.round(chance(of.noisy(1.0)), 1)
        gain = auc_gain(of.champion, rough, of.won)
        before, after = auc(of.champion, of.won), auc(rough, of.won)
        assert gain is not None
        assert before is not None
        assert after is not None
        assert math.isclose(gain.mean, after - before, abs_tol=1e-12)

    def test_the_error_of_auc_is_that_of_streams(self) -> None:
        """DeLong's standard error is the spread over streams, within a fifth."""
        gains = [auc_gain(of.champion, chance(of.noisy(0.3)), of.won) for of in map(Stream, range(200))]
        found = [gain for gain in gains if gain is not None]
        assert np.std([gain.mean for gain in found]) == pytest.approx(np.mean([gain.error for gain in found]), rel=0.2)

    def test_neighbours_alike_make_the_mean_less_sure(self) -> None:
        """A series that wanders has a greater standard error than the same values shuffled."""
        rng = np.random.default_rng(1)
        wandering = np.convolve(rng.normal(size=2_010), np.ones(10) / 10, "valid")
        assert mean_of(wandering).error > 2 * mean_of(rng.permutation(wandering)).error

    def test_holm(self) -> None:
        """The textbook's example: the least chance counts for all, the next for those left, none below an earlier one."""
        assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
        assert holm([]) == []

    def test_looks_share_the_error(self) -> None:
        """However many looks there are, their errors sum to no more than what is allowed."""
        assert sum(spent(0.05, look) for look in range(1, 10_000)) < 0.05


def test_a_finding_says_numbers() -> None:
    """Findings read as sentences with their figures."""
    of = Stream(2)
    words = gate(of.champion, harming_one_source(of), of.labels, replace(LIMITS, group_labels=50)).words
    assert "harms source fair +" in words
    assert "of 5 groups" in words
