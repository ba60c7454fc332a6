"""What a reviewer sees of a lead: its fields and where they came from, what is wrong, the proposal and its reasons, the possible
duplicate side by side. Holds personal data: it is shown, and kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from app.inventory.reviewing import Waiting
from app.pipeline.projection import FLAT
from app.pipeline.revision.corrections import CORRECTABLE
from app.pipeline.revision.form import attributes_of, violations_of
from app.review.entry import Entry, Value

Scalar = str | int | float | bool | None
State = Literal["open", "pending", "closed"]
_OWN: Final = frozenset(
    {
        *("lead_id", "source", "received_at", "source_reliability", "mapping_version", "mapping_revision", "shape"),
        *("country_source", "event_id", "cost", "consent_basis"),
    }
)  # of a lead's flat fields: told elsewhere, or of no use to who decides
SIDE_BY_SIDE: Final = (
    *("full_name", "email", "phone", "company", "job_title", "street", "postcode", "city", "region", "country"),
    *("customer_id", "message", "interest", "budget", "order_value", "campaign", "occurred_at"),
)


class FieldSeen(BaseModel):
    """One field of the lead."""

    name: str
    value: Scalar = Field(description="Times in milliseconds since the epoch, UTC.")
    path: str | None = Field(None, description="Where it stood in the payload; null where nothing tells.")
    rung: str | None = Field(
        None, description="How that was known: declared, confirmed, synonym, fuzzy, shape, learned or derived."
    )
    confidence: float | None = Field(None, description="How sure the mapping is, in [0, 1].")
    violations: list[str] = []
    repairs: list[str] = Field([], description="Rules that mended it.")
    correctable: bool = Field(description="Whether a verdict may correct it.")


class Candidate(BaseModel):
    """One team that the router considered."""

    team: str
    rule: str
    passed: bool
    why: str


class Proposal(BaseModel):
    """What machines would do, and why."""

    team: str
    rule: str
    score: float | None = Field(description="Probability of winning.")
    band: str | None
    confidence: float | None = Field(description="How sure the handling is, in [0, 1].")
    sureness: float | None = None
    unusual: float | None = None
    model: str | None = None
    reasons: list[str] = Field([], description="What speaks for (+) and against (-) winning it, in words.")
    counterfactual: str | None = None
    considered: list[Candidate] = []


class Compared(BaseModel):
    """A field of both leads."""

    field: str
    this: Scalar
    other: Scalar


class Evidence(BaseModel):
    """What one kind of evidence says of the two."""

    field: str
    level: str
    weight: float = Field(description="In bits: above 0 for, below 0 against one person.")


class PossibleDuplicate(BaseModel):
    """The earlier lead that it may be."""

    lead_id: str
    probability: float
    nearest: str = Field(description="What the two would be if they were not one.")
    blocked: bool
    chained: bool
    evidence: list[Evidence]
    stands: str | None = Field(None, description="routed, review, duplicates or rejected; null where it is no longer kept.")
    team: str | None = None
    source: str | None = None
    side_by_side: list[Compared] = []


class Approval(BaseModel):
    """What somebody said where two have to agree."""

    by: str
    says: str
    team: str | None = None


class Summary(BaseModel):
    """One line of the queue. No personal data."""

    lead_id: str
    state: State
    source: str
    team: str = Field(description="Proposed.")
    rule: str
    band: str
    score: float
    confidence: float
    reasons: list[str]
    checkpoint: str | None = None
    received_at: int = Field(description="Milliseconds since the epoch, UTC.")
    due_at: int | None = Field(None, description="Until when somebody must have contacted it, by its service level.")
    expires_at: int | None = Field(None, description="When it stops to wait for people.")
    possible_duplicate_of: str | None = None
    approvals: list[Approval] = []
    pending: str | None = Field(None, description="Id of the verdict that is on its way.")
    claimed_by: str | None = None
    claimed_until: int | None = None


class Opened(Summary):
    """A lead as its reviewer sees it. Holds personal data."""

    then: str | None = Field(None, description="What becomes of it at expires_at: approve, or the team that gets it.")
    second_person: str | None = Field(None, description="Rule of review.yaml by which an approval needs a second person.")
    fields: list[FieldSeen]
    attributes: dict[str, str] = Field(description="Path in the payload to text: whatever no field took.")
    violations: list[str] = Field(description="`field:code` of each.")
    enrichments: dict[str, str] = Field(description="Enrichments that were slow, down or failed.")
    proposal: Proposal
    possible_duplicate: PossibleDuplicate | None = None


def summary_of(entry: Entry) -> Summary:
    """Of an entry that has an item."""
    item = entry.item
    assert item is not None
    return Summary(
        lead_id=item.lead,
        state="closed" if not entry.open else "pending" if entry.pending else "open",
        source=item.source,
        team=item.team,
        rule=item.rule,
        band=item.band,
        score=item.score,
        confidence=item.confidence,
        reasons=list(item.reasons),
        checkpoint=item.checkpoint,
        received_at=item.received_ms,
        due_at=item.due_ms,
        expires_at=item.expires_ms,
        possible_duplicate_of=item.of,
        approvals=[Approval(by=by, says=says, team=team) for by, says, team in entry.decided.approvals] if entry.decided else [],
        pending=entry.said.number if entry.said is not None and entry.pending else None,
    )


def opened_of(
    entry: Entry, lead: Value, decision: Value | None, other: tuple[str, Value] | None, waiting: Waiting, second: str | None
) -> Opened:
    """All that its reviewer needs.

    Args:
        lead: Its newest record.
        decision: Its newest decision; None where that is no longer kept.
        other: Where the possible duplicate's newest record stands, and the record.
        second: See `Opened.second_person`.
    """
    item = entry.item
    assert item is not None
    return Opened(
        **summary_of(entry).model_dump(),
        then=waiting.fallback if item.expires_ms is not None else None,
        second_person=second,
        fields=_fields(lead),
        attributes=attributes_of(lead),
        violations=violations_of(lead),
        enrichments=dict(lead["enrichments"]),
        proposal=_proposal(lead, decision),
        possible_duplicate=_duplicate(lead, other),
    )


def _fields(lead: Value) -> list[FieldSeen]:
    came = {one["field"]: one for one in lead["provenance"]}
    wrong: dict[str, list[str]] = {}
    for told in violations_of(lead):
        field, _, code = told.rpartition(":")
        wrong.setdefault(field, []).append(code)
    mended: dict[str, list[str]] = {}
    for one in lead["repairs"]:
        mended.setdefault(one["field"], []).append(one["rule"])
    found = []
    for name in FLAT:
        if name in _OWN or (lead[name] is None and name not in wrong):
            continue
        where = came.get(name)
        found.append(
            FieldSeen(
                name=name,
                value=lead[name],
                path=where["path"] if where else None,
                rung=where["rung"] if where else None,
                confidence=where["confidence"] if where else None,
                violations=wrong.get(name, []),
                repairs=mended.get(name, []),
                correctable=name in CORRECTABLE,
            )
        )
    return found


def _proposal(lead: Value, decision: Value | None) -> Proposal:
    considered: list[Mapping[str, Any]] = decision["teams_considered"] if decision is not None else []
    return Proposal(
        team=lead["team"] or "",
        rule=lead["rule"] or "",
        score=lead["score"],
        band=lead["band"],
        confidence=lead["confidence"],
        sureness=lead["sureness"],
        unusual=lead["unusual"],
        model=lead["model_version"],
        reasons=list(lead["reasons"]),
        counterfactual=lead["counterfactual"],
        considered=[Candidate(**{name: one[name] for name in ("team", "rule", "passed", "why")}) for one in considered],
    )


def _duplicate(lead: Value, other: tuple[str, Value] | None) -> PossibleDuplicate | None:
    match = lead["match"]
    if match is None:
        return None
    stands, value = other if other is not None else (None, None)
    compared = []
    for name in SIDE_BY_SIDE if value is not None else ():
        this, that = lead[name], value[name]  # type: ignore[index]
        if this is not None or that is not None:
            compared.append(Compared(field=name, this=this, other=that))
    return PossibleDuplicate(
        lead_id=match["of"],
        probability=match["probability"],
        nearest=match["nearest"],
        blocked=match["blocked"],
        chained=match["chained"],
        evidence=[Evidence(field=one["field"], level=one["level"], weight=one["weight"]) for one in match["evidence"]],
        stands=stands,
        team=value.get("team") if value is not None else None,
        source=value["source"] if value is not None else None,
        side_by_side=compared,
    )
