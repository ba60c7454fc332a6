"""What is reported of one lead, as it stands now: outcomes come late, repeated and reversed, and the last to happen counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.learning.outcomes import meaning


@dataclass(slots=True, kw_only=True)
class Course:
    """How far a lead has come.

    Attributes:
        contacted_ms: When somebody first spoke to it.
        won: None while open.
        ended_ms, value: When it ended; what was won by it.
    """

    contacted_ms: int | None = None
    won: bool | None = None
    ended_ms: int | None = None
    value: float | None = None
    said_ms: int = -1

    def hear(self, outcome: Mapping[str, Any]) -> None:
        """Take in an outcome (schemas/outcome)."""
        at_ms, says = outcome["occurred_at"], meaning(outcome["outcome"])
        if outcome["outcome"] == "contacted":
            self.contacted_ms = at_ms if self.contacted_ms is None else min(at_ms, self.contacted_ms)
        elif says in ("won", "lost", "open") and at_ms >= self.said_ms:
            self.said_ms = at_ms
            self.won, self.ended_ms = (None, None) if says == "open" else (says == "won", at_ms)
            self.value = outcome.get("value") if says == "won" else None

    def follow(self, other: Course) -> None:
        """Take over how far another has come: of the same lead, known by an earlier revision."""
        self.contacted_ms, self.won, self.ended_ms = other.contacted_ms, other.won, other.ended_ms
        self.value, self.said_ms = other.value, other.said_ms
