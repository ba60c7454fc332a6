"""What each verdict does to a lead after its first fate, on records in memory."""

from __future__ import annotations

from typing import Any

import pytest

from app.desk.roster import Roster
from app.edges.memory_desk import MemoryDesk
from app.inventory.models import Team
from app.inventory.people import Member
from app.match_index import Link
from app.pipeline.revision.carrying import Done, Waits, carry_out
from app.pipeline.revision.headers import headers_of
from app.pipeline.revision.learning import learn
from app.pipeline.revision.linking import links_of
from app.pipeline.revision.records import Work
from app.pipeline.revision.verdict import Refused, Verdict, code, named, read
from tests.harness.leads_told import CODEC, a_decision, a_lead, a_routed, lead_id
from tests.harness.verdicts import NOW, FirstOfTeam, Shelf, decision, house, say, value

SCORED: dict[str, Any] = {"score": 0.2, "band": "warm", "confidence": 0.9, "team": "nurture", "rule": "catch-all"}
HELD: dict[str, Any] = {"fate": "review", "team": "nurture", "rule": "catch-all", "review_reasons": ["sample"]}
MATCH = {"lead": lead_id(9), "of": lead_id(9), "root": lead_id(9), "probability": 0.4, "weight": -0.6, "nearest": "household"}


@pytest.fixture
def shelf() -> Shelf:
    """Lead 1 is routed to nurture-1, lead 5 is held."""
    shelf = Shelf()
    about = {"team": "nurture", "rule": "catch-all", "owner": "nurture-1", "due_at": NOW}
    shelf.put("routed", a_routed(1, company="Acme", owner="nurture-1", due_at=NOW), a_decision(1, **about))
    shelf.put("review", a_lead(5, message="hello", order_value=5000.0, **SCORED), a_decision(5, **HELD))
    return shelf


def refused(answer: object) -> str:
    assert isinstance(answer, Refused)
    return answer.code


class TestReject:
    def test_it_stands_with_the_rejected_and_teaches(self, shelf: Shelf) -> None:
        """Fate, reason and by whom in the decision; the lead on its topic; the model is told, as of the reviewer."""
        answer, work = say(shelf, 5, "reject", why="spam", id="v1")
        told, kept = decision(shelf, 5), shelf.newest(lead_id(5))
        assert answer == Done("rejected")
        assert kept is not None
        assert (kept.place, kept.value["rejected_why"], kept.value["message"]) == ("rejected", "spam", "hello")
        assert (told["fate"], told["rejected_why"], told["revised_by"], told["revises"]) == (
            "rejected",
            "spam",
            "sales",
            "review",
        )
        outcome = work.outcomes[lead_id(5)]
        assert (outcome["outcome"], outcome["reported_by"], outcome["event_id"]) == ("disqualified", "reviewer", "v1")
        CODEC.encode("outcome", outcome)
        assert ("ce_type", b"io.leadstream.lead.rejected") in headers_of(kept)

    @pytest.mark.parametrize(("says", "team"), [("approve", "nurture"), ("reroute", "b2b")])
    def test_it_can_be_brought_back(self, shelf: Shelf, says: str, team: str) -> None:
        """To the proposed team, or another; what the model was told is taken back."""
        say(shelf, 5, "reject", why="spam")
        answer, work = say(shelf, 5, says, team=team)
        assert isinstance(answer, Done)
        assert (value(shelf, 5)["team"], value(shelf, 5)["revision"], decision(shelf, 5)["rejected_why"]) == (team, 3, None)
        assert work.outcomes[lead_id(5)]["outcome"] == "reopened"

    def test_a_reason_is_a_code(self, shelf: Shelf) -> None:
        """Free text stands in no decision: it could hold personal data."""
        assert (code("not_a_customer"), code("Jo Doe rang, 030 123"), code(None), code("")) == (
            "not_a_customer",
            None,
            None,
            None,
        )
        say(shelf, 5, "reject")
        assert decision(shelf, 5)["rejected_why"] == "unspecified"

    def test_the_clock_teaches_nothing(self, shelf: Shelf) -> None:
        """What no person said is no outcome, and no agreement."""
        _, work = say(shelf, 5, "reject", by="steward")
        assert (work.outcomes, decision(shelf, 5)["agreed"]) == ({}, None)

    def test_a_duplicate_of_it_stays_with_it(self, shelf: Shelf) -> None:
        """Sent again, what people rejected is told by the rejected lead, and comes to no team by itself."""
        say(shelf, 5, "reject")
        again = shelf.put("duplicates", a_lead(6, phone="+49305", duplicate_of=lead_id(5), duplicate_kind="same_lead"))
        work = Work(shelf)
        assert learn(work, again, settled=True) == "learned"
        assert (work.said[lead_id(5)].place, work.said[lead_id(5)].value["phone"]) == ("rejected", "+49305")


class TestReroute:
    def test_the_old_team_is_told_where_it_went(self, shelf: Shelf) -> None:
        """Two records, one revision after the other: theirs no more, and the new team's with an owner and a due time."""
        desk = FirstOfTeam()
        answer, work = say(shelf, 1, "reroute", house(desk), team="b2b")
        old, new = work.left[lead_id(1)].value, work.said[lead_id(1)].value
        assert answer == Done("rerouted")
        assert (old["team"], old["moved_to"], old["owner"], old["revision"]) == ("nurture", "b2b", None, 2)
        assert (new["team"], new["moved_to"], new["owner"], new["revision"]) == ("b2b", None, "b2b-1", 3)
        assert (new["rule"], new["attempts"], new["due_at"], new["company"]) == ("verdict", 1, NOW + 60_000, "Acme")
        told = decision(shelf, 1)
        assert (told["fate"], told["team"], told["owner"], told["previous_owners"]) == ("routed", "b2b", "b2b-1", ["nurture-1"])
        assert told["desk"]["why"] == "in_turn"
        assert desk.asked[0].passed_over == ()

    def test_back_again_it_is_theirs(self, shelf: Shelf) -> None:
        """The newest record of the first team's topic says so."""
        say(shelf, 1, "reroute", team="b2b")
        say(shelf, 1, "reroute", team="nurture")
        (newest,) = [kept.value for kept in shelf.leads[lead_id(1)] if kept.revision == 5]
        assert (newest["team"], newest["moved_to"], newest["owner"]) == ("nurture", None, "nurture-2")
        assert decision(shelf, 1)["previous_owners"] == ["nurture-1", "b2b-1"]

    def test_it_sets_nobody_apart(self, shelf: Shelf) -> None:
        """Who takes a routed lead to another team has said nothing of the person; who lets a held one through may have."""
        linked = {"match": MATCH | {"evidence": []}, "dedupe": "linked", "linked_to": lead_id(9)}
        shelf.put("routed", a_routed(2), a_decision(2, team="nurture", **linked))
        say(shelf, 2, "reroute", team="b2b")
        assert links_of(decision(shelf, 2)) == [Link(lead_id(2), lead_id(9), same=False)]
        shelf.put("review", a_lead(3, **SCORED), a_decision(3, **HELD, **linked))
        say(shelf, 3, "approve")
        assert links_of(decision(shelf, 3)) == [Link(lead_id(3), lead_id(9), same=False)]


class TestReassign:
    def test_another_member_gets_it(self, shelf: Shelf) -> None:
        """The desk is asked again without those who had it; the attempt is counted, the due time begins anew."""
        answer, _ = say(shelf, 1, "reassign", why="overdue", by="steward")
        told = value(shelf, 1)
        assert answer == Done("reassigned")
        assert (told["team"], told["owner"], told["attempts"], told["revision"]) == ("nurture", "nurture-2", 1, 2)
        assert decision(shelf, 1)["previous_owners"] == ["nurture-1"]
        say(shelf, 1, "reassign")
        assert (value(shelf, 1)["owner"], decision(shelf, 1)["desk"]["passed_over"]) == (
            None,
            {"nurture-1": "had_it", "nurture-2": "had_it"},
        )

    def test_a_person_may_name_who(self, shelf: Shelf) -> None:
        """Whoever had it before; not who has it, and nobody of another team."""
        assert refused(say(shelf, 1, "reassign", owner="nurture-1")[0]) == "already_there"
        assert refused(say(shelf, 1, "reassign", owner="b2b-1")[0]) == "no_such_member"
        say(shelf, 1, "reassign", owner="nurture-2")
        say(shelf, 1, "reassign", owner="nurture-1")
        assert (value(shelf, 1)["owner"], value(shelf, 1)["attempts"]) == ("nurture-1", 2)

    def test_a_queue_that_is_drained_is_no_attempt(self, shelf: Shelf) -> None:
        """Nobody could have it while the desk was away."""
        away = {"team": "b2b", "owner": None, "fallbacks": {"desk": "away", "behaviour": "slow"}}
        shelf.put("routed", a_routed(2, team="b2b"), a_decision(2, **away))
        say(shelf, 2, "reassign", why="drained", by="steward")
        told = decision(shelf, 2)
        assert (told["owner"], told["attempts"], told["previous_owners"]) == ("b2b-1", 0, [])
        assert told["fallbacks"] == {"behaviour": "slow"}

    def test_a_desk_that_is_away_is_marked(self, shelf: Shelf) -> None:
        """The lead goes to the team's queue, and its decision says why."""
        say(shelf, 5, "approve", house(FirstOfTeam(away=True)))
        told = decision(shelf, 5)
        assert (told["fate"], told["owner"], told["fallbacks"]) == ("routed", None, {"desk": "away"})


class TestRetry:
    def test_a_held_lead_is_assessed_anew(self, shelf: Shelf) -> None:
        """By the model and the rules of now, to the team that they name."""
        answer, _ = say(shelf, 5, "retry", why="dependency_back", by="steward")
        lead, told = value(shelf, 5), decision(shelf, 5)
        assert answer == Done("retried")
        assert (lead["team"], lead["owner"], lead["score"], lead["rule"]) == ("b2b", "b2b-1", 0.7, "big")
        assert (told["fate"], told["model_version"], told["rules_version"], told["numbers"]) == (
            "routed",
            "model-2",
            3,
            {"has_phone": 1.0},
        )

    def test_or_held_anew(self, shelf: Shelf) -> None:
        """With the reasons of now; what a first reviewer said no longer counts."""
        say(shelf, 5, "retry", house(review=("low_confidence",)))
        kept = shelf.newest(lead_id(5))
        assert kept is not None
        assert (kept.place, kept.value["review_reasons"], kept.value["band"]) == ("review", ["low_confidence"], "hot")
        assert (decision(shelf, 5)["fate"], decision(shelf, 5)["approvals"]) == ("review", [])

    def test_a_degraded_lead_stays_with_a_team(self, shelf: Shelf) -> None:
        """Nobody calls it back on a doubt; the same team keeps its owner, another is told as by a reroute."""
        about = {"team": "b2b", "owner": "b2b-3", "fallbacks": {"model": "missing"}}
        shelf.put("routed", a_routed(2, team="b2b", owner="b2b-3"), a_decision(2, **about))
        say(shelf, 2, "retry", house(review=("low_confidence",)))
        assert (value(shelf, 2)["owner"], value(shelf, 2)["score"], value(shelf, 2)["attempts"]) == ("b2b-3", 0.7, 0)
        assert decision(shelf, 2)["fallbacks"] == {}
        shelf.put("routed", a_routed(3, owner="nurture-1"), a_decision(3, team="nurture", fallbacks={"model": "missing"}))
        _, work = say(shelf, 3, "retry")
        assert (work.left[lead_id(3)].value["moved_to"], value(shelf, 3)["team"], value(shelf, 3)["rule"]) == (
            "b2b",
            "b2b",
            "big",
        )

    def test_a_routed_lead_has_what_its_source_declares(self, shelf: Shelf) -> None:
        """A team's topic holds attributes in one text: features are found in it again."""
        seen: list[dict[str, str]] = []
        rules = house(features=lambda source: ("job",))

        def assess(lead: Any, told: Any) -> Any:
            seen.append(lead.facts)
            return rules.assess(lead, told)

        shelf.put(
            "routed", a_routed(2, attributes='{"job":"Buyer"}'), a_decision(2, team="nurture", fallbacks={"model": "missing"})
        )
        say(shelf, 2, "retry", house(assess=assess, features=rules.features))
        assert seen == [{"job": "Buyer"}]


class TestTwoAgree:
    RULES = house(two=("approve", "reroute", "reject"))

    def test_the_first_is_written_down_and_the_second_carries_it_out(self, shelf: Shelf) -> None:
        """The lead stays held until another person says the same; both stand in the decision."""
        assert say(shelf, 5, "approve", self.RULES, by="anna", id="1")[0] == Done("awaits_second")
        told = decision(shelf, 5)
        assert (told["fate"], told["revised_why"], told["agreed"], value(shelf, 5)["revision"]) == (
            "review",
            "awaits_second",
            None,
            1,
        )
        assert told["approvals"] == [{"by": "anna", "says": "approve", "team": "nurture", "at": NOW}]
        assert say(shelf, 5, "approve", self.RULES, by="bert", id="2")[0] == Done("approved")
        told = decision(shelf, 5)
        assert (told["fate"], told["agreed"], [one["by"] for one in told["approvals"]]) == ("routed", True, ["anna", "bert"])
        assert told["verdict_ids"] == ["1", "2"]

    def test_the_same_person_twice_is_one(self, shelf: Shelf) -> None:
        """Refused, as a verdict that is sent again is."""
        say(shelf, 5, "approve", self.RULES, by="anna", id="1")
        assert refused(say(shelf, 5, "approve", self.RULES, by="anna", id="2")[0]) == "needs_another"
        assert refused(say(shelf, 5, "approve", self.RULES, by="anna", id="1")[0]) == "repeated"

    def test_who_says_something_else_is_the_first_now(self, shelf: Shelf) -> None:
        """A reject does not confirm an approval, nor one team another; the proposed team by name is the proposal."""
        say(shelf, 5, "approve", self.RULES, by="anna")
        assert say(shelf, 5, "reject", self.RULES, by="bert", why="spam")[1].outcomes == {}
        assert say(shelf, 5, "reroute", self.RULES, by="anna", team="b2b")[0] == Done("awaits_second")
        assert say(shelf, 5, "reroute", self.RULES, by="bert", team="nurture")[0] == Done("awaits_second")
        assert say(shelf, 5, "approve", self.RULES, by="anna")[0] == Done("approved")

    def test_what_the_first_corrected_the_second_sees(self, shelf: Shelf) -> None:
        """The held lead is put out again with it; who corrects further says something new."""
        say(shelf, 5, "approve", self.RULES, by="anna", corrections={"company": "Acme"})
        assert (value(shelf, 5)["company"], value(shelf, 5)["revision"], decision(shelf, 5)["agreed"]) == ("Acme", 2, False)
        assert say(shelf, 5, "approve", self.RULES, by="bert", corrections={"company": "Beta"})[0] == Done("awaits_second")
        assert say(shelf, 5, "approve", self.RULES, by="anna", corrections={"company": "Beta"})[0] == Done("approved")
        assert (value(shelf, 5)["company"], decision(shelf, 5)["agreed"]) == ("Beta", False)

    def test_what_two_rejected_one_does_not_bring_back(self, shelf: Shelf) -> None:
        """Two have to agree on that as well."""
        say(shelf, 5, "reject", self.RULES, by="anna")
        _, work = say(shelf, 5, "reject", self.RULES, by="bert")
        assert work.outcomes[lead_id(5)]["outcome"] == "disqualified"
        assert say(shelf, 5, "approve", self.RULES, by="anna")[0] == Done("awaits_second")
        assert decision(shelf, 5)["fate"] == "rejected"
        assert say(shelf, 5, "approve", self.RULES, by="bert")[0] == Done("approved")

    def test_the_clock_needs_no_second_and_is_none(self, shelf: Shelf) -> None:
        """A lead that waited too long goes where configuration says; the clock confirms nobody."""
        say(shelf, 5, "approve", self.RULES, by="anna")
        assert say(shelf, 5, "approve", self.RULES, by="steward")[0] == Done("approved")
        assert (decision(shelf, 5)["agreed"], decision(shelf, 5)["approvals"]) == (None, [])


class TestAgreement:
    @pytest.mark.parametrize(
        ("says", "told", "agreed"),
        [
            ("approve", {}, True),
            ("approve", {"corrections": {"message": "hello"}}, True),  # what stands there already
            ("approve", {"corrections": {"company": "Acme"}}, False),
            ("reroute", {"team": "nurture"}, True),
            ("reroute", {"team": "b2b"}, False),
            ("reject", {}, False),
            ("merge", {"into": lead_id(1)}, False),
            ("retry", {}, None),
        ],
    )
    def test_a_decision_says_whether_people_agreed(self, shelf: Shelf, says: str, told: dict[str, Any], agreed: object) -> None:
        """With all that the machine proposed: of leads in the sample, how often it was right."""
        say(shelf, 5, says, **told)
        assert decision(shelf, 5)["agreed"] is agreed
        assert decision(shelf, 5)["review_reasons"] == ([] if says == "retry" else ["sample"])

    def test_it_stays_known(self, shelf: Shelf) -> None:
        """What becomes of the lead afterwards says nothing of the proposal."""
        say(shelf, 5, "approve")
        say(shelf, 5, "reassign")
        assert decision(shelf, 5)["agreed"] is True


class TestOnce:
    def test_a_verdict_that_is_sent_again_changes_nothing(self, shelf: Shelf) -> None:
        """By its id, also where it could be carried out again."""
        say(shelf, 1, "reassign", id="v1")
        answer, work = say(shelf, 1, "reassign", id="v1")
        assert (refused(answer), list(work.all())) == ("repeated", [])

    def test_a_record_without_an_id_is_named_by_where_it_stands(self) -> None:
        """Read again after a restart it is the same verdict; the next record is another."""
        told = {"lead_id": lead_id(1), "decision": "reassign", "reviewer": "sales", "decided_at": 7}
        plain = CODEC.decode(CODEC.encode("verdict", told), "verdict")
        assert (read(plain, "t-0-4").id, read(plain, "t-0-4") == read(plain, "t-0-4")) == ("t-0-4:7", True)
        assert read({**plain, "verdict_id": "v1"}, "t-0-4").id == "v1"

    def test_an_id_that_could_be_an_address_stands_in_no_decision(self) -> None:
        """A digest names it, the same each time; so does one of an id without end."""
        assert named("vd_0a.1:b/c-2") == "vd_0a.1:b/c-2"
        assert "jo" not in named("jo@b.example")
        assert named("jo@b.example") == named("jo@b.example") != named("x" * 1_000_000)

    def test_two_of_one_step_are_two_revisions(self, shelf: Shelf) -> None:
        """The second waits for the next step: each verdict is told."""
        work = Work(shelf)
        work.decide(shelf.decided[lead_id(1)], revised_why="rerouted")
        assert carry_out(Verdict(lead_id(1), "reassign", "sales", NOW), work, house(), settled=True) == Waits()

    def test_a_decision_names_the_newest_verdicts(self, shelf: Shelf) -> None:
        """A bounded number of them."""
        for n in range(40):
            say(shelf, 1, "reroute", team=("b2b", "nurture")[n % 2], id=f"v{n}")
        assert decision(shelf, 1)["verdict_ids"] == [f"v{n}" for n in range(24, 40)]


class TestRealDesk:
    def test_places_follow_the_lead(self, shelf: Shelf) -> None:
        """With the desk's own rules: a place is taken once, however often it is asked, and free where the lead leaves."""
        members = tuple(Member(name=name) for name in ("b2b-1", "b2b-2"))
        roster = Roster({"b2b": Team(name="b2b", description="x", members=members), "desk": Team(name="desk", description="x")})
        desk = MemoryDesk(lambda: roster, lambda: NOW / 1000)
        rules = house(desk)

        def taken() -> list[int]:
            return [desk.taken("b2b").get(name, (0, 0))[1] for name in ("b2b-1", "b2b-2")]

        for _ in range(2):  # as after a transaction that was not committed
            carry_out(Verdict(lead_id(5), "reroute", "sales", NOW, team="b2b"), Work(shelf), rules, settled=True)
        assert sorted(taken()) == [0, 1]
        say(shelf, 5, "reroute", rules, team="b2b")
        first = value(shelf, 5)["owner"]
        say(shelf, 5, "reassign", rules)
        assert (sorted(taken()), value(shelf, 5)["owner"]) == ([0, 1], {"b2b-1": "b2b-2", "b2b-2": "b2b-1"}[first])
        say(shelf, 5, "reroute", rules, team="desk")
        assert (taken(), value(shelf, 5)["owner"], decision(shelf, 5)["desk"]["why"]) == ([0, 0], None, "no_members")
