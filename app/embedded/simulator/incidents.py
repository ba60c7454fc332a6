"""Planted incidents: what goes wrong with one source over an interval of story time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Incident:
    """Something wrong with one source, from `start_ms` up to but without `end_ms`.

    Kinds: `silence` sends nothing; `duplicate_spike` sends six of ten records twice; `missing_field` leaves `field` (a name of
    the submission: email, phone, message, …) empty in all that the source sends.
    """

    kind: Literal["silence", "duplicate_spike", "missing_field"]
    source: str
    start_ms: int
    end_ms: int
    field: str | None = None

    def __post_init__(self) -> None:
        if (self.field is not None) != (self.kind == "missing_field"):
            raise ValueError("a field belongs to the incident missing_field, and to no other kind")

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.source}" + (f":{self.field}" if self.field else "")


def active(incidents: Iterable[Incident], source: str, kind: str, at_ms: int) -> Incident | None:
    """The incident of this kind that this source has at this moment of story time."""
    for incident in incidents:
        if incident.source == source and incident.kind == kind and incident.start_ms <= at_ms < incident.end_ms:
            return incident
    return None
