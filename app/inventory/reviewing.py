"""Where people look, by configuration alone (the file review.yaml): checkpoints after any stage, second pairs of eyes, how long
a lead waits for people, and the sample that measures how right automation is."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from app.inventory.entry import Entry, Slug
from app.pipeline.lead import Rung

Stage = Literal["mapping", "validation", "enrichment", "identity", "scoring", "routing"]
STAGES: Final[tuple[Stage, ...]] = ("mapping", "validation", "enrichment", "identity", "scoring", "routing")
Share = Annotated[float, Field(ge=0, le=1)]
Reason = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
APPROVE: Final = "approve"


class When(Entry):
    """What a lead must be like: all that is set must hold; of a list any one. Empty: every lead is."""

    sources: tuple[Slug, ...] | None = None
    # After mapping.
    rungs: tuple[Rung, ...] | None = None  # some field was found by one of these rungs of the mapping ladder
    mapped_below: Share | None = None  # some field was mapped with less confidence
    # After validation.
    violations: tuple[str, ...] | None = None  # codes (`placeholder`), or fields with codes (`email:disposable`)
    has: tuple[str, ...] | None = None  # all these lead fields are filled
    lacks: tuple[str, ...] | None = None  # one of these lead fields is empty
    order_value_at_least: float | None = None
    budget_at_least: float | None = None
    # After enrichment.
    countries: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    enrichment_missing: tuple[str, ...] | None = None  # one of these was slow, down or failed
    # After identity.
    dedupe: tuple[Literal["new", "linked", "asked", "unknown"], ...] | None = None  # a duplicate is merged, and never gets here
    match_at_least: Share | None = None  # probability that it is an earlier lead's person
    # After scoring.
    bands: tuple[Literal["hot", "warm", "cold"], ...] | None = None
    score_at_least: float | None = None
    score_below: float | None = None
    confidence_below: Share | None = None
    sureness_below: Share | None = None
    unusual_from: Share | None = None
    # After routing.
    teams: tuple[Slug, ...] | None = None
    rules: tuple[str, ...] | None = None  # names of routing's rules, or catch-all


KNOWN_AFTER: Final[dict[str, Stage]] = {
    "rungs": "mapping",
    "mapped_below": "mapping",
    **dict.fromkeys(("violations", "has", "lacks", "order_value_at_least", "budget_at_least"), "validation"),
    **dict.fromkeys(("countries", "languages", "enrichment_missing"), "enrichment"),
    **dict.fromkeys(("dedupe", "match_at_least"), "identity"),
    **dict.fromkeys(("bands", "score_at_least", "score_below", "confidence_below", "sureness_below", "unusual_from"), "scoring"),
    **dict.fromkeys(("teams", "rules"), "routing"),
}
"""Condition → the first stage after which it can be asked; `sources` always can."""


class Waiting(Entry):
    """How long a held lead waits for people, and what then becomes of it."""

    hold_hours: Annotated[float, Field(gt=0, le=24 * 365)] | None = None  # None: until somebody decides
    fallback: Slug = APPROVE  # `approve`: to the proposed team; else the slug of the team that gets it


class Checkpoint(Waiting):
    """Leads that a person looks at. The stages after it still run, so that the person sees a proposal."""

    name: Slug
    after: Stage
    when: When = When()
    share: Share = 1.0  # of the leads that fit; which ones hangs on the lead id alone, and raising it lets none go
    reason: Reason = "checkpoint"


class FourEyes(Entry):
    """Held leads that two people must agree on."""

    name: Slug
    when: When = When()
    says: tuple[Literal["approve", "reroute", "merge", "reject"], ...] = ("approve", "reroute")


class Reviewing(Waiting):
    """The file review.yaml. `hold_hours` and `fallback` are those of leads that no checkpoint with its own holds."""

    version: Annotated[int, Field(ge=1)] = 1
    checkpoints: tuple[Checkpoint, ...] = ()
    four_eyes: tuple[FourEyes, ...] = ()
    sample: Share = 0.0  # of the leads that machines may decide: people decide these, and so measure how right machines are

    def waiting(self, checkpoint: str | None) -> Waiting:
        """How long a lead waits that this checkpoint holds (None: another reason), and what then becomes of it."""
        for one in self.checkpoints:
            if one.name == checkpoint and one.hold_hours is not None:
                return one
        return self
