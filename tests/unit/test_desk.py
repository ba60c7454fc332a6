"""Whose turn it is: shares by weight, limits of a day, who is there, whose a person is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from app.desk.answering import Standing
from app.desk.capacity import Capacity
from app.desk.roster import Roster
from app.edges.memory_desk import MemoryDesk
from app.inventory.models import Team
from app.inventory.people import Hours
from app.ports import Assigned, Wanted
from tests.harness.desks import HOUR, MONDAY_9, OFFICE, Clock, Present, lead_id, subject_id, team

MINUTE = 60_000
SAME = ("a-1", "a-2", "a-3")


class Office:
    """A desk of one team, and its day."""

    def __init__(self, *teams: Team) -> None:
        self.clock, self.present = Clock(), Present(*teams)
        self.desk, self._leads, self._team = MemoryDesk(self.present, self.clock), iter(range(10**6)), teams[0].name

    def come(self, count: int = 1, **wanted: Any) -> list[Assigned]:
        """New leads."""
        its = {"subject": None, "team": self._team} | wanted
        return self.desk.assign([Wanted(lead_id(next(self._leads)), **its) for _ in range(count)])

    def owners(self, count: int = 1, **wanted: Any) -> list[str | None]:
        return [one.owner for one in self.come(count, **wanted)]


def plain(*members: str, **extra: Any) -> Team:
    return team("us", {member: {} for member in members}, **extra)


class TestShares:
    def test_equal_weights_take_turns_in_the_order_of_the_configuration(self) -> None:
        """Between equals the file decides, so everybody can say who is next."""
        assert Office(plain(*SAME)).owners(6) == [*SAME, *SAME]

    @pytest.mark.parametrize("weights", [(1, 1, 1), (3, 2, 1), (10, 1), (0.5, 0.25, 2, 7), (1, 1.1)])
    def test_a_day_of_leads_is_shared_by_weight(self, weights: Sequence[float]) -> None:
        """Over 1,000 leads everybody's share is within 5 % of their weight; in truth within one lead of each member."""
        office = Office(team("us", {f"a-{n}": {"weight": weight} for n, weight in enumerate(weights)}))
        got = Counter(office.owners(1_000))
        for n, weight in enumerate(weights):
            due = 1_000 * weight / sum(weights)
            assert abs(got[f"a-{n}"] - due) <= min(max(0.05 * due, 1), len(weights))

    def test_shares_hold_while_members_come_and_go(self) -> None:
        """A day of 10 hours: three are there throughout, one comes at noon, one goes home; each hour is shared by weight."""
        late, early = Hours(week={"mon-sun": ("12:00-24:00",)}), Hours(week={"mon-sun": ("00:00-14:00",)})
        members: dict[str, dict[str, Any]] = {
            "a-1": {"weight": 2},
            "a-2": {},
            "a-3": {},
            "late": {"hours": late},
            "early": {"weight": 3, "hours": early},
        }
        weights = {"a-1": 2.0, "a-2": 1.0, "a-3": 1.0, "late": 1.0, "early": 3.0}
        office, due, got = Office(team("us", members)), Counter[str](), Counter[str | None]()
        for _ in range(600):  # a minute each, ten leads
            hour = office.clock.at_ms // HOUR % 24
            there = [name for name in members if not ((name == "late" and hour < 12) or (name == "early" and hour >= 14))]
            for name in there:
                due[name] += 10 * weights[name] / sum(weights[one] for one in there)  # type: ignore[assignment]
            got.update(office.owners(10))
            office.clock.at_ms += MINUTE
        for name in members:
            assert abs(got[name] - due[name]) <= 0.05 * due[name]

    def test_who_comes_back_is_not_flooded(self) -> None:
        """Three days' leads went to the others: the one who returns gets their share from now on, and no more."""
        office = Office(plain(*SAME))
        office.owners(30)
        office.present.say(Capacity("us", "a-1", available=False))
        assert "a-1" not in office.owners(300)
        office.clock.at_ms += 72 * HOUR
        office.present.say(Capacity("us", "a-1"))
        assert Counter(office.owners(12))["a-1"] in (4, 5)

    def test_who_is_new_takes_part_like_anybody(self) -> None:
        """A member who was never there gets no backlog of turns."""
        office = Office(plain("a-1", "a-2"))
        office.owners(500)
        office.present.now = Roster({"us": plain(*SAME)})
        assert Counter(office.owners(9)) == {"a-1": 3, "a-2": 3, "a-3": 3}

    def test_what_was_asked_for_by_skill_is_made_up_for_on_the_same_day_and_forgotten_the_next(self) -> None:
        """Who alone speaks German got 30 of 30 leads: the others come first until the day is over; tomorrow all are equal."""
        members = {"a-1": {"languages": ("de",)}, "a-2": {"languages": ("en",)}, "a-3": {"languages": ("en",)}}
        office = Office(team("us", members))
        assert set(office.owners(30, needs=("de",))) == {"a-1"}
        assert set(office.owners(40)) == {"a-2", "a-3"}
        office.clock.at_ms += 24 * HOUR
        assert Counter(office.owners(30))["a-1"] in (9, 10, 11)

    def test_a_weight_that_changes_holds_from_the_next_lead_on(self) -> None:
        """HR says half a position: from then on half as many leads, without a pause and without a flood."""
        office = Office(plain("a-1", "a-2"))
        office.owners(100)
        office.present.say(Capacity("us", "a-1", weight=0.5))
        assert abs(Counter(office.owners(90))["a-1"] - 30) <= 1


class TestLimits:
    def test_a_day_has_so_many_places_and_the_next_one_has_them_again(self) -> None:
        """Nobody gets more than their day allows; with all places taken the queue has the lead, and says so."""
        office = Office(team("us", {"a-1": {"per_day": 3}, "a-2": {"per_day": 2}}))
        told = office.come(7)
        assert Counter(one.owner for one in told) == {"a-1": 3, "a-2": 2, None: 2}
        assert [(one.why, one.passed_over) for one in told if one.owner is None] == [("full", {"a-1": "full", "a-2": "full"})] * 2
        office.clock.at_ms += 24 * HOUR
        assert None not in office.owners(5)

    def test_a_day_is_over_at_the_members_own_midnight(self) -> None:
        """In Tokyo the new day begins while it is still afternoon in Berlin."""
        members = {"tokyo": {"per_day": 1, "time_zone": "Asia/Tokyo"}, "berlin": {"per_day": 1, "time_zone": "Europe/Berlin"}}
        office = Office(team("us", members))
        assert office.owners(3) == ["tokyo", "berlin", None]
        office.clock.at_ms += 8 * HOUR  # 17:00 in Berlin, 1:00 of the next day in Tokyo
        assert office.owners(2) == ["tokyo", None]

    def test_a_lower_limit_takes_nothing_away_and_gives_nothing_more(self) -> None:
        """Five leads a day become three while four are taken: no more today."""
        office = Office(team("us", {"a-1": {"per_day": 5}}))
        assert office.owners(4) == ["a-1"] * 4
        office.present.say(Capacity("us", "a-1", per_day=3))
        assert office.owners(1) == [None]
        office.present.say(Capacity("us", "a-1", per_day=6))
        assert office.owners(3) == ["a-1", "a-1", None]

    def test_a_place_that_is_given_back_is_free(self) -> None:
        """A lead that was merged or rejected counts for nobody's day."""
        office = Office(team("us", {"a-1": {"per_day": 2}}))
        told = [Wanted(lead_id(n), None, "us") for n in range(2)]
        office.desk.assign(told)
        office.desk.give_back([told[0].lead, told[0].lead, lead_id(99)])
        assert office.desk.taken("us")["a-1"][1] == 1
        office._leads = iter(range(10, 20))
        assert office.owners(2) == ["a-1", None]


class TestPresence:
    def test_nobody_gets_leads_outside_of_their_hours(self) -> None:
        """At night the queue has them, and the decision says why."""
        office = Office(plain("a-1", "a-2", hours=OFFICE))
        assert office.owners() == ["a-1"]
        office.clock.at_ms += 12 * HOUR
        (told,) = office.come()
        assert (told.owner, told.why, told.passed_over) == (None, "nobody_in", {"a-1": "off_hours", "a-2": "off_hours"})

    def test_an_absence_begins_and_ends_by_itself(self) -> None:
        """From and until are instants; nobody has to say when it is over."""
        office, back = Office(plain("a-1", "a-2")), MONDAY_9 + 10 * HOUR
        office.present.say(Capacity("us", "a-1", absent_from_ms=MONDAY_9 + HOUR, absent_until_ms=back))
        assert "a-1" in office.owners(2)
        office.clock.at_ms += HOUR
        assert set(office.owners(4)) == {"a-2"}
        office.clock.at_ms = back
        assert "a-1" in office.owners(2)

    def test_an_absence_without_an_end_lasts_and_whoever_left_gets_nothing(self) -> None:
        """Ill since today, and gone for good: neither gets leads a month later."""
        office = Office(plain(*SAME))
        office.present.say(Capacity("us", "a-1", absent_from_ms=MONDAY_9), Capacity("us", "a-2", available=False))
        office.clock.at_ms += 30 * 24 * HOUR
        assert set(office.owners(6)) == {"a-3"}

    def test_a_word_about_whom_nobody_knows_changes_nothing(self) -> None:
        """HR speaks of more people than take leads."""
        before = Roster({"us": plain("a-1")})
        assert before.changed([Capacity("them", "b-1"), Capacity("us", "a-9")]).version == before.version

    def test_a_team_without_members_is_a_queue(self) -> None:
        """Its leads have no owner, and nobody is looked for."""
        assert [(one.owner, one.why) for one in Office(plain("a-1")).come(2, team="queue")] == [(None, "no_members")] * 2


class TestNeeds:
    def test_only_who_has_all_that_is_wanted_comes_into_question(self) -> None:
        """Skills and languages are all needed; who lacks one is passed over, and the decision says so."""
        wholesale = {"skills": ("wholesale",)}
        members = {
            "a-1": wholesale | {"languages": ("en",)},
            "a-2": wholesale | {"languages": ("de",)},
            "a-3": {"languages": ("de",)},
        }
        (told,) = Office(team("us", members)).come(needs=("wholesale", "de"))
        assert (told.owner, told.passed_over) == ("a-2", {"a-1": "lacks", "a-3": "lacks"})

    def test_who_names_no_language_takes_leads_in_any(self) -> None:
        """A language that somebody names is not asked of who names none."""
        office = Office(team("us", {"a-1": {}, "a-2": {"languages": ("de",)}, "a-3": {"languages": ("en",)}}))
        assert set(office.owners(4, needs=("de",))) == {"a-1", "a-2"}

    def test_where_nobody_has_it_the_queue_does(self) -> None:
        """A rule that wants what nobody has leaves the lead to the team, and says that no member fits."""
        (told,) = Office(plain(*SAME)).come(needs=("mandarin",))
        assert (told.owner, told.why) == (None, "no_match")


class TestPersons:
    def test_a_persons_next_lead_goes_to_who_had_the_last(self) -> None:
        """Out of turn, and it counts as theirs."""
        office = Office(plain(*SAME))
        (first,) = office.owners(subject=subject_id(1))
        office.owners(1)
        (told,) = office.come(subject=subject_id(1))
        assert (told.owner, told.why) == (first, "sticky")
        assert Counter([first, told.owner, *office.owners(7)])[first] <= 4

    @pytest.mark.parametrize(
        "gone",
        [Capacity("us", "a-1", available=False), Capacity("us", "a-1", per_day=1), Capacity("us", "a-1", absent_until_ms=2**50)],
    )
    def test_where_that_one_is_away_or_full_it_goes_in_turn_and_stays_with_the_other(self, gone: Capacity) -> None:
        """Nobody waits for somebody who is not there; and the person is not handed back afterwards."""
        office = Office(plain(*SAME))
        assert office.owners(subject=subject_id(1)) == ["a-1"]
        office.present.say(gone)
        (told,) = office.come(subject=subject_id(1))
        assert (told.owner, told.why) == ("a-2", "in_turn")
        office.present.say(Capacity("us", "a-1"))
        assert office.owners(subject=subject_id(1)) == ["a-2"]

    def test_it_ends_after_the_days_that_the_team_names(self) -> None:
        """After that the person is anybody's."""
        office = Office(plain(*SAME, keep_owner_days=3))
        assert office.owners(subject=subject_id(1)) == ["a-1"]
        office.clock.at_ms += 3 * 24 * HOUR
        assert office.come(subject=subject_id(1))[0].why == "in_turn"

    def test_another_team_does_not_inherit(self) -> None:
        """A person's owner is an owner in that team."""
        office = Office(plain("a-1"), team("them", {"a-1": {}, "b-1": {}}))
        office.owners(subject=subject_id(1))
        assert office.come(subject=subject_id(1), team="them")[0].why == "in_turn"


class TestAgain:
    def test_a_batch_that_is_processed_again_has_the_same_owners_and_counts_once(self) -> None:
        """After a kill the same leads come again, in batches cut elsewhere."""
        office = Office(team("us", {"a-1": {"per_day": 5}, "a-2": {"per_day": 5}}))
        wanted = [Wanted(lead_id(n), subject_id(n % 3), "us") for n in range(8)]
        first = office.desk.assign(wanted)
        again = [*office.desk.assign(wanted[:3]), *office.desk.assign(wanted[3:])]
        assert [(one.owner, one.why) for one in again] == [(one.owner, one.why) for one in first]
        assert sum(taken for _, taken in office.desk.taken("us").values()) == 8

    def test_a_lead_that_goes_to_another_team_gives_its_place_back(self) -> None:
        """Also to one that is a queue."""
        office = Office(team("us", {"a-1": {"per_day": 1}}), team("them", {"b-1": {}}))
        lead = Wanted(lead_id(1), None, "us")
        assert [office.desk.assign([lead._replace(team=name)])[0].owner for name in ("us", "them", "us", "queue")] == [
            "a-1",
            "b-1",
            "a-1",
            None,
        ]
        assert {name: taken for name, (_, taken) in (office.desk.taken("us") | office.desk.taken("them")).items()} == {
            "a-1": 0,
            "b-1": 0,
        }

    def test_who_did_not_get_to_it_is_passed_over_and_their_place_is_free_but_not_their_turn(self) -> None:
        """A lead taken from a slow member goes to the next; it is no reason to send the slow one another."""
        office = Office(team("us", {"a-1": {}, "a-2": {}}))
        lead = Wanted(lead_id(1), subject_id(1), "us")
        assert office.desk.assign([lead])[0].owner == "a-1"
        (told,) = office.desk.assign([lead._replace(passed_over=("a-1", "b-7"))])
        assert (told.owner, told.passed_over) == ("a-2", {"a-1": "had_it"})
        assert office.desk.assign([lead._replace(passed_over=("a-1", "b-7"))])[0].owner == "a-2"
        assert office.desk.taken("us")["a-1"][1] == 0
        office._leads = iter(range(10, 20))
        assert Counter(office.owners(4)) == {"a-1": 2, "a-2": 2}

    def test_where_everybody_had_it_the_queue_does(self) -> None:
        """It is not sent round in circles."""
        (told,) = Office(plain("a-1", "a-2")).come(passed_over=("a-1", "a-2"))
        assert (told.owner, told.why) == (None, "no_match")


class TestNamed:
    def test_a_person_may_name_the_member(self) -> None:
        """Outside of hours and skills, too; it takes a place and a turn."""
        office = Office(plain(*SAME, hours=OFFICE))
        office.clock.at_ms += 12 * HOUR
        (told,) = office.come(named="a-2", needs=("mandarin",))
        assert (told.owner, told.why) == ("a-2", "named")
        assert office.desk.taken("us")["a-2"][1] == 1

    def test_but_not_one_who_is_absent_or_full_or_unknown(self) -> None:
        """Nobody's word gives a lead to somebody who left, nor more than a day allows."""
        office = Office(team("us", {"a-1": {"per_day": 1}, "a-2": {}}))
        office.present.say(Capacity("us", "a-2", available=False))
        told = [office.come(named=name)[0] for name in ("a-1", "a-1", "a-2", "a-9")]
        assert [(one.owner, one.why) for one in told] == [
            ("a-1", "named"),
            (None, "full"),
            (None, "nobody_in"),
            (None, "no_match"),
        ]

    def test_a_lead_that_somebody_has_moves_to_whom_is_named(self) -> None:
        """The other gets place and turn back."""
        office, lead = Office(plain("a-1", "a-2")), Wanted(lead_id(1), None, "us")
        assert office.desk.assign([lead])[0].owner == "a-1"
        assert office.desk.assign([lead._replace(named="a-2")])[0].owner == "a-2"
        office._leads = iter(range(10, 20))
        assert office.owners(2) == ["a-1", "a-1"]


class TestTold:
    def test_the_answer_tells_the_load_at_that_moment(self) -> None:
        """Of those who came into question, this lead not counted; who was passed over, why; by which roster."""
        office = Office(team("us", {"a-1": {"per_day": 1}, "a-2": {}, "a-3": {"hours": Hours(week={"sun": ("00:00-01:00",)})}}))
        told = office.come(3)
        assert [dict(one.load) for one in told] == [{"a-1": 0, "a-2": 0}, {"a-2": 0}, {"a-2": 1}]
        assert [dict(one.passed_over) for one in told] == [{"a-3": "off_hours"}, *[{"a-1": "full", "a-3": "off_hours"}] * 2]
        assert {one.roster for one in told} == {office.present.now.version}
        assert {one.at_ms for one in told} == {MONDAY_9}

    def test_workers_that_read_the_same_have_the_same_version(self) -> None:
        """And any change that matters changes it."""
        one, other = Roster({"us": plain(*SAME)}), Roster({"us": plain(*SAME)})
        assert one.version == other.version
        assert one.changed([Capacity("us", "a-1", per_day=3)]).version != one.version
        assert one.changed([Capacity("us", "a-1", by="hr", why="new")]).changed([]).version == one.version

    def test_away_means_queues(self) -> None:
        """A desk that cannot be asked leaves everything to the teams, and says so."""
        office = Office(plain("a-1"))
        office.desk.away = True
        assert [(one.owner, one.why) for one in office.come(2)] == [(None, "away")] * 2


def test_restored_owners_count_for_their_day_and_keep_their_persons() -> None:
    """What decisions tell is enough: claims of today, owners of persons, nothing else."""
    office = Office(team("us", {"a-1": {"per_day": 2}, "a-2": {"per_day": 2}}))
    day = MONDAY_9 // (24 * HOUR)
    old = Standing(lead_id(1), subject_id(1), "us", "a-2", MONDAY_9 - 5 * 24 * HOUR, day - 5, counts=False)
    new = Standing(lead_id(2), None, "us", "a-1", MONDAY_9 - HOUR, day)
    office.desk.restore([old, new])
    assert office.desk.assign([Wanted(lead_id(2), None, "us")])[0].owner == "a-1"
    assert office.desk.taken("us")["a-1"] == (day, 1)
    office._leads = iter(range(10, 30))
    assert office.come(subject=subject_id(1))[0].owner == "a-2"
    assert Counter(office.owners(4)) == {"a-1": 1, "a-2": 1, None: 2}
