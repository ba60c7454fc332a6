"""The model that workers score with: one linear model in plain dicts, made by `OnlineModel.export`, loaded from JSON.

JSON and not pickle: loading it runs no code. It equals the River members it was made from to 1e-9 (a test holds that), costs a
fraction of them, and its terms are the contributions.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, isfinite, log
from typing import Any, Final

from app.learning.encoding import MAX_LENGTH, MAX_VALUES, Z_LIMIT, bucket, is_sound
from app.learning.reliability import Records, Reliability
from app.pipeline.scoring import BIAS, CAPS, EMAIL_POINTS, NUMBER_LIMIT, NUMBER_POINTS, RELIABILITY_POINTS, UNKNOWN_RELIABILITY
from app.ports import Prediction

LOWEST: Final = 0.001  # no lead is hopeless or certain: probabilities stay within [LOWEST, 1 - LOWEST]
_FLOOR: Final = log(LOWEST / (1 - LOWEST))
_NOTHING_LEARNED: Final = (0.0, 0.0, 0.0)  # mean, 1 / standard deviation, weight


def probability_of(log_odds: float) -> float:
    """The logistic function, within [LOWEST, 1 - LOWEST]."""
    return 1.0 / (1.0 + exp(-max(_FLOOR, min(-_FLOOR, log_odds))))


class ScoringModel:
    """One version of the learned model; implements `app.ports.Model`. Never changes.

    Args:
        version: Names it in decisions.
        labels_learned: Outcomes behind it.
        bias: Log-odds of an average lead without categories.
        numbers: feature → (mean, 1 / standard deviation, weight).
        categories: feature → value → weight; `#n` holds the values that came after the vocabulary was full.
        rules_share: How much say the fixed rules still have, in [0, 1]: less, the more has been learned.
        records: What is remembered of the sources; not given: nothing.

    Raises:
        ValueError: A weight is not finite, or the share is none.
    """

    def __init__(
        self,
        version: str,
        labels_learned: int,
        bias: float,
        numbers: Mapping[str, tuple[float, float, float]],
        categories: Mapping[str, Mapping[str, float]],
        rules_share: float,
        records: Records | None = None,
    ) -> None:
        self.version, self.labels_learned, self._bias = version, int(labels_learned), float(bias)
        self._numbers = {name: (float(mean), float(inverse), float(weight)) for name, (mean, inverse, weight) in numbers.items()}
        self._categories = {name: {value: float(w) for value, w in weights.items()} for name, weights in categories.items()}
        share = self._rules_share = float(rules_share)
        self._records = {} if records is None else records.state()
        self._reliability = Reliability(Records(self._records).of)
        every = [self._bias, *(part for parts in self._numbers.values() for part in parts)]
        every += [weight for weights in self._categories.values() for weight in weights.values()]
        if not all(map(isfinite, every)) or not 0.0 <= self._rules_share <= 1.0:
            raise ValueError(f"model {version!r} holds weights that are not finite, or no share of the rules; publish it again")
        # The rules' points and what was learned as one term per feature, so that a lead is one pass over its features.
        self._base = share * BIAS + self._bias
        named = (*NUMBER_POINTS, *self._numbers)
        self._terms = {name: (*self._numbers.get(name, _NOTHING_LEARNED), *_by_rules(name, share)) for name in named}
        self._email_points = {kind: share * points for kind, points in EMAIL_POINTS.items()}
        self._reliability_points = share * RELIABILITY_POINTS

    def reliability(self, source: str, prior: float | None) -> float:
        """See `app.ports.Model`."""
        return self._reliability.of(source, prior)

    def records(self) -> Records:
        """What is remembered of the sources, for the learner to go on from."""
        return Records(self._records)

    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction:
        """Probability within [.001, .999]; contributions by feature name, with `bias`, that sum to its log-odds.

        Numbers that are not finite, and features or values never learned, contribute no more than the rules say.
        """
        contributions = {"bias": self._base}
        terms = self._terms
        for name, value in numbers.items():
            term = terms.get(name)
            if term is not None and ((type(value) is float and -NUMBER_LIMIT < value < NUMBER_LIMIT) or is_sound(value)):
                mean, inverse, weight, points, most = term
                z = (value - mean) * inverse
                if not -Z_LIMIT <= z <= Z_LIMIT:
                    z = Z_LIMIT if z > 0 else -Z_LIMIT
                by_rules = points * (value if value < most else most) if value > 0.0 else 0.0
                contributions[name] = by_rules + z * weight
        reliability = numbers.get("reliability", UNKNOWN_RELIABILITY)
        if is_sound(reliability) and 0.0 <= reliability <= 1.0:
            by_rules = self._reliability_points * (reliability - UNKNOWN_RELIABILITY)
            contributions["reliability"] = contributions.get("reliability", 0.0) + by_rules
        tables = self._categories
        for name, text in categories.items():
            table = tables.get(name)
            if table is not None:
                weighed = table.get(text)
                contributions[name] = _unlisted(table, text) if weighed is None else weighed
        by_rules = self._email_points.get(categories.get("email", "none"), 0.0)
        contributions["email"] = contributions.get("email", 0.0) + by_rules
        log_odds = sum(contributions.values())
        if not _FLOOR <= log_odds <= -_FLOOR:
            limit = _FLOOR if log_odds < 0 else -_FLOOR
            contributions["bias"] = self._base + limit - log_odds  # what the limit took off or added
            log_odds = limit
        return Prediction(1.0 / (1.0 + exp(-log_odds)), contributions)

    def changed(
        self,
        numbers: Mapping[str, float],
        categories: Mapping[str, str],
        prediction: Prediction,
        changes: Mapping[str, float | str],
    ) -> float:
        """The probability if some features had other values: for counterfactuals.

        Args:
            numbers, categories: The lead's features.
            prediction: What `predict` said of them.
            changes: Feature → its other value; a number or a text.
        """
        texts = {name: value for name, value in changes.items() if isinstance(value, str)}
        values = {name: value for name, value in changes.items() if not isinstance(value, str)}
        return self.predict({**numbers, **values}, {**categories, **texts}).probability

    def to_json(self) -> dict[str, Any]:
        """For `from_json`."""
        return {
            "version": self.version,
            "labels_learned": self.labels_learned,
            "bias": self._bias,
            "numbers": {name: list(parts) for name, parts in self._numbers.items()},
            "categories": self._categories,
            "rules_share": self._rules_share,
            "sources": self._records,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ScoringModel:
        """
        Raises:
            KeyError, TypeError, ValueError, AttributeError: This is no such model.
        """
        numbers = {name: (mean, inverse, weight) for name, (mean, inverse, weight) in data["numbers"].items()}
        parts = data["version"], data["labels_learned"], data["bias"], numbers, data["categories"], data["rules_share"]
        return cls(*parts, Records(data.get("sources")))  # none in a model of the time before sources had records


def _by_rules(name: str, share: float) -> tuple[float, float]:
    """Points for each one of a number, and up to how many: what the rules say of it, as far as they have a say."""
    return share * NUMBER_POINTS.get(name, 0.0), CAPS.get(name, 1.0)


def _unlisted(table: Mapping[str, float], text: str) -> float:
    """The weight of a value not found as it is: cut to the length that counts, else its bucket's, else none."""
    text = text[:MAX_LENGTH]
    return table[text] if text in table else table.get(bucket(text), 0.0) if len(table) >= MAX_VALUES else 0.0
