"""A lead that stood on the review, rejected or duplicates topic, as a team gets it; and a lead as the stages see it, again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.inventory.reviewing import Reviewing
from app.pipeline.checkpoints import FourEyes
from app.pipeline.deciding import Decided
from app.pipeline.lead import Lead, Repair, Violation
from app.pipeline.projection import FLAT, candidate_told, scored, told_in_a_row
from app.pipeline.revision.fields import MERGES
from app.pipeline.revision.form import Value, attributes_of, flat, told, violations_of
from app.pipeline.screening import Withheld
from app.ports import Desk

_PASSED_ON: Final = (*FLAT, *MERGES, "subject", "linked_to")
_FLAT_FORM: Final = {"attributes": "{}"}
BY_PEOPLE: Final = "verdict"  # the rule, where a verdict chose the team


def _no_level(band: str | None, team: str) -> tuple[int | None, str | None]:
    return None, None


@dataclass(frozen=True, slots=True)
class House:
    """What verdicts are carried out with.

    Attributes:
        teams: Slugs of those that there are.
        assess: Decides on a lead anew, by its newest decision: score, team, whether people decide.
        desk: Who of a team gets it.
        versions: `rules_version` and `app_version`, as records name them.
        clock: Now, in milliseconds since the epoch.
        pseudonym: Kind and value → pseudonym.
        members: Team → its members.
        due: Band and team → until when it must be contacted if it comes to that team now, and by which service level.
        features: Source → paths of attributes that scoring may look at.
        needs: Rule and the lead's language → skills and languages that it wants of a member.
        four_eyes: Which verdicts need a second person.
        declared: Source → lead fields that its inventory entry or people give a path: nothing to learn about those.
        doubted: Source → fields and paths that somebody's correction spoke for.
        withheld: A lead as its record has it, and a team → why that must not have it: a code, and words; None: it may. Team None:
            only whether the person objects to everything counts.
    """

    teams: frozenset[str]
    assess: Callable[[Lead, Value], Decided]
    desk: Desk
    versions: Mapping[str, Any]
    clock: Callable[[], int]
    pseudonym: Callable[[str, str], str]
    members: Mapping[str, Collection[str]] = field(default_factory=dict)
    due: Callable[[str | None, str], tuple[int | None, str | None]] = _no_level
    features: Callable[[str], Collection[str]] = lambda source: ()
    needs: Callable[[str, str | None], tuple[str, ...]] = lambda rule, language: ()
    four_eyes: FourEyes = field(default_factory=lambda: FourEyes(Reviewing()))
    declared: Callable[[str], Collection[str]] = lambda source: ()
    doubted: Callable[[str], Collection[tuple[str, str]]] = lambda source: ()
    withheld: Callable[[Value, str | None], tuple[Withheld, str] | None] = lambda value, team: None


def routed_of(held: Value, team: str, rule: str, versions: Mapping[str, Any], owner: Mapping[str, Any]) -> dict[str, Any]:
    """The value of a team's topic.

    Args:
        held: A lead in the form of the review topic, with its score.
        owner: Who has it: owner, due_at.
    """
    value = {name: held[name] for name in _PASSED_ON}
    value |= {name: held[name] for name in ("revision", "score", "band", "confidence", "model_version", "counterfactual")}
    value |= {"team": team, "rule": rule, "merged_into": None, "moved_to": None, "attempts": held["attempts"]}
    value |= told(_FLAT_FORM, attributes_of(held), violations_of(held)) | {"reasons": told_in_a_row(held["reasons"])}
    return value | dict(owner) | dict(versions)


def rescored(value: Value, to: Decided) -> dict[str, Any]:
    """The value with a new score, in its form."""
    told_now = scored(to.score)
    if flat(value):
        told_now = {name: told_now[name] for name in ("score", "band", "confidence", "model_version", "counterfactual")}
        told_now["reasons"] = told_in_a_row(to.score.reasons)
    return {**value, **told_now, "team": to.to.team, "rule": to.to.rule}


def decided(to: Decided) -> dict[str, Any]:
    """What a decision says of a lead that was decided anew; but for its owner."""
    return {
        "team": to.to.team,
        "rule": to.to.rule,
        "teams_considered": [candidate_told(one) for one in to.to.considered],
        "numbers": to.score.numbers,
        "categories": to.score.categories,
        "toggles_off": to.handling.toggles_off,
        "flags_version": to.handling.flags_version,
        "arms": dict(to.handling.arms),
        "rollouts_version": to.handling.rollouts_version,
        "fallbacks": dict(to.handling.fallbacks),
        **({} if to.handling.rules_version is None else {"rules_version": to.handling.rules_version}),  # of a candidate's rules
    } | scored(to.score)


def lead_of(value: Value, decision: Value | None = None, features: Collection[str] = ()) -> Lead:
    """The lead again, as the stages see it; scoring does not look at provenance.

    Args:
        value: In either form. A team's topic does not hold all: the rest is told by its decision and its source.
        features: Paths of attributes that scoring may look at.
    """
    lead = Lead(**{name: value[name] for name in FLAT})
    lead.attributes = attributes_of(value)
    if not flat(value):
        lead.facts, lead.groups, lead.enrichments = dict(value["facts"]), dict(value["groups"]), dict(value["enrichments"])
        lead.violations = [Violation(one["field"], one["code"]) for one in value["violations"]]
        lead.repairs = [Repair(one["field"], one["rule"]) for one in value["repairs"]]
        return lead
    lead.facts = {path: lead.attributes.get(path, "") for path in features}
    codes = (one.partition(":") for one in violations_of(value))
    lead.violations = [Violation(name, code) for name, _, code in codes]  # type: ignore[arg-type]
    if decision is not None:
        lead.groups, lead.enrichments = dict(decision["groups"]), dict(decision["enrichments"])
        rules = (one.partition(":") for one in decision["repairs"])
        lead.repairs = [Repair(name, rule) for name, _, rule in rules]
    return lead
