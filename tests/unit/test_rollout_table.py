"""Where a lead stands in the rollouts under way, and what people may order of one."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from app.inventory.rolling import Plan, Rolling, Stage
from app.ports import NOWHERE, Arm
from app.rollout.arms import arm_at, places
from app.rollout.orders import Do, ordered, started
from app.rollout.plan import Rollout, RolloutError, Status
from app.rollout.table import Table

PLAN = Plan(stages=(Stage(share=0.0), Stage(share=0.25), Stage(share=1.0)))
SOURCE = started(None, "web-form", "source", "web-form", PLAN, 0.1, "ops", "new", 1_000)
RULES = replace(SOURCE, name="eu", kind="routing", target="eu-rules", status="running", stage=1, share=0.5)
MODEL = replace(RULES, name="trial", kind="model", target="online-9-a")


def subject(rollout: Rollout, arm: Arm) -> str:
    """Somebody in this arm."""
    place = places(rollout.name)
    return next(one for one in map(str, range(10_000)) if arm_at(place(one), rollout.share, rollout.control) == arm)


def test_where_nothing_is_rolled_out_nothing_is_said() -> None:
    """No rollout, one of another source, or one that was ended: no arm, no version."""
    ended = replace(SOURCE, status="ended")
    assert Table().place("web-form", "s") is NOWHERE
    assert Table([SOURCE]).place("partner-csv", "s") is NOWHERE
    assert Table([ended]).place("web-form", "s") is NOWHERE


def test_a_source_in_the_shadow_is_decided_by_people() -> None:
    """At share 0, and for everybody who is not in at greater ones, people do what the machine proposes."""
    shadow, running = Table([SOURCE]), Table([replace(SOURCE, status="running", share=0.5)])
    for arm in ("control", "current"):
        assert shadow.place("web-form", subject(SOURCE, arm)).held
    for arm, held in (("control", True), ("current", True), ("candidate", False)):
        placed = running.place("web-form", subject(replace(SOURCE, share=0.5), arm))  # type: ignore[arg-type]
        assert (placed.arms, placed.held, placed.automated) == ({"web-form": arm}, held, not held)


def test_a_source_that_was_rolled_back_is_with_people() -> None:
    """Nobody is in; the arms go on being told."""
    back = ordered(replace(SOURCE, status="running", share=0.5), "back", "ops", "no good", 5)
    assert all(Table([back]).place("web-form", str(n)).held for n in range(100))


@pytest.mark.parametrize(("rollout", "what"), [(RULES, "routing"), (MODEL, "model")])
def test_only_the_candidate_arm_gets_the_candidate(rollout: Rollout, what: str) -> None:
    """Candidate rules and models decide for their arm; control and current go the usual way, and nobody is held."""
    table = Table([rollout])
    told = {arm: table.place("web-form", subject(rollout, arm)) for arm in get_args(Arm)}
    assert {arm: getattr(one, what) for arm, one in told.items()} == {
        "control": None,
        "current": None,
        "candidate": rollout.target,
    }
    assert not any(one.held or one.automated for one in told.values())
    assert Table([replace(rollout, status="rolled_back", share=0.0)]).place("web-form", "s") is NOWHERE


def test_a_lead_may_take_part_in_several() -> None:
    """Each has its arm, and the decision names when each was changed last."""
    placed = Table([MODEL, RULES, SOURCE]).place("web-form", "anybody")
    assert list(placed.arms) == ["eu", "trial", "web-form"]
    assert placed.version == "eu@1000 trial@1000 web-form@1000"


def test_sources_that_a_rollout_names_are_the_only_ones() -> None:
    """Leads of others take no part."""
    some = replace(RULES, plan=PLAN.model_copy(update={"sources": ("partner-csv",)}))
    assert Table([some]).place("web-form", "s") is NOWHERE
    assert Table([some]).place("partner-csv", "s").arms


def test_orders_lead_through_the_stages() -> None:
    """advance goes on, pause holds the share, resume goes on from there, the last advance is done."""
    one = ordered(SOURCE, "advance", "ops", "fine", 2_000)
    assert (one.status, one.stage, one.share, one.version, one.by) == ("running", 1, 0.25, 2, "ops")
    paused = ordered(one, "pause", "ops", "holiday", 3_000)
    assert (paused.status, paused.share) == ("paused", 0.25)
    resumed = ordered(paused, "resume", "ops", "back", 4_000)
    assert (resumed.status, resumed.stage) == ("running", 1)
    last = ordered(ordered(resumed, "advance", "ops", "x", 5_000), "advance", "ops", "x", 6_000)
    assert (last.status, last.share) == ("done", 1.0)


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("shadow", {"resume"}),
        ("running", {"resume"}),
        ("paused", {"advance", "pause"}),
        ("done", {"advance", "pause", "resume"}),
        ("rolled_back", {"advance", "pause", "resume", "back"}),
        ("ended", {"advance", "pause", "resume", "back", "end"}),
    ],
)
def test_what_cannot_be_ordered_is_refused(status: Status, refused: set[Do]) -> None:
    """Each status has its orders; the refusal names those for which one is."""
    one = replace(SOURCE, status=status)
    for do in get_args(Do):
        if do in refused:
            with pytest.raises(RolloutError, match="is for rollouts that are"):
                ordered(one, do, "ops", "x", 5_000)
        else:
            assert ordered(one, do, "ops", "x", 5_000).version == 2


def test_a_name_can_be_used_again_when_it_is_free() -> None:
    """A rollout under way is not begun over; one that is over is, with empty hands, and later than the one before."""
    with pytest.raises(RolloutError, match="under way"):
        started(SOURCE, "web-form", "source", "web-form", PLAN, 0.1, "ops", "again", 2_000)
    over = replace(SOURCE, status="rolled_back", version=7, changed_ms=9_000, counts={"until": 5})
    again = started(over, "web-form", "source", "web-form", PLAN, 0.1, "ops", "again", 2_000)
    assert (again.version, again.started_ms, again.counts, again.stage) == (8, 9_001, {}, 0)


def test_rules_and_models_have_no_shadow() -> None:
    """What changes nothing in the shadow begins with the first share that is real."""
    rolling = Rolling()
    assert rolling.plan("source").stages[0].share == 0.0
    assert rolling.plan("routing").stages[0].share == rolling.plan("model").stages[0].share == 0.05
    assert {one.watch for one in rolling.plan("routing").guardrails}.isdisjoint({"misjudged"})
