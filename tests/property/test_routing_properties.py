"""The compiled router against the rules read one by one, on made-up rules and leads."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from app.inventory.models import Band, Condition, Routing, Rule, Team
from app.pipeline.fate import Score
from app.pipeline.lead import Lead
from app.pipeline.routing import Router
from app.pipeline.routing.rules import FOLLOWERS, MISSES
from tests.harness.examples import examples
from tests.harness.rules import COUNTRIES, lead, routing, score, teams

SEEDS = st.integers(0, 2**32)


def for_purposes(known: dict[str, Team]) -> dict[str, Team]:
    """The teams, some of them for marketing, one for profiling."""
    purposes = ("contact", "marketing", "contact", "profiling")
    return {name: team.model_copy(update={"purpose": purposes[n % 4]}) for n, (name, team) in enumerate(known.items())}


def agreeing(one: Lead, rng: random.Random) -> None:
    """Most leads name purposes, which for some have expired."""
    one.consent_purposes = rng.choice((None, "", "contact", "contact marketing", "profiling"))
    one.consent_until = rng.choice((None, one.received_at, one.received_at + 1))


def may_contact(one: Lead, purpose: str) -> bool:
    """As docs/privacy.md words it."""
    if purpose == "contact" and one.consent_basis in ("contract", "legitimate_interest"):
        return True
    if one.consent_until is not None and one.consent_until <= one.received_at:
        return False
    if one.consent_purposes is not None:
        return purpose in one.consent_purposes.split()
    if purpose == "contact":
        return one.consent is not False
    return one.consent is True or (purpose == "marketing" and one.consent is None and one.consent_basis == "consent")


def failed(
    when: Condition, one: Lead, scored: Score, returning: bool | None, known: dict[str, Team], purpose: str = "contact"
) -> int:
    """How many of a rule's conditions do not hold, as docs/routing.md words them; that of its team's purpose is one of them."""

    def low(text: str | None) -> str:
        return (text or "\0").casefold()

    def code(text: str) -> str:
        return "".join(sign for sign in text.upper() if sign not in " -")

    tag, path = low(one.language), low(one.page_url).split("?")[0].split("#")[0]
    allowed = one.consent is True or (one.consent is None and one.consent_basis != "unknown")
    agreed = one.consent is True or (one.consent is None and one.consent_basis == "consent")
    if one.consent_purposes is not None:
        agreed = "marketing" in one.consent_purposes
        allowed = agreed or "contact" in one.consent_purposes or one.consent_basis in ("contract", "legitimate_interest")
    holds = [
        when.sources is None or one.source in when.sources,
        when.countries is None or one.country in when.countries,
        when.regions is None or low(one.region) in map(low, when.regions),
        when.cities is None or low(one.city) in map(low, when.cities),
        when.postcodes is None
        or (one.postcode is not None and any(code(one.postcode).startswith(code(start)) for start in when.postcodes)),
        when.languages is None or any(tag == low(want) or tag.startswith(low(want) + "-") for want in when.languages),
        when.bands is None or scored.band in when.bands,
        when.score_at_least is None or scored.probability >= when.score_at_least,
        when.has is None or all(getattr(one, name) is not None for name in when.has),
        when.interest_contains is None or any(low(word) in low(one.interest) for word in when.interest_contains),
        when.page_contains is None or any(low(word) in path for word in when.page_contains),
        *(low(one.attributes.get(path)) in map(low, values) for path, values in (when.attributes or {}).items()),
        when.order_value_at_least is None or (one.order_value or -1) >= when.order_value_at_least,
        when.budget_at_least is None or (one.budget or -1) >= when.budget_at_least,
        when.consent_for is None or (allowed if when.consent_for == "contact" else agreed),
        may_contact(one, purpose),
        when.returning is None or returning is when.returning,
        when.account_of is None or any(one.company_domain in known[team].accounts for team in when.account_of),
    ]
    return holds.count(False)


@given(SEEDS, st.integers(0, 60))
@examples(60)
def test_the_first_rule_that_holds_takes_the_lead(seed: int, rules: int) -> None:
    """Compiled or read one by one, the rules send every lead to the same team by the same rule, and to one team only."""
    rng = random.Random(seed)
    known = for_purposes(teams(8, rng))
    written = routing(rules, known, rng)
    router = Router(written, known)
    for _ in range(20):
        one, scored, returning = lead(rng), score(rng), rng.choice((True, False, None))
        agreeing(one, rng)
        free = (rule for rule in written.rules if not failed(rule.when, one, scored, returning, known, known[rule.team].purpose))
        first = next(free, None)
        found = router.assign(one, scored, returning)
        assert (found.lacks is None) is (first is not None or may_contact(one, known[written.catch_all].purpose))
        assert (found.team, found.rule) == ((first.team, first.name) if first else (written.catch_all, "catch-all"))
        assert [(told.team, told.rule) for told in found.considered if told.passed] == [(found.team, found.rule)]


@given(SEEDS)
@examples(40)
def test_the_nearest_misses_are_told_and_the_rest_counted(seed: int) -> None:
    """Rules that failed on one condition come before those that failed on more; each names all that it failed on."""
    rng = random.Random(seed)
    known = for_purposes(teams(8, rng))
    written = routing(120, known, rng)
    router, places = Router(written, known), {rule.name: n for n, rule in enumerate(written.rules)}
    for _ in range(10):
        one, scored = lead(rng), score(rng)
        agreeing(one, rng)
        misses = [failed(rule.when, one, scored, None, known, known[rule.team].purpose) for rule in written.rules]
        found = router.assign(one, scored, None)
        taken = places.get(found.rule, len(misses))
        told = [places[miss.rule] for miss in found.considered if not miss.passed and places[miss.rule] < taken]
        later = [places[miss.rule] for miss in found.considered if not miss.passed and places[miss.rule] > taken]
        nearest = sorted(range(taken), key=lambda n: (misses[n] > 1, n))[:MISSES]
        assert told == sorted(nearest)
        assert later == [n for n in range(taken + 1, len(misses)) if not misses[n]][:FOLLOWERS]
        assert [miss.why.count("; ") + 1 for miss in found.considered[: len(told)]] == [misses[n] for n in told]
        rest = taken - len(told)
        assert (f"; {rest} more rules before" in found.considered[len(told)].why) is bool(rest)


@given(SEEDS)
@examples(30)
def test_what_was_met_before_changes_nothing(seed: int) -> None:
    """A router that has seen other leads answers as a new one does: what it remembers is no state."""
    rng = random.Random(seed)
    known = teams(8, rng)
    written = routing(40, known, rng)
    worn = Router(written, known)
    leads = [(lead(rng), score(rng), rng.choice((True, False, None))) for _ in range(20)]
    for one in leads:
        worn.assign(*one)
    for one in reversed(leads):
        assert worn.assign(*one) == Router(written, known).assign(*one)


@given(SEEDS, st.permutations(range(len(COUNTRIES))))
@examples(30)
def test_the_order_of_disjoint_rules_does_not_matter(seed: int, order: list[int]) -> None:
    """Where no lead fits two rules, any order sends it to the same team."""
    rng = random.Random(seed)
    rules = [Rule(name=f"r-{n}", when=Condition(countries=(country,)), team=f"t-{n}") for n, country in enumerate(COUNTRIES)]
    straight = Router(Routing(version=1, rules=tuple(rules), catch_all="rest"))
    shuffled = Router(Routing(version=1, rules=tuple(rules[n] for n in order), catch_all="rest"))
    for _ in range(10):
        one, scored = lead(rng), score(rng)
        assert straight.assign(one, scored).team == shuffled.assign(one, scored).team


@given(SEEDS, st.sampled_from(get_args(Band)))
@examples(30)
def test_without_scores_a_score_changes_nothing(seed: int, band: Band) -> None:
    """With routing.by_score off each lead is of the band that the configuration names, and no score reaches a limit."""
    rng = random.Random(seed)
    known = teams(8, rng)
    written = routing(40, known, rng, without_score=band)
    router = Router(written, known)
    for _ in range(10):
        one, scored, other = lead(rng), score(rng), score(rng)
        plain = router.assign(one, scored, by_score=False)
        assert plain == router.assign(one, other, by_score=False)
        counted = replace(scored, probability=0.0, band=band)
        assert (plain.team, plain.rule) == router.assign(one, counted)[:2]
