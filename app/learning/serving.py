"""The model that workers score with: one table for each feature, made by `OnlineModel.export`, loaded from JSON.

JSON and not pickle: loading it runs no code. It equals the members it was made from to 1e-9 (a test holds that), costs a fraction
of them, and what it finds in its tables are the contributions: they sum to the log-odds exactly, calibration included.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from math import exp, isfinite, log
from typing import Any, Final

from app.learning.knots import Z_LIMIT, Z_SCALE
from app.learning.reliability import Records, Reliability
from app.learning.tables import NOTHING, Entry, Number, Tables
from app.learning.terms import MAX_LENGTH, MAX_WORDS, SPLIT, WORDS, bucket, is_sound
from app.pipeline.scoring import BIAS, CAPS, EMAIL_POINTS, NUMBER_LIMIT, NUMBER_POINTS, RELIABILITY_POINTS, UNKNOWN_RELIABILITY
from app.ports import Prediction

LOWEST: Final = 0.001  # no lead is hopeless or certain: probabilities stay within [LOWEST, 1 - LOWEST]
_FLOOR: Final = log(LOWEST / (1 - LOWEST))
_MOST: Final = Z_LIMIT * Z_SCALE


def probability_of(log_odds: float) -> float:
    """The logistic function, within [LOWEST, 1 - LOWEST]."""
    return 1.0 / (1.0 + exp(-max(_FLOOR, min(-_FLOOR, log_odds))))


class ScoringModel:
    """One version of the learned model; implements `app.ports.Model`. Never changes.

    Args:
        version: Names it in decisions.
        labels_learned: Outcomes behind it.
        bias: Log-odds of a lead without features.
        tables: What its features say; their own bias does not count.
        rules_share: How much say the fixed rules still have, in [0, 1]: less, the more has been learned.
        rarities: Quantiles of recent leads' rarity, rising.
        records: What is remembered of the sources; not given: nothing.

    Raises:
        ValueError: A weight is not finite, or the share is none.
    """

    def __init__(
        self,
        version: str,
        labels_learned: int,
        bias: float,
        tables: Tables,
        rules_share: float,
        rarities: list[float] | None = None,
        records: Records | None = None,
    ) -> None:
        self.version, self.labels_learned, self._bias, self._tables = version, int(labels_learned), float(bias), tables
        share = self._rules_share = float(rules_share)
        self._rarities = [float(one) for one in rarities or ()]
        self._records = {} if records is None else records.state()
        self._reliability = Reliability(Records(self._records).of)
        if not isfinite(self._bias) or not tables.finite() or not 0.0 <= share <= 1.0:
            raise ValueError("a weight of the model is not finite; publish the snapshot again")
        self._base = self._bias + share * BIAS
        self._email_points = {kind: share * points for kind, points in EMAIL_POINTS.items()}
        self._reliability_points = share * RELIABILITY_POINTS
        self._points = [(name, share * points, CAPS.get(name, 1.0)) for name, points in NUMBER_POINTS.items()] if share else []
        self._numbers = [(name, *_parts(one)) for name, one in tables.numbers.items()]
        self._categories = [
            (name, one.values, one.other, one.full, one.lacking or NOTHING) for name, one in tables.categories.items()
        ]
        self._words = tables.words
        self._features = max(1, len(self._numbers) + len(self._categories))

    def reliability(self, source: str, prior: float | None) -> float:
        """See `app.ports.Model`."""
        return self._reliability.of(source, prior)

    def records(self) -> Records:
        """What is remembered of the sources, for the learner to go on from."""
        return Records(self._records)

    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction:
        """Probability within [.001, .999]; contributions by feature name, with `bias`, that sum to its log-odds.

        Numbers that are not finite count as lacking; features never learned contribute no more than the rules say. Sureness is
        the mean evidence for the lead's values over 1 + the disagreement of the members in log-odds; `unusual` the share of
        recent leads that were less rare.
        """
        contributions = {"bias": self._base}
        apart = evidence = rare = 0.0
        for name, at, segments, mean, inverse, slope, slope_apart, lacking in self._numbers:
            value = numbers.get(name)
            if value is not None and ((type(value) is float and -NUMBER_LIMIT < value < NUMBER_LIMIT) or is_sound(value)):
                z = (value - mean) * inverse
                if not -_MOST <= z <= _MOST:
                    z = _MOST if z > 0 else -_MOST
                base, gradient, start, disagree, change, proof, rarity = segments[bisect_right(at, value)]
                away = value - start
                contributions[name] = base + gradient * away + slope * z
                apart += disagree + change * away + slope_apart * z
                evidence += proof
                rare += rarity
            else:
                said, disagree, proof, rarity = lacking
                if said:
                    contributions[name] = said
                    apart += disagree
                evidence += proof
                rare += rarity
        for name, values, other, full, lacking in self._categories:
            text = categories.get(name)
            entry = lacking if text is None else values.get(text) or _unlisted(values, other, full, text)
            said, disagree, proof, rarity = entry
            contributions[name] = said
            apart += disagree
            evidence += proof
            rare += rarity
        if self._words and WORDS in categories:
            said, disagree = self._spoken(categories[WORDS])
            contributions[WORDS] = said
            apart += disagree
        if self._rules_share:
            self._add_rules(contributions, numbers, categories)
        log_odds = sum(contributions.values())
        if not _FLOOR <= log_odds <= -_FLOOR:
            limit = _FLOOR if log_odds < 0 else -_FLOOR
            contributions["bias"] += limit - log_odds  # what the limit took off or added
            log_odds = limit
        sureness = evidence / (self._features * (1.0 + abs(apart)))
        rarer = bisect_right(self._rarities, rare)
        unusual = rarer / len(self._rarities) if self._rarities else 0.0
        return Prediction(1.0 / (1.0 + exp(-log_odds)), contributions, sureness, unusual)

    def changed(
        self,
        numbers: Mapping[str, float],
        categories: Mapping[str, str],
        prediction: Prediction,
        changes: Mapping[str, float | str],
    ) -> float:
        """The probability if some features had other values: for counterfactuals. Cheap: only what changes is looked up.

        Args:
            numbers, categories: The lead's features.
            prediction: What `predict` said of them.
            changes: Feature → its other value; a number or a text.
        """
        said = prediction.contributions
        log_odds = self._base + sum(said.values()) - said["bias"]
        for name, value in changes.items():
            log_odds += self._of(name, value) - said.get(name, 0.0)
        return probability_of(log_odds)

    def usual(self, number: str) -> float | None:
        """See `app.ports.Model`."""
        found = self._tables.numbers.get(number)
        return None if found is None else found.mean

    def _of(self, name: str, value: float | str) -> float:
        """What one value of one feature contributes, the rules' part included."""
        if isinstance(value, str):
            by_rules = self._email_points.get(value, 0.0) if name == "email" else 0.0
            if name == WORDS:
                return self._spoken(value)[0]
            one = self._tables.categories.get(name)
            return by_rules + (
                0.0 if one is None else (one.values.get(value) or _unlisted(one.values, one.other, one.full, value))[0]
            )
        by_rules = 0.0
        if name == "reliability" and 0.0 <= value <= 1.0:
            by_rules = self._reliability_points * (value - UNKNOWN_RELIABILITY)
        elif 0.0 < value < NUMBER_LIMIT:
            by_rules = self._rules_share * NUMBER_POINTS.get(name, 0.0) * min(value, CAPS.get(name, 1.0))
        number = self._tables.numbers.get(name)
        if number is None or not is_sound(value):
            return by_rules + (number.lacking or (0.0,))[0] if number else by_rules
        z = max(-_MOST, min(_MOST, (value - number.mean) * number.inverse))
        base, gradient, start, *_ = number.segments[bisect_right(number.at, value)]
        return by_rules + base + gradient * (value - start) + number.slope * z

    def _spoken(self, text: str) -> tuple[float, float]:
        said = apart = 0.0
        for word in text.split()[:MAX_WORDS]:
            one, two = self._words.get(word, (0.0, 0.0))
            said, apart = said + one, apart + two
        return said, apart

    def _add_rules(self, contributions: dict[str, float], numbers: Mapping[str, float], categories: Mapping[str, str]) -> None:
        for name, points, most in self._points:
            value = numbers.get(name, 0.0)
            if isinstance(value, (int, float)) and 0.0 < value < NUMBER_LIMIT:  # also false for NaN
                contributions[name] = contributions.get(name, 0.0) + points * (value if value < most else most)
        reliability = numbers.get("reliability", UNKNOWN_RELIABILITY)
        if is_sound(reliability) and 0.0 <= reliability <= 1.0:
            by_rules = self._reliability_points * (reliability - UNKNOWN_RELIABILITY)
            contributions["reliability"] = contributions.get("reliability", 0.0) + by_rules
        by_rules = self._email_points.get(categories.get("email", "none"), 0.0)
        contributions["email"] = contributions.get("email", 0.0) + by_rules

    def to_json(self) -> dict[str, Any]:
        """For `from_json`."""
        return {
            "version": self.version,
            "labels_learned": self.labels_learned,
            "bias": self._bias,
            "tables": self._tables.to_json(),
            "rules_share": self._rules_share,
            "rarities": self._rarities,
            "sources": self._records,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ScoringModel:
        """
        Raises:
            KeyError, TypeError, ValueError, AttributeError: This is no such model.
        """
        parts = data["version"], data["labels_learned"], data["bias"], Tables.from_json(data["tables"]), data["rules_share"]
        return cls(*parts, data["rarities"], Records(data.get("sources")))


def _parts(one: Number) -> tuple[Any, ...]:
    return one.at, one.segments, one.mean, one.inverse, one.slope, one.apart, one.lacking or NOTHING


def _unlisted(values: Mapping[str, Entry], other: Entry, full: bool, text: str) -> Entry:
    """What is said of a value not found as it is: cut to the length that counts, else as its bucket or all others."""
    text = text[:MAX_LENGTH]
    return values.get(text) or (values.get(SPLIT + bucket(text)[1:], other) if full else other)
