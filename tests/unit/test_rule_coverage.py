"""Which rules can never decide, and which leads no rule takes: never wrong about the first, complete where it can be counted."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inventory.coverage import Space
from app.inventory.gaps import words
from app.inventory.load import load
from app.inventory.models import Band, Condition, Routing, Rule, Team
from app.inventory.problems import InventoryError
from app.pipeline.fate import Score
from app.pipeline.lead import Lead
from app.pipeline.routing import Router
from tests.harness.examples import examples
from tests.harness.rules import lead, routing, score, some, teams

SHIPPED = Path(__file__).parents[2] / "deploy" / "config"
SEEDS = st.integers(0, 2**32)
NONE: dict[str, Team] = {}


def space(*conditions: Condition, known: dict[str, Team] = NONE) -> Space:
    rules = tuple(Rule(name=f"rule-{n}", when=when, team="team") for n, when in enumerate(conditions))
    return Space(Routing(version=1, rules=rules, catch_all="desk"), known)


def gaps(*conditions: Condition) -> list[list[str]]:
    """In words."""
    found = space(*conditions)
    return [
        [words(one, cells) for one, whole, cells in zip(found.dimensions, found.all, box, strict=True) if cells != whole]
        for box in found.gaps(4)
    ]


class TestUnreachable:
    @pytest.mark.parametrize(
        ("earlier", "last", "by"),
        [
            ([Condition(bands=("hot",)), Condition(bands=("warm", "cold"))], Condition(has=("email",)), [0, 1]),
            ([Condition(bands=("hot",))], Condition(score_at_least=0.3), [0]),
            ([Condition(bands=("hot",))], Condition(score_at_least=0.29), []),
            ([Condition(score_at_least=0.1)], Condition(bands=("warm",)), [0]),
            ([Condition(interest_contains=("bulk",))], Condition(interest_contains=("Bulk order", "bulky")), [0]),
            ([Condition(interest_contains=("bulk order",))], Condition(interest_contains=("bulk",)), []),
            ([Condition(has=("interest",))], Condition(interest_contains=("bulk",)), [0]),
            ([Condition(has=("country",))], Condition(countries=("DE",)), [0]),
            ([Condition(postcodes=("8",))], Condition(postcodes=("80", "81")), [0]),
            ([Condition(postcodes=("80", "81"))], Condition(postcodes=("8",)), []),
            ([Condition(languages=("pt",))], Condition(languages=("pt-BR",)), [0]),
            ([Condition(languages=("pt-BR",))], Condition(languages=("pt",)), []),
            ([Condition(consent_for="contact")], Condition(consent_for="marketing"), [0]),
            ([Condition(consent_for="marketing")], Condition(consent_for="contact"), []),
            ([Condition(returning=True), Condition(returning=False)], Condition(has=("email",)), []),
            ([Condition(order_value_at_least=5)], Condition(order_value_at_least=5, has=("email",)), [0]),
            ([Condition(attributes={"size": ("S", "M")})], Condition(attributes={"size": ("s",), "role": ("x",)}), [0]),
            (
                [Condition(countries=("DE",), bands=("hot",)), Condition(countries=("DE",), bands=("warm", "cold"))],
                Condition(countries=("DE",), has=("email",)),
                [0, 1],
            ),
            (
                [Condition(countries=("FR",)), Condition(has=("email",)), Condition(sources=("shop",))],
                Condition(sources=("shop",), countries=("FR", "DE"), has=("phone",)),
                [2],
            ),
        ],
    )
    def test_what_earlier_rules_leave_nothing_to(self, earlier: list[Condition], last: Condition, by: list[int]) -> None:
        """Alone or together, whatever they look at; only those that are needed for it are named."""
        assert space(*earlier, last).unreachable(len(earlier)) == by

    @given(SEEDS)
    @examples(20)
    def test_a_rule_that_is_called_unreachable_takes_no_lead(self, seed: int) -> None:
        """Never wrong: no made-up lead whatever is taken by such a rule."""
        rng = random.Random(seed)
        known = teams(6, rng)
        written = routing(30, known, rng, most=2)
        found, router = Space(written, known), Router(written, known)
        dead = {written.rules[n].name for n in range(30) if found.unreachable(n)}
        taken = {router.assign(lead(rng), score(rng), rng.choice((True, False, None))).rule for _ in range(150)}
        assert not dead & taken

    @given(SEEDS)
    @examples(30)
    def test_of_few_kinds_of_leads_exactly_the_dead_rules_are_found(self, seed: int) -> None:
        """Where all kinds of leads can be tried, a rule is called unreachable if and only if none of them reaches it, and what no
        rule takes is found if and only if there is any."""
        rng = random.Random(seed)
        when = [_small(rng) for _ in range(9)]
        found = space(*when)
        rules = tuple(Rule(name=f"rule-{n}", when=one, team="team") for n, one in enumerate(when))
        router = Router(Routing(version=1, rules=rules, catch_all="desk"))
        reached = {
            router.assign(Lead("ld_1", "shop", "e", 0, 0, country=country, email=email), Score(p, band, 1, "", {}, {}, {})).rule
            for country, email, (band, p) in product(("DE", "FR", "XX", None), ("a@b.org", None), SCORES)
        }
        alive = {f"rule-{n}" for n in range(9) if all(found.rules[n]) and not found.unreachable(n)}
        assert alive | {"catch-all"} == reached | {"catch-all"}
        assert bool(found.gaps(1)) is ("catch-all" in reached)


SCORES: tuple[tuple[Band, float], ...] = (("hot", 0.7), ("hot", 0.3), ("warm", 0.2), ("warm", 0.1), ("cold", 0.0))


def _small(rng: random.Random) -> Condition:
    choices = {
        "countries": some(rng, ("DE", "FR"), 2),
        "has": some(rng, ("email", "country"), 2),
        "bands": some(rng, ("hot", "warm", "cold"), 2),
        "score_at_least": rng.choice((0.2, 0.5)),
    }
    return Condition(**{name: choices[name] for name in rng.sample(sorted(choices), rng.randint(1, 3))})


class TestGaps:
    def test_none_where_the_last_rule_takes_all(self) -> None:
        """A rule without a condition leaves nothing."""
        assert gaps(Condition(bands=("hot",)), Condition()) == []

    def test_in_words(self) -> None:
        """What such leads are like, as wide as it can be said."""
        assert gaps(Condition(bands=("hot", "warm")), Condition(has=("email",))) == [["band cold", "no email"]]
        assert gaps(Condition(countries=("DE", "AT"))) == [["country other than DE, AT"]]
        assert gaps(Condition(order_value_at_least=100)) == [["order_value below 100 or none"]]
        assert gaps(Condition(score_at_least=0.2)) == [["a score from 0 on to below 0.2"]]
        assert gaps(Condition(consent_for="marketing")) == [["no consent for marketing"]]
        assert gaps(Condition(returning=True)) == [["a new person or a person of whom nobody knows"]]

    def test_several(self) -> None:
        """Each gap is one of its own."""
        assert gaps(Condition(countries=("DE",), bands=("hot",))) == [["band warm or cold"], ["country other than DE"]]


class TestWishes:
    TEAMS = (
        "teams:\n  - {name: desk, description: x}\n"
        "  - {name: dach, description: x, members: [{name: dach-1, skills: [wholesale], languages: [de]}]}\n"
    )

    @pytest.mark.parametrize(
        ("rule", "field", "what"),
        [
            ("{name: aa, team: dach, owner: {skills: [wholsale]}}", "rules[0].owner.skills[0]", 'has the skill "wholsale"'),
            ("{name: aa, team: dach, owner: {language: fr}}", "rules[0].owner.language", 'speaks "fr"'),
            ("{name: aa, team: dach, owner: {language: French}}", "rules[0].owner.language", "is no language"),
            ("{name: aa, team: desk, owner: {language: lead}}", "rules[0].owner", "has no members"),
            ("{name: aa, team: dach, when: {postcodes: ['80']}}", "rules[0].when.postcodes", "are in many countries"),
            ("{name: aa, team: dach, when: {languages: [german]}}", "rules[0].when.languages[0]", "is no language"),
            ("{name: aa, team: dach, when: {page_contains: ['?b2b']}}", "rules[0].when.page_contains[0]", "personal data"),
            ("{name: aa, team: dach, when: {account_of: [dahc]}}", "rules[0].when.account_of[0]", "is no team"),
            ("{name: aa, team: dach, when: {account_of: [dach]}}", "rules[0].when.account_of[0]", "no named accounts"),
            ("{name: aa, team: dach, when: {bands: [cold], score_at_least: 0.5}}", "rules[0].when.score_at_least", "no lead of"),
            ("{name: aa, team: dach, when: {attributes: {size: []}}}", "rules[0].when.attributes.size", "empty list"),
        ],
    )
    def test_what_nobody_has_and_what_means_nothing_is_told(self, tmp_path: Path, rule: str, field: str, what: str) -> None:
        """A wish that no member can fill, and conditions that could never mean what they say."""
        (tmp_path / "sources").symlink_to(SHIPPED / "sources")
        (tmp_path / "teams.yaml").write_text(self.TEAMS)
        (tmp_path / "routing.yaml").write_text(f"version: 1\ncatch_all: desk\nrules:\n  - {rule}\n")
        with pytest.raises(InventoryError) as caught:
            load(tmp_path)
        assert [(one.field, what in one.what) for one in caught.value.problems] == [(field, True)]

    @pytest.mark.parametrize(
        ("teams", "field", "what"),
        [
            ("{name: desk, description: x, accounts: [www.acme.co.uk]}", "teams[0].accounts[0]", "is a part of acme.co.uk"),
            ("{name: desk, description: x, accounts: [co.uk]}", "teams[0].accounts[0]", "is no domain"),
            ("{name: desk, description: x, accounts: [gmail.com]}", "teams[0].accounts[0]", "that anybody can use"),
            ("{name: desk, description: x, accounts: [a@acme.com]}", "teams[0].accounts[0]", "is no domain"),
            ("{name: desk, description: x, accounts: [acme.com, Acme.com]}", "teams[0].accounts[1]", 'account of "desk", too'),
            ("{name: desk, description: x, members: [{name: d-1}, {name: d-1}]}", "teams[0].members[1].name", "another member"),
            (
                "{name: desk, description: x, members: [{name: d-1, skills: [fr]}, {name: d-2, languages: [fr]}]}",
                "teams[0].members[0].skills[0]",
                "called like a language",
            ),
        ],
    )
    def test_what_is_wrong_with_a_team_is_told(self, tmp_path: Path, teams: str, field: str, what: str) -> None:
        """Accounts are registered domains of one company and one team; members have names and skills of their own."""
        (tmp_path / "sources").symlink_to(SHIPPED / "sources")
        (tmp_path / "teams.yaml").write_text(f"teams:\n  - {teams}\n")
        (tmp_path / "routing.yaml").write_text("version: 1\ncatch_all: desk\nrules: []\n")
        with pytest.raises(InventoryError) as caught:
            load(tmp_path)
        assert [(one.field, what in one.what) for one in caught.value.problems] == [(field, True)]

    def test_an_escalation_to_nobody(self, tmp_path: Path) -> None:
        """The team that helps out must be one."""
        (tmp_path / "sources").symlink_to(SHIPPED / "sources")
        (tmp_path / "teams.yaml").write_text(self.TEAMS)
        level = "service:\n  hot: {contact_within_minutes: 15, escalate_to: dahc}\n"
        (tmp_path / "routing.yaml").write_text(f"version: 1\ncatch_all: desk\nrules: []\n{level}")
        with pytest.raises(InventoryError) as caught:
            load(tmp_path)
        (problem,) = caught.value.problems
        assert (problem.line, problem.field, problem.mend) == (5, "service.hot.escalate_to", 'did you mean "dach"?')
