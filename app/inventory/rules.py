"""Do the routing rules make sense, and can each of them ever decide?"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from app.inventory.checks import LEAD_FIELDS, country_hint, known_country
from app.inventory.lines import Document, Loc
from app.inventory.models import Condition, Routing, Rule
from app.inventory.problems import Problem, did_you_mean


def check_routing(
    routing: Routing, document: Document, teams: Collection[str] | None, sources: Collection[str] | None
) -> Iterator[Problem]:
    """All that is wrong with the rules. Teams or sources are None where they could not be read: then nothing is said
    about their names."""
    if teams is not None and routing.catch_all not in teams:
        yield document.problem(("catch_all",), f'"{routing.catch_all}" is no team', did_you_mean(routing.catch_all, teams))
    if routing.warm_from >= routing.hot_from:
        yield document.problem(("warm_from",), "is not below hot_from: no lead could be warm", "lower it, or raise hot_from")
    for n, rule in enumerate(routing.rules):
        at: Loc = ("rules", n)
        if teams is not None and rule.team not in teams:
            yield document.problem((*at, "team"), f'"{rule.team}" is no team', did_you_mean(rule.team, teams))
        yield from _condition(rule.when, document, (*at, "when"), sources)
        yield from _unreachable(rule, routing.rules[:n], document, at)


def _condition(when: Condition, document: Document, at: Loc, sources: Collection[str] | None) -> Iterator[Problem]:
    for name in Condition.model_fields:
        if getattr(when, name) == ():
            yield document.problem((*at, name), "is an empty list, which nothing fits", "fill it, or remove it")
    for n, source in enumerate(when.sources or ()):
        if sources is not None and source not in sources:
            yield document.problem((*at, "sources", n), f'"{source}" is no source', did_you_mean(source, sources))
    for n, country in enumerate(when.countries or ()):
        if not known_country(country):
            yield document.problem((*at, "countries", n), f'"{country}" is no country', country_hint(country))
    for n, name in enumerate(when.has or ()):
        if name not in LEAD_FIELDS:
            yield document.problem((*at, "has", n), f'"{name}" is no field of a lead', did_you_mean(name, LEAD_FIELDS))
    for n, word in enumerate(when.interest_contains or ()):
        if not word.strip():
            yield document.problem((*at, "interest_contains", n), "is blank, which every text contains", "write a word")
    if when.score_at_least is not None and not 0 < when.score_at_least < 1:
        what = "is outside of what a score can be"
        yield document.problem((*at, "score_at_least"), what, "a score is a probability, between 0 and 1")


def _unreachable(rule: Rule, earlier: tuple[Rule, ...], document: Document, at: Loc) -> Iterator[Problem]:
    for other in earlier:
        if other.name == rule.name:
            yield document.problem((*at, "name"), f'another rule is called "{rule.name}", too', "give each its own name")
    for other in earlier:
        if _covers(other.when, rule.when):
            why = "has no condition" if other.when == Condition() else "holds for every lead that this one would take"
            what = f'can never decide: the rule "{other.name}" before it {why}'
            yield document.problem((*at, "name"), what, "put this rule above that one, or remove it")
            return


def _covers(first: Condition, then: Condition) -> bool:
    """Whether every lead that fits `then` fits `first` for certain."""
    for name in ("sources", "countries", "bands", "interest_contains"):  # any of them
        wide, narrow = getattr(first, name), getattr(then, name)
        if wide is not None and (narrow is None or not set(narrow) <= set(wide)):
            return False
    for name in ("score_at_least", "order_value_at_least"):
        low, high = getattr(first, name), getattr(then, name)
        if low is not None and (high is None or high < low):
            return False
    return set(first.has or ()) <= set(then.has or ())  # all of them
