"""In which order a source writes day and month, from its dates alone."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from typing import Final, Literal

from app.pipeline.validation.notes import Notes
from app.pipeline.validation.time import read_time

Order = Literal["DMY", "MDY"]

ORDERS: Final[tuple[Order, Order]] = ("DMY", "MDY")
_DAY_MONTH = re.compile(r"\s*(\d{1,2})[./-](\d{1,2})[./-](?:\d{4}|\d{2})(?!\d)", re.ASCII)
_AFTER_MS: Final = 3 * 86_400_000  # a date so long before the arrival, at most, is the date of what arrived
_FEW: Final = 5  # dates that could be near by chance


@dataclass(frozen=True, slots=True)
class DateOrder:
    """What the dates say.

    Attributes:
        order: None: nothing, or one thing and the other.
        dates: How many were seen whose order matters: day and month differ.
        proved: Of these, how many can be read in that order only, because their day is above 12.
        near: How many more lie within days of their arrival when read in that order, and not in the other.
        against: How many say the other order.
    """

    order: Order | None
    dates: int
    proved: int
    near: int
    against: int

    @property
    def text(self) -> str:
        """The evidence, as a clause."""
        if self.order is None:
            return f"{self.dates} dates could be either" if not self.against else f"{self.dates} dates are written both ways"
        found = [f"{self.proved} have a day above 12"] * (self.proved > 0) + [f"{self.near} fit their arrival"] * (self.near > 0)
        return f"of {self.dates} dates {' and '.join(found)} in this order only, {self.against or 'none'} in the other"


class DateOrders:
    """Takes in texts, one after the other, and counts the dates among them."""

    def __init__(self) -> None:
        self._dates = 0
        self._proved: Counter[Order] = Counter()
        self._near: Counter[Order] = Counter()

    def take(self, text: str, at_ms: int) -> None:
        """One text that may begin with a date.

        Args:
            at_ms: When it arrived; 0: nobody knows, or it is no date of what arrived.
        """
        match = _DAY_MONTH.match(text)
        if match is None:
            return
        one, two = int(match[1]), int(match[2])
        if one == two:
            return
        self._dates += 1
        if one > 12 or two > 12:
            self._proved["DMY" if one > 12 else "MDY"] += one <= 31 and two <= 31 and min(one, two) <= 12
        elif at_ms:
            near = [order for order in ORDERS if _is_near(text, order, at_ms)]
            if len(near) == 1:
                self._near[near[0]] += 1

    def found(self) -> DateOrder | None:
        """What they say; None without any date."""
        if not self._dates:
            return None
        best = max(ORDERS, key=lambda order: (self._proved[order], self._near[order]))
        other = ORDERS[best == "DMY"]
        proved, near, against = self._proved[best], self._near[best], self._proved[other] + self._near[other]
        sure = not self._proved[other] and (proved or (near >= _FEW and not against))
        return DateOrder(best if sure else None, self._dates, proved, near, against)


def _is_near(text: str, order: Order, at_ms: int) -> bool:
    notes = Notes()
    reading = read_time(text, UTC, order, at_ms, notes)
    return not notes.violations and at_ms - reading <= _AFTER_MS
