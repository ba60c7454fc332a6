"""What is rolled out during the month: good versions, and the planted bad ones."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log

from app.ports import Model, Prediction


class Reversed:
    """The planted model: what it should call hot it calls cold. Implements `app.ports.Model`.

    Args:
        model: A good one.
        middle: Log-odds that stay where they are; 0: as if won and lost had been swapped when it was taught.
    """

    version = "reversed"

    def __init__(self, model: Model, middle: float) -> None:
        self._model, self._middle = model, middle

    @property
    def labels_learned(self) -> int:
        return self._model.labels_learned

    def reliability(self, source: str, prior: float | None) -> float:
        return self._model.reliability(source, prior)

    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction:
        good = self._model.predict(numbers, categories)
        mirrored = {name: -points for name, points in good.contributions.items()}
        mirrored["bias"] = mirrored.get("bias", 0.0) + 2 * self._middle
        return Prediction(self._mirrored(good.probability), mirrored, good.sureness, good.unusual)

    def changed(
        self,
        numbers: Mapping[str, float],
        categories: Mapping[str, str],
        prediction: Prediction,
        changes: Mapping[str, float | str],
    ) -> float:
        straight = Prediction(self._mirrored(prediction.probability), prediction.contributions)
        return self._mirrored(self._model.changed(numbers, categories, straight, changes))

    def usual(self, number: str) -> float | None:
        return self._model.usual(number)

    def _mirrored(self, probability: float) -> float:
        return 1 / (1 + exp(log(probability / (1 - probability)) - 2 * self._middle))
