"""Features of leads that wait for their outcome, packed: an array of doubles and shared strings, a fifth of two dicts' memory."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from sys import intern


@dataclass(frozen=True, slots=True)
class Packed:
    """The values; the names are shared by all leads of one shape."""

    number_names: tuple[str, ...]
    numbers: array[float]
    category_names: tuple[str, ...]
    categories: tuple[str, ...]


class Packing:
    """Packs and unpacks; remembers the shapes it has met (leadstream makes few: all its leads have the same features)."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[str, ...], tuple[str, ...]] = {}

    def pack(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Packed:
        """What is not a number at all becomes NaN, which the model refuses and counts."""
        values = array("d", (float(value) if isinstance(value, (int, float)) else nan for value in numbers.values()))
        texts = tuple(intern(str(value)) for value in categories.values())
        return Packed(self._shape(tuple(numbers)), values, self._shape(tuple(categories)), texts)

    def unpack(self, packed: Packed) -> tuple[dict[str, float], dict[str, str]]:
        """(numbers, categories) as they were."""
        numbers = dict(zip(packed.number_names, packed.numbers, strict=True))
        return numbers, dict(zip(packed.category_names, packed.categories, strict=True))

    def _shape(self, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(self._shapes) < 1_000:
            return self._shapes.setdefault(names, names)
        return self._shapes.get(names, names)
