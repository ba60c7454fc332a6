"""What all rules ask of one thing about a lead, as a table: its value → the rules that fail on it.

Sets of rules are integers, bit n for the n-th rule: to join two sets is one operation, however many rules there are. A table
works a value out when it first meets it. The check of the rules (app/inventory/coverage.py) reads the same tables, value by
value, so both mean the same by a condition.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, Protocol

MOST: Final = 16_384  # values that a table remembers
ELSE: Final = "\0"  # stands for any text that no rule names

Wants = Mapping[int, Iterable[Hashable]]
"""Rule → the values of which it wants any."""


class Table(Protocol):
    """See the module."""

    def __getitem__(self, value: Any, /) -> int:
        """The rules that fail on the value; None where the lead has none."""
        ...

    def cells(self) -> list[Any]:
        """A few values such that every other value fails the same rules as one of these, or more."""
        ...


class _Learning(dict[Any, int]):
    """A table that remembers the values that it met."""

    def __missing__(self, value: Any) -> int:
        if len(self) >= MOST:
            self.clear()
        failing = self[value] = self._all if value is None else self._all & ~self._held(value)
        return failing

    def __init__(self, wants: Wants, normal: Callable[[Any], Hashable]) -> None:
        super().__init__()
        self._all, self._normal = bits(wants), normal
        self._by: dict[Any, int] = {}
        for rule, values in wants.items():
            for value in values:
                key = normal(value)
                self._by[key] = self._by.get(key, 0) | 1 << rule

    def cells(self) -> list[Any]:
        return [None, *self._by, ELSE]

    def _held(self, value: Any) -> int:
        raise NotImplementedError


class Exact(_Learning):
    """Any of these values."""

    def _held(self, value: Any) -> int:
        return self._by.get(self._normal(value), 0)


class Closed(Exact):
    """Any of these values, of which there are no others than `among`."""

    def __init__(self, wants: Wants, among: Iterable[Any]) -> None:
        super().__init__(wants, lambda value: value)
        self._among = list(among)

    def cells(self) -> list[Any]:
        return self._among


class Tags(_Learning):
    """Any of these language tags, or a narrower one: `pt` wants `pt-BR`, too."""

    def __init__(self, wants: Wants) -> None:
        super().__init__(wants, folded)

    def _held(self, value: Any) -> int:
        tag, held = folded(value), 0
        while tag:
            held |= self._by.get(tag, 0)
            tag = tag.rpartition("-")[0]
        return held


class Beginnings(_Learning):
    """A postcode that begins with any of these."""

    def __init__(self, wants: Wants) -> None:
        super().__init__(wants, postcode)
        self._lengths = sorted({len(key) for key in self._by})

    def _held(self, value: Any) -> int:
        code, held = postcode(value), 0
        for length in self._lengths:
            held |= self._by.get(code[:length], 0)
        return held


class Words(_Learning):
    """A text that contains any of these."""

    def __init__(self, wants: Wants) -> None:
        super().__init__(wants, folded)

    def _held(self, value: Any) -> int:
        text, held = folded(value), 0
        for word, rules in self._by.items():
            if word in text:
                held |= rules
        return held


class Pages(Words):
    """The address of a page that contains any of these before its query, which may hold personal data: that is not remembered."""

    def __getitem__(self, value: Any, /) -> int:
        return super().__getitem__(value if value is None else value.partition("?")[0].partition("#")[0])


class Limits:
    """A number from a limit on; one that is absent, or no number, is below all."""

    def __init__(self, wants: Mapping[int, float]) -> None:
        self._limits = sorted(set(wants.values()))
        self._failing = [bits(rule for rule, limit in wants.items() if limit > reached) for reached in self._limits]
        self._all = bits(wants)

    def __getitem__(self, value: float | None, /) -> int:
        if value is None or value != value:
            return self._all
        reached = bisect_right(self._limits, value)
        return self._failing[reached - 1] if reached else self._all

    def cells(self) -> list[Any]:
        return [None, self._limits[0] - 1.0, *self._limits]


def bits(rules: Iterable[int]) -> int:
    """The set of these rules."""
    return sum(1 << rule for rule in set(rules))


def folded(text: str) -> str:
    """A text as it is compared: without regard to case."""
    return text.casefold()


def postcode(text: str) -> str:
    """A postcode as it is compared: without blanks, hyphens and regard to case."""
    return text.replace(" ", "").replace("-", "").upper()
