"""Does a rule's condition make sense, word by word?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from app.inventory.checks import LEAD_FIELDS, country_hint, known_country
from app.inventory.lines import Document, Loc
from app.inventory.models import Condition, Team
from app.inventory.problems import Problem, did_you_mean

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_TEXTS: Final = ("regions", "cities", "postcodes", "interest_contains", "page_contains")


def check_condition(
    when: Condition, document: Document, at: Loc, teams: Mapping[str, Team] | None, sources: Collection[str] | None
) -> Iterator[Problem]:
    """All that is wrong with one. Teams or sources are None where they could not be read: then nothing is said about them."""
    for name in Condition.model_fields:
        if getattr(when, name) in ((), {}):
            yield document.problem((*at, name), "is an empty list, which nothing fits", "fill it, or remove it")
    for n, source in enumerate(when.sources or ()):
        if sources is not None and source not in sources:
            yield document.problem((*at, "sources", n), f'"{source}" is no source', did_you_mean(source, sources))
    for n, name in enumerate(when.has or ()):
        if name not in LEAD_FIELDS:
            yield document.problem((*at, "has", n), f'"{name}" is no field of a lead', did_you_mean(name, LEAD_FIELDS))
    if when.score_at_least is not None and not 0 < when.score_at_least < 1:
        what = "is outside of what a score can be"
        yield document.problem((*at, "score_at_least"), what, "a score is a probability, between 0 and 1")
    yield from _places(when, document, at)
    yield from _texts(when, document, at)
    yield from _accounts(when, document, at, teams)


def _places(when: Condition, document: Document, at: Loc) -> Iterator[Problem]:
    for n, country in enumerate(when.countries or ()):
        if not known_country(country):
            yield document.problem((*at, "countries", n), f'"{country}" is no country', country_hint(country))
    for n, tag in enumerate(when.languages or ()):
        if not _TAG.fullmatch(tag):
            yield document.problem((*at, "languages", n), f'"{tag}" is no language', "write a tag like de or pt-BR")
    if when.postcodes and not when.countries:
        what = "are in many countries: 80 begins postcodes of Munich and of Amiens"
        yield document.problem((*at, "postcodes"), what, "name the countries, too, as in countries: [DE]")


def _texts(when: Condition, document: Document, at: Loc) -> Iterator[Problem]:
    for name in _TEXTS:
        for n, text in enumerate(getattr(when, name) or ()):
            if not text.strip(" -"):
                yield document.problem((*at, name, n), "is blank, which every text contains", "write a word")
    for n, text in enumerate(when.page_contains or ()):
        if "?" in text or "#" in text:
            what = "looks for what stands behind ? or #, which is not looked at: it may hold personal data"
            yield document.problem((*at, "page_contains", n), what, "write a part of the path, as in /b2b/")
    for path, values in (when.attributes or {}).items():
        if not values:
            yield document.problem((*at, "attributes", path), "is an empty list, which nothing fits", "fill it, or remove it")


def _accounts(when: Condition, document: Document, at: Loc, teams: Mapping[str, Team] | None) -> Iterator[Problem]:
    for n, team in enumerate(when.account_of or ()):
        if teams is None:
            return
        if team not in teams:
            yield document.problem((*at, "account_of", n), f'"{team}" is no team', did_you_mean(team, teams))
        elif not teams[team].accounts:
            mend = f"give it accounts: in teams.yaml, or remove {team} here"
            yield document.problem((*at, "account_of", n), f'the team "{team}" has no named accounts', mend)
