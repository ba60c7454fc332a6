"""What is wanted of the KPIs, and what people's time costs (the file kpi.yaml)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from app.inventory.entry import Entry, Slug

Kpi = Literal[
    "conversion_rate",
    "cost_per_acquisition",
    "manual_share",
    "default_owner_share",
    "reroute_rate",
    "duplicate_share",
    "precision",
    "response_median",
    "response_p90",
    "hot_response_median",
    "hot_response_p90",
    "velocity",
]
KPIS: Final[tuple[Kpi, ...]] = Kpi.__args__  # type: ignore[attr-defined]


class Target(Entry):
    """What is wanted of one KPI: a value, or a change from the control arm of a rollout (-0.6: 60 % less)."""

    kpi: Kpi
    at_least: float | None = None
    at_most: float | None = None
    change_at_least: float | None = None
    change_at_most: float | None = None
    rollout: Slug | None = None  # whose arms a change is of; None: each rollout's

    @property
    def of_arms(self) -> bool:
        """Whether it is about a change."""
        return self.change_at_least is not None or self.change_at_most is not None

    @property
    def limit(self) -> tuple[float, bool]:
        """The value, and whether it is the least that is wanted."""
        least = self.change_at_least if self.change_at_least is not None else self.at_least
        most = self.change_at_most if self.change_at_most is not None else self.at_most
        return (least, True) if least is not None else (most or 0.0, False)

    @model_validator(mode="after")
    def _one_limit(self) -> Target:
        limits = (self.at_least, self.at_most, self.change_at_least, self.change_at_most)
        if sum(one is not None for one in limits) != 1:
            raise ValueError("needs exactly one of at_least, at_most, change_at_least, change_at_most")
        return self


class Measuring(Entry):
    """The file kpi.yaml."""

    version: Annotated[int, Field(ge=1)] = 1
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"  # of spend that counts
    lead_handling_cost: Annotated[float, Field(ge=0)] = 4.0  # of working on one lead by hand: a merged duplicate saves it
    velocity_days: Annotated[int, Field(ge=1, le=366)] = 30  # qualified leads of so many days, against as many days before
    least_leads: Annotated[int, Field(ge=1)] = 100  # targets are not judged on fewer
    targets: tuple[Target, ...] = ()
