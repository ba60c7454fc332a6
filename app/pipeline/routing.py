"""Who gets the lead, or does a person decide? The first rule that holds decides; every rule passed over says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.inventory.models import Condition, Routing, Rule, Source
from app.pipeline.fate import Score, TeamConsidered
from app.pipeline.lead import Lead

# Each answers None when it holds, else why not. The reasons name the rule's limits, never the lead's values.
Check = Callable[[Lead, Score], str | None]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The team, the rule that chose it, and every candidate in the order tried."""

    team: str
    rule: str
    considered: tuple[TeamConsidered, ...]


class Router:
    """The routing rules, compiled once: conditions become checks, reasons become shared objects."""

    def __init__(self, routing: Routing) -> None:
        self.routing = routing
        self._rules = [_CompiledRule(rule) for rule in routing.rules]
        self._catch_all = TeamConsidered(routing.catch_all, "catch-all", True, "no rule took the lead")

    def assign(self, lead: Lead, score: Score) -> Assignment:
        """The first rule whose conditions all hold, else the catch-all team. Never without an owner."""
        considered = []
        for rule in self._rules:
            verdict = rule.consider(lead, score)
            considered.append(verdict)
            if verdict.passed:
                return Assignment(verdict.team, verdict.rule, tuple(considered))
        considered.append(self._catch_all)
        return Assignment(self.routing.catch_all, "catch-all", tuple(considered))

    def review_reasons(self, lead: Lead, score: Score, source: Source | None = None) -> tuple[str, ...]:
        """Why a person must decide; empty where the machine may.

        `undeclared_source`: nobody has said yet what the source sends. `automation_share`: the inventory leaves this share of
        the source's leads to people; which ones hangs on the lead id alone, so a replay holds the same. `unusual_lead`: it is
        as unlike the leads seen before as the configuration asks to be shown.
        """
        doubtful = score.confidence < self.routing.review_below_confidence
        held = source is not None and source.automation < 1.0 and _share_of(lead.lead_id) >= source.automation
        limit = self.routing.review_unusual_from
        unusual = limit is not None and score.unusual >= limit
        if not (doubtful or held or unusual):
            return ()
        reasons: list[str] = []
        if held:
            assert source is not None
            reasons.append("automation_share" if source.mapping.fields else "undeclared_source")
        if doubtful:
            reasons.append("low_confidence")
        if unusual:
            reasons.append("unusual_lead")
        return (*reasons, *dict.fromkeys(f"{violation.field}:{violation.code}" for violation in lead.violations))


def _share_of(lead_id: str) -> float:
    """Where the id stands among all ids, in [0, 1). Its last digits, for they are as even as any."""
    return int(lead_id[-8:], 16) / 2**32


class _CompiledRule:
    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._checks = _checks(rule.when)
        self._passed = TeamConsidered(rule.team, rule.name, True, "all conditions hold")
        self._failed: dict[str, TeamConsidered] = {}

    def consider(self, lead: Lead, score: Score) -> TeamConsidered:
        for check in self._checks:
            why = check(lead, score)
            if why is not None:
                verdict = self._failed.get(why)
                if verdict is None:  # as many as there are conditions: bounded
                    verdict = self._failed[why] = TeamConsidered(self._rule.team, self._rule.name, False, why)
                return verdict
        return self._passed


def _checks(when: Condition) -> list[Check]:
    checks: list[Check] = []
    if when.sources is not None:
        checks.append(_one_of("source", when.sources, lambda lead, _: lead.source))
    if when.countries is not None:
        checks.append(_one_of("country", when.countries, lambda lead, _: lead.country))
    if when.bands is not None:
        checks.append(_one_of("band", when.bands, lambda _, score: score.band))
    if when.score_at_least is not None:
        checks.append(_at_least("score", when.score_at_least, lambda _, score: score.probability))
    if when.order_value_at_least is not None:
        checks.append(_at_least("order_value", when.order_value_at_least, lambda lead, _: lead.order_value))
    if when.has is not None:
        checks.append(_filled(when.has))
    if when.interest_contains is not None:
        checks.append(_contains(when.interest_contains))
    return checks


def _one_of(what: str, allowed: tuple[str, ...], value: Callable[[Lead, Score], str | None]) -> Check:
    wanted, why = frozenset(allowed), f"{what} is not one of {', '.join(allowed)}"
    return lambda lead, score: None if value(lead, score) in wanted else why


def _at_least(what: str, limit: float, value: Callable[[Lead, Score], float | None]) -> Check:
    why = f"{what} is below {limit:g} or absent"

    def check(lead: Lead, score: Score) -> str | None:
        got = value(lead, score)
        return None if got is not None and got >= limit else why

    return check


def _filled(fields: tuple[str, ...]) -> Check:
    why = f"lacks one of {', '.join(fields)}"
    return lambda lead, _: None if all(getattr(lead, field) is not None for field in fields) else why


def _contains(words: tuple[str, ...]) -> Check:
    lowered, why = tuple(word.lower() for word in words), f"interest does not contain {' or '.join(words)}"

    def check(lead: Lead, _: Score) -> str | None:
        interest = (lead.interest or "").lower()
        return None if any(word in interest for word in lowered) else why

    return check
