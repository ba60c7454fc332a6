"""The pilot: stages, orders of people, restarts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from app.inventory.rolling import Guardrail, Plan, Rolling, Stage
from app.rollout.course import Course
from app.rollout.pilot import Pilot
from app.rollout.plan import Rollout, RolloutError, change
from app.steward import PublishRollout
from tests.harness.stream_of_arms import BEGIN_MS, DAY_MS, HOUR_MS, Stream, calm
from tests.unit.test_rollout_guardrails import at, bad_rule

QUICK = Plan(stages=(Stage(share=0.25, least_hours=12, least_leads=20), Stage(share=1.0, least_hours=24, least_leads=50)))


def counted(pilot: Pilot) -> list[dict[str, Any]]:
    """All figures."""
    return pilot.shown("trial")


def test_a_calm_rollout_goes_through_its_stages() -> None:
    """Shadow, 5 %, 25 %, 100 %, done: each after its least time and leads, each told in the audit with figures."""
    stream = Stream(Rolling().plan("source"), calm, 1, 600, "source").run(20)
    assert [(one.status, one.share) for _, one in stream.moves] == [
        ("running", 0.05),
        ("running", 0.25),
        ("running", 1.0),
        ("done", 1.0),
    ]
    assert all(one.why.startswith("rollout_stage") and one.evidence["guardrails"] for _, one in stream.moves)


def test_no_stage_is_shorter_than_it_has_to_be() -> None:
    """Neither time alone nor leads alone end a stage."""
    stream = Stream(QUICK, calm, 1, 600).run(0.45)
    assert stream.moves == []
    few = Stream(QUICK.model_copy(update={"stages": (Stage(share=0.25, least_hours=1, least_leads=900),)}), calm, 1, 300).run(3)
    assert few.moves == []


def test_people_may_keep_the_pace() -> None:
    """With by_itself: false no stage is entered without an order; guardrails go on."""
    stream = Stream(QUICK.model_copy(update={"by_itself": False}), calm, 1, 600).run(4)
    assert stream.moves == []
    harmed = Stream(at(0.25, "routing").model_copy(update={"by_itself": False}), bad_rule, 1, 600, "routing").run(2)
    assert harmed.status == "rolled_back"


def test_paused_goes_no_further_and_is_still_watched() -> None:
    """A paused rollout stays at its share; harm rolls it back all the same."""
    stream = Stream(QUICK, calm, 1, 600)
    stream._tell(stream.rollout.moved("paused", "ops", "holiday", BEGIN_MS + 1))
    assert stream.run(3).moves == []
    stream.lives = bad_rule
    assert stream.run(2).status == "rolled_back"


def test_evidence_says_which_guardrail_with_both_arms() -> None:
    """Who reads the alert sees guardrail, figures of both arms, what was allowed, the e-value and leads to look at."""
    stream = Stream(at(0.25, "routing"), bad_rule, 1, 600, "routing").run(2)
    told = stream.rollout.evidence
    assert told["guardrail"] == "rerouted"
    assert told["e_value"] >= told["needed"]
    assert told["candidate"]["share"] > told["allowed"] >= told["others"]["share"]
    alarm = stream.alarms[-1]
    assert (alarm.firing, alarm.field, alarm.observed) == (True, "trial", told["candidate"]["share"])
    assert alarm.samples == tuple(told["samples"])
    assert stream.rollout.share == 0.0


@pytest.mark.parametrize("hours", [7, 30, 55])
def test_a_restart_counts_each_lead_once(hours: int) -> None:
    """Handed what it asks for, another process comes to the same figures and the same wealth as one that never stopped."""
    plan = at(0.25, "model")
    steady, restarted = (Stream(plan, calm, 4, 300) for _ in range(2))
    steady.run(hours / 24)
    restarted.run(hours / 24).restart()
    steady.run(1)
    restarted.run(1)
    assert counted(steady.pilot) == counted(restarted.pilot)


def test_a_restart_asks_for_no_more_than_the_open_windows() -> None:
    """What the record has counted is not read again."""
    stream = Stream(at(0.25, "model"), calm, 4, 300).run(10)
    since = stream.pilot.needed_since(stream.now_ms)
    assert since is not None
    assert stream.now_ms - since < DAY_MS + HOUR_MS
    assert len(stream.pilot._book) < 450


def test_an_order_that_was_written_over_holds() -> None:
    """Where counts were written upon the state before a person's order, the order is written again."""
    stream = Stream(at(0.25, "model"), calm, 4, 300).run(0.5)
    before, pilot = stream.rollout, stream.pilot
    order = before.moved("rolled_back", "ops", "no good", stream.now_ms + 5, share=0.0)
    late = replace(before, version=before.version + 1)
    for value in (order.record(), late.record()):
        pilot.on_rollout(value, stream.now_ms)
    deeds = [deed for deed in pilot.tick(stream.now_ms + 1000) if isinstance(deed, PublishRollout)]
    assert [(deed.record["status"], deed.record["version"]) for deed in deeds] == [("rolled_back", before.version + 2)]
    assert pilot.tick(stream.now_ms + 2000) != deeds


def test_counts_alone_are_no_change() -> None:
    """What was counted goes into the record now and then, without an entry in the audit."""
    stream = Stream(at(0.25, "model"), calm, 4, 300).run(1)
    assert len(stream.records) > 10
    assert stream.moves == []
    assert len({record["changed_at"] for record in stream.records}) == 1


def test_one_subject_counts_once() -> None:
    """Its arm was drawn once, so its tenth lead says nothing that the first did not."""
    course = Course(Stream(at(0.25, "model"), calm).rollout)
    stream = Stream(at(0.25, "model"), calm)
    decision = {"fate": "routed", "revision": 1, "arms": {"trial": "candidate"}, "subject": "s", "rule": "dach", "band": "hot"}
    for n in range(10):
        at_ms = BEGIN_MS + 10_000 + n
        stream.pilot.on_decision(decision | {"lead_id": f"ld_{n}", "received_at": at_ms}, at_ms)
    stream.pilot.tick(BEGIN_MS + HOUR_MS)
    assert course.pending == 0
    assert {one["guardrail"]: one["candidate"]["leads"] for one in counted(stream.pilot)}["catch_all"] == 1


def test_a_new_start_forgets_the_old_counts() -> None:
    """A rollout that is started again after it was rolled back begins with empty hands, and its alert is over."""
    stream = Stream(at(0.25, "routing"), bad_rule, 1, 600, "routing").run(2)
    again = replace(stream.rollout, status="running", share=0.25, started_ms=stream.now_ms, changed_ms=stream.now_ms, by="ops")
    stream._tell(replace(again, counts={}, version=again.version + 1))
    deeds = stream.pilot.tick(stream.now_ms + 1000)
    assert [deed.firing for deed in deeds if hasattr(deed, "firing")] == [False]
    assert all(one["candidate"]["leads"] == 0 for one in counted(stream.pilot))


def test_a_rollout_is_what_its_record_says() -> None:
    """Written and read again it is the same; what cannot be read is said with its name."""
    one = Stream(QUICK, calm).rollout
    assert Rollout.read(one.record()) == one
    with pytest.raises(RolloutError, match="trial"):
        Rollout.read(one.record() | {"plan": '{"stages": []}'})
    assert change(None, one)["before"] is None


def test_two_rollouts_of_one_kind_must_not_share_leads() -> None:
    """Else nobody could say which of them did it; of two sources each may have its own."""
    one = Stream(QUICK, calm).rollout
    other = replace(one, name="other")
    assert one.rivals(other)
    assert not one.rivals(replace(other, kind="routing"))
    assert not one.rivals(replace(other, status="rolled_back"))
    source = replace(one, kind="source", target="web-form")
    assert not source.rivals(replace(source, name="other", target="partner-csv"))
    split = replace(one, plan=QUICK.model_copy(update={"sources": ("web-form",)}))
    assert not split.rivals(replace(other, plan=QUICK.model_copy(update={"sources": ("partner-csv",)})))


@pytest.mark.parametrize(
    "wrong",
    [
        {"stages": (Stage(share=0.25), Stage(share=0.05))},
        {"guardrails": (Guardrail(watch="latency"), Guardrail(watch="latency"))},
    ],
)
def test_a_plan_makes_sense(wrong: dict[str, Any]) -> None:
    """Shares grow, names are told apart."""
    with pytest.raises(ValidationError):
        Plan(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"watch": "disagreement"}, {"watch": "conversion", "ratio": 1.2}, {"watch": "latency", "ratio": 0.5}]
)
def test_a_guardrail_makes_sense(wrong: dict[str, Any]) -> None:
    """Arms that are not reviewed alike are not compared; equals are never harm."""
    with pytest.raises(ValidationError):
        Guardrail(**wrong)
