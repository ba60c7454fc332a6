"""Does review.yaml make sense, and can each of its checkpoints ever hold a lead?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, get_args

from app.inventory.checks import LEAD_FIELDS, country_hint, known_country
from app.inventory.lines import Document, Loc
from app.inventory.problems import Problem, did_you_mean
from app.inventory.reviewing import APPROVE, KNOWN_AFTER, STAGES, Reviewing, Stage, Waiting, When
from app.pipeline.lead import ViolationCode

CODES: Final = frozenset(get_args(ViolationCode))
ENRICHMENTS: Final = frozenset({"place", "company", "campaign", "device", "behaviour", "phone", "ip"})
OWN_REASONS: Final = frozenset(
    {"sample", "low_confidence", "unusual_lead", "automation_share", "undeclared_source", "possible_duplicate", "rollout"}
    | {"no_consent", "consent_expired"}
)
_BY_ENRICHMENT: Final = frozenset(
    {"country", "region", "company_domain", "device", "click_network", "sessions", "pages_viewed", "cart_adds", "cart_value"}
    | {"last_seen_at", "first_touch", "last_touch", "source_reliability", "country_source", "cost"}
)  # lead fields that validation leaves open


def check_review(
    reviewing: Reviewing,
    document: Document,
    teams: Collection[str] | None,
    sources: Collection[str] | None,
    rules: Collection[str] | None,
) -> Iterator[Problem]:
    """All that is wrong with the file. Names of teams, sources or rules are None where their files could not be read: then
    nothing is said about them."""
    names = _Names(teams, sources, rules)
    yield from _fallback(reviewing, document, (), teams)
    if (
        reviewing.fallback != APPROVE
        and reviewing.hold_hours is None
        and not any(one.hold_hours for one in reviewing.checkpoints)
    ):
        yield document.problem(("fallback",), "never happens without hold_hours", "set hold_hours, too, or remove it")
    seen: dict[str, int] = {}
    for n, point in enumerate(reviewing.checkpoints):
        at: Loc = ("checkpoints", n)
        yield from _named_once(point.name, n, seen, document, at)
        yield from _fallback(point, document, at, teams)
        yield from _when(point.when, document, (*at, "when"), names, point.after)
        if point.reason in OWN_REASONS:
            what = f'"{point.reason}" is a reason of the pipeline\'s own'
            yield document.problem((*at, "reason"), what, "give it another, so that people can tell them apart")
        if point.share == 0:
            yield document.problem((*at, "share"), "is 0: it never holds a lead", "raise it, or remove the checkpoint")
        if "fallback" in point.model_fields_set and point.hold_hours is None:
            yield document.problem((*at, "fallback"), "never happens without hold_hours", "set the checkpoint's hold_hours")
    seen = {}
    for n, pair in enumerate(reviewing.four_eyes):
        yield from _named_once(pair.name, n, seen, document, ("four_eyes", n))
        yield from _when(pair.when, document, ("four_eyes", n, "when"), names, "routing")
        if not pair.says:
            yield document.problem(("four_eyes", n, "says"), "is an empty list, which no verdict fits", "fill it, or remove it")


class _Names:
    def __init__(self, teams: Collection[str] | None, sources: Collection[str] | None, rules: Collection[str] | None) -> None:
        self.known: dict[str, tuple[Collection[str], str]] = {
            "has": (LEAD_FIELDS, "field of a lead"),
            "lacks": (LEAD_FIELDS, "field of a lead"),
            "enrichment_missing": (ENRICHMENTS, "enrichment"),
        }
        if teams is not None:
            self.known["teams"] = teams, "team"
        if sources is not None:
            self.known["sources"] = sources, "source"
        if rules is not None:
            self.known["rules"] = {*rules, "catch-all"}, "rule of routing.yaml"


def _when(when: When, document: Document, at: Loc, names: _Names, after: Stage) -> Iterator[Problem]:
    for name in When.model_fields:
        wanted = getattr(when, name)
        if wanted is None:
            continue
        if wanted == ():
            yield document.problem((*at, name), "is an empty list, which nothing fits", "fill it, or remove it")
        needed = KNOWN_AFTER.get(name, STAGES[0])
        if STAGES.index(needed) > STAGES.index(after):
            what = f"is known only after {needed}, not after {after}"
            yield document.problem((*at, name), what, f"write after: {needed}, or a later stage")
        known, word = names.known.get(name, (None, ""))
        for n, one in enumerate(wanted if known is not None else ()):
            if one not in known:  # type: ignore[operator]
                yield document.problem((*at, name, n), f'"{one}" is no {word}', did_you_mean(one, known or ()))
    yield from _fields_in_time(when, document, at, after)
    yield from _values(when, document, at)


def _fields_in_time(when: When, document: Document, at: Loc, after: Stage) -> Iterator[Problem]:
    if STAGES.index(after) >= STAGES.index("enrichment"):
        return
    for name in ("has", "lacks"):
        for n, field in enumerate(getattr(when, name) or ()):
            if field in _BY_ENRICHMENT:
                what = f"{field} is filled by enrichment, and not known after {after}"
                yield document.problem((*at, name, n), what, "write after: enrichment, or a later stage")


def _values(when: When, document: Document, at: Loc) -> Iterator[Problem]:
    for n, told in enumerate(when.violations or ()):
        field, colon, code = told.rpartition(":")
        if code not in CODES:
            yield document.problem((*at, "violations", n), f'"{code}" is no violation', did_you_mean(code, CODES))
        elif colon and not set(field.split("|")) <= LEAD_FIELDS | {"contact"}:
            yield document.problem((*at, "violations", n), f'"{field}" is no field of a lead', did_you_mean(field, LEAD_FIELDS))
    for n, country in enumerate(when.countries or ()):
        if not known_country(country):
            yield document.problem((*at, "countries", n), f'"{country}" is no country', country_hint(country))
    for name in ("score_at_least", "score_below"):
        limit = getattr(when, name)
        if limit is not None and not 0 < limit < 1:
            yield document.problem((*at, name), "is outside of what a score can be", "a score is a probability, between 0 and 1")
    if when.score_at_least is not None and when.score_below is not None and when.score_at_least >= when.score_below:
        yield document.problem((*at, "score_below"), "is not above score_at_least: nothing fits", "raise it, or lower the other")


def _fallback(waiting: Waiting, document: Document, at: Loc, teams: Collection[str] | None) -> Iterator[Problem]:
    if teams is not None and waiting.fallback != APPROVE and waiting.fallback not in teams:
        what = f'"{waiting.fallback}" is neither approve nor a team'
        yield document.problem((*at, "fallback"), what, did_you_mean(waiting.fallback, [APPROVE, *teams]))


def _named_once(name: str, n: int, seen: dict[str, int], document: Document, at: Loc) -> Iterator[Problem]:
    if name in seen:
        yield document.problem((*at, "name"), f'another one is called "{name}", too', "give each its own name")
    seen.setdefault(name, n)
