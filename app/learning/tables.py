"""What workers look features up in: plain numbers, as JSON holds them; made by `export.tables`.

An entry says four things of a value: its contribution in log-odds; how far the two families of members disagree of it; the
evidence for it, in [0, 1]; its rarity in nats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

Entry = tuple[float, float, float, float]
Segment = tuple[float, float, float, float, float, float, float]
"""Between two knots: contribution and its gradient, where it counts from, disagreement and its gradient, evidence, rarity."""

NOTHING: Final[Entry] = (0.0, 0.0, 0.0, 0.0)
CONSTANT: Final[Entry] = (0.0, 0.0, 1.0, 0.0)  # all leads have this value: there is nothing to know


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric feature: its scale, its slope with the members' disagreement, knots and the segments around them."""

    mean: float
    inverse: float
    slope: float
    apart: float
    at: tuple[float, ...]
    segments: tuple[Segment, ...]  # one more than knots
    lacking: Entry | None


@dataclass(frozen=True, slots=True)
class Category:
    """A categorical feature; `full` while later values share buckets, whose names are among the values."""

    values: Mapping[str, Entry]
    other: Entry
    full: bool
    lacking: Entry | None


@dataclass(frozen=True, slots=True)
class Tables:
    """All of a model that belongs to features.

    Attributes:
        bias: Log-odds of the blend without any feature.
        words: Word → contribution and disagreement.
    """

    bias: float = 0.0
    numbers: Mapping[str, Number] = field(default_factory=dict)
    categories: Mapping[str, Category] = field(default_factory=dict)
    words: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For `from_json`."""
        return {
            "bias": self.bias,
            "numbers": {
                name: [
                    one.mean,
                    one.inverse,
                    one.slope,
                    one.apart,
                    list(one.at),
                    [list(s) for s in one.segments],
                    _list(one.lacking),
                ]
                for name, one in self.numbers.items()
            },
            "categories": {
                name: [{text: list(entry) for text, entry in one.values.items()}, list(one.other), one.full, _list(one.lacking)]
                for name, one in self.categories.items()
            },
            "words": {word: list(pair) for word, pair in self.words.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tables:
        """
        Raises:
            KeyError, TypeError, ValueError, AttributeError: These are no such tables.
        """
        numbers = {}
        for name, (mean, inverse, slope, apart, at, segments, lacking) in data["numbers"].items():
            knots, parts = tuple(map(float, at)), tuple(_segment(one) for one in segments)
            if len(parts) != len(knots) + 1:
                raise ValueError("as many segments as knots and one more")
            numbers[name] = Number(float(mean), float(inverse), float(slope), float(apart), knots, parts, _optional(lacking))
        categories = {}
        for name, (values, other, full, lacking) in data["categories"].items():
            entries = {text: _entry(entry) for text, entry in values.items()}
            categories[name] = Category(entries, _entry(other), bool(full), _optional(lacking))
        words = {word: (float(one), float(two)) for word, (one, two) in data["words"].items()}
        return cls(float(data["bias"]), numbers, categories, words)

    def finite(self) -> bool:
        """Whether no number in them is NaN or infinite."""
        return all(map(isfinite, self._all()))

    def _all(self) -> Iterator[float]:
        yield self.bias
        for number in self.numbers.values():
            yield from (number.mean, number.inverse, number.slope, number.apart, *number.at, *(number.lacking or ()))
            for segment in number.segments:
                yield from segment
        for category in self.categories.values():
            yield from (*category.other, *(category.lacking or ()))
            for entry in category.values.values():
                yield from entry
        for pair in self.words.values():
            yield from pair


def _list(entry: Entry | None) -> list[float] | None:
    return None if entry is None else list(entry)


def _optional(entry: Any) -> Entry | None:
    return None if entry is None else _entry(entry)


def _entry(entry: Any) -> Entry:
    contribution, apart, evidence, rarity = entry
    return float(contribution), float(apart), float(evidence), float(rarity)


def _segment(parts: Any) -> Segment:
    a, b, c, d, e, f, g = parts
    return float(a), float(b), float(c), float(d), float(e), float(f), float(g)
