"""What an audit finds: results only, ready for a table, JSON or a page. Shares are in [0, 1], times in milliseconds UTC."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """One lead field at one source.

    Attributes:
        filled: Share of leads that have it.
        valid: Share of the values offered that were taken without a violation; None where none was offered.
        repaired: Share of the values offered that needed a repair.
        rungs: Rung of the mapping ladder → how many values came by it.
    """

    field: str
    filled: float
    valid: float | None
    repaired: float
    required: bool
    rungs: dict[str, int]


@dataclass(frozen=True, slots=True)
class Drift:
    """A path of the payload whose share changed between the first and the last third of the range."""

    path: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Example:
    """A lead that came out badly, masked."""

    lead_id: str
    received_at: int
    problems: tuple[str, ...]
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class SourceFindings:
    """One source over the range."""

    source: str
    declared: bool
    records: int
    leads: int
    first_at: int | None
    last_at: int | None
    completeness: float
    validity: float
    uniqueness: float
    timeliness: float | None
    consistency: float | None
    delay_p50_s: float | None
    delay_p95_s: float | None
    dead_letters: dict[str, int]
    violations: dict[str, int]
    repairs: dict[str, int]
    repeated: dict[str, int]
    contradictions: dict[str, tuple[int, int]]
    fields: tuple[FieldFinding, ...]
    drift: tuple[Drift, ...]
    examples: tuple[Example, ...]
    per_slice: tuple[int, ...]

    @property
    def quality(self) -> float:
        """The mean of the dimensions that could be judged, times the share of records that became leads."""
        parts = [self.completeness, self.validity, self.uniqueness, self.timeliness, self.consistency]
        known = [one for one in parts if one is not None]
        return (self.leads / self.records if self.records else 0.0) * sum(known) / len(known)


@dataclass(frozen=True, slots=True)
class Audit:
    """All sources, the worst first."""

    since: int | None
    until: int | None
    sources: tuple[SourceFindings, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "since": self.since,
            "until": self.until,
            "sources": [asdict(one) | {"quality": one.quality} for one in self.sources],
        }
