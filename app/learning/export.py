"""From the members to the workers' tables: all their weights, won shares and say folded into one entry for each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from app.learning import boosted
from app.learning.knots import Knots
from app.learning.rarity import rarity
from app.learning.rates import Rates
from app.learning.tables import CONSTANT, NOTHING, Category, Entry, Number, Segment, Tables
from app.learning.terms import BUCKETS, MAX_VALUES, SPLIT, WORD_SCALE, WORDS, Encoding, lacking, other

EVIDENCE: Final = 30.0  # labels of a value after which it is half known
DIGITS: Final = 4  # of what is no contribution

Weigh = Callable[[str], tuple[float, float]]  # term → contribution per factor, disagreement per factor
Fold = Callable[[str, str], Entry]  # feature, term → all it says


@dataclass(frozen=True, slots=True)
class Learned:
    """What there is to fold; `members` are (bias, term → weight)."""

    encoding: Encoding
    rates: Rates
    members: Sequence[tuple[float, Mapping[str, float]]]


def tables(learned: Learned, say: Sequence[float], apart: Sequence[float]) -> Tables:
    """The tables of one blend.

    Args:
        learned: The members and what they see.
        say: Factor on each member's log-odds; what comes out sums to the sum of these.
        apart: Factor on each member's log-odds that gives their disagreement.
    """
    rates, encoding = learned.rates, learned.encoding
    shares = rates.shares()
    sums: dict[str, list[float]] = {}
    for (_, weights), one, two in zip(learned.members, say, apart, strict=True):
        for term, weight in weights.items():
            held = sums.setdefault(term, [0.0, 0.0])
            held[0] += one * weight
            held[1] += two * weight

    def weigh(term: str) -> tuple[float, float]:
        held = sums.get(term)
        return (0.0, 0.0) if held is None else (held[0], held[1])

    def by_step(feature: str, term: str) -> tuple[float, float]:
        contribution = disagreement = 0.0
        for at, rate in enumerate(rates.of(term, shares)):
            one, two = weigh(f"{feature}{SPLIT}~{at}")
            contribution += one * rate
            disagreement += two * rate
        one, two = weigh(boosted.step(term))
        return contribution + one, disagreement + two

    def step(feature: str, term: str) -> Entry:
        contribution, disagreement = by_step(feature, term)
        seen = rates.seen(term)
        return contribution, disagreement, round(seen / (seen + EVIDENCE), DIGITS), round(rarity(rates, term), DIGITS)

    def whole(feature: str, term: str) -> Entry:
        one, two, evidence, rare = step(feature, term)
        contribution, disagreement = weigh(term)
        return one + contribution, two + disagreement, evidence, rare

    bias = sum(one * member[0] for member, one in zip(learned.members, say, strict=True))
    for at, share in enumerate(shares):
        bias += weigh(f"{SPLIT}~{at}")[0] * log(share / (1.0 - share))
    numbers = {name: _number(knots, weigh, step, whole) for name, knots in encoding.knots.items() if knots.at}
    categories = {name: _category(name, values, whole) for name, values in encoding.values.items() if name != WORDS}
    words = {}
    for word, term in encoding.values.get(WORDS, {}).items():
        one, two = weigh(term)
        words[word] = WORD_SCALE * one, WORD_SCALE * two
    return Tables(bias, numbers, categories, words)


def _number(knots: Knots, weigh: Weigh, step: Fold, whole: Fold) -> Number:
    without = whole(knots.name, knots.lacking)
    if len(knots.at) == 1:  # one value for all that have it: it says nothing
        nothing: Segment = (0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
        return Number(knots.mean, 0.0, 0.0, 0.0, tuple(knots.at), (nothing, nothing), without)
    lines = [weigh(term) for term in knots.terms]
    steps = [step(knots.name, term) for term in knots.terms]
    segments: list[Segment] = [_flat(lines[0], steps[0], knots.at[0])]
    for at in range(len(knots.at) - 1):
        width = knots.at[at + 1] - knots.at[at]
        (low, low_apart), (high, high_apart) = lines[at], lines[at + 1]
        contribution, apart, evidence, rare = steps[at]
        gradients = (high - low) / width, (high_apart - low_apart) / width
        segments.append((low + contribution, gradients[0], knots.at[at], low_apart + apart, gradients[1], evidence, rare))
    segments.append(_flat(lines[-1], steps[-1], knots.at[-1]))
    slope, apart = weigh(knots.slope)
    return Number(knots.mean, knots.inverse, slope, apart, tuple(knots.at), tuple(segments), without)


def _flat(line: tuple[float, float], step: Entry, at: float) -> Segment:
    return line[0] + step[0], 0.0, at, line[1] + step[1], 0.0, step[2], step[3]


def _category(name: str, values: Mapping[str, str], whole: Fold) -> Category:
    full = len(values) >= MAX_VALUES
    entries = {value: whole(name, term) if len(values) > 1 else CONSTANT for value, term in values.items()}
    if full:
        entries |= {f"{SPLIT}{n}": whole(name, f"{name}{SPLIT}#{n}") for n in range(BUCKETS)}
    rest = NOTHING if full else whole(name, other(name))
    return Category(entries, rest, full, whole(name, lacking(name)))
