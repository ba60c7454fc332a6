"""River's softmax regression with its weights in one array: the same numbers (a test holds that) in a fiftieth of the time.

River keeps a dict per class; with 37 classes one step takes more than a millisecond, and a training of a hundred
and fifty thousand three minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from river.linear_model import SoftmaxRegression
from river.optim.base import Optimizer

from app.pipeline.ladder.classifier import softmax
from app.pipeline.ladder.classifier_features import BUCKETS


class NameModel(SoftmaxRegression):  # type: ignore[misc]  # River carries no types
    """A River classifier of encoded names; works with River's metrics and evaluation.

    Args:
        fields: The classes, all known beforehand.
        optimizer: A River optimizer that steps on arrays without state of its own (SGD, with any schedule).

    Attributes:
        matrix: The weights, BUCKETS rows, one column per class.
    """

    def __init__(self, fields: Sequence[str], optimizer: Optimizer) -> None:
        super().__init__(optimizer)
        self.fields = tuple(fields)
        self.matrix: NDArray[np.float64] = np.zeros((BUCKETS, len(self.fields)))
        self._number = {field: n for n, field in enumerate(self.fields)}

    def learn_one(self, x: Mapping[int, float], y: str) -> None:
        """One step of gradient descent on the cross entropy."""
        buckets, values = _arrays(x)
        rows = self.matrix[buckets]
        gradient = softmax(values @ rows)
        gradient[self._number[y]] -= 1.0
        self.matrix[buckets] = self.optimizer.step(rows, np.outer(values, gradient))

    def predict_proba_one(self, x: Mapping[int, float]) -> dict[str, float]:
        """Probability of each class."""
        return dict(zip(self.fields, self.chances(x).tolist(), strict=True))

    def chances(self, x: Mapping[int, float]) -> NDArray[np.float64]:
        """The same, as an array in the order of `fields`."""
        buckets, values = _arrays(x)
        return softmax(values @ self.matrix[buckets])


def _arrays(x: Mapping[int, float]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    return np.fromiter(x.keys(), np.intp, len(x)), np.fromiter(x.values(), np.float64, len(x))
