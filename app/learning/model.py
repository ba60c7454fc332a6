"""The learner: six members over the same terms, blended in log-odds, then calibrated.

Five are logistic regressions that go forward label by label, with a say by their recent loss: three of River's at different
learning rates, and two Gaussian ones (`members.py`), which see the learned won shares too (`rates.py`). The sixth looks back over
the last labels every so often (`boosted.py`), with a fixed say. Each is a sum over terms that belong to one feature, so the blend
is one, too: workers look each feature up in one table, and what they find there is the explanation. While labels are few, the
fixed rules keep most of the say, so that the first model ranks no worse than the rules it takes over from. When ADWIN sees the
loss rise against that of the plain won share, the River member that does best replaces the others, the Gaussian ones become
unsure again, and the one that looks back forgets all but the newest labels.
Deterministic: no random numbers anywhere; the order of labels alone decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any, Final

from app.learning.blend import Blend
from app.learning.boosted import Boosted, step
from app.learning.calibration import Calibration
from app.learning.drift import LossDrift
from app.learning.export import Learned, tables
from app.learning.members import Gaussian, Sgd
from app.learning.rarity import Rarities, rarity
from app.learning.rates import Rates
from app.learning.recipes import STANDARD, Recipe, recipe_named
from app.learning.reliability import Records
from app.learning.serving import LOWEST, ScoringModel, probability_of
from app.learning.share import BASE, WonShare
from app.learning.terms import MAX_NUMBERS, SPLIT, Encoding, Terms, is_sound
from app.pipeline.scoring import RELIABILITY_POINTS, RULES, UNKNOWN_RELIABILITY

SETTLING: Final = 2_000  # labels after a drift for which the blend follows loss firmly: the slow members are simply wrong
LEAST_RULES: Final = 0.03  # of the say: below, the rules are silent
FIRST_RATE_WEIGHT: Final = 0.3  # of a feature's won shares together, before any label
_BASE_LOG_ODDS: Final = log(BASE / (1 - BASE))


class OnlineModel:
    """Learns one label at a time, predicts at any time, saves and restores itself exactly.

    Args:
        recipe: How it learns.

    Attributes:
        recipe: As given.
        labels_learned: How many labels it has learned.
        refused_numbers: How many numbers were not finite (or absurdly large) and left out.
        drifts: How often a rising loss made it start over.
    """

    def __init__(self, recipe: Recipe = STANDARD) -> None:
        self.recipe = recipe
        self.labels_learned = self.refused_numbers = self.drifts = 0
        self._encoding = Encoding()
        self._rates = Rates(recipe.half_lives)
        self._sgd = [Sgd(rate, _BASE_LOG_ODDS) for rate in recipe.rates]
        self._whole, self._by_rates = Gaussian(recipe.spread, recipe.unrest), Gaussian(recipe.rate_spread, recipe.unrest)
        for member in (self._whole, self._by_rates):
            for at in range(len(recipe.half_lives)):
                member.begin(_base(at), 1.0 / len(recipe.half_lives), 0.05)
        self._boosted = Boosted()
        self._blend = Blend(len(recipe.rates) + 2, recipe.hedge, recipe.fade)
        self._calibration = Calibration()
        self._rarities = Rarities()
        self._unsettled = 0  # labels until the blend is even-handed again
        self._drift = LossDrift()
        self._share = WonShare()

    @property
    def _members(self) -> list[Sgd | Gaussian | Boosted]:
        return [*self._sgd, self._whole, self._by_rates, self._boosted]

    def learn(self, numbers: Mapping[str, float], categories: Mapping[str, str], won: bool) -> float:
        """Learn one label.

        Args:
            numbers, categories: The features as they were when the lead was scored.
            won: The label.

        Returns:
            The log loss (nats) of what would have been predicted just before.
        """
        sound = self._guard(numbers)
        members = self._members
        for grown in self._encoding.learn(sound, categories):
            for member in members:
                member.grow(*grown)
            self._blend.grow(*grown)
            self._rates.grow(grown[0], grown[1])
        seen, tokens = self._inputs(sound, categories, begin=True)
        answers = [member.log_odds(terms) for member, terms in zip(members, seen, strict=True)]
        loss = _log_loss(self._with_rules(self._blended(answers), numbers, categories), won)
        before = self._blend.lagged(seen)
        judged = answers if before is None or self._unsettled else before
        self._calibration.learn(self._mixed(judged), won)
        newest = [_log_loss(answer, won) for answer in answers[:-1]]
        self._blend.judge(newest if judged is answers else [_log_loss(answer, won) for answer in judged[:-1]], newest)
        self._watch(loss, won)
        for member, terms in zip(members, seen, strict=True):
            member.learn(terms, won)
        if self._blend.due():
            self._blend.copy([(member.bias, member.weights()) for member in members])
        self._rarities.add(sum((rarity(self._rates, term) for _, term in tokens), 0.0))
        self._rates.learn(tokens, won)
        self._share.learn(won)
        self.labels_learned += 1
        return loss

    def probability(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> float:
        """The chance to be won as the members give it; the reference for the exported `ScoringModel`."""
        sound = {name: value for name, value in numbers.items() if is_sound(value) and name in self._encoding.knots}
        seen, _ = self._inputs(sound, categories, begin=False)
        answers = [member.log_odds(terms) for member, terms in zip(self._members, seen, strict=True)]
        return probability_of(self._with_rules(self._blended(answers), numbers, categories))

    def export(self, version: str, records: Records | None = None) -> ScoringModel:
        """What workers score with: the blend as one table for each feature, and what is remembered of the sources."""
        shares, trust = self._shares(), 1.0 - self._rules_share()
        scale = trust * self._calibration.slope
        learned = Learned(self._encoding, self._rates, [(one.bias, one.weights()) for one in self._members])
        told = tables(learned, [scale * share for share in shares], _apart(shares, len(self._sgd)))
        bias = told.bias + trust * self._calibration.shift + (1.0 - trust) * self._ordinary()
        rules_share = 1.0 - trust
        return ScoringModel(version, self.labels_learned, bias, told, rules_share, self._rarities.quantiles(), records)

    def state(self) -> dict[str, Any]:
        """Everything that learning on depends on, as JSON can hold it (floats survive JSON exactly)."""
        return {
            "recipe": self.recipe.name,
            "labels_learned": self.labels_learned,
            "refused_numbers": self.refused_numbers,
            "drifts": self.drifts,
            "encoding": self._encoding.state(),
            "rates": self._rates.state(),
            "sgd": [member.state() for member in self._sgd],
            "gaussian": [self._whole.state(), self._by_rates.state()],
            "boosted": self._boosted.state(),
            "blend": self._blend.state(),
            "calibration": self._calibration.state(),
            "rarities": self._rarities.state(),
            "unsettled": self._unsettled,
            "drift": self._drift.state(),
            "share": self._share.state(),
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> OnlineModel:
        """The model that gave this `state()`; it learns on as that one would have.

        Raises:
            KeyError, TypeError, ValueError: This is no such state.
        """
        model = cls(recipe_named(state["recipe"]))
        model.labels_learned, model.refused_numbers = int(state["labels_learned"]), int(state["refused_numbers"])
        model.drifts, model._unsettled = int(state["drifts"]), int(state["unsettled"])
        model._encoding = Encoding.restore(state["encoding"])
        model._rates.load(state["rates"])
        saved = zip(model.recipe.rates, state["sgd"], strict=True)
        model._sgd = [Sgd(rate, one["bias"], one["weights"]) for rate, one in saved]
        for member, one in zip((model._whole, model._by_rates), state["gaussian"], strict=True):
            member.load(one)
        model._boosted.load(state["boosted"])
        model._blend.load(state["blend"])
        model._calibration.load(state["calibration"])
        model._rarities = Rarities(state["rarities"])
        model._drift = LossDrift(state["drift"])
        model._share = WonShare(state["share"])
        return model

    def _guard(self, numbers: Mapping[str, float]) -> dict[str, float]:
        sound: dict[str, float] = {}
        known = self._encoding.knots
        for name, value in numbers.items():
            if not is_sound(value) or SPLIT in name:
                self.refused_numbers += 1
            elif name in known or len(known) + len(sound) < MAX_NUMBERS:
                sound[name] = float(value)
        return sound

    def _inputs(
        self, sound: Mapping[str, float], categories: Mapping[str, str], *, begin: bool
    ) -> tuple[list[Terms], list[tuple[str, str]]]:
        """What each member multiplies, and the terms whose won shares count."""
        terms, tokens = self._encoding.encode(sound, categories)
        shares = self._rates.shares()
        by_rates: Terms = [(_base(at), log(share / (1.0 - share))) for at, share in enumerate(shares)]
        for feature, term in tokens:
            for at, rate in enumerate(self._rates.of(term, shares)):
                name = f"{feature}{SPLIT}~{at}"
                if begin:
                    self._whole.begin(name, FIRST_RATE_WEIGHT / len(shares), self.recipe.spread)
                    self._by_rates.begin(name, FIRST_RATE_WEIGHT / len(shares), self.recipe.rate_spread)
                if rate:
                    by_rates.append((name, rate))
        steps = [(step(term), 1.0) for _, term in tokens]
        return [*([terms] * len(self._sgd)), terms + by_rates, by_rates, steps], tokens

    def _shares(self) -> list[float]:
        look = self.recipe.looking_back * self._boosted.experience
        return [*((1.0 - look) * share for share in self._blend.shares(self._unsettled > 0)), look]

    def _mixed(self, answers: list[float]) -> float:
        return sum(share * answer for share, answer in zip(self._shares(), answers, strict=True))

    def _blended(self, answers: list[float]) -> float:
        return self._calibration.of(self._mixed(answers))

    def _rules_share(self) -> float:
        cold = self.recipe.cold / (self.recipe.cold + self.labels_learned)
        return max(0.0, (cold - LEAST_RULES) / (1.0 - LEAST_RULES))

    def _with_rules(self, blended: float, numbers: Mapping[str, float], categories: Mapping[str, str]) -> float:
        share = self._rules_share()
        if not share:
            return blended
        by_rules = sum(RULES.predict(numbers, categories).contributions.values()) + self._ordinary()
        return (1.0 - share) * blended + share * by_rules

    def _ordinary(self) -> float:
        """What the rules' points for reliability are off by, in log-odds: they count from a half, which nobody may be near."""
        met = self._encoding.knots.get("reliability")
        return RELIABILITY_POINTS * (UNKNOWN_RELIABILITY - met.mean) if met else 0.0

    def _watch(self, loss: float, won: bool) -> None:
        if self._drift.update(loss - _log_loss(self._share.log_odds, won)):
            self._unsettled = SETTLING
            self.drifts += 1
            self._start_from_best()
            self._whole.doubt()
            self._by_rates.doubt()
            self._boosted.forget()
            self._calibration.doubt()
            self._blend.restart()
        elif self._unsettled:
            self._unsettled -= 1
            if not self._unsettled:  # at the alarm nobody knew much of the new world yet: now the slow members get a good start
                self._start_from_best()

    def _start_from_best(self) -> None:
        losses = self._blend.newest[: len(self._sgd)]
        best = self._sgd[losses.index(min(losses))]
        self._sgd = [Sgd(rate, best.bias, best.weights()) for rate in self.recipe.rates]


def _base(at: int) -> str:
    return f"{SPLIT}~{at}"


def _apart(shares: list[float], first: int) -> list[float]:
    """What tells how far River's members and the Gaussian ones disagree: the mean of the former less that of the latter."""
    one, two = sum(shares[:first]) or 1.0, sum(shares[first:]) or 1.0
    return [share / one if at < first else -share / two for at, share in enumerate(shares)]


def _log_loss(log_odds: float, won: bool) -> float:
    p = probability_of(log_odds)
    return -log(max(LOWEST, p if won else 1.0 - p))
