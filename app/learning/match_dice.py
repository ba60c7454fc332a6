"""Choices that a seed decides, the same everywhere: for data that a training makes itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")
_MASK = 2**64 - 1


class Dice:
    """A stream of choices (SplitMix64, Steele and others 2014)."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def whole(self) -> int:
        """A number of 64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def below(self, most: int) -> int:
        """0 to most - 1."""
        return self.whole() % most

    def share(self) -> float:
        """[0, 1)."""
        return self.whole() / 2**64

    def chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self.whole() < share * 2**64

    def one(self, of: Sequence[_T]) -> _T:
        """One of them, each as likely."""
        return of[self.whole() % len(of)]

    def early(self, of: Sequence[_T]) -> _T:
        """One of them, the first ones much likelier, as with names."""
        return of[int(len(of) * self.share() ** 2)]

    def digits(self, count: int) -> str:
        """That many digits."""
        return f"{self.below(10**count):0{count}d}"
