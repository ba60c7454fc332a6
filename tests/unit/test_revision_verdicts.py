"""Verdicts, un-merging and late findings, carried out on records in memory."""

from __future__ import annotations

from typing import Any

import pytest

from app.match_index import Link
from app.pipeline.features import features
from app.pipeline.identified import Identified
from app.pipeline.matching.levels import FIELDS
from app.pipeline.revision.carrying import Done, Waits
from app.pipeline.revision.checking import ask_of, check
from app.pipeline.revision.form import ids
from app.pipeline.revision.headers import headers_of
from app.pipeline.revision.labels import label_of
from app.pipeline.revision.learning import learn
from app.pipeline.revision.linking import links_of
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.routing import lead_of
from app.pipeline.revision.verdict import Refused
from tests.harness.leads_told import a_decision, a_lead, a_routed, lead_id
from tests.harness.verdicts import Shelf, say, value

SCORED = {"score": 0.2, "band": "warm", "confidence": 0.9, "team": "nurture", "rule": "catch-all"}
EVIDENCE = [{"field": "email", "level": "differs", "weight": -2.0}, {"field": "phone", "level": "same", "weight": 9.0}]
MATCH = {"lead": lead_id(1), "of": lead_id(1), "root": lead_id(1), "probability": 0.4, "weight": -0.6, "nearest": "household"}
ASKED = {"fate": "review", "team": "nurture", "dedupe": "asked", "match": MATCH | {"evidence": EVIDENCE}}


@pytest.fixture
def shelf() -> Shelf:
    """Lead 1 is routed; 2 and 3 are its duplicates, and merged; 4 is a duplicate of 2; 5 is held, it may be lead 1."""
    shelf = Shelf()
    shelf.put("routed", a_routed(1, email="a@b.example", cost=1.0), a_decision(1, team="nurture", subject="su_1"))
    for n, of, told in ((2, 1, {"phone": "+49301", "source": "meta"}), (3, 1, {"company": "Acme"}), (4, 2, {"city": "Köln"})):
        about = {"duplicate_of": lead_id(of), "duplicate_kind": "same_lead"}
        duplicate = shelf.put("duplicates", a_lead(n, **about, **told), a_decision(n, fate="duplicate", dedupe="merged", **about))
        work = Work(shelf)
        assert learn(work, duplicate, settled=True) == "learned"
        shelf.take(work)
    shelf.put("review", a_lead(5, **SCORED, message="hello"), a_decision(5, **ASKED))
    return shelf


class TestLearning:
    def test_knowledge_goes_to_the_end_of_the_chain(self, shelf: Shelf) -> None:
        """What a duplicate of a duplicate knows is told of the first lead, once."""
        first = value(shelf, 1)
        assert (first["phone"], first["company"], first["city"], first["revision"]) == ("+49301", "Acme", "Köln", 4)
        assert ids(first) == [lead_id(2), lead_id(3), lead_id(4)]
        work = Work(shelf)
        assert [learn(work, kept, settled=True) for n in (2, 3, 4) if (kept := shelf.newest(lead_id(n)))] == ["nothing"] * 3
        assert not work.said

    def test_an_original_is_waited_for_until_it_cannot_come(self, shelf: Shelf) -> None:
        """Without any sign of it for as long as it takes; a dead letter, or one that is no longer kept, never comes."""
        duplicate = Kept("duplicates", a_lead(8, duplicate_of=lead_id(7), duplicate_kind="same_lead"))
        shelf.leads[lead_id(8)] = [duplicate]
        assert learn(Work(shelf), duplicate, settled=True) == "waits"
        shelf.decided[lead_id(7)] = Kept("decisions", a_decision(7))
        assert learn(Work(shelf), duplicate, settled=False) == "waits"
        assert learn(Work(shelf), duplicate, settled=True) == "gone"
        shelf.decided[lead_id(7)] = Kept("decisions", a_decision(7, fate="dead_letter"))
        assert learn(Work(shelf), duplicate, settled=False) == "gone"

    def test_circles_end(self, shelf: Shelf) -> None:
        """Two leads that name each other as originals change nothing, and take no time."""
        one = shelf.put("duplicates", a_lead(8, duplicate_of=lead_id(9), duplicate_kind="same_lead"))
        shelf.put("duplicates", a_lead(9, duplicate_of=lead_id(8), duplicate_kind="same_lead"))
        assert learn(Work(shelf), one, settled=True) == "nothing"


class TestVerdicts:
    def test_a_merge_is_a_duplicate_from_then_on(self, shelf: Shelf) -> None:
        """Into whom it was held for: decision and record say so, the index and the weights are told, the original learns."""
        answer, work = say(shelf, 5, "merge")
        decision = shelf.decided[lead_id(5)].value
        assert answer == Done("merged")
        assert (decision["fate"], decision["revises"], decision["subject"], decision["team"]) == (
            "duplicate",
            "review",
            "su_1",
            None,
        )
        assert links_of(decision) == [Link(lead_id(5), lead_id(1))]
        assert [label.same for label in work.labels] == [True]
        assert work.labels[0].levels[FIELDS.index("phone")] == 3
        again = Work(shelf)
        assert learn(again, shelf.leads[lead_id(5)][-1], settled=True) == "learned"
        assert again.said[lead_id(1)].value["message"] == "hello"

    def test_an_approved_lead_is_its_own(self, shelf: Shelf) -> None:
        """To the proposed team, unmerged for good; a correction replaces the value, and takes its violation with it."""
        answer, work = say(shelf, 5, "approve", corrections={"company": "Acme", "event_id": "x", "budget": "12.5"})
        routed, decision = value(shelf, 5), shelf.decided[lead_id(5)].value
        assert answer == Done("approved")
        assert (routed["team"], routed["revision"], routed["company"], routed["budget"]) == ("nurture", 2, "Acme", 12.5)
        assert routed["event_id"] == "e-5"
        assert (decision["dedupe"], links_of(decision)) == ("new", [Link(lead_id(5), None)])
        assert [label.same for label in work.labels] == [False]

    def test_an_approved_lead_says_why_it_was_scored_so(self, shelf: Shelf) -> None:
        """The team's CRM gets the reasons that the reviewer saw."""
        why = {"reasons": ["+ message given", "- no phone number"], "counterfactual": "a phone number would have made it hot"}
        shelf.put("review", a_lead(6, **SCORED, **why), a_decision(6, fate="review", team="nurture"))
        say(shelf, 6, "approve")
        routed = value(shelf, 6)
        assert routed["reasons"] == "+ message given; - no phone number"
        assert routed["counterfactual"] == "a phone number would have made it hot"

    def test_a_reroute_names_the_team(self, shelf: Shelf) -> None:
        """The team that the person named gets it, by no rule."""
        assert say(shelf, 5, "reroute", team="b2b")[0] == Done("rerouted")
        assert (value(shelf, 5)["team"], value(shelf, 5)["rule"]) == ("b2b", "verdict")

    @pytest.mark.parametrize(
        ("n", "says", "told", "code"),
        [
            (77, "approve", {}, "unknown_lead"),
            (1, "approve", {}, "not_in_review"),
            (1, "unmerge", {}, "not_a_duplicate"),
            (5, "reroute", {"team": "none"}, "no_such_team"),
            (5, "merge", {"into": lead_id(5)}, "itself"),
            (5, "merge", {"into": lead_id(99)}, "no_lead_to_merge_into"),
            (1, "reject", {}, "not_in_review"),
            (5, "reassign", {}, "not_routed"),
            (1, "reassign", {"owner": "b2b-1"}, "no_such_member"),
            (1, "reroute", {"team": "nurture"}, "already_there"),
            (1, "retry", {}, "nothing_to_retry"),
            (2, "retry", {}, "not_in_review"),
            (5, "frobnicate", {}, "not_supported"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, shelf: Shelf, n: int, says: str, told: dict[str, Any], code: str) -> None:
        """A refusal with its reason, and nothing changes."""
        answer, work = say(shelf, n, says, **told)
        assert isinstance(answer, Refused)
        assert answer.code == code
        assert not list(work.all())

    def test_a_verdict_waits_for_what_is_not_read_yet(self, shelf: Shelf) -> None:
        """While records are still unread, an unknown lead is none."""
        assert say(shelf, 77, "approve", settled=False)[0] == Waits()

    def test_a_verdict_counts_once(self, shelf: Shelf) -> None:
        """Sent again, it finds that the lead is no longer held."""
        say(shelf, 5, "approve")
        answer, _ = say(shelf, 5, "approve")
        assert isinstance(answer, Refused)


class TestUnmerge:
    def test_both_stand_alone(self, shelf: Shelf) -> None:
        """The duplicate goes by today's model and rules, with what was merged into it; the original without all of that."""
        answer, _ = say(shelf, 2, "unmerge")
        first, alone, decision = value(shelf, 1), value(shelf, 2), shelf.decided[lead_id(2)].value
        assert answer == Done("unmerged")
        assert (first["phone"], first["city"], first["company"], first["merged"]) == (None, None, "Acme", lead_id(3))
        assert (alone["team"], alone["score"], alone["city"], alone["merged"]) == ("b2b", 0.7, "Köln", lead_id(4))
        assert (decision["fate"], decision["team"], decision["numbers"]) == ("routed", "b2b", {"has_phone": 1.0})
        assert links_of(decision) == [Link(lead_id(2), None)]

    def test_a_merge_by_people_can_be_undone(self, shelf: Shelf) -> None:
        """Merged by verdict, learned from, un-merged: the original is as before."""
        before = value(shelf, 1)
        say(shelf, 5, "merge")
        learn(work := Work(shelf), shelf.leads[lead_id(5)][-1], settled=True)
        shelf.take(work)
        assert value(shelf, 1)["message"] == "hello"
        say(shelf, 5, "unmerge")
        assert value(shelf, 1) | {"revision": 0} == before | {"revision": 0}
        assert value(shelf, 5)["message"] == "hello"

    def test_a_lead_that_was_held_and_approved_forgets_as_well(self, shelf: Shelf) -> None:
        """Its first revision stands on the review topic, in another form; a reviewer's correction stays."""
        about = {"duplicate_of": lead_id(5), "duplicate_kind": "same_lead", "attributes": {"size": "40"}, "phone": "+49305"}
        duplicate = shelf.put("duplicates", a_lead(6, **about), a_decision(6, fate="duplicate", dedupe="merged"))
        learn(work := Work(shelf), duplicate, settled=True)
        shelf.take(work)
        assert (value(shelf, 5)["phone"], value(shelf, 5)["revision"]) == ("+49305", 2)  # while it is held
        say(shelf, 5, "approve", corrections={"company": "Acme"})
        assert (value(shelf, 5)["phone"], value(shelf, 5)["attributes"]) == ("+49305", '{"size":"40"}')
        say(shelf, 6, "unmerge")
        after = value(shelf, 5)
        assert (after["phone"], after["attributes"], after["merged"]) == (None, "{}", "")
        assert (after["company"], after["message"], after["team"], after["revision"]) == ("Acme", "hello", "nurture", 4)

    def test_without_the_first_record_knowledge_stays(self, shelf: Shelf) -> None:
        """Where retention took the original's first record, the duplicate still stands alone; the original only forgets whom."""
        shelf.first = lambda lead: None  # type: ignore[method-assign]
        say(shelf, 2, "unmerge")
        assert (value(shelf, 1)["phone"], value(shelf, 1)["merged"]) == ("+49301", lead_id(3))
        assert value(shelf, 2)["team"] == "b2b"

    def test_what_its_source_declares_is_looked_at_again(self) -> None:
        """A lead that is scored anew has the attributes that its source declares, as when it came."""
        again = lead_of(a_lead(6, facts={"job": "Buyer"}, groups={"age": "30-39"}))
        assert (again.facts, again.groups) == ({"job": "Buyer"}, {"age": "30-39"})
        assert features(again)[1]["x.job"] == "buyer"


class TestChecking:
    def found(self, shelf: Shelf, n: int, identified: Identified) -> dict[str, Any]:
        decision = shelf.decided[lead_id(n)]
        check(decision, identified, work := Work(shelf))
        shelf.take(work)
        return dict(shelf.decided[lead_id(n)].value)

    def test_a_routed_duplicate_is_told_to_be_merged(self, shelf: Shelf) -> None:
        """Its team gets it again with `merged_into`; an un-merge takes that back, and leaves it with its team."""
        shelf.put("routed", a_routed(6, job_title="CTO"), a_decision(6, dedupe="unknown"))
        decision = self.found(shelf, 6, Identified("merged", f"{6:032x}", "su_1", duplicate_of=lead_id(1)))
        assert (decision["fate"], decision["revised_by"], decision["revised_why"]) == ("duplicate", "dedupe", "checked")
        assert (value(shelf, 6)["merged_into"], value(shelf, 6)["revision"]) == (lead_id(1), 2)
        work = Work(shelf)
        assert learn(work, shelf.leads[lead_id(6)][-1], settled=True) == "learned"
        shelf.take(work)
        say(shelf, 6, "unmerge")
        assert (value(shelf, 6)["merged_into"], value(shelf, 6)["team"]) == (None, "nurture")
        assert value(shelf, 1)["job_title"] is None

    @pytest.mark.parametrize("dedupe", ["new", "linked", "asked"])
    def test_what_is_no_duplicate_only_the_decision_tells(self, shelf: Shelf, dedupe: Any) -> None:
        """Nobody calls a routed lead back on a doubt: its fate stays, its record is not told again."""
        shelf.put("routed", a_routed(6), a_decision(6, dedupe="unknown"))
        decision = self.found(shelf, 6, Identified(dedupe, f"{6:032x}", "su_1"))
        assert (decision["fate"], decision["dedupe"], decision["revision"]) == ("routed", dedupe, 2)
        assert value(shelf, 6)["revision"] == 1

    def test_two_that_find_each_other_do_not_both_go(self, shelf: Shelf) -> None:
        """A lead whose original was found to be its duplicate meanwhile stays a lead of its own."""
        shelf.put("routed", a_routed(6), a_decision(6, dedupe="unknown"))
        shelf.put("duplicates", a_lead(7, duplicate_of=lead_id(6), duplicate_kind="same_lead"))
        decision = self.found(shelf, 6, Identified("merged", f"{6:032x}", "su_1", duplicate_of=lead_id(7)))
        assert (decision["fate"], decision["duplicate_of"]) == ("routed", None)

    def test_the_question_is_as_it_would_have_been(self) -> None:
        """Keys, event id, record and window come from the decision; without an entry there is nothing to ask."""
        entry = {"number": 0, "keys": b"k" * 16, "record": b"sealed", "until": a_decision(6)["received_at"] + 60_000}
        ask = ask_of(a_decision(6), entry)
        assert ask is not None
        assert (ask.keys, ask.exclusive, ask.window_s) == (b"k" * 16, bytes.fromhex(f"{6:032x}"), 60)
        assert ask_of(a_decision(6), None) is None


def test_words_of_another_version_teach_nothing() -> None:
    """A level that is not known here is no label."""
    strange = {**MATCH, "evidence": [{"field": "email", "level": "of another time", "weight": 1.0}]}
    assert label_of(a_decision(5, match=strange), same=True) is None


def test_headers_say_what_a_revision_is_of() -> None:
    """The input record, the trace and the source stay; type, number and revision are its own."""
    before = (("src", b"in-0-1"), ("traceparent", b"00-1"), ("ce_source", b"/s"), ("content-type", b"x"), ("ce_id", b"old"))
    told = dict(headers_of(Kept("routed", a_routed(1, revision=3, merged_into=lead_id(2)), before), json=True))
    assert (told["src"], told["traceparent"], told["content-type"]) == (b"in-0-1", b"00-1", b"application/json")
    assert (told["leadstream.revision"], told["ce_id"]) == (b"3", f"{lead_id(1)}.routed.3".encode())
    assert told["leadstream.duplicate_of"] == lead_id(2).encode()
