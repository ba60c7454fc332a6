"""The names of all topics. One prefix, so that two installations (or two tests) can share a cluster."""

from __future__ import annotations

from dataclasses import dataclass

from app.inventory.undeclared import is_slug


@dataclass(frozen=True, slots=True)
class Topics:
    """`<prefix>.<dataset>[.<slug>]`, lower case, dots only between parts."""

    prefix: str = "leads"

    def inbound(self, source: str) -> str:
        return f"{self.prefix}.inbound.{source}"

    def routed(self, team: str) -> str:
        return f"{self.prefix}.routed.{team}"

    def source_of(self, topic: str) -> str:
        """The source whose inbound topic this is."""
        return topic.removeprefix(f"{self.prefix}.inbound.")

    def slug_of(self, topic: str) -> str | None:
        """The source whose inbound topic this could be; None where it is another topic, or no source may be called so."""
        name = self.source_of(topic)
        return name if name != topic and is_slug(name) else None

    @property
    def review(self) -> str:
        return f"{self.prefix}.review"

    @property
    def duplicates(self) -> str:
        return f"{self.prefix}.duplicates"

    @property
    def dlq(self) -> str:
        return f"{self.prefix}.dlq"

    @property
    def decisions(self) -> str:
        return f"{self.prefix}.decisions"

    @property
    def outcomes(self) -> str:
        return f"{self.prefix}.outcomes"

    @property
    def verdicts(self) -> str:
        return f"{self.prefix}.verdicts"

    @property
    def spend(self) -> str:
        return f"{self.prefix}.spend"

    @property
    def behaviour(self) -> str:
        return f"{self.prefix}.behaviour"

    @property
    def models(self) -> str:
        return f"{self.prefix}.models"

    @property
    def alerts(self) -> str:
        return f"{self.prefix}.alerts"

    @property
    def mappings(self) -> str:
        return f"{self.prefix}.mappings"

    @property
    def shapes(self) -> str:
        return f"{self.prefix}.shapes"

    @property
    def rejected(self) -> str:
        return f"{self.prefix}.rejected"

    @property
    def capacity(self) -> str:
        return f"{self.prefix}.capacity"

    @property
    def flags(self) -> str:
        return f"{self.prefix}.flags"

    @property
    def rollouts(self) -> str:
        return f"{self.prefix}.rollouts"

    @property
    def changes(self) -> str:
        return f"{self.prefix}.changes"

    @property
    def replays(self) -> str:
        return f"{self.prefix}.replays"

    @property
    def keys(self) -> str:
        return f"{self.prefix}.keys"

    @property
    def consent(self) -> str:
        return f"{self.prefix}.consent"

    @property
    def suppressions(self) -> str:
        return f"{self.prefix}.suppressions"

    @property
    def erasure(self) -> str:
        return f"{self.prefix}.erasure"

    @property
    def erased(self) -> str:
        return f"{self.prefix}.erased"
