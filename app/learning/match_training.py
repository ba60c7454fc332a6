"""Trains the weights of matching on pairs that it makes itself, and learns from what people say. Deterministic by seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp2, log2
from typing import Final

from app.learning.match_dice import Dice
from app.learning.match_pairs import pair
from app.learning.match_people import World
from app.pipeline.matching.compare import Levels, compare
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.levels import FIELDS, LEVELS, MISSING, SAME
from app.pipeline.matching.weights import CLASSES, MATCHES, Class, Weights

RECIPE: Final = 2  # raise it when the way of training changes
SEED: Final = 5
PAIRS: Final = 6_000  # of each class
_ROUNDS: Final = 8
_LEAST: Final = 1e-6  # no level is impossible
_STRANGERS: Final = 4  # times as many: what they have in common is rare
_NEVER_SEEN: Final = 1e-4  # below that no pair of the class had it
_BY_CHANCE: Final = {"email": 1e-9, "phone": 1e-8}  # that two have the same, where nothing joins them: no sample is large enough
_DOUBT: Final = 0.05  # examples of each level that were not seen
# What no made-up world can say: how many such pairs a lead is in, in the mean, among so many leads (Kafka's window of weeks).
SHARE: Final[Mapping[Class, float]] = {
    "same": 0.25,
    "careless": 0.03,
    "moved": 0.03,
    "changed": 0.01,
    "stranger": 100_000.0,
    "neighbour": 0.5,
    "household": 0.15,
    "colleague": 0.2,
    "co-located": 0.25,
    "sister": 0.08,
    "branch": 0.25,
    "local branch": 0.08,
}
MERGE, ASK = 0.75, 0.2
STRENGTH: Final = 800.0  # pairs that the training counts for, against what people say

Counts = dict[Class, dict[Levels, float]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said of two leads that were shown: whether they are one."""

    levels: Levels
    same: bool


@dataclass(frozen=True, slots=True)
class Report:
    """How the weights do on pairs that they were not trained on.

    Attributes:
        pairs: How many of each class.
        merged, asked: Share per class.
    """

    pairs: int
    merged: Mapping[Class, float]
    asked: Mapping[Class, float]

    def lines(self) -> list[str]:
        """For people."""
        return ["class        merged   asked"] + [f"{one:12} {self.merged[one]:6.3f}  {self.asked[one]:6.3f}" for one in CLASSES]


def train(seed: int = SEED, pairs: int = PAIRS) -> tuple[Weights, Report]:
    """Weights from labelled pairs of every class, then Expectation-Maximisation for what labels do not tell.

    Labels say match or not; which kind of match (the same, careless, moved, changed) a pair is, they do not tell of real ones. So
    the made classes are the beginning, and EM settles them (Dempster, Laird and Rubin 1977). The other classes stay as they were
    made: left to itself, EM takes businesses under one roof for matches.
    """
    dice = Dice(seed)
    world = World(dice)
    counts: Counts = {}
    for kind in CLASSES:
        found: dict[Levels, float] = {}
        for _ in range(pairs * _STRANGERS if kind == "stranger" else pairs):
            levels = compare(*pair(dice, world, kind))
            found[levels] = found.get(levels, 0.0) + 1.0
        counts[kind] = found
    weights = _weights(counts, {"recipe": RECIPE, "seed": seed, "pairs": pairs})
    for _ in range(_ROUNDS):
        weights = _maximised(weights, counts)
    return weights, _report(weights, dice, world, max(200, pairs // 10))


def reestimated(weights: Weights, verdicts: Iterable[Verdict], strength: float = STRENGTH) -> Weights:
    """The weights after what people said: a Bayesian update, each class with a Dirichlet prior worth `strength` pairs.

    People see the doubtful pairs only, and those are unlike the others. So a pair does not count as it is: it had been counted
    for every class as far as the model took it for one, and is counted for the classes of the side that people chose instead.
    Where they agree with its probabilities in the mean, nothing moves. Limits and shares stay.
    """
    judge = Judge(weights)
    moved: Counts = {one: {} for one in CLASSES}
    for verdict in verdicts:
        scores = judge.classes(verdict.levels)
        side = range(MATCHES) if verdict.same else range(MATCHES, len(CLASSES))
        thought, said = _shares(scores, range(len(CLASSES))), _shares(scores, side)
        for n, one in enumerate(CLASSES):
            moved[one][verdict.levels] = moved[one].get(verdict.levels, 0.0) + said[n] - thought[n]
    told: dict[str, dict[str, tuple[float, ...]]] = {
        one: {
            field: _posterior(weights.probabilities[one][field], _by_level(moved[one], n), strength)
            for n, field in enumerate(FIELDS)
        }
        for one in CLASSES
    }
    return replace(weights, probabilities=told)


def _shares(scores: Sequence[float], of: Iterable[int]) -> list[float]:
    """How far each class explains a pair, if it is one of these."""
    among = {*of}
    best = max(scores[n] for n in among)
    parts = [exp2(score - best) if n in among else 0.0 for n, score in enumerate(scores)]
    return [part / sum(parts) for part in parts]


def _weights(counts: Counts, recipe: Mapping[str, int]) -> Weights:
    told: dict[str, dict[str, tuple[float, ...]]] = {}
    for one in CLASSES:
        told[one] = {field: _smoothed(_by_level(counts[one], n)) for n, field in enumerate(FIELDS)}
    for one in CLASSES:  # a class that never has the field says of it what the general one says
        general: Class = "same" if one in CLASSES[:MATCHES] else "stranger"
        for n, field in enumerate(FIELDS):
            if sum(_by_level(counts[one], n)) < 100:
                told[one][field] = told[general][field]
    for field, chance in _BY_CHANCE.items():
        same = SAME[FIELDS.index(field)]
        for one in CLASSES[MATCHES:]:
            if told[one][field][same] < _NEVER_SEEN:
                told[one][field] = (*told[one][field][:same], chance, *told[one][field][same + 1 :])
    return Weights(MERGE, ASK, {one: SHARE[one] for one in CLASSES}, told, dict(recipe))


def _maximised(weights: Weights, counts: Counts) -> Weights:
    """One round of EM among the matches: how far each class explains each pair, and the classes of that."""
    judge = Judge(weights)
    parts: Counts = {one: {} for one in CLASSES}
    for kind in CLASSES[:MATCHES]:
        for levels, count in counts[kind].items():
            scores = judge.classes(levels)[:MATCHES]
            best = max(scores)
            shares = [exp2(score - best) for score in scores]
            mean = weights.share[kind] * count / sum(shares)
            for one, share in zip(CLASSES, shares, strict=False):
                parts[one][levels] = parts[one].get(levels, 0.0) + mean * share
    fresh = _weights({one: _scaled(parts[one] or counts[one], counts[one]) for one in CLASSES}, dict(weights.recipe))
    return replace(fresh, share=weights.share)


def _scaled(parts: Mapping[Levels, float], counts: Mapping[Levels, float]) -> dict[Levels, float]:
    """The parts, worth as many pairs as the class had."""
    factor = sum(counts.values()) / max(1e-9, sum(parts.values()))
    return {levels: part * factor for levels, part in parts.items()}


def _by_level(counts: Mapping[Levels, float], field: int) -> list[float]:
    found = [0.0] * len(LEVELS[FIELDS[field]])
    for levels, count in counts.items():
        if levels[field] != MISSING:
            found[levels[field]] += count
    return found


def _smoothed(found: Sequence[float]) -> tuple[float, ...]:
    total = sum(found) + _DOUBT * len(found)
    raw = [max(_LEAST, (one + _DOUBT) / total) for one in found]
    return tuple(min(1 - _LEAST, one / sum(raw)) for one in raw)


def _posterior(prior: Sequence[float], moved: Sequence[float], strength: float) -> tuple[float, ...]:
    if not any(moved):
        return tuple(prior)
    raw = [max(_LEAST * strength, one * strength + more) for one, more in zip(prior, moved, strict=True)]
    return tuple(min(1 - _LEAST, one / sum(raw)) for one in raw)


def _report(weights: Weights, dice: Dice, world: World, pairs: int) -> Report:
    judge = Judge(weights)
    merged: dict[Class, float] = {}
    asked: dict[Class, float] = {}
    for kind in CLASSES:
        kinds = [judge(*pair(dice, world, kind)).kind for _ in range(pairs)]
        merged[kind], asked[kind] = kinds.count("merge") / pairs, kinds.count("ask") / pairs
    return Report(pairs, merged, asked)


def bits(weights: Weights, field: str) -> list[float]:
    """log2(m/u) of each level of a field, of the same against strangers: for people who look at weights."""
    return [
        log2(m / u) for m, u in zip(weights.probabilities["same"][field], weights.probabilities["stranger"][field], strict=True)
    ]
