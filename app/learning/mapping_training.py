"""Trains the classifier of names that ships with the ladder, and says how good it is. Deterministic by seed; under a minute.

A fifth of the dictionary's names, with all their variants, is held out: on them it is judged, and its confidence measured. Then
it learns those, too, and is what ships. So the shipped model is a little better than the figures say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import pairwise
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from river import metrics
from river.optim import SGD
from river.optim.schedulers import InverseScaling

from app.inventory.models import Source
from app.learning.mapping_examples import NONE, Choices, Example, declared, dictionary, examples, fingerprint
from app.learning.mapping_model import NameModel
from app.pipeline.ladder.classifier import Classifier
from app.pipeline.ladder.classifier_features import PIECES, encode, pieces

RECIPE: Final = 1  # raise it when the way of training changes
SEED: Final = 7
EPOCHS: Final = 6
HELD_OUT: Final = 5  # every fifth name
_RATE, _POWER = 1.5, 0.05  # of River's inverse scaling: 1.5 at first, 0.8 after two hundred thousand examples
_BINS: Final = (0.0, 0.3, 0.45, 0.6, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.98, 0.99, 1.0)
# From the share that was right to the confidence that is told: less, for a mapping is made without asking from 0.9 on, and then
# must not be wrong once in ten. What lies above the limit was wrong at most once in 200.
_CAUTION: Final = ((0.0, 0.0), (0.5, 0.4), (0.8, 0.6), (0.95, 0.8), (1.0, 0.89))
_SURE, _SUREST, _MOST_WRONG = 0.9, 0.95, 0.005
_ONE_MORE: Final = 1  # mistake added: what was never seen wrong has not been seen often enough


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often answers within a range of confidence were right, among held-out names."""

    at_least: float
    below: float
    answers: int
    right: float


@dataclass(frozen=True, slots=True)
class Report:
    """What held-out names say of the model.

    Attributes:
        accuracy: Share of held-out examples whose likeliest class was right; of fields, of `none`, and of all.
        sure: Share of the held-out examples of fields that got their field with 0.9 or more.
        wrong_above: Share of all answers of 0.9 or more, for a field, that were wrong.
    """

    examples: int
    held_out: int
    accuracy: float
    accuracy_fields: float
    accuracy_none: float
    log_loss: float
    sure: float
    wrong_above: float
    reliability: tuple[Reliability, ...] = field(default=())

    def lines(self) -> list[str]:
        """For people."""
        out = [
            f"examples         {self.examples}, held out {self.held_out} (whole names, with all their variants)",
            f"accuracy         {self.accuracy:.3f}   fields {self.accuracy_fields:.3f}   none {self.accuracy_none:.3f}   "
            f"log loss {self.log_loss:.3f}",
            f"0.9 and above    {self.sure:.3f} of the fields; wrong {self.wrong_above:.4f} of these answers",
            "confidence       answers   right",
        ]
        return out + [f"{one.at_least:.2f} to {one.below:.2f}  {one.answers:10}   {one.right:.3f}" for one in self.reliability]


def train(sources: Iterable[Source] = (), seed: int = SEED, books: Mapping[str, Any] | None = None) -> tuple[Classifier, Report]:
    """The classifier and its report.

    Args:
        sources: Their declared mappings are examples, too.
        seed: Decides variants, surroundings and their order.
        books: The dictionary of names; without it, the one that ships.
    """
    made = [*examples(dictionary() if books is None else books, seed), *declared(sources, seed)]
    fields = sorted({NONE, *(one.field for one in made)})
    encoded = [encode(one.label, one.context, one.kind) for one in made]
    order = sorted(range(len(made)), key=lambda n: crc32(f"{seed}/{n}".encode()))
    held = [n for n in order if _is_held(made[n])]
    seen = [n for n in order if not _is_held(made[n])]

    model = NameModel(fields, SGD(InverseScaling(_RATE, _POWER)))
    for _ in range(EPOCHS):
        for n in seen:
            model.learn_one(encoded[n], made[n].field)
    chances = np.array([model.chances(encoded[n]) for n in held])
    truth = [made[n].field for n in held]
    scale = _scale(chances, truth, fields)

    choices = Choices(seed, "again")
    for n in held:  # among as many old ones, so that nothing is forgotten
        model.learn_one(encoded[n], made[n].field)
        old = choices.one(seen)
        model.learn_one(encoded[old], made[old].field)
    recipe = {
        "recipe": RECIPE,
        "seed": seed,
        "epochs": EPOCHS,
        "names": fingerprint(made),
        "examples": len(made),
        "river": version("river"),
    }
    classifier = Classifier(fields, model.matrix.astype(np.float32), scale, recipe, _known(made))
    return classifier, _report(classifier, chances, truth, len(made))


def _known(made: Sequence[Example]) -> bytes:
    known = bytearray(PIECES // 8)
    for piece in {piece for one in made for piece in pieces(one.name)}:
        known[piece >> 3] |= 1 << (piece & 7)
    return bytes(known)


def _is_held(example: Example) -> bool:
    return crc32(example.name.casefold().encode()) % HELD_OUT == 0


def _scale(chances: NDArray[np.float64], truth: Sequence[str], fields: Sequence[str]) -> list[tuple[float, float]]:
    """Knots from probability to confidence, rising: the share that was right around each, told cautiously."""
    best = chances.max(axis=1)
    right = np.array([fields[n] == field for n, field in zip(chances.argmax(axis=1), truth, strict=True)])
    of_field = np.array([fields[n] != NONE for n in chances.argmax(axis=1)])
    knots = [(0.0, 0.0)]
    for low, high in pairwise(_BINS):
        inside = of_field & (best >= low) & (best <= high)
        count = int(inside.sum())
        if count < 20:
            continue
        share = float(right[inside].sum()) / (count + _ONE_MORE)
        told = float(np.interp(share, [knot[0] for knot in _CAUTION], [knot[1] for knot in _CAUTION]))
        knots.append((float(best[inside].mean()), max(told, knots[-1][1])))
    sure = _sure_from(best[of_field], right[of_field])
    knots = [knot for knot in knots if knot[0] < sure]
    if sure < 1.0:
        knots += [(sure - 1e-6, knots[-1][1]), (sure, _SURE)]
    knots.append((1.0, _SUREST if sure < 1.0 else knots[-1][1]))
    return [(round(chance, 6), round(told, 4)) for chance, told in knots]


def _sure_from(best: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The lowest probability from which on answers were wrong at most once in 200; 1 where there is none."""
    order = np.argsort(-best)
    wrong = (np.cumsum(~right[order]) + _ONE_MORE) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(wrong <= _MOST_WRONG)
    return float(best[order][enough[-1]]) if len(enough) else 1.0


def _report(classifier: Classifier, chances: NDArray[np.float64], truth: Sequence[str], count: int) -> Report:
    fields = classifier.fields
    loss, accuracy, of_fields, of_none = metrics.CrossEntropy(), metrics.Accuracy(), metrics.Accuracy(), metrics.Accuracy()
    answers = []
    for row, field_ in zip(chances, truth, strict=True):
        best = int(row.argmax())
        loss.update(field_, dict(zip(fields, row.tolist(), strict=True)))
        accuracy.update(field_, fields[best])
        (of_none if field_ == NONE else of_fields).update(field_, fields[best])
        answers.append((classifier.confidence(float(row[best])), fields[best], field_))
    told = [(sure, said == field_) for sure, said, field_ in answers if said != NONE]
    above = [right for sure, right in told if sure >= 0.9]
    known = sum(field_ != NONE for field_ in truth)
    return Report(
        count,
        len(truth),
        accuracy.get(),
        of_fields.get(),
        of_none.get(),
        loss.get(),
        sum(above) / max(1, known),
        (len(above) - sum(above)) / max(1, len(above)),
        tuple(_reliability(told)),
    )


def _reliability(told: Sequence[tuple[float, bool]]) -> list[Reliability]:
    out = []
    for low, high in ((0.0, 0.4), (0.4, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)):
        inside = [right for sure, right in told if low <= sure < high]
        out.append(Reliability(low, min(high, 1.0), len(inside), sum(inside) / max(1, len(inside))))
    return out
