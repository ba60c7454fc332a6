"""What goes in and out of the API beside what `app/review/view.py` and `saying.py` have."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.review.queue import Filter
from app.review.saying import LEAD_ID, Draft
from app.review.view import Opened, Summary

MOST_PAGE = 500
MOST_BULK = 5_000
LeadId = Annotated[str, Field(pattern=LEAD_ID, examples=["ld_0f8c2f6d1a5b7e903c44"])]


class Wanted(BaseModel):
    """Which held leads; all that is set must hold."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, max_length=200, description="One of its reasons, as the counts name them.")
    source: str | None = Field(None, max_length=64)
    team: str | None = Field(None, max_length=64, description="The proposed one.")
    band: Literal["hot", "warm", "cold"] | None = None
    checkpoint: str | None = Field(None, max_length=64)
    older_than_s: float | None = Field(None, ge=0, le=1e9, description="Waiting for at least so many seconds.")
    due_within_s: float | None = Field(
        None, ge=0, le=1e9, description="Due, or at the end of its waiting, within so many seconds."
    )
    pending: Literal["no", "yes", "both"] = Field("no", description="Those with a verdict on its way.")

    def filter(self, now_ms: int, not_by: str | None = None) -> Filter:
        return Filter(
            reason=self.reason,
            source=self.source,
            team=self.team,
            band=self.band,
            checkpoint=self.checkpoint,
            received_before=None if self.older_than_s is None else now_ms - int(self.older_than_s * 1000),
            due_before=None if self.due_within_s is None else now_ms + int(self.due_within_s * 1000),
            pending={"no": False, "yes": True, "both": None}[self.pending],
            not_by=not_by,
        )


class Listing(Wanted):
    """Which of them, page by page."""

    cursor: str | None = Field(None, max_length=300, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=MOST_PAGE)


class Page(BaseModel):
    """Held leads in the order in which they should be decided."""

    items: list[Summary]
    next: str | None = Field(description="Cursor of the next page; null: this was the last.")
    claims_known: bool = Field(True, description="False: Redis does not answer, and nobody knows who has claimed what.")


class Counts(BaseModel):
    """How much is held, and of what. A lead with two reasons counts in both."""

    total: int
    reason: dict[str, int]
    source: dict[str, int]
    team: dict[str, int]
    band: dict[str, int]
    checkpoint: dict[str, int]
    age: dict[str, int] = Field(description="By 1h, 4h, 1d, 3d, 7d (not older than that) and older.")


class ClaimFor(BaseModel):
    """For how long to claim."""

    model_config = ConfigDict(extra="forbid")

    minutes: float | None = Field(None, gt=0, le=480, description="null: as the API is configured.")


class ClaimNext(ClaimFor):
    """Which lead to claim: the first that fits and that nobody has."""

    filter: Wanted = Wanted()


class Claim(BaseModel):
    """A lease. Its token goes with the verdict, in the header Lease-Token."""

    lead_id: str
    token: str
    reviewer: str
    until: int = Field(description="Milliseconds since the epoch, UTC.")


class Claimed(Claim):
    """A lease, and the lead that it is of."""

    lead: Opened


class Accepted(BaseModel):
    """The broker has the verdict. The reviser carries it out; follow says what became of it."""

    verdict_id: str
    lead_id: str
    says: str
    follow: str = Field(examples=["/v1/verdicts/vd_5f1d7a84db00d2fce00b31a7fc73224f"])
    repeated: bool = Field(False, description="It was said before under the same key; nothing was said again.")


class Became(BaseModel):
    """What became of a verdict."""

    verdict_id: str
    state: Literal["said", "carried_out", "awaits_second", "refused"] = Field(
        description="said: on its way; awaits_second: another person must say the same; refused: the reviser passed it by, "
        "and the lead stays as it is."
    )
    lead_id: str
    says: str | None = None
    by: str | None = None
    fate: str | None = Field(None, description="Of the lead since then.")
    how: str | None = Field(None, description="approved, rerouted, merged, rejected, …")
    revision: int | None = Field(None, description="Of the decision that it led to.")
    why: str | None = Field(None, description="Of a refusal, as far as things stand now.")


class Selection(BaseModel):
    """Which leads a bulk verdict is about: ids, or whatever fits a filter."""

    model_config = ConfigDict(extra="forbid")

    ids: list[LeadId] | None = Field(None, max_length=MOST_BULK)
    filter: Wanted | None = None


class Bulk(BaseModel):
    """One verdict on many leads. Try it with `dry_run` first, and send its count as `expected`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "select": {"filter": {"source": "web-form", "reason": "low_confidence"}},
                    "verdict": {"says": "approve"},
                    "dry_run": True,
                }
            ]
        },
    )

    select: Selection
    verdict: Draft
    dry_run: bool = Field(True, description="Only say what would be done.")
    expected: int | None = Field(None, ge=0, description="Do nothing if another number of leads is meant.")
    most: int = Field(MOST_BULK, ge=1, le=MOST_BULK, description="Of a filter: the first so many.")


class Outcome(BaseModel):
    """What became of one lead of a bulk verdict."""

    lead_id: str
    outcome: Literal["said", "would_say", "repeated", "refused", "claimed", "pending", "not_taken"]
    verdict_id: str | None = None
    why: str | None = None


class BulkAnswer(BaseModel):
    """What was done, lead by lead."""

    dry_run: bool
    meant: int = Field(description="Leads that were selected.")
    counts: dict[str, int] = Field(description="Outcome to leads.")
    outcomes: list[Outcome]


class Measured(BaseModel):
    """How right machines are, by the sample of review.yaml."""

    source: str | None = Field(description="null: all together.")
    decided: int
    agreed: int = Field(description="Left by people as the machine proposed them.")
    waiting: int = Field(description="Not decided yet: many of them, and the figure tells of those that people pick first.")
    precision: float | None
    low: float | None = Field(description="Of the 95 % interval.")
    high: float | None


class Precision(BaseModel):
    """Of the leads received in the last days that nothing but the sample held."""

    days: float
    sample: float = Field(description="Share that review.yaml holds.")
    measured: list[Measured]
