"""A decision record in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import orjson
import pytest

from app.ops.explain import CONTRIBUTIONS_SHOWN, explain
from app.ops.handled import ARMS, WHY
from app.ops.who import _ELSE as ELSE
from app.pipeline.matching.weights import MATCHES, Class
from app.pipeline.source import Position
from app.ports import Arm, DeskWhy

EXAMPLES = Path(__file__).parents[2] / "schemas" / "decision" / "examples"


def routed(**more: Any) -> dict[str, Any]:
    """The schema's own example of a routed lead."""
    example: dict[str, Any] = orjson.loads((EXAMPLES / "routed.json").read_bytes())
    return example | more


def words(decision: dict[str, Any]) -> str:
    """The explanation, its white space evened out."""
    return " ".join(explain(decision).split())


class TestFates:
    def test_routed(self) -> None:
        """To whom and by which rule, first of all."""
        assert explain(routed()).splitlines()[0] == "ld_5f2c9a1be07d4c33a812  routed to b2b by rule companies"

    def test_review(self) -> None:
        """Why a person decides, and what would have happened otherwise."""
        held = routed(fate="review", review_reasons=["low_confidence", "other"])
        assert "held for review (low_confidence, other); it would have gone to b2b" in words(held)

    def test_duplicate(self) -> None:
        """Of which lead, and by what they are the same."""
        doubled = routed(
            fate="duplicate", duplicate_of="ld_00000000000000000001", duplicate_kind="same_lead", team=None, score=None
        )
        assert "duplicate (same lead) of ld_00000000000000000001" in words(doubled)
        assert "score" not in words(doubled)

    def test_dead_letter(self) -> None:
        """The reason and the stage; no score, no teams."""
        text = words(orjson.loads((EXAMPLES / "dead_letter.json").read_bytes()))
        assert "dead letter: " in text
        assert "at stage " in text
        assert "score" not in text
        assert "teams considered" not in text

    def test_a_replay_and_its_dead_letter(self) -> None:
        """A replay names the record that it was; a dead letter says who sent it in again, and what became of it then."""
        first = "leads.inbound.web-form-0-42"
        again = routed(attempt=2, replay_of=first)
        lead = Position("leads.inbound.web-form", 0, 42).lead_id
        assert f"replay attempt 2 of {lead} ({first})" in words(again)
        assert "replay" not in words(routed())
        told = orjson.loads((EXAMPLES.parents[1] / "replay" / "examples" / "second.json").read_bytes())
        text = explain(orjson.loads((EXAMPLES / "dead_letter.json").read_bytes()), again=told, attempts=[again])
        assert "2025-11-23 12:30:00+00:00 by on-call: mapping 4 reads the new date format (rp_9f2c)" in text
        assert f"attempt 2     {again['lead_id']}: routed to b2b" in text


class TestDetails:
    def test_where_it_came_from_and_when(self) -> None:
        """Source, topic, partition and offset; times to the millisecond, in UTC."""
        text = words(routed())
        assert "came from web-form (leads.inbound.web-form, partition 2, offset 4711)" in text
        assert "received 2025-11-23 12:20:12.345+00:00" in text
        assert "happened 2025-11-23 12:20:11.000+00:00" in text

    def test_the_score_and_what_moved_it(self) -> None:
        """Score, band, confidence and model; the largest contributions first, whatever their sign, the rest as one sum."""
        many = {f"f{n}": 0.01 for n in range(20)} | {"small": 0.2, "large": -2.0}
        text = explain(routed(contributions=many, reasons=["said elsewhere"]))
        assert "score 0.440 (hot), confidence in the handling 0.83, model m-0012" in " ".join(text.split())
        lines = [line.split() for line in text.splitlines() if line.lstrip().startswith(("+", "-"))]
        assert lines[:2] == [["-2.000", "large"], ["+0.200", "small"]]
        assert len(lines) == CONTRIBUTIONS_SHOWN + 1
        assert lines[-1] == ["+0.140", "14", "others", "together"]

    def test_why_in_words_and_what_would_have_lifted_it(self) -> None:
        """Reasons with their sign, the change that was wanting, how sure the model is and how unusual the lead."""
        why = {"reasons": ["+ message given", "- no phone number"], "counterfactual": "a phone number would have made it hot"}
        text = words(routed(**why, sureness=0.71, unusual=0.12))
        assert "why + message given - no phone number a phone number would have made it hot" in text
        assert "sureness 0.71: many outcomes of leads like it were learned" in text
        assert "unusual 0.120: 12% of the leads seen before were more ordinary" in text
        text = words(routed(sureness=0.1, unusual=0.995))
        assert "sureness 0.10: few outcomes" in text
        assert "unusual 0.995: unlike the leads seen before" in text

    def test_a_decision_of_before_is_explained_too(self) -> None:
        """Where no reasons were written down, they are made of what the decision holds."""
        before = routed(reasons=[], sureness=None, unusual=None, contributions={"bias": -1.0, "has_phone": -0.5})
        text = words(before)
        assert "why - no phone number" in text
        assert "sureness" not in text
        assert "unusual" not in text

    def test_teams_that_were_passed_over(self) -> None:
        """Every candidate with its rule and its reason; the one that took the lead is marked."""
        considered = [
            {"team": "a", "rule": "first", "passed": False, "why": "not hot"},
            {"team": "b", "rule": "second", "passed": True, "why": "has company"},
        ]
        text = words(routed(teams_considered=considered))
        assert "· a rule first: not hot → b rule second: has company" in text

    def test_who_chose_the_team(self) -> None:
        """A rule, the catch-all, or a verdict of people; with the owner where there is one."""
        assert "routed to b2b by the catch-all" in words(routed(rule="catch-all"))
        assert "routed to b2b (b2b-1) by a verdict" in words(routed(rule="verdict", owner="b2b-1"))

    def test_violations_repairs_and_versions(self) -> None:
        """What was wrong, what was mended, and the versions that a repetition needs."""
        text = words(routed(violations=["email:missing"]))
        assert "violations email:missing" in text
        assert "repaired phone:e164" in text
        assert "versions leadstream 0.1.0, schema 1, mapping 1, rules 3" in text

    @pytest.mark.parametrize("absent", ["occurred_at", "subject", "score"])
    def test_what_is_not_known_is_left_out(self, absent: str) -> None:
        """A field that the record does not have takes no line, and breaks nothing."""
        assert "None" not in explain(routed(**{absent: None}))


DESK = {"why": "in_turn", "load": {"b2b-1": 4, "b2b-2": 1}, "passed_over": {"b2b-3": "off_hours"}, "at": 0, "roster": "r7"}
DUE = 1_796_398_200_000  # Friday 4 December 2026, 16:30 in Berlin


class TestHandling:
    def test_nothing_is_said_of_what_is_not_there(self) -> None:
        """A decision of the time before owners has no line about them."""
        text = words(routed())
        assert not [word for word in ("owner", "contact by", "had it", "switched off", "rollout", "checkpoint") if word in text]

    def test_the_owner_and_why(self) -> None:
        """Whose turn it was, the load of that day at that moment, and why the others did not come into question."""
        text = words(routed(owner="b2b-2", desk=DESK))
        assert "owner b2b-2: their turn: by their weight they had the fewest leads" in text
        assert "→ b2b-2 1 lead that day, this one not counted · b2b-1 4 leads that day" in text
        assert "· b2b-3 not at work as things stood at Thu 1970-01-01 00:00 UTC, roster r7" in text

    @pytest.mark.parametrize("why", get_args(DeskWhy))
    def test_each_answer_of_the_desk_has_words(self, why: str) -> None:
        """Also where nobody has it: then it lies in the team's queue."""
        text = words(routed(owner=None, desk=DESK | {"why": why}))
        assert f"owner nobody yet: the queue of b2b: {WHY[why]}" in text

    def test_the_due_time_is_told_by_the_teams_clock(self) -> None:
        """With the service level that gives it, and whose clock it is."""
        told = explain(routed(due_at=DUE, service_level="hot"), zone=lambda team: "Europe/Berlin" if team == "b2b" else "UTC")
        assert "contact by    Fri 2026-12-04 16:30 CET (Europe/Berlin) (service level hot)" in told

    def test_who_had_it_before(self) -> None:
        """Members, and queues, in order."""
        text = words(routed(previous_owners=["b2b-1", "b2b/"], attempts=2))
        assert "had it before b2b-1, then the queue of b2b; taken from them 2 times" in text

    def test_plainer_ways_and_arms(self) -> None:
        """Toggles that were off and what that means, dependencies that were missing, arms of rollouts."""
        text = words(routed(toggles_off=["scoring.model"], fallbacks={"desk": "away"}, arms={"rules-2": "control"}))
        assert "switched off scoring.model: fixed points that anyone can read" in text
        assert "was missing desk (who of the team gets it): away" in text
        assert "rollout rules-2: control (held back, as things were before)" in text

    @pytest.mark.parametrize("arm", get_args(Arm))
    def test_each_arm_has_words(self, arm: str) -> None:
        """No arm is told by its code alone."""
        assert f"{arm} ({ARMS[arm]})" in words(routed(arms={"r": arm}))

    def test_people(self) -> None:
        """The checkpoint, who said what, and that a second person is waited for; what people corrected, without values."""
        approval = {"by": "desk-7", "says": "approve", "team": "b2b", "at": DUE}
        text = words(routed(checkpoint="large-orders", approvals=[approval], corrected=[{"field": "city"}]))
        assert "checkpoint large-orders wants a person to look" in text
        assert "agreed by desk-7: approve, to b2b, Fri 2026-12-04 15:30 UTC a second person has to say the same" in text
        assert "corrected city, by people" in text
        assert "second person" not in words(routed(approvals=[approval, approval | {"by": "desk-8"}]))

    def test_rejected(self) -> None:
        """What people said that it is, first of all."""
        assert "rejected: people said that it is no lead (spam)" in words(routed(fate="rejected", rejected_why="spam"))

    def test_what_the_steward_did(self) -> None:
        """Time did it, and no reviewer."""
        first, then = routed(), routed(revision=2, revises="routed", revised_by="steward", revised_why="reassigned")
        text = " ".join(explain(then, [(1, first), (2, then)]).split())
        assert "by steward: nobody contacted it in time, or nobody could have it before; before: routed" in text


MATCH = {
    "lead": "ld_00000000000000000002", "of": "ld_00000000000000000001", "root": "ld_00000000000000000001", "probability": 0.981,
    "weight": 5.7, "nearest": "household", "blocked": False, "chained": False, "joined": [],
    "evidence": [
        {"field": "email", "level": "same", "weight": 7.2}, {"field": "first", "level": "one letter off", "weight": -1.5},
    ],
}  # fmt: skip


class TestWho:
    def test_somebody_new(self) -> None:
        """Nobody like it was there; or somebody was, who is another."""
        assert "who it is somebody new compared" not in words(routed())
        text = words(routed(match=MATCH | {"probability": 0.1, "weight": -3.2}))
        assert "somebody new: the nearest lead that was there is another's" in text
        assert "(-3.2 bits)" in text

    def test_the_same_lead(self) -> None:
        """With which lead it was compared, what each field says, and what the two would be otherwise."""
        text = words(routed(dedupe="merged", fate="duplicate", duplicate_of=MATCH["of"], duplicate_kind="same_lead", match=MATCH))
        assert "who it is the same lead as ld_00000000000000000001, once more" in text
        assert "compared with ld_00000000000000000002, which is part of ld_00000000000000000001" in text
        assert "one person with probability 0.981 (+5.7 bits); else they would be two people of one household;" in text
        assert "as against that: +7.2 email: same -1.5 first: one letter off" in text

    @pytest.mark.parametrize(
        ("dedupe", "more", "said"),
        [
            ("same_event", {"duplicate_of": "ld_9"}, "the same event as ld_9"),
            ("linked", {"linked_to": "ld_9"}, "the same person as of ld_9, who wants something else"),
            ("asked", {"match": MATCH}, "maybe the same person as of ld_00000000000000000001: people decide"),
            ("unknown", {}, "not known: the match index could not tell"),
            ("asked", {"match": MATCH | {"blocked": True}}, "told to be two"),
            ("asked", {"match": MATCH | {"chained": True}}, "(su_00000000000000000001) has too many leads already"),
            ("linked", {"match": MATCH | {"joined": ["ld_7"]}}, "it shows that these begin one person, too: ld_7"),
        ],
    )
    def test_each_outcome_in_words(self, dedupe: str, more: dict[str, Any], said: str) -> None:
        """Who it is, and what kept the machine from saying more."""
        assert said in words(routed(dedupe=dedupe, **more))

    def test_revisions_in_order(self) -> None:
        """What was decided first, what then, by whom and why; one decision alone has no history."""
        first = routed(dedupe="asked", fate="review", review_reasons=["possible_duplicate"], match=MATCH)
        then = routed(revision=2, revises="review", revised_by="desk-7", revised_why="approved")
        text = " ".join(explain(then, [(1_763_900_412_345, first), (1_763_900_512_345, then)]).split())
        assert "1 2025-11-23 12:20:12+00:00 held for review (possible_duplicate); it would have gone to b2b" in text
        assert "2 2025-11-23 12:21:52+00:00 routed to b2b by rule companies" in text
        assert "by desk-7: a reviewer approved it; before: review" in text
        assert "in order" not in explain(first, [(1, first)])

    def test_every_kind_of_other_pair_has_words(self) -> None:
        """What two leads would be if they were not one is said in plain words."""
        assert set(get_args(Class)[MATCHES:]) <= set(ELSE)
