"""The last labels, and what each contender said of them before it learned them: a ring of columns, about 20 bytes a label.

Predictions are kept as 32-bit floats, groups as one byte: the index of the attribute's value. A contender that was not there yet
has NaN. As JSON the columns are base64, oldest label first, so that a restored ring goes on exactly as the one it was taken from.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from app.learning.gate import Grouping, Labels
from app.learning.quality import Floats

MAX_ATTRIBUTES: Final = 12
MAX_VALUES: Final = 255  # of one attribute at a time; those that come after are `other` until earlier ones have left the ring
OTHER: Final = "other"

_Column = npt.NDArray[np.float32]
_Codes = npt.NDArray[np.uint8]


class Recent:
    """The ring.

    Args:
        size: Labels kept.

    Attributes:
        count: Labels that it has seen.
    """

    def __init__(self, size: int) -> None:
        self.size, self.count = size, 0
        self._won: _Codes = np.zeros(size, np.uint8)
        self._said: dict[str, _Column] = {}
        self._groups: dict[str, _Values] = {}

    def __len__(self) -> int:
        return min(self.count, self.size)

    def add(self, won: bool, said: Mapping[str, float], groups: Mapping[str, str]) -> None:
        """One label more.

        Args:
            said: Who → the probability given before learning it.
            groups: Attribute → value.
        """
        at = self.count % self.size
        self._won[at] = won
        for name in said:
            if name not in self._said:
                self._said[name] = np.full(self.size, nan, np.float32)
        for name, column in self._said.items():
            column[at] = said.get(name, nan)
        for name in groups:
            if name not in self._groups and len(self._groups) < MAX_ATTRIBUTES:
                self._groups[name] = _Values(np.zeros(self.size, np.uint8), [OTHER])
        for name, values in self._groups.items():
            values.codes[at] = 0  # what stood here before leaves first
            values.codes[at] = values.code(groups.get(name, OTHER))
        self.count += 1

    def forget(self, names: Iterable[str]) -> None:
        """Drop contenders that are no more."""
        for name in names:
            self._said.pop(name, None)

    def of(self, names: Iterable[str], last: int | None = None) -> tuple[list[Floats], Labels]:
        """The predictions of several contenders for the labels that all of them predicted, oldest first.

        Args:
            names: Whose.
            last: Of the last so many labels; not given: of all.
        """
        order = self._order()
        order = order if last is None else order[max(0, len(order) - last) :]
        columns = [
            self._said[name][order].astype(np.float64) if name in self._said else np.full(len(order), nan) for name in names
        ]
        known = np.ones(len(order), bool)
        for column in columns:
            known &= np.isfinite(column)
        groups = {name: Grouping(values.codes[order][known], values.names) for name, values in self._groups.items()}
        return [column[known] for column in columns], Labels(self._won[order][known].astype(np.float64), groups)

    def state(self) -> dict[str, Any]:
        """As JSON can hold it."""
        order = self._order()
        return {
            "size": self.size,
            "count": self.count,
            "won": _packed(self._won[order]),
            "said": {name: _packed(column[order]) for name, column in self._said.items()},
            "groups": {
                name: {"names": values.names, "codes": _packed(values.codes[order])} for name, values in self._groups.items()
            },
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Recent:
        """The ring that gave this `state()`.

        Raises:
            KeyError, TypeError, ValueError: This is no such state.
        """
        one = cls(int(state["size"]))
        one.count = int(state["count"])
        order = one._order()
        one._won[order] = _unpacked(state["won"], np.uint8)
        for name, packed in state["said"].items():
            one._said[name] = np.full(one.size, nan, np.float32)
            one._said[name][order] = _unpacked(packed, np.float32)
        for name, values in state["groups"].items():
            codes = np.zeros(one.size, np.uint8)
            codes[order] = _unpacked(values["codes"], np.uint8)
            if int(codes.max(initial=0)) >= len(values["names"]):
                raise ValueError(f"the ring holds values of {name!r} without a name")
            one._groups[name] = _Values(codes, [str(value) for value in values["names"]])
        return one

    def _order(self) -> npt.NDArray[np.intp]:
        """Places in the ring, oldest label first."""
        return np.arange(max(0, self.count - self.size), self.count) % self.size


@dataclass(slots=True)
class _Values:
    codes: _Codes
    names: list[str]

    def code(self, value: str) -> int:
        if value in self.names:
            return self.names.index(value)
        if len(self.names) > MAX_VALUES:
            self._tidy()
        if len(self.names) > MAX_VALUES:
            return 0
        self.names.append(value)
        return len(self.names) - 1

    def _tidy(self) -> None:
        """Forget values that have left the ring."""
        used = np.union1d(self.codes, [0]).astype(np.intp)
        places = np.zeros(len(self.names), np.uint8)
        places[used] = np.arange(len(used))
        self.codes[:] = places[self.codes]
        self.names = [self.names[at] for at in used]


def _packed(column: npt.NDArray[Any]) -> str:
    return b64encode(column.astype(column.dtype.newbyteorder("<")).tobytes()).decode()


def _unpacked(text: str, kind: type[np.generic]) -> npt.NDArray[Any]:
    return np.frombuffer(b64decode(text), np.dtype(kind).newbyteorder("<"))
