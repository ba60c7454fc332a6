"""Planted incidents: what goes wrong with one source over an interval of story time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Incident:
    """Something wrong with one source, from `start_ms` up to but without `end_ms`.

    Kinds: `silence` sends nothing; `duplicate_spike` sends six of ten records twice; `missing_field` leaves `field` (a name of
    the submission: email, phone, message, …) empty in all that the source sends; `renamed_field` calls the member `field` of the
    source's JSON payloads `to`.
    """

    kind: Literal["silence", "duplicate_spike", "missing_field", "renamed_field"]
    source: str
    start_ms: int
    end_ms: int
    field: str | None = None
    to: str | None = None

    def __post_init__(self) -> None:
        if (self.field is not None) != (self.kind in ("missing_field", "renamed_field")):
            raise ValueError("a field belongs to the incidents missing_field and renamed_field, and to no other kind")
        if (self.to is not None) != (self.kind == "renamed_field"):
            raise ValueError("a new name belongs to the incident renamed_field, and to no other kind")

    def rename(self, payload: bytes) -> bytes:
        """The JSON payload with its member called otherwise, at whatever depth."""
        return payload.replace(f'"{self.field}":'.encode(), f'"{self.to}":'.encode())

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.source}" + (f":{self.field}" if self.field else "")


def active(incidents: Iterable[Incident], source: str, kind: str, at_ms: int) -> Incident | None:
    """The incident of this kind that this source has at this moment of story time."""
    for incident in incidents:
        if incident.source == source and incident.kind == kind and incident.start_ms <= at_ms < incident.end_ms:
            return incident
    return None
