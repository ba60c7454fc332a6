"""Leads and decisions as the values of our schemas: dicts of plain values, times as milliseconds since the epoch.

The fields of a lead have the same names in `Lead` and in the schemas; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

import orjson

from app.pipeline.fate import DeadLetter, Duplicate, Review, Routed, Score, TeamConsidered
from app.pipeline.handling import Handling
from app.pipeline.identified import Match
from app.pipeline.lead import Lead, Repair
from app.pipeline.shape import normal
from app.ports import Assigned

Pseudonym = Callable[[str, str], str]
"""Kind and value → pseudonym."""

REPAIRED = "r"  # the pseudonyms' kind of what a repair changed: kept apart from people's and events'
KNOWN_RUNGS = frozenset({"declared", "derived"})  # nothing to explain: the inventory says so, or another field does

_NESTED = {"attributes", "facts", "groups", "violations", "repairs", "provenance", "enrichments", "shape", "toggles_off"}
FLAT = tuple(field.name for field in fields(Lead) if field.name not in _NESTED)  # what the schemas take of a lead as it is
_flat = attrgetter(*FLAT)
_FIRST: dict[str, Any] = {  # of a lead into which nothing was merged yet
    "revision": 1,
    "merged": "",
    "sources": "",
    "last_source": None,
    "last_campaign": None,
    "last_received_at": None,
    "cost_total": None,
    "erased_at": None,
}
_FIRST |= {name: None for name in ("consent_purposes", "consent_until") if name not in FLAT}


def routed_lead(fate: Routed, rules_version: int, app_version: str) -> dict[str, Any]:
    """The value of a team's topic: flat, no maps, lists or records."""
    lead, score = fate.lead, fate.score
    value: dict[str, Any] = dict(zip(FLAT, _flat(lead), strict=True))
    value |= _FIRST
    value["merged_into"] = None
    value["subject"], value["linked_to"] = fate.who.subject, fate.who.linked_to
    value["team"], value["moved_to"] = fate.team, None
    value |= owned(fate.handling)
    value["score"] = score.probability
    value["band"] = score.band
    value["confidence"] = score.confidence
    value["rule"] = fate.rule
    value["reasons"], value["counterfactual"] = told_in_a_row(score.reasons), score.counterfactual
    value["violations"] = " ".join(violation_codes(lead)) if lead.violations else ""
    value["attributes"] = orjson.dumps(lead.attributes).decode() if lead.attributes else "{}"
    candidate = fate.handling.rules_version
    value["rules_version"] = rules_version if candidate is None else candidate
    value["model_version"] = score.model
    value["app_version"] = app_version
    return value


def full_lead(fate: Review | Duplicate, pseudonym: Pseudonym) -> dict[str, Any]:
    """The value of the review and the duplicates topic: everything known of the lead; of repairs, what was there before only as
    a pseudonym."""
    lead = fate.lead
    value: dict[str, Any] = dict(zip(FLAT, _flat(lead), strict=True))
    value["attributes"], value["facts"], value["groups"] = lead.attributes, lead.facts, lead.groups
    value["violations"] = [{"field": one.field, "code": one.code} for one in lead.violations]
    value["repairs"] = [
        {"field": one.field, "rule": one.rule, "before": _told(one.before, pseudonym), "after": one.after} for one in lead.repairs
    ]
    value["provenance"] = [
        {"field": one.field, "path": one.path, "rung": one.rung, "confidence": one.confidence} for one in lead.provenance
    ]
    value["enrichments"] = lead.enrichments
    value |= _FIRST
    who = fate.who
    value["subject"], value["linked_to"], value["match"] = who.subject, who.linked_to, match_told(who.match)
    if isinstance(fate, Duplicate):
        return value | {"duplicate_of": fate.of, "duplicate_kind": fate.kind}
    value |= {"team": fate.team, "rule": fate.rule, "review_reasons": fate.reasons, "checkpoint": fate.handling.checkpoint}
    return value | scored(fate.score)


def violation_codes(lead: Lead) -> list[str]:
    """`field:code` of each violation."""
    return [f"{one.field}:{one.code}" for one in lead.violations]


def decided_lead(
    fate: Routed | Review | Duplicate, pseudonym: Pseudonym, key: bytes | None, index: dict[str, Any] | None
) -> dict[str, Any]:
    """The decision's part about the lead, without personal data.

    Args:
        key: The lead's key (locking.py): pseudonyms of its values are made with it, so that they tell nothing once it is gone;
            None only where nothing was repaired.
        index: What the match index holds, locked.
    """
    lead, who = fate.lead, fate.who
    value: dict[str, Any] = {
        "lead_id": lead.lead_id,
        "source": lead.source,
        "occurred_at": lead.occurred_at,
        "event_id": who.event_id,
        "subject": who.subject,
        "dedupe": who.dedupe,
        "index": index,
        "match": match_told(who.match),
        "linked_to": who.linked_to,
        "violations": violation_codes(lead) if lead.violations else (),
        "repairs": [f"{one.field}:{one.rule}" for one in lead.repairs] if lead.repairs else (),
        "mended": _mended(lead.repairs, pseudonym, key) if key is not None and lead.repairs else (),
        "mapped": [
            {"field": one.field, "path": normal(one.path), "rung": one.rung, "confidence": one.confidence}
            for one in lead.provenance
            if one.rung not in KNOWN_RUNGS
        ],
        "campaign": lead.campaign,
        "cost": lead.cost,
        "mapping_version": lead.mapping_version,
        "mapping_revision": lead.mapping_revision,
        "shape": lead.shape,
        "enrichments": lead.enrichments,
        "groups": lead.groups,
    }
    value |= handled(fate.handling)
    if isinstance(fate, Duplicate):
        value["duplicate_of"], value["duplicate_kind"] = fate.of, fate.kind
        return value
    score = fate.score
    value["team"] = fate.team
    value["rule"] = fate.rule
    value["teams_considered"] = [candidate_told(one) for one in fate.considered]
    value["numbers"] = score.numbers
    value["categories"] = score.categories
    value |= scored(score)
    if isinstance(fate, Review):
        value["review_reasons"] = fate.reasons
    return value


def owned(handling: Handling) -> dict[str, Any]:
    """Who has a lead, and until when it must be contacted: what its team's topic and its decision both say."""
    assigned = handling.assigned
    return {"owner": None if assigned is None else assigned.owner, "due_at": handling.due_ms, "attempts": 0}


def handled(handling: Handling) -> dict[str, Any]:
    """What a decision says of the handling."""
    return owned(handling) | {
        "desk": desk_told(handling.assigned),
        "service_level": handling.service_level,
        "toggles_off": handling.toggles_off,
        "flags_version": handling.flags_version,
        "arms": handling.arms,
        "rollouts_version": handling.rollouts_version,
        "fallbacks": handling.fallbacks,
        "checkpoint": handling.checkpoint,
    }


def desk_told(assigned: Assigned | None) -> dict[str, Any] | None:
    """A decision's `desk`."""
    if assigned is None:
        return None
    return {
        "why": assigned.why,
        "load": assigned.load,
        "passed_over": assigned.passed_over,
        "at": assigned.at_ms,
        "roster": assigned.roster,
    }


def match_told(match: Match | None) -> dict[str, Any] | None:
    """A decision's `match`."""
    if match is None:
        return None
    return {
        "lead": match.lead,
        "of": match.of,
        "root": match.root,
        "probability": match.probability,
        "weight": match.weight,
        "nearest": match.nearest,
        "blocked": match.blocked,
        "chained": match.chained,
        "evidence": [{"field": one.field, "level": one.level, "weight": one.weight} for one in match.evidence],
        "joined": match.joined,
    }


def decided_dead_letter(fate: DeadLetter) -> dict[str, Any]:
    """The decision's part about a record that never became a lead."""
    return {"lead_id": fate.event.position.lead_id, "source": fate.source, "stage": fate.stage, "reason": fate.reason}


def _mended(repairs: list[Repair], pseudonym: Pseudonym, key: bytes) -> list[dict[str, Any]]:
    """Each repair without values. The rules of one reading share theirs, which are then named once."""
    kind, told = REPAIRED + key.hex(), dict[str, str]()
    for one in repairs:
        for text in (one.before, one.after):
            if text is not None and text not in told:
                told[text] = pseudonym(kind, text)
    return [
        {
            "field": one.field,
            "rule": one.rule,
            "before": None if one.before is None else told[one.before],
            "after": None if one.after is None else told[one.after],
        }
        for one in repairs
    ]


def _told(text: str | None, pseudonym: Pseudonym) -> str | None:
    return None if text is None else pseudonym(REPAIRED, text)


def candidate_told(one: TeamConsidered) -> dict[str, Any]:
    """One of a decision's `teams_considered`."""
    return {"team": one.team, "rule": one.rule, "passed": one.passed, "why": one.why}


def scored(score: Score) -> dict[str, Any]:
    """What a decision and a held lead say of a score."""
    return {
        "score": score.probability,
        "band": score.band,
        "confidence": score.confidence,
        "model_version": score.model,
        "contributions": score.contributions,
        "sureness": score.sureness,
        "unusual": score.unusual,
        "reasons": score.reasons,
        "counterfactual": score.counterfactual,
    }


def told_in_a_row(reasons: Sequence[str]) -> str:
    """Reasons as one text, as a CRM shows it."""
    return "; ".join(reasons)
