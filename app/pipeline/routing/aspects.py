"""The conditions of all rules, sorted by what they look at: one table each, and the reasons of the rules that fail on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Final, NamedTuple, cast

from app.inventory.models import Condition, Routing, Team
from app.pipeline.routing.tables import Beginnings, Closed, Exact, Limits, Pages, Table, Tags, Words, bits, folded

BANDS: Final = ("hot", "warm", "cold")
_SHOWN = 6  # values that a reason names
_BASES = ("consent", "contract", "legitimate_interest", "unknown")
_STATES = tuple(product((True, False, None), _BASES))  # what was ticked, and the source's basis
# What a person allows. For contact, an answer to what they asked for: they did not say no, and said yes or there is a basis. For
# marketing: they said yes, or they were not asked here, by a source whose leads exist by consent.
CONSENT: Final[Mapping[str, frozenset[tuple[bool | None, str]]]] = {
    "contact": frozenset((said, basis) for said, basis in _STATES if said or (said is None and basis != "unknown")),
    "marketing": frozenset((said, basis) for said, basis in _STATES if said or (said is None and basis == "consent")),
}


class Aspect(NamedTuple):
    """One thing about a lead that rules look at.

    Attributes:
        looks_at: A lead's field; else score, band, consent, returning or attributes and a path.
        table: Its value → the rules that fail on it.
        why: Rule → why it fails. Reasons name the rule's limits, never the lead's values.
    """

    looks_at: str
    table: Table
    why: Mapping[int, str]


def aspects(routing: Routing, teams: Mapping[str, Team], *, by_score: bool = True) -> list[Aspect]:
    """Whatever the rules look at but filled fields (`required` has these).

    Args:
        by_score: Whether scores count. If not, every lead is of the band `without_score` and has no score.
    """
    when = [rule.when for rule in routing.rules]
    found = [
        _values("source", when, lambda one: one.sources, str),
        _values("country", when, lambda one: one.countries, str),
        _values("region", when, lambda one: one.regions, folded),
        _values("city", when, lambda one: one.cities, folded),
        _made("postcode", when, lambda one: one.postcodes, Beginnings, lambda want: f"postcode does not begin with {_any(want)}"),
        _made("language", when, lambda one: one.languages, Tags, lambda want: f"language is not one of {_some(want)}"),
        _made(
            "interest",
            when,
            lambda one: one.interest_contains,
            Words,
            lambda want: f"interest does not contain {_any(want)}",
        ),
        _made(
            "page_url",
            when,
            lambda one: one.page_contains,
            Pages,
            lambda want: f"the page's address does not contain {_any(want)}",
        ),
        _limits("order_value", when, lambda one: one.order_value_at_least),
        _limits("budget", when, lambda one: one.budget_at_least),
        _accounts(when, teams),
        *_attributes(when),
        _made(
            "consent",
            when,
            lambda one: None if one.consent_for is None else (one.consent_for,),
            lambda wants: Closed({rule: CONSENT[str(purpose)] for rule, (purpose,) in cast(Any, wants).items()}, _STATES),
            lambda want: f"there is no consent for {want[0]}",
        ),
        _made(
            "returning",
            when,
            lambda one: None if one.returning is None else (one.returning,),
            lambda wants: Closed(wants, (True, False, None)),
            lambda want: "is not known to be a returning person" if want[0] else "is not known to be a new person",
        ),
        *(_scores(when) if by_score else _no_scores(when, routing.without_score)),
    ]
    return [one for one in found if one is not None]


def required(routing: Routing) -> tuple[dict[str, int], dict[int, str]]:
    """Lead field → the rules that want it filled; and rule → why it fails where one is not."""
    fields: dict[str, int] = {}
    why: dict[int, str] = {}
    for n, rule in enumerate(routing.rules):
        for field in rule.when.has or ():
            fields[field] = fields.get(field, 0) | 1 << n
        if rule.when.has:
            why[n] = f"lacks one of {_some(rule.when.has)}"
    return fields, why


def _scores(when: Sequence[Condition]) -> list[Aspect | None]:
    return [
        _made(
            "band",
            when,
            lambda one: one.bands,
            lambda wants: Closed(wants, BANDS),
            lambda want: f"band is not one of {_some(want)}",
        ),
        _limits("score", when, lambda one: one.score_at_least),
    ]


def _no_scores(when: Sequence[Condition], band: str) -> list[Aspect | None]:
    """As if every lead were of this band: the tables answer the same for every value."""
    off = "scores do not count now (routing.by_score is off)"
    failing = {n: f"{off}, every lead is {band}" for n, one in enumerate(when) if one.bands is not None and band not in one.bands}
    unscored = {n: f"{off}, so no score is high enough" for n, one in enumerate(when) if one.score_at_least is not None}
    told = (("band", failing), ("score", unscored))
    return [Aspect(name, _Constant(bits(why)), why) if why else None for name, why in told]


class _Constant:
    def __init__(self, failing: int) -> None:
        self._failing = failing

    def __getitem__(self, value: Any, /) -> int:
        return self._failing

    def cells(self) -> list[Any]:
        return [None]


def _values(
    field: str,
    when: Sequence[Condition],
    of: Callable[[Condition], tuple[str, ...] | None],
    normal: Callable[[str], str],
) -> Aspect | None:
    return _made(field, when, of, lambda wants: Exact(wants, normal), lambda want: f"{field} is not one of {_some(want)}")


def _made(
    looks_at: str,
    when: Sequence[Condition],
    of: Callable[[Condition], Sequence[Any] | None],
    table: Callable[[Mapping[int, Sequence[Any]]], Table],
    why: Callable[[Sequence[Any]], str],
) -> Aspect | None:
    wants = {n: want for n, one in enumerate(when) if (want := of(one)) is not None}
    return Aspect(looks_at, table(wants), {n: why(want) for n, want in wants.items()}) if wants else None


def _limits(field: str, when: Sequence[Condition], of: Callable[[Condition], float | None]) -> Aspect | None:
    wants = {n: limit for n, one in enumerate(when) if (limit := of(one)) is not None}
    why = {n: f"{field} is below {limit:g} or absent" for n, limit in wants.items()}
    return Aspect(field, Limits(wants), why) if wants else None


def _accounts(when: Sequence[Condition], teams: Mapping[str, Team]) -> Aspect | None:
    owners = {n: one.account_of for n, one in enumerate(when) if one.account_of is not None}
    wants = {n: [domain for team in of if team in teams for domain in teams[team].accounts] for n, of in owners.items()}
    why = {n: f"the company is no named account of {_any(of)}" for n, of in owners.items()}
    return Aspect("company_domain", Exact(wants, folded), why) if wants else None


def _attributes(when: Sequence[Condition]) -> list[Aspect | None]:
    paths = dict.fromkeys(path for one in when for path in one.attributes or ())

    def of(path: str) -> Callable[[Condition], tuple[str, ...] | None]:
        return lambda one: (one.attributes or {}).get(path)

    def why(path: str) -> Callable[[Sequence[str]], str]:
        return lambda want: f"{path} is not one of {_some(want)}"

    return [_made(f"attributes {path}", when, of(path), lambda wants: Exact(wants, folded), why(path)) for path in paths]


def _some(values: Iterable[Any]) -> str:
    return _listed(values, ", ")


def _any(values: Iterable[Any]) -> str:
    return _listed(values, " or ")


def _listed(values: Iterable[Any], joint: str) -> str:
    told = [str(value) for value in values]
    rest = len(told) - _SHOWN
    return joint.join(told[:_SHOWN]) + (f" and {rest} others" if rest > 0 else "")
