"""How long each fault lasted, and how long until all flowed at full rate again afterwards, as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Final

LIMIT_S: Final = 30.0  # back to full rate after the fault's end, on a machine that is not busy with anything else


@dataclass(frozen=True, slots=True)
class Recovery:
    """One fault.

    Attributes:
        lasted_s: From its begin until its cause was gone: the process is started again, the server serves.
        after_s: From then until full rate; None: not within the time given.
    """

    fault: str
    lasted_s: float
    after_s: float | None

    def __str__(self) -> str:
        after = "not at full rate in time" if self.after_s is None else f"at full rate after {self.after_s:.1f} s"
        return f"{self.fault}: lasted {self.lasted_s:.1f} s, {after}"


@dataclass
class Recoveries:
    """All faults of one run, in order."""

    all: list[Recovery] = field(default_factory=list)

    @property
    def never(self) -> list[str]:
        """Faults after which full rate did not come back in the time given."""
        return [one.fault for one in self.all if one.after_s is None]

    @property
    def longest_s(self) -> float:
        return max((one.after_s for one in self.all if one.after_s is not None), default=0.0)

    def table(self) -> str:
        """A line for each kind of fault: how many, how long they lasted, median and longest time until full rate."""
        lines = [f"{'fault':<28} {'times':>5} {'lasted s':>9} {'full rate after s':>18} {'longest s':>10}"]
        for fault in dict.fromkeys(one.fault for one in self.all):
            some = [one for one in self.all if one.fault == fault]
            after = [one.after_s for one in some if one.after_s is not None]
            told = (f"{median(after):.1f}", f"{max(after):.1f}") if len(after) == len(some) else ("never", "never")
            lines.append(f"{fault:<28} {len(some):>5} {max(one.lasted_s for one in some):>9.1f} {told[0]:>18} {told[1]:>10}")
        return "\n".join(lines)
