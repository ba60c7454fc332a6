"""Where a version comes from, and how good it was when it was published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.learning.moves import Cause


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a person asks of a version.

    Attributes:
        recipe: What the champion learns by.
        champion: Its name in the contest.
        cause, by, why: What made it the one that scores; `learned` where it only learned on from its parent.
        labels: Learned by then.
        quality: Of the last labels, progressively: `app.learning.quality.Quality` as a dict; empty while there are none.
    """

    recipe: str
    champion: str
    cause: Cause
    by: str
    why: str
    labels: int
    quality: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Lineage:
        """
        Raises:
            KeyError, TypeError, ValueError: This is no lineage.
        """
        told = str(data["recipe"]), str(data["champion"]), data["cause"], str(data["by"]), str(data["why"]), int(data["labels"])
        return cls(*told, dict(data["quality"]))
