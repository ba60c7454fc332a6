"""Where the pipeline of a replay finds its model, and who it takes a lead for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.inventory.models import Source
from app.pipeline.identified import Identified
from app.pipeline.lead import Lead
from app.pipeline.scoring import RULES
from app.ports import Model, Prediction

Clock = Callable[[], int]
"""Nanoseconds, rising."""


class EachALead:
    """The stage identity where every row of a history is a lead of its own."""

    def of(self, leads: Sequence[tuple[Lead, Source]]) -> list[Identified]:
        """Nobody was here before."""
        return [Identified("new", "", None) for _ in leads]


class Served:
    """The model port: the version that serves now, its predictions timed.

    Args:
        clock: Nanoseconds, rising.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._model: Model = RULES
        self.version, self.labels_learned = RULES.version, RULES.labels_learned
        self.spent: list[int] = []  # nanoseconds, of each prediction of a learned model

    def serve(self, model: Model) -> None:
        """From now on this version."""
        self._model, self.version, self.labels_learned = model, model.version, model.labels_learned

    def current(self) -> Served:
        return self

    def reliability(self, source: str, prior: float | None) -> float:
        return self._model.reliability(source, prior)

    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction:
        began = self._clock()
        prediction = self._model.predict(numbers, categories)
        if self.labels_learned:
            self.spent.append(self._clock() - began)
        return prediction

    def changed(
        self,
        numbers: Mapping[str, float],
        categories: Mapping[str, str],
        prediction: Prediction,
        changes: Mapping[str, float | str],
    ) -> float:
        return self._model.changed(numbers, categories, prediction, changes)

    def usual(self, number: str) -> float | None:
        return self._model.usual(number)
