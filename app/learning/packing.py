"""Features of leads that wait for their outcome, packed: an array of doubles and shared strings, a fifth of two dicts' memory."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan, nan
from sys import intern
from typing import Any

from app.learning.lessons import Label


@dataclass(frozen=True, slots=True)
class Packed:
    """The values; the names are shared by all leads of one shape. The last number is the score that was given, or NaN."""

    number_names: tuple[str, ...]
    numbers: array[float]
    category_names: tuple[str, ...]
    categories: tuple[str, ...]
    groups: tuple[tuple[str, str], ...]


class Packing:
    """Packs and unpacks; remembers the shapes it has met (leadstream makes few: all its leads have the same features)."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._groups: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = {}

    def pack(self, decision: Mapping[str, Any]) -> Packed:
        """What a decision knew of its lead. What is not a number at all becomes NaN, which the model refuses and counts."""
        numbers, categories = decision["numbers"], decision["categories"]
        values = array("d", (float(value) if isinstance(value, (int, float)) else nan for value in numbers.values()))
        score = decision.get("score")
        values.append(nan if score is None else score)
        texts = tuple(intern(str(value)) for value in categories.values())
        groups = tuple(sorted((decision.get("groups") or {}).items()))
        if len(self._groups) < 1_000:
            groups = self._groups.setdefault(groups, groups)
        return Packed(self._shape(tuple(numbers)), values, self._shape(tuple(categories)), texts, groups)

    def unpack(self, packed: Packed, won: bool, corrects: bool) -> Label:
        """The lead as it was scored, with what became of it."""
        numbers = dict(zip(packed.number_names, packed.numbers, strict=False))
        categories = dict(zip(packed.category_names, packed.categories, strict=True))
        score = packed.numbers[-1]
        return Label(numbers, categories, won, corrects, dict(packed.groups), None if isnan(score) else score)

    def _shape(self, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(self._shapes) < 1_000:
            return self._shapes.setdefault(names, names)
        return self._shapes.get(names, names)
