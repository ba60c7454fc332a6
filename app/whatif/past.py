"""Leads of the past: what was decided of each, by what was known then, and what became of it since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from app.learning.course import Course
from app.pipeline.fate import Score
from app.pipeline.identified import Dedupe
from app.pipeline.lead import Lead, Violation
from app.pipeline.projection import FLAT
from app.pipeline.revision.form import attributes_of, violations_of

Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """One lead as it was decided first, before any revision.

    Attributes:
        lead: As its team or the reviewers got it.
        score: As it was given; the features in it are those that were known then.
        at_ms: When it arrived.
        match: Probability that it was an earlier lead's person.
        team, owner, fate: What was decided.
        due_ms: Until when it should have been contacted.
        course: What became of it since.
    """

    lead: Lead
    score: Score
    at_ms: int
    dedupe: Dedupe
    subject: str | None
    match: float
    fate: str
    team: str
    owner: str | None
    due_ms: int | None
    course: Course


class Gathering:
    """Takes decisions, leads and outcomes as they are read, in any order; keeps at most `most` leads, the newest.

    Attributes:
        dropped: Leads beyond `most`, the oldest.
    """

    def __init__(self, most: int) -> None:
        self._most, self._decisions, self._leads = most, dict[str, Value](), dict[str, Lead]()
        self._courses: dict[str, Course] = {}
        self.dropped = 0

    def decided(self, value: Value) -> None:
        """A decision. Only a lead's first one counts, and only where it became a lead of its own."""
        if value["revision"] != 1 or value["fate"] not in ("routed", "review"):
            return
        self._decisions[value["lead_id"]] = value
        if len(self._decisions) > 2 * self._most:
            self._forget()

    def told(self, value: Value) -> None:
        """A record of a team's or the review topic; the first revision of each lead."""
        if value["revision"] == 1:
            self._leads[value["lead_id"]] = lead_of(value)

    def reported(self, value: Value) -> None:
        """An outcome."""
        self._courses.setdefault(value["lead_id"], Course()).hear(value)

    def wants(self, lead: str) -> bool:
        """Whether a decision on it was taken in."""
        return lead in self._decisions

    def leads(self) -> list[Past]:
        """In the order of their arrival."""
        self._forget()
        return sorted(self._known(), key=lambda one: (one.at_ms, one.lead.lead_id))

    @property
    def without_record(self) -> int:
        """Decisions whose lead is older than the topics keep leads."""
        return sum(lead not in self._leads for lead in self._decisions)

    def _known(self) -> Iterator[Past]:
        for lead_id, value in self._decisions.items():
            lead = self._leads.get(lead_id)
            if lead is None:
                continue
            match = value["match"]
            yield Past(
                lead,
                score_of(value),
                value["received_at"],
                cast(Dedupe, value["dedupe"]),
                value["subject"],
                match["probability"] if match else 0.0,
                value["fate"],
                value["team"],
                value["owner"],
                value["due_at"],
                self._courses.get(lead_id, Course()),
            )

    def _forget(self) -> None:
        over = len(self._decisions) - self._most
        if over > 0:
            oldest = sorted(self._decisions, key=lambda lead: int(self._decisions[lead]["received_at"]))[:over]
            for lead in oldest:
                del self._decisions[lead]
                self._leads.pop(lead, None)
            self.dropped += over


def lead_of(value: Value) -> Lead:
    """A lead from either form in which it stands on topics; of one that was routed, only what routing looks at."""
    lead = Lead(**{name: value[name] for name in FLAT})
    lead.attributes = attributes_of(value)
    told = (one.partition(":") for one in violations_of(value))
    lead.violations = [Violation(field, code) for field, _, code in told]  # type: ignore[arg-type]
    lead.enrichments = dict(value.get("enrichments") or {})
    return lead


def score_of(value: Value) -> Score:
    """A decision's score, with the features as they were."""
    return Score(
        probability=value["score"],
        band=value["band"],
        confidence=value["confidence"],
        model=value["model_version"],
        numbers=dict(value["numbers"]),
        categories=dict(value["categories"]),
        contributions=dict(value["contributions"]),
        sureness=1.0 if value["sureness"] is None else value["sureness"],
        unusual=value["unusual"] or 0.0,
        reasons=tuple(value["reasons"]),
        counterfactual=value["counterfactual"],
    )
