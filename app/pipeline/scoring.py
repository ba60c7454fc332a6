"""Scoring: how likely is this lead to be won, how sure are we, and why?

Pure: the model comes in through its port. Until a learned model is published, `RULES` scores by fixed points anyone can read.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from typing import Final

from app.inventory.models import Routing
from app.pipeline.confidence import confidence
from app.pipeline.explaining import reasons
from app.pipeline.explaining_changes import counterfactual
from app.pipeline.fate import Band, Score
from app.pipeline.features import features
from app.pipeline.lead import Lead
from app.ports import Model, Prediction

__all__ = ["RULES", "RulesModel", "band", "confidence", "features", "score"]

# Points are log-odds. -2.2 alone is 10 %, an ordinary share of won leads; +0.7 doubles the odds, -0.7 halves them.
BIAS: Final = -2.2
NUMBER_POINTS: Final[dict[str, float]] = {
    "has_phone": 0.4,
    "has_company": 0.3,
    "has_message": 0.2,
    "completeness": 0.5,
    "violations": -0.2,  # each, at most five
    "order_value": 0.12,  # per e-fold: an order of 100 gives 0.55
    "budget": 0.05,
    "orders_count": 0.3,
    "pages_viewed": 0.15,  # per e-fold: ten pages give 0.36
    "cart_value": 0.12,
}
EMAIL_POINTS: Final[dict[str, float]] = {"corporate": 0.4, "free": 0.0, "role": -0.3, "none": -0.5, "disposable": -1.5}
UNKNOWN_RELIABILITY: Final = 0.5  # of a source that nobody has said anything of
RELIABILITY_POINTS: Final = 2.0  # from -1 for the least reliable source to +1 for the most, 0 for the unknown
CAPS: Final = {  # what counts of a number at the most; 1 of one that is not here
    "violations": 5.0,
    "order_value": 12.0,
    "budget": 14.0,
    "orders_count": 4.0,
    "pages_viewed": 4.0,
    "cart_value": 12.0,
}
NUMBER_LIMIT: Final = 1e15  # a number from there on is a mistake, and says nothing


class RulesModel:
    """Fixed points → probability. Version `rules`, nothing learned; never NaN, 0 or 1 whatever the features."""

    version = "rules"
    labels_learned = 0

    def reliability(self, source: str, prior: float | None) -> float:
        """What the inventory declares."""
        return UNKNOWN_RELIABILITY if prior is None else prior

    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction:
        """Points of every feature that has any, and their sum through the logistic function."""
        contributions = {"bias": BIAS}
        for name, points in NUMBER_POINTS.items():
            value = numbers.get(name, 0.0)
            if isinstance(value, (int, float)) and 0.0 < value < NUMBER_LIMIT:  # also false for NaN
                contributions[name] = points * min(value, CAPS.get(name, 1.0))
        contributions["email"] = EMAIL_POINTS.get(categories.get("email", "none"), 0.0)
        reliability = numbers.get("reliability", 0.5)
        if isinstance(reliability, (int, float)) and 0.0 <= reliability <= 1.0:
            contributions["reliability"] = RELIABILITY_POINTS * (reliability - 0.5)
        return Prediction(1.0 / (1.0 + exp(-sum(contributions.values()))), contributions)

    def changed(
        self,
        numbers: Mapping[str, float],
        categories: Mapping[str, str],
        prediction: Prediction,
        changes: Mapping[str, float | str],
    ) -> float:
        """See `app.ports.Model`."""
        texts = {name: value for name, value in changes.items() if isinstance(value, str)}
        values = {name: value for name, value in changes.items() if not isinstance(value, str)}
        return self.predict({**numbers, **values}, {**categories, **texts}).probability

    def usual(self, number: str) -> float | None:
        """Rules have met no lead."""
        return None


RULES: Final = RulesModel()


def band(probability: float, hot_from: float, warm_from: float) -> Band:
    """hot from `hot_from` on, warm from `warm_from` on, else cold."""
    if probability >= hot_from:
        return "hot"
    return "warm" if probability >= warm_from else "cold"


def score(lead: Lead, model: Model, routing: Routing, returning: bool | None = None) -> Score:
    """The lead's score by one version of the model, with the limits of the routing configuration.

    Args:
        returning: Whether the person had been a lead before, with another intent; None: nobody knows.
    """
    numbers, categories = features(lead, returning)
    prediction = model.predict(numbers, categories)
    return Score(
        probability=prediction.probability,
        band=band(prediction.probability, routing.hot_from, routing.warm_from),
        confidence=confidence(lead, model, prediction.sureness),
        model=model.version,
        numbers=numbers,
        categories=categories,
        contributions=prediction.contributions,
        sureness=prediction.sureness,
        unusual=prediction.unusual,
        reasons=reasons(prediction.contributions, numbers, categories, model.usual),
        counterfactual=counterfactual(numbers, categories, prediction, model, routing),
    )
