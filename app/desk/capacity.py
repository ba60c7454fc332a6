"""What is said about a member while the system runs: absence, leads a day, weight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capacity:
    """The newest word about a member; it says everything anew. Times in milliseconds since the epoch.

    Attributes:
        team, member: Whom it is about.
        available: False: gets no leads until a newer word says otherwise.
        absent_from_ms, absent_until_ms: An absence; without a beginning it has begun, without an end nobody knows when it ends.
        per_day, weight: None: as the configuration says.
        by: Who says so, a role or a tool.
        why: Without personal data.
        changed_at_ms: When it was said.
    """

    team: str
    member: str
    available: bool = True
    absent_from_ms: int | None = None
    absent_until_ms: int | None = None
    per_day: int | None = None
    weight: float | None = None
    by: str = ""
    why: str | None = None
    changed_at_ms: int = 0

    @property
    def is_absence(self) -> bool:
        """Whether it names an absence at all."""
        return self.absent_from_ms is not None or self.absent_until_ms is not None

    def absent(self, at_ms: int) -> bool:
        """Whether the member gets no leads at this instant."""
        if not self.available or not self.is_absence:
            return not self.available
        begun = self.absent_from_ms is None or self.absent_from_ms <= at_ms
        return begun and (self.absent_until_ms is None or at_ms < self.absent_until_ms)

    def same_until(self, at_ms: int) -> int | None:
        """Until when `absent` answers as it does at `at_ms`; None: for ever."""
        ahead = [edge for edge in (self.absent_from_ms, self.absent_until_ms) if edge is not None and edge > at_ms]
        return min(ahead, default=None)


def newest(words: Iterable[Capacity]) -> dict[tuple[str, str], Capacity]:
    """(team, member) → the last word about them."""
    return {(one.team, one.member): one for one in words}
