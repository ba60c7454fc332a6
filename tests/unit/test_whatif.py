"""Leads of the past, decided once more by a candidate."""

from __future__ import annotations

from typing import Any

import pytest

from app.desk.roster import Roster
from app.edges.memory import MemoryToggles, NoRollouts
from app.inventory.models import Condition, Inventory, Routing, Rule, Source, Team
from app.inventory.people import Member
from app.learning.course import Course
from app.pipeline.deciding import Decided, Decider
from app.pipeline.fate import Score
from app.pipeline.lead import Lead
from app.pipeline.projection import FLAT
from app.pipeline.scoring import RULES
from app.whatif.past import Gathering, Past
from app.whatif.replay import Plan, replay, rescored
from app.whatif.report import HELD, compare

SOURCE = Source.model_validate(
    {
        "name": "web",
        "description": "the shop's form",
        "owner": "web-team",
        "format": "json",
        "mapping": {"fields": {"email": "email"}},
        "expected_per_hour": 10,
    }
)
FULL = Member(name="south-1", per_day=0)
TEAMS = {
    "north": Team(name="north", description="north", members=(Member(name="north-1"), Member(name="north-2"))),
    "south": Team(name="south", description="south, where nobody has room", members=(FULL,)),
    "desk": Team(name="desk", description="a queue"),
}
NORTH = Rule(name="north", when=Condition(countries=("SE",)), team="north")
SOUTH = Rule(name="south", when=Condition(countries=("IT",)), team="south")


def plan(*rules: Rule, hot_from: float = 0.3, review_below: float = 0.5) -> Plan:
    routing = Routing(version=1, rules=rules, catch_all="desk", hot_from=hot_from, review_below_confidence=review_below)
    inventory = Inventory(sources={"web": SOURCE}, teams=TEAMS, routing=routing)
    decider = Decider(inventory, MemoryToggles(), NoRollouts())

    def place(one: Past, scored: Score) -> Decided:
        decided = decider.place(one.lead, SOURCE, scored, one.dedupe, one.subject, one.match)
        return decided._replace(handling=decided.handling._replace(due_ms=one.due_ms))

    return Plan(routing, place, Roster(TEAMS))


def past(number: int, country: str, team: str = "north", probability: float = 0.4, **more: Any) -> Past:
    lead = Lead(f"ld_{number:020x}", "web", f"e{number}", number, number, country=country, email="a@example.org")
    score = Score(probability, "hot", more.pop("confidence", 0.9), "m-1", {}, {}, {})
    course = Course(won=more.pop("won", None), contacted_ms=more.pop("contacted_ms", None))
    return Past(lead, score, number, "new", f"su_{number}", 0.0, "routed", team, None, more.pop("due_ms", None), course)


def decision(lead: str, at: int, **more: Any) -> dict[str, Any]:
    value = {"lead_id": lead, "revision": 1, "fate": "routed", "received_at": at, "dedupe": "new", "subject": None, "match": None}
    value |= {"team": "north", "owner": None, "due_at": None, "score": 0.4, "band": "hot", "confidence": 0.9, "sureness": None}
    value |= {"model_version": "m-1", "numbers": {"a": 1.0}, "categories": {}, "contributions": {}, "unusual": None}
    return value | {"reasons": [], "counterfactual": None} | more


def record(lead: str, **more: Any) -> dict[str, Any]:
    value: dict[str, Any] = dict.fromkeys(FLAT) | {"lead_id": lead, "source": "web", "event_id": lead, "received_at": 1}
    return value | {"occurred_at": 1, "revision": 1, "attributes": '{"a": "b"}', "violations": "company:missing"} | more


class TestGathering:
    def test_only_first_decisions_of_leads_count(self) -> None:
        """What people changed later, duplicates and dead letters were not decided by routing."""
        found = Gathering(10)
        kinds: list[dict[str, Any]] = [{}, {"revision": 2}, {"fate": "duplicate"}, {"fate": "dead_letter"}, {"fate": "review"}]
        for n, more in enumerate(kinds):
            found.decided(decision(f"ld_{n}", n, **more))
            found.told(record(f"ld_{n}"))
        assert [one.lead.lead_id for one in found.leads()] == ["ld_0", "ld_4"]

    def test_a_lead_is_as_routing_saw_it(self) -> None:
        """Attributes and violations come back from the flat form, features from the decision, what became of it from outcomes."""
        found = Gathering(10)
        found.reported({"lead_id": "ld_1", "outcome": "won", "occurred_at": 7, "value": 3.0})
        found.decided(decision("ld_1", 1))
        found.told(record("ld_1", country="SE"))
        (one,) = found.leads()
        assert (one.lead.country, one.lead.attributes, one.score.numbers, one.course.won) == ("SE", {"a": "b"}, {"a": 1.0}, True)
        assert [(v.field, v.code) for v in one.lead.violations] == [("company", "missing")]

    def test_memory_is_bounded_and_says_what_it_left_out(self) -> None:
        """The newest stay; how many are older is told, and how many have no record any more."""
        found = Gathering(3)
        for n in range(10):
            found.decided(decision(f"ld_{n}", n))
            found.told(record(f"ld_{n}") if n != 9 else record("ld_0"))
        assert [one.lead.lead_id for one in found.leads()] == ["ld_7", "ld_8"]
        assert (found.dropped, found.without_record) == (7, 1)


class TestReplay:
    def test_the_same_configuration_moves_nothing(self) -> None:
        """Replayed against itself, nobody gets anything else, and it repeats what was decided."""
        leads = [past(n, "SE") for n in range(20)]
        now = replay(leads, plan(NORTH, SOUTH))
        report = compare(leads, now, replay(leads, plan(NORTH, SOUTH)))
        assert (report.moved, report.owners, report.repeats, list(report.looks)) == ({}, 0, 1.0, [])

    def test_moves_are_counted_by_team(self) -> None:
        """A rule that is left out sends its leads to the catch-all, and no other lead anywhere."""
        leads = [past(1, "SE"), past(2, "IT", "south"), past(3, "SE")]
        report = compare(leads, replay(leads, plan(NORTH, SOUTH)), replay(leads, plan(SOUTH)))
        assert report.moved == {("north", "desk"): 2}
        assert {team: one.leads for team, one in report.then.items()} == {"desk": 2, "south": 1}

    def test_what_people_would_decide_is_apart(self) -> None:
        """A higher limit of confidence holds leads: they are the reviewers', not a team's."""
        leads = [past(1, "SE", confidence=0.6), past(2, "SE")]
        report = compare(leads, replay(leads, plan(NORTH)), replay(leads, plan(NORTH, review_below=0.7)))
        assert report.moved == {("north", HELD): 1}
        assert report.held == (0, 1)

    def test_a_queue_that_fills_is_seen(self) -> None:
        """Leads that go where nobody is in are counted as queued and late, and looked at."""
        leads = [past(n, "SE", due_ms=100) for n in range(5)]
        both = Rule(name="all", when=Condition(), team="south")
        report = compare(leads, replay(leads, plan(NORTH)), replay(leads, plan(both)), looks=2)
        assert (report.now["north"].queued, report.then["south"].queued) == (0, 5)
        assert [(one.now, one.then) for one in report.looks] == [("north", "south, queue")] * 2

    @pytest.mark.parametrize(("limit", "band"), [(0.3, "hot"), (0.5, "warm")])
    def test_limits_of_the_bands_are_the_candidates(self, limit: float, band: str) -> None:
        """The recorded probability stands; what is hot, the candidate says."""
        scored = rescored(past(1, "SE"), plan(hot_from=limit).routing, None)
        assert (scored.probability, scored.band) == (0.4, band)

    def test_another_model_scores_the_features_of_then(self) -> None:
        """Features are those of the decision, so a model is judged by what could be known."""
        one = past(1, "SE")
        scored = rescored(one, plan().routing, RULES)
        assert scored.probability == RULES.predict(one.score.numbers, one.score.categories).probability
        assert (scored.model, scored.numbers) == ("rules", one.score.numbers)


class TestRecord:
    def test_conversions_follow_a_teams_own_record(self) -> None:
        """Of two teams with the same promises, the one that won more of them is expected to win more of the next."""
        leads = [past(n, "SE", "north", 0.5, won=n % 10 < 8) for n in range(200)]
        leads += [past(n + 200, "IT", "south", 0.5, won=n % 10 < 2) for n in range(200)]
        now = replay(leads, plan(NORTH, SOUTH))
        report = compare(leads, now, now)
        assert report.now["north"].expected == pytest.approx(report.now["south"].expected)
        assert report.now["north"].conversions > 1.5 * report.now["south"].conversions
        assert report.record["north"][1] == 200

    def test_breaches_follow_a_teams_own_lateness(self) -> None:
        """Share of due leads that were contacted late; leads that nobody has got to yet say nothing."""
        leads = [past(n, "SE", "north", due_ms=50, contacted_ms=100 if n % 2 else 10) for n in range(400)]
        leads.append(past(999, "SE", "north", due_ms=50))
        now = replay(leads, plan(NORTH))
        assert compare(leads, now, now).now["north"].breaches == pytest.approx(401 / 2, rel=0.01)

    def test_everything_can_be_written_as_json(self) -> None:
        """Whoever pipes the figures gets all of them as plain values."""
        leads = [past(1, "SE"), past(2, "IT", "south")]
        told = compare(leads, replay(leads, plan(NORTH, SOUTH)), replay(leads, plan(SOUTH))).to_json()
        assert told["moved"] == [{"from": "north", "to": "desk", "leads": 1}]
        assert told["teams"]["north"]["then"] is None
        assert told["total"]["now"]["leads"] == 2
