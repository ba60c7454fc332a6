"""A lead that stood on the review or the duplicates topic, as a team gets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.pipeline.fate import Score
from app.pipeline.lead import Lead, Repair, Violation
from app.pipeline.projection import FLAT, candidate_told, scored, told_in_a_row
from app.pipeline.revision.fields import MERGES
from app.pipeline.revision.form import Value, attributes_of, told, violations_of
from app.pipeline.routing import Assignment

_PASSED_ON: Final = (*FLAT, *MERGES, "subject", "linked_to")
_FLAT_FORM: Final = {"attributes": "{}"}
BY_PEOPLE: Final = "verdict"  # the rule, where a person chose the team


@dataclass(frozen=True, slots=True)
class House:
    """What a lead needs to be routed.

    Attributes:
        teams: Slugs of those that there are.
        assess: A lead's score by the current model, and the team that the rules give it.
        versions: `rules_version` and `app_version`, as records name them.
    """

    teams: frozenset[str]
    assess: Callable[[Lead], tuple[Score, Assignment]]
    versions: Mapping[str, Any]


def routed_of(held: Value, team: str, rule: str, versions: Mapping[str, Any]) -> dict[str, Any]:
    """The value of a team's topic.

    Args:
        held: A lead in the form of the review topic, with its score.
    """
    value = {name: held[name] for name in _PASSED_ON}
    value |= {name: held[name] for name in ("revision", "score", "band", "confidence", "model_version", "counterfactual")}
    value |= {"team": team, "rule": rule, "merged_into": None, "reasons": told_in_a_row(held["reasons"])}
    value |= told(_FLAT_FORM, attributes_of(held), violations_of(held))
    return value | dict(versions)


def decided(score: Score, assigned: Assignment) -> dict[str, Any]:
    """What a decision says of a score and a team."""
    considered = [candidate_told(one) for one in assigned.considered]
    return {
        "team": assigned.team,
        "rule": assigned.rule,
        "teams_considered": considered,
        "numbers": score.numbers,
        "categories": score.categories,
    } | scored(score)


def lead_of(held: Value) -> Lead:
    """The lead again, as the stages see it; scoring does not look at provenance."""
    lead = Lead(**{name: held[name] for name in FLAT})
    lead.facts, lead.groups = dict(held["facts"]), dict(held["groups"])
    lead.attributes, lead.enrichments = attributes_of(held), dict(held["enrichments"])
    lead.violations = [Violation(one["field"], one["code"]) for one in held["violations"]]
    lead.repairs = [Repair(one["field"], one["rule"]) for one in held["repairs"]]
    return lead
