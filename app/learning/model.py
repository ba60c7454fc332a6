"""The learner: a blend of River's logistic regressions at different learning rates over one scaler.

A slow one is exact where nothing changes, a fast one follows change; they are blended in log-odds by their recent loss, so
the blend is linear again: workers multiply one vector of weights, and its terms are the explanation. While labels are few, the
fixed rules keep most of the say, so that the first model ranks no worse than the rules it takes over from. When ADWIN sees the
loss rise against that of the plain won share, the member that does best replaces the others: at that moment, and once more when
the new world has been seen for a while.
Deterministic: no random numbers anywhere; the order of labels alone decides the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from typing import Any, Final

from river.linear_model import LogisticRegression
from river.optim import SGD
from river.preprocessing import StandardScaler

from app.learning.drift import LossDrift
from app.learning.encoding import MAX_NUMBERS, Z_LIMIT, Vocabulary, is_sound
from app.learning.recipes import STANDARD, Recipe, recipe_named
from app.learning.reliability import Records
from app.learning.serving import LOWEST, ScoringModel, probability_of
from app.learning.share import BASE, WonShare
from app.pipeline.scoring import RELIABILITY_POINTS, RULES, UNKNOWN_RELIABILITY

RATES: Final = (0.001, 0.005, 0.03)  # slow to fast
HEDGE: Final = 0.05  # how strongly recent loss moves the blend: softly, since an even blend is hard to beat in calm times,
HEDGE_UNSETTLED: Final = 0.5  # … and firmly for SETTLING labels after a drift, when the slow members are simply wrong
SETTLING: Final = 2_000
FADE: Final = 0.99  # of a member's loss, per label
COLD_LABELS: Final = 300  # labels at which rules and model weigh the same
_BASE_LOG_ODDS: Final = log(BASE / (1 - BASE))


class OnlineModel:
    """Learns one label at a time, predicts at any time, saves and restores itself exactly.

    Args:
        recipe: How it learns.

    Attributes:
        recipe: As given.
        labels_learned: How many labels it has learned.
        refused_numbers: How many numbers were not finite (or absurdly large) and left out.
        drifts: How often a rising loss made it start over from its best member.
    """

    def __init__(self, recipe: Recipe = STANDARD) -> None:
        self.recipe = recipe
        self._rates = tuple(rate * recipe.pace for rate in RATES)
        self.labels_learned = 0
        self.refused_numbers = 0
        self.drifts = 0
        self._scaler = StandardScaler()
        self._members = [_member(rate, _BASE_LOG_ODDS, {}) for rate in self._rates]
        self._losses = [0.0] * len(RATES)
        self._unsettled = 0  # labels until the blend is even-handed again
        self._drift = LossDrift()
        self._vocabulary = Vocabulary()
        self._share = WonShare()

    def learn(self, numbers: Mapping[str, float], categories: Mapping[str, str], won: bool) -> float:
        """Learn one label.

        Args:
            numbers, categories: The features as they were when the lead was scored.
            won: The label.

        Returns:
            The log loss (nats) of what would have been predicted just before.
        """
        sound = self._guard(numbers)
        self._vocabulary.admit(categories)
        self._scaler.learn_one(sound)
        x = self._encode(sound, categories)
        answers = [member._raw_dot_one(x) for member in self._members]  # noqa: SLF001  (River has no public log-odds)
        loss = _log_loss(self._with_rules(self._blend(answers), numbers, categories), won)
        self._losses = [FADE * old + _log_loss(answer, won) for old, answer in zip(self._losses, answers, strict=True)]
        if self._drift.update(loss - _log_loss(self._share.log_odds, won)):
            self._unsettled = SETTLING
            self.drifts += 1
            self._start_from_best()
        elif self._unsettled:
            self._unsettled -= 1
            if not self._unsettled:  # at the alarm nobody knew much of the new world yet: now the slow members get a good start
                self._start_from_best()
        for member in self._members:
            member.learn_one(x, won)
        self._share.learn(won)
        self.labels_learned += 1
        return loss

    def probability(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> float:
        """The chance to be won as River's members give it; the reference for the exported `ScoringModel`."""
        sound = {name: value for name, value in numbers.items() if is_sound(value) and name in self._scaler.counts}
        x = self._encode(sound, categories)
        blended = self._blend([member._raw_dot_one(x) for member in self._members])  # noqa: SLF001
        return probability_of(self._with_rules(blended, numbers, categories))

    def export(self, version: str, records: Records | None = None) -> ScoringModel:
        """What workers score with: the blend as one linear model, and what is remembered of the sources."""
        trust, shares = self._trust(), self._shares()
        bias = trust * sum(share * member.intercept for share, member in zip(shares, self._members, strict=True))
        bias += (1.0 - trust) * self._ordinary()
        weights: dict[str, float] = {}
        for share, member in zip(shares, self._members, strict=True):
            for name, weight in member.weights.items():
                weights[name] = weights.get(name, 0.0) + trust * share * weight
        numbers, categories = {}, {name: dict.fromkeys(values, 0.0) for name, values in self._vocabulary.state().items()}
        for name, weight in weights.items():
            feature, is_category, value = name.partition("=")
            if is_category:
                categories[feature][value] = weight
            else:
                variance = self._scaler.vars[name]
                numbers[name] = (self._scaler.means[name], variance**-0.5 if variance > 0 else 0.0, weight)
        return ScoringModel(version, self.labels_learned, bias, numbers, categories, 1.0 - trust, records)

    def state(self) -> dict[str, Any]:
        """Everything that learning on depends on, as JSON can hold it (floats survive JSON exactly)."""
        return {
            "recipe": self.recipe.name,
            "labels_learned": self.labels_learned,
            "refused_numbers": self.refused_numbers,
            "drifts": self.drifts,
            "scaler": {"counts": dict(self._scaler.counts), "means": dict(self._scaler.means), "vars": dict(self._scaler.vars)},
            "members": [{"intercept": member.intercept, "weights": member.weights} for member in self._members],
            "losses": self._losses,
            "unsettled": self._unsettled,
            "drift": self._drift.state(),
            "vocabulary": self._vocabulary.state(),
            "share": self._share.state(),
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> OnlineModel:
        """The model that gave this `state()`; it learns on as that one would have.

        Raises:
            KeyError, TypeError, ValueError: This is no such state.
        """
        model = cls(recipe_named(state.get("recipe", STANDARD.name)))  # none in a state of the time before recipes
        model.labels_learned, model.refused_numbers = int(state["labels_learned"]), int(state["refused_numbers"])
        model.drifts = int(state["drifts"])
        scaler = state["scaler"]
        model._scaler = StandardScaler._from_state(scaler["counts"], scaler["means"], scaler["vars"])  # noqa: SLF001
        saved = zip(model._rates, state["members"], strict=True)
        model._members = [_member(rate, member["intercept"], member["weights"]) for rate, member in saved]
        model._losses = [float(loss) for loss in state["losses"]]
        model._unsettled = int(state["unsettled"])
        model._drift = LossDrift(state["drift"])
        model._vocabulary = Vocabulary(state["vocabulary"])
        model._share = WonShare(state["share"])
        return model

    def _guard(self, numbers: Mapping[str, float]) -> dict[str, float]:
        sound: dict[str, float] = {}
        for name, value in numbers.items():
            if not is_sound(value) or "=" in name:
                self.refused_numbers += 1
            elif name in self._scaler.counts or len(self._scaler.counts) + len(sound) < MAX_NUMBERS:
                sound[name] = float(value)
        return sound

    def _encode(self, sound: dict[str, float], categories: Mapping[str, str]) -> dict[str, float]:
        scaled = self._scaler.transform_one(sound)
        x = {name: min(Z_LIMIT, max(-Z_LIMIT, value)) for name, value in scaled.items()}
        for name, value in categories.items():
            key = self._vocabulary.key(name, value)
            if key is not None:
                x[key] = 1.0
        return x

    def _shares(self) -> list[float]:
        least = min(self._losses)
        hedge = HEDGE_UNSETTLED if self._unsettled else HEDGE
        raw = [exp(-hedge * (loss - least)) for loss in self._losses]
        return [one / sum(raw) for one in raw]

    def _blend(self, answers: list[float]) -> float:
        return sum(share * answer for share, answer in zip(self._shares(), answers, strict=True))

    def _trust(self) -> float:
        return self.labels_learned / (self.labels_learned + COLD_LABELS)

    def _with_rules(self, blended: float, numbers: Mapping[str, float], categories: Mapping[str, str]) -> float:
        trust = self._trust()
        by_rules = sum(RULES.predict(numbers, categories).contributions.values()) + self._ordinary()
        return trust * blended + (1.0 - trust) * by_rules

    def _ordinary(self) -> float:
        """What the rules' points for reliability are off by, in log-odds: they count from a half, which nobody may be near."""
        met = float(self._scaler.means.get("reliability", UNKNOWN_RELIABILITY))
        return RELIABILITY_POINTS * (UNKNOWN_RELIABILITY - met)

    def _start_from_best(self) -> None:
        best = self._members[self._losses.index(min(self._losses))]
        self._members = [_member(rate, best.intercept, best.weights) for rate in self._rates]
        self._losses = [0.0] * len(RATES)


def _member(rate: float, intercept: float, weights: Mapping[str, float]) -> LogisticRegression:
    member = LogisticRegression(optimizer=SGD(rate), intercept_lr=rate, intercept_init=float(intercept))
    if weights:
        loaded = {name: float(weight) for name, weight in weights.items()}
        member._weights = type(member._weights)(loaded)  # noqa: SLF001  (no public way to set them)
    return member


def _log_loss(log_odds: float, won: bool) -> float:
    p = probability_of(log_odds)
    return -log(max(LOWEST, p if won else 1.0 - p))
