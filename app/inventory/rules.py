"""Do the routing rules make sense, and can each of them ever decide?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from app.inventory.conditions import check_condition
from app.inventory.coverage import Space
from app.inventory.lines import Document, Loc
from app.inventory.models import Condition, Routing, Rule, Team
from app.inventory.problems import Problem, did_you_mean


def check_routing(
    routing: Routing, document: Document, teams: Mapping[str, Team] | None, sources: Collection[str] | None
) -> Iterator[Problem]:
    """All that is wrong with the rules. Teams or sources are None where they could not be read: then nothing is said
    about their names."""
    if teams is not None and routing.catch_all not in teams:
        yield document.problem(("catch_all",), f'"{routing.catch_all}" is no team', did_you_mean(routing.catch_all, teams))
    if routing.warm_from >= routing.hot_from:
        yield document.problem(("warm_from",), "is not below hot_from: no lead could be warm", "lower it, or raise hot_from")
    for name, level in routing.service:
        team = level.escalate_to if level is not None else None
        if team is not None and teams is not None and team not in teams:
            yield document.problem(("service", name, "escalate_to"), f'"{team}" is no team', did_you_mean(team, teams))
    for n, rule in enumerate(routing.rules):
        at: Loc = ("rules", n)
        if teams is not None and rule.team not in teams:
            yield document.problem((*at, "team"), f'"{rule.team}" is no team', did_you_mean(rule.team, teams))
        yield from check_condition(rule.when, document, (*at, "when"), teams, sources)
        yield from _wish(rule, document, (*at, "owner"), None if teams is None else teams.get(rule.team))
        if any(other.name == rule.name for other in routing.rules[:n]):
            yield document.problem((*at, "name"), f'another rule is called "{rule.name}", too', "give each its own name")
    yield from _unreachable(routing, document, teams or {})


def _wish(rule: Rule, document: Document, at: Loc, team: Team | None) -> Iterator[Problem]:
    """Somebody in the team must have what the rule wants of the owner, or every lead would wait in the queue."""
    wish = rule.owner
    if team is None or not (wish.skills or wish.language):
        return
    if not team.members:
        what = f'means nothing: the team "{team.name}" has no members, so its leads have no owner'
        yield document.problem(at, what, "name its members in teams.yaml, or remove this")
        return
    skills = {skill for member in team.members for skill in member.skills}
    languages = {language for member in team.members for language in member.languages}
    for n, skill in enumerate(wish.skills):
        if skill not in skills:
            what = f'nobody in the team "{team.name}" has the skill "{skill}"'
            yield document.problem((*at, "skills", n), what, did_you_mean(skill, skills))
    any_language = any(not member.languages for member in team.members)  # who names none takes any
    if wish.language not in (None, "lead") and wish.language not in languages and not any_language:
        what = f'nobody in the team "{team.name}" speaks "{wish.language}"'
        yield document.problem((*at, "language"), what, did_you_mean(str(wish.language), languages))


def _unreachable(routing: Routing, document: Document, teams: Mapping[str, Team]) -> Iterator[Problem]:
    space = Space(routing, teams)
    for n, box in enumerate(space.rules):
        if not all(box):  # nothing fits it, whatever stands before: if no word of it is wrong, two contradict each other
            when = routing.rules[n].when
            if when.bands and when.score_at_least is not None and 0 < when.score_at_least < 1:
                mend = f"warm begins at {routing.warm_from:g}, hot at {routing.hot_from:g}"
                yield document.problem(("rules", n, "when", "score_at_least"), "no lead of these bands has such a score", mend)
            continue
        if by := space.unreachable(n):
            what = f"can never decide: {_named(routing, document, by)}"
            yield document.problem(("rules", n, "name"), what, "put this rule above, or remove it")


def _named(routing: Routing, document: Document, by: list[int]) -> str:
    told = [f'"{routing.rules[n].name}" (line {document.line(("rules", n, "name"))})' for n in by]
    if len(by) > 1:
        return f"the rules {', '.join(told[:-1])} and {told[-1]} before it take every lead that it would"
    why = "has no condition" if routing.rules[by[0]].when == Condition() else "holds for every lead that this one would take"
    return f"the rule {told[0]} before it {why}"
