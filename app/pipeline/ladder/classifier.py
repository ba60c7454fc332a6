"""The learned rung: which lead field a name means, judged by its characters, its neighbours and the kind of its values.

A softmax regression over hashed character n-grams. `app/learning/mapping_training.py` trains it with River from the names that
the repository holds, and writes the file that ships beside this one; here it serves, and learns what people confirm, by the
step of River's `SoftmaxRegression` with `SGD` (a test holds the two equal). JSON and no pickle: loading it runs no code.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from app.inventory.paths import Name, PathError, parse
from app.pipeline.ladder.classifier_features import BUCKETS, ENCODING, PIECES, encode, pieces, says_something
from app.pipeline.ladder.confirmed import Confirmation, Confirmed
from app.pipeline.ladder.leaf import Candidate, Kind

NONE: Final = "none"  # the class of what is no lead field
FORMAT: Final = 1
SHIPPED: Final = "mapping_model.json"
MAX_CONFIRMED: Final = 2_000  # the newest that are learned from: at most 0.3 s when one is added
MAX_REMEMBERED: Final = 8_192  # answers
_FEW: Final = 3  # candidates of an answer
_STRANGE, _FAMILIAR = 0.2, 0.6  # shares of a name's pieces: up to the first nothing is said, from the second on all
_LEAST, _LEAST_NONE = 0.05, 0.6  # what is less likely is left out; that it is nothing is said only where that is likely
_RATE: Final = 1.0  # of a confirmation: three to five steps make it the answer
_STEPS, _ROUNDS = 8, 3
_ENOUGH: Final = 0.98  # probability of the confirmed field at which a confirmation has been learned

Weights = NDArray[np.float32]
Scale = Sequence[tuple[float, float]]
_Arrays = tuple[NDArray[np.intp], Weights]  # buckets and their values


class Classifier:
    """Answers what a name means; a confirmation makes it better at once.

    Args:
        fields: The classes: lead fields, and `none`.
        weights: BUCKETS rows, one column per class.
        scale: Knots from probability to confidence, both rising: measured on names that were held out in training.
        recipe: How it was made.
        known: A bit for each piece of a name that was learned from: of names that are strange to it, it says less or nothing.

    Raises:
        ValueError: The parts do not fit together; train it again.
    """

    def __init__(
        self, fields: Sequence[str], weights: Weights, scale: Scale, recipe: Mapping[str, Any], known: bytes | bytearray
    ) -> None:
        whole = len(known) * 8 == PIECES and weights.shape == (BUCKETS, len(fields)) and bool(np.isfinite(weights).all())
        if not whole or len(scale) < 2 or NONE not in fields:
            raise ValueError("the mapping model does not fit together; make it again: leadstream train-mapping")
        self.fields, self.scale, self.recipe = tuple(fields), tuple(scale), dict(recipe)
        self._weights, self._known = weights, bytearray(known)
        self._number = {field: n for n, field in enumerate(self.fields)}
        self._from = [knot[0] for knot in self.scale]
        self._answers: dict[tuple[str, tuple[str, ...], Kind | None], tuple[Candidate, ...]] = {}

    def predict(self, label: str, context: tuple[str, ...], kind: Kind | None) -> tuple[Candidate, ...]:
        """The likeliest meanings, at most three, likeliest first; field None: no lead field. Empty where it
        knows nothing of the like. Never raises.

        A confidence of 0.9 or more was wrong at most once in 200 among held-out names; below, it is a little less than the share
        that was right.
        """
        key = (label, context, kind)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answer(label, context, kind)
            if len(self._answers) >= MAX_REMEMBERED:
                self._answers.clear()
            if len(label) <= 200:
                self._answers[key] = answer
        return answer

    def probabilities(self, label: str, context: Sequence[str], kind: Kind | None) -> NDArray[np.float32]:
        """Of each class, in the order of `fields`."""
        return self._chances(_arrays(encode(label, context, kind)))

    def learn(self, label: str, context: Sequence[str], kind: Kind | None, field: str | None) -> None:
        """Learn one confirmation, in place, until it is the answer. A field that is no class is left alone.

        What the name was taken for before is rehearsed by its own plain name: that `email alt` is none of the fields must not
        make `email` less of one.
        """
        target = self._number.get(NONE if field is None else field)
        if target is None:
            return
        said = _arrays(encode(label, context, kind))
        mistaken = int(self._chances(said).argmax())
        rehearsed = None if mistaken in (target, self._number[NONE]) else _arrays(encode(self.fields[mistaken], (), kind))
        before = 0.0 if rehearsed is None else float(self._chances(rehearsed)[mistaken])
        for _ in range(_ROUNDS):
            if rehearsed is not None:
                self._pull(rehearsed, mistaken, before)
            self._pull(said, target, _ENOUGH)
        self._remember(label)
        self._answers.clear()

    def _remember(self, label: str) -> None:
        for piece in pieces(label):
            self._known[piece >> 3] |= 1 << (piece & 7)

    def _familiar(self, label: str) -> float:
        """1 for a name whose pieces were learned from, 0 for one in letters never met."""
        found, known = pieces(label), self._known
        share = sum(known[piece >> 3] >> (piece & 7) & 1 for piece in found) / len(found)
        return min(1.0, max(0.0, (share - _STRANGE) / (_FAMILIAR - _STRANGE)))

    def _pull(self, example: _Arrays, target: int, enough: float) -> None:
        buckets, values = example
        rows = self._weights[buckets]
        for _ in range(_STEPS):
            gradient = softmax(values @ rows)
            if gradient[target] >= enough:
                break
            gradient[target] -= 1.0
            rows -= np.float32(_RATE) * np.outer(values, gradient)
        self._weights[buckets] = rows

    def _chances(self, example: _Arrays) -> Weights:
        buckets, values = example
        return softmax(values @ self._weights[buckets])

    def learned_from(self, examples: Confirmed) -> Classifier:
        """A copy that has learned what people confirmed, in the order said; itself where nothing was. Deterministic."""
        said = examples.examples[-MAX_CONFIRMED:]
        if not said:
            return self
        learner = Classifier(self.fields, self._weights.copy(), self.scale, self.recipe, bytes(self._known))
        for one in said:
            learner.learn(one.label, around(one), _kind(one.kind), one.field)
        return learner

    def confidence(self, chance: float) -> float:
        """What is told of a probability."""
        above = min(max(bisect_right(self._from, chance), 1), len(self._from) - 1)
        (left, low), (right, high) = self.scale[above - 1], self.scale[above]
        share = min(1.0, max(0.0, (chance - left) / (right - left))) if right > left else 1.0
        return low + share * (high - low)

    def save(self) -> bytes:
        """As JSON: weights as bytes, one scale per class, compressed."""
        quantum = np.maximum(np.abs(self._weights).max(axis=0), 1e-6) / 127.0
        packed = np.rint(self._weights / quantum).astype(np.int8)
        return orjson.dumps(
            {
                "format": FORMAT,
                "encoding": ENCODING,
                "recipe": self.recipe,
                "fields": self.fields,
                "scale": self.scale,
                "quantum": [round(float(one), 8) for one in quantum],
                "known": b64encode(zlib.compress(bytes(self._known), 9)).decode(),
                "weights": b64encode(zlib.compress(packed.tobytes(), 9)).decode(),
            },
            option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
        )

    @classmethod
    def load(cls, file: Path) -> Classifier:
        """
        Raises:
            OSError: The file cannot be read.
            ValueError: It is no such model, or of another version.
        """
        return cls.from_json(file.read_bytes())

    @classmethod
    def from_json(cls, text: bytes) -> Classifier:
        """
        Raises:
            ValueError: This is no such model, or one of another version.
        """
        try:
            data = orjson.loads(text)
            if (data["format"], data["encoding"]) != (FORMAT, ENCODING):
                raise ValueError("of another version")
            fields = data["fields"]
            packed = np.frombuffer(zlib.decompress(b64decode(data["weights"]), bufsize=BUCKETS * len(fields)), np.int8)
            weights = packed.reshape(BUCKETS, len(fields)).astype(np.float32) * np.array(data["quantum"], np.float32)
            known = zlib.decompress(b64decode(data["known"]), bufsize=PIECES // 8)
            return cls(fields, weights, [(float(one), float(other)) for one, other in data["scale"]], data["recipe"], known)
        except (KeyError, TypeError, AttributeError, ArithmeticError, ValueError, zlib.error) as error:
            raise ValueError(f"this is no mapping model of this version ({error}); make one: leadstream train-mapping") from error

    def _answer(self, label: str, context: Sequence[str], kind: Kind | None) -> tuple[Candidate, ...]:
        familiar = self._familiar(label) if says_something(label) else 0.0
        if not familiar:
            return ()
        chances = self.probabilities(label, context, kind)
        likeliest = np.argsort(-chances, kind="stable")[:_FEW].tolist()
        found = [(self.fields[n], familiar * self.confidence(float(chances[n]))) for n in likeliest]
        told = [(field, sure) for field, sure in found if sure >= (_LEAST_NONE if field == NONE else _LEAST)]
        return tuple(Candidate(None if field == NONE else field, sure, "learned") for field, sure in told)


@lru_cache(maxsize=1)
def shipped() -> Classifier:
    """The model that ships with the package."""
    return Classifier.from_json((files("app.pipeline.ladder") / SHIPPED).read_bytes())


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Probabilities of scores."""
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())


def around(said: Confirmation) -> tuple[str, ...]:
    """The names that enclose the confirmed path, the nearest first: what a leaf's context is, as far as the path tells."""
    try:
        names = [step.name for step in parse(said.path) if isinstance(step, Name)]
    except PathError:
        return ()
    if names and names[-1] == said.label:
        names.pop()
    return tuple(reversed(names))


def _arrays(found: Mapping[int, float]) -> _Arrays:
    return np.fromiter(found.keys(), np.intp, len(found)), np.fromiter(found.values(), np.float32, len(found))


def _kind(text: str | None) -> Kind | None:
    try:
        return None if text is None else Kind(text)
    except ValueError:
        return None
