"""Do the teams make sense: their members, and the companies that are theirs?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.inventory.lines import Document, Loc
from app.inventory.models import Team
from app.inventory.problems import Problem
from app.pipeline.enrichment.company import company_of, registered


def check_teams(teams: Sequence[Team], document: Document) -> Iterator[Problem]:
    """All that is wrong with teams of the right shape."""
    if not teams:
        yield document.problem(("teams",), "names no team", "add at least the one that routing's catch_all names")
    names, owners = set[str](), dict[str, str]()
    for n, team in enumerate(teams):
        at: Loc = ("teams", n)
        if team.name in names:
            what = f'"{team.name}" is the name of another team'
            yield document.problem((*at, "name"), what, "give each its own name: it names the topic")
        names.add(team.name)
        yield from _members(team, document, at)
        for m, domain in enumerate(team.accounts):
            yield from _account(domain, document, (*at, "accounts", m))
            if domain.casefold() in owners:
                what = f'"{domain}" is an account of "{owners[domain.casefold()]}", too'
                yield document.problem((*at, "accounts", m), what, "leave it to one of them: else nobody can say whose it is")
            owners.setdefault(domain.casefold(), team.name)


def _members(team: Team, document: Document, at: Loc) -> Iterator[Problem]:
    languages = {language for member in team.members for language in member.languages}
    names = [member.name for member in team.members]
    for n, member in enumerate(team.members):
        if member.name in names[:n]:
            what = f'another member of the team is called "{member.name}", too'
            yield document.problem((*at, "members", n, "name"), what, "give each role its own name, as in dach-1, dach-2")
        for m, skill in enumerate(member.skills):
            if skill in languages:
                what = f'the skill "{skill}" is called like a language that the team speaks'
                yield document.problem((*at, "members", n, "skills", m), what, "name it otherwise: a rule's wish could mean both")


def _account(domain: str, document: Document, at: Loc) -> Iterator[Problem]:
    its = registered(domain) if domain.strip() == domain and "@" not in domain else None
    if its is None:
        yield document.problem(at, f'"{domain}" is no domain of a company', "write what stands behind the @, as in acme.co.uk")
    elif its != domain.lower():
        yield document.problem(at, f'"{domain}" is a part of {its}: leads are told apart by that', f"write {its}")
    elif company_of(its)[0] is None:
        yield document.problem(at, f'"{domain}" is a mail provider that anybody can use', "write a company's own domain")
