"""What moves the championship: the rules of the contest, and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from app.learning.gate import Limits

Cause = Literal["learned", "promoted", "rolled_back", "ordered", "refused", "settled"]
APPOINTING: Final = frozenset({"promoted", "rolled_back", "ordered"})  # causes that put another champion into its place


@dataclass(frozen=True, slots=True)
class Rules:
    """When the contest looks, and what it demands.

    Attributes:
        recent: Labels by which models are judged: the last so many.
        every: A look after so many.
        probation: Labels for which a new champion's predecessor stands by.
        rest: Labels for which one that was rolled back is not promoted by itself.
        fall: The last so many are held against those before, to see who falls.
        limits: The gate's.
    """

    recent: int = 2_000
    every: int = 500
    probation: int = 2_000
    rest: int = 4_000
    fall: int = 500
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Move:
    """What was done, or refused.

    Attributes:
        cause: promoted and rolled_back by itself; ordered by a person; refused: an order that was not carried out; settled: the
            champion came through its probation.
        labels: How many had been learned.
        champion, before: Who scores since, and who did.
        by, why: `contest`, or the person; in words and numbers.
        order: The order's id.
    """

    cause: Cause
    labels: int
    champion: str
    before: str
    by: str
    why: str
    order: str | None = None

    def to_json(self) -> dict[str, Any]:
        """For `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Move:
        """
        Raises:
            KeyError, TypeError, ValueError: This is no such move.
        """
        told = data["cause"], int(data["labels"]), str(data["champion"]), str(data["before"]), str(data["by"]), str(data["why"])
        return cls(*told, None if data["order"] is None else str(data["order"]))
