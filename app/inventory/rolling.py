"""How anything new is rolled out (the file rollouts.yaml): stages, the control arm, and the guardrails that turn it back."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from app.inventory.entry import Entry, Slug

RolloutKind = Literal["source", "routing", "model"]
Watched = Literal[
    "rerouted",  # sent on by people after it was routed: to another team, or to another member
    "disagreement",  # of what people decided: not as the machine proposed
    "duplicates",  # came again within the window, or was merged by people
    "catch_all",  # no rule took it
    "latency",  # decided later than `over_s` after it came
    "misjudged",  # called hot and not converted within the window, or called cold and converted
    "conversion",  # converted within the window; fewer are harm
]
Share = Annotated[float, Field(ge=0, le=1)]
OF_THE_JUDGED: Final[frozenset[Watched]] = frozenset({"disagreement"})


class Guardrail(Entry):
    """What may not get worse for the candidate's leads, held against those handled as before.

    A lead counts once its window is over, whether anything happened or not, so that quick hits count no more than slow ones.
    """

    watch: Watched
    name: Slug | None = None  # where one thing is watched twice, over two windows
    kinds: tuple[RolloutKind, ...] = ("source", "routing", "model")  # of rollouts that it watches
    window_hours: Annotated[float, Field(ge=0, le=24 * 60)] = 0.0
    # No harm: up to `ratio` times the rate of the other arm, plus (conversion: less) `points`. Ratio 0: up to `points`, whatever
    # the other arm does.
    ratio: Annotated[float, Field(ge=0)] = 1.0
    points: Share = 0.05
    usual: Annotated[float, Field(gt=0, lt=1)] = 0.05  # rate to be expected before any was seen: speeds up the start
    outcomes: tuple[Literal["contacted", "qualified", "won"], ...] = ("qualified", "won")  # what counts as converted
    over_s: Annotated[float, Field(gt=0)] = 30.0  # for latency

    @property
    def called(self) -> str:
        return self.name or self.watch

    @property
    def harmful_up(self) -> bool:
        return self.watch != "conversion"

    @model_validator(mode="after")
    def _can_be_judged(self) -> Guardrail:
        if self.watch in OF_THE_JUDGED and self.ratio != 0:
            raise ValueError(
                f"{self.watch} needs ratio: 0 and points, the highest share allowed: the arms are not reviewed alike, so they "
                "cannot be compared"
            )
        if self.watch == "conversion" and not 0 < self.ratio <= 1:
            raise ValueError("conversion needs a ratio above 0 and of at most 1: the share of the other arm's rate to be kept")
        if self.harmful_up and 0 < self.ratio < 1:
            raise ValueError(f"{self.watch} needs a ratio of 1 or more, or 0 for a fixed limit: else equals would be harm")
        return self


class Stage(Entry):
    """One step: so large a share, for at least so long and so many leads."""

    share: Share
    least_hours: Annotated[float, Field(ge=0)] = 24.0
    least_leads: Annotated[int, Field(ge=0)] = 50


class Plan(Entry):
    """How one rollout goes."""

    stages: Annotated[tuple[Stage, ...], Field(min_length=1)] = (
        Stage(share=0.0),
        Stage(share=0.05),
        Stage(share=0.25),
        Stage(share=1.0),
    )
    alpha: Annotated[float, Field(gt=0, le=0.2)] = 0.01  # chance that a rollout without harm is ever rolled back, all in all
    by_itself: bool = True  # goes on to the next stage when the least time and leads are there; else people say `advance`
    sources: tuple[Slug, ...] = ()  # that take part, for routing and model; none named: all
    guardrails: tuple[Guardrail, ...] = (
        Guardrail(watch="rerouted", window_hours=4),
        Guardrail(watch="disagreement", window_hours=8, ratio=0, points=0.35, usual=0.1),
        Guardrail(watch="duplicates", window_hours=24, points=0.1),
        Guardrail(watch="catch_all", points=0.15, usual=0.1),
        Guardrail(watch="latency", usual=0.01),
        Guardrail(watch="misjudged", kinds=("model",), window_hours=6, points=0.1, usual=0.2),
        Guardrail(watch="conversion", window_hours=24, ratio=0.75, points=0.0, usual=0.1),
    )

    @model_validator(mode="after")
    def _grows(self) -> Plan:
        shares = [stage.share for stage in self.stages]
        if shares != sorted(set(shares)):
            raise ValueError("each stage needs a greater share than the one before")
        names = [one.called for one in self.guardrails]
        if len(set(names)) != len(names):
            raise ValueError("two guardrails have one name: give each its own `name`")
        return self

    def watching(self, kind: RolloutKind) -> tuple[Guardrail, ...]:
        """The guardrails of a rollout of this kind."""
        return tuple(one for one in self.guardrails if kind in one.kinds)


class Rolling(Plan):
    """The file rollouts.yaml: what holds for each rollout that says nothing else."""

    version: Annotated[int, Field(ge=1)] = 1
    control: Annotated[float, Field(ge=0, le=0.5)] = 0.1  # share of the subjects held back throughout

    def plan(self, kind: RolloutKind, sources: tuple[str, ...] = ()) -> Plan:
        """Of a rollout that begins now. What changes nothing in the shadow (rules, models) begins with the first real share."""
        stages = self.stages if kind == "source" else tuple(one for one in self.stages if one.share > 0)
        return Plan(stages=stages, alpha=self.alpha, by_itself=self.by_itself, sources=sources, guardrails=self.watching(kind))
