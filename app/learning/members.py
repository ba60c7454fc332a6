"""The members: logistic regressions over sparse terms, by two ways of learning.

`Sgd` is River's LogisticRegression with SGD: many small steps, slow to trust and hard to mislead. `Gaussian` keeps for each
weight how sure it is of it (a diagonal Gaussian, updated as by an extended Kalman filter; compare AdPredictor, Graepel and
others, 2010): it learns a weight from few labels, and needs no learning rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from typing import Any, Final

from river.linear_model import LogisticRegression
from river.optim import SGD

from app.learning.terms import Terms

DOUBT: Final = 0.1  # variance after a drift: what was learned may be the opposite of what holds now
LEAST_SPREAD: Final = 0.01  # of p (1 - p): a certain lead says little, but not nothing
Z_LIMIT: Final = 12.0


class Sgd:
    """River's logistic regression, restorable.

    Args:
        rate: Its learning rate.
        bias: Log-odds to begin with.
        weights: Term → weight.
    """

    def __init__(self, rate: float, bias: float, weights: Mapping[str, float] | None = None) -> None:
        self.rate = rate
        self.model = LogisticRegression(optimizer=SGD(rate), intercept_lr=rate, intercept_init=float(bias))
        if weights:
            loaded = {name: float(weight) for name, weight in weights.items()}
            self.model._weights = type(self.model._weights)(loaded)  # noqa: SLF001  (no public way to set them)

    @property
    def bias(self) -> float:
        """Log-odds of a lead without terms."""
        return float(self.model.intercept)

    def log_odds(self, terms: Terms) -> float:
        """Of winning."""
        return float(self.model._raw_dot_one(dict(terms)))  # noqa: SLF001  (River has no public log-odds)

    def learn(self, terms: Terms, won: bool) -> None:
        """One step."""
        self.model.learn_one(dict(terms), won)

    def weights(self) -> dict[str, float]:
        """Term → weight."""
        return dict(self.model.weights)

    def grow(self, term: str, below: str, above: str | None, share: float) -> None:
        """A new knot begins where the line between its neighbours was."""
        weights = self.model._weights  # noqa: SLF001
        low = weights.get(below, 0.0)
        weights[term] = low + share * (weights.get(above, 0.0) - low) if above is not None else low

    def state(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"bias": self.bias, "weights": self.weights()}


class Gaussian:
    """A logistic regression that is unsure of its weights.

    Args:
        spread: Prior variance of a weight: small for caution, large for quick learning.
        unrest: Variance that a weight gains at each label that shows its term, up to `spread`: how fast the world moves.
        first: Weight that a term begins with.
    """

    def __init__(self, spread: float, unrest: float) -> None:
        self.spread, self.unrest = spread, unrest
        self.bias, self._bias_variance = 0.0, 1.0
        self.of: dict[str, list[float]] = {}  # term → weight, variance

    def begin(self, term: str, weight: float, variance: float) -> None:
        """Give a term a weight to begin with, unless it has one."""
        if term not in self.of:
            self.of[term] = [weight, variance]

    def log_odds(self, terms: Terms) -> float:
        """Of winning."""
        of, z = self.of, self.bias
        for term, factor in terms:
            held = of.get(term)
            if held is not None:
                z += held[0] * factor
        return z

    def learn(self, terms: Terms, won: bool) -> None:
        """One step of the filter."""
        of, spread, unrest = self.of, self.spread, self.unrest
        z, variance = self.bias, self._bias_variance
        held_by: list[tuple[list[float], float]] = []
        for term, factor in terms:
            held = of.get(term)
            if held is None:
                held = of[term] = [0.0, spread]
            elif held[1] < spread:
                held[1] += unrest * factor * factor
            z += held[0] * factor
            variance += held[1] * factor * factor
            held_by.append((held, factor))
        p = 1.0 / (1.0 + exp(-max(-Z_LIMIT, min(Z_LIMIT, z))))
        weight = max(LEAST_SPREAD, p * (1.0 - p))
        shrink = 1.0 + weight * variance
        step, loss = (won - p) / shrink, weight / shrink
        for held, factor in held_by:
            gain = held[1] * factor
            held[0] += gain * step
            held[1] -= gain * gain * loss
        bias_variance = self._bias_variance
        self.bias += bias_variance * step
        self._bias_variance = bias_variance - bias_variance * bias_variance * loss + BIAS_UNREST

    def weights(self) -> dict[str, float]:
        """Term → weight."""
        return {term: held[0] for term, held in self.of.items()}

    def grow(self, term: str, below: str, above: str | None, share: float) -> None:
        """A new knot begins where the line between its neighbours was, as unsure as a new weight."""
        low = self.of.get(below, (0.0,))[0]
        weight = low + share * (self.of.get(above, (0.0,))[0] - low) if above is not None else low
        self.of[term] = [weight, self.spread]

    def doubt(self) -> None:
        """The world has changed: less sure than at first."""
        for held in self.of.values():
            held[1] = max(held[1], DOUBT)
        self._bias_variance = 1.0

    def state(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"bias": [self.bias, self._bias_variance], "weights": {term: list(held) for term, held in self.of.items()}}

    def load(self, state: Mapping[str, Any]) -> None:
        """
        Raises:
            KeyError, TypeError, ValueError: This is no such state.
        """
        bias, variance = state["bias"]
        self.bias, self._bias_variance = float(bias), float(variance)
        self.of = {term: [float(weight), float(spread)] for term, (weight, spread) in state["weights"].items()}


BIAS_UNREST: Final = 1e-5
