"""Guardrails: harm is found within a day, calm months are left alone. Pure simulation; tests/month has the whole system."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from statistics import median

import pytest

from app.inventory.rolling import Guardrail, Plan, Rolling, RolloutKind, Stage
from app.ports import Arm
from app.rollout.book import Book
from app.rollout.guardrails import GRACE_MS, seen
from tests.harness.stream_of_arms import BEGIN_MS, DAY_MS, HOUR_MS, Life, Lives, Stream, band_of, calm

KINDS: tuple[RolloutKind, ...] = ("source", "routing", "model")


def at(share: float, kind: RolloutKind) -> Plan:
    """A plan that stays at one share."""
    return Rolling().plan(kind).model_copy(update={"stages": (Stage(share=share, least_hours=10_000),)})


def from_day(begin: float, lives: Lives) -> Lives:
    """Calm until then."""
    return lambda dice, arm, day: (lives if day >= begin else calm)(dice, arm, day)


def bad_model(dice: Random, arm: Arm, day: float) -> Life:
    """The candidate's scores are reversed: good leads wait, teams send on what they cannot use."""
    life = calm(dice, arm, day)
    if arm != "candidate":
        return life
    return replace(life, band=band_of(1 - life.converts), sent_on=0.15, converts=life.converts * 0.8)


def bad_rule(dice: Random, arm: Arm, day: float) -> Life:
    """The candidate's leads go to the wrong team, which sends half of them on."""
    life = calm(dice, arm, day)
    return replace(life, sent_on=0.5) if arm == "candidate" else life


@pytest.mark.parametrize(
    ("per_day", "share"), [(300, 0.25), (300, 1.0), (1_000, 0.05), (1_000, 0.25), (1_000, 1.0), (2_000, 0.05), (2_000, 1.0)]
)
@pytest.mark.parametrize(("kind", "lives"), [("model", bad_model), ("routing", bad_rule)])
def test_planted_harm_is_found_within_a_day(kind: RolloutKind, lives: Lives, per_day: int, share: float) -> None:
    """A reversed model and a rule that sends leads to the wrong team are rolled back within a day, windows included."""
    streams = [Stream(at(share, kind), lives, seed, per_day, kind).run(3) for seed in range(3)]
    assert {stream.status for stream in streams} == {"rolled_back"}
    assert median(stream.day for stream in streams) <= 1.0


@pytest.mark.parametrize(("kind", "lives", "day"), [("model", bad_model, 10), ("routing", bad_rule, 20)])
def test_what_turns_bad_late_is_found_within_a_day(kind: RolloutKind, lives: Lives, day: int) -> None:
    """Weeks of good behaviour give no credit: money is kept for every day."""
    stream = Stream(at(1.0, kind), from_day(day, lives), 7, 600, kind).run(day + 3)
    assert stream.status == "rolled_back"
    assert day < stream.day <= day + 1


def test_a_loss_of_conversions_is_found_by_itself() -> None:
    """Where nothing else shows, conversions that fall to a third roll it back, some days later."""

    def worse(dice: Random, arm: Arm, day: float) -> Life:
        life = calm(dice, arm, day)
        return replace(life, converts=life.converts / 3) if arm == "candidate" else life

    stream = Stream(at(0.25, "routing"), worse, 3, 1_000, "routing").run(6)
    assert stream.rollout.evidence["guardrail"] == "conversion"
    assert stream.alarms[-1].kind == "rollout_rolled_back"


@pytest.mark.parametrize("seed", range(20))
def test_calm_months_are_left_alone(seed: int) -> None:
    """Nothing is rolled back in 20 months in which the arms differ by nothing, and each rollout gets to its end."""
    kind = KINDS[seed % 3]
    stream = Stream(Rolling().plan(kind), calm, seed, 120, kind).run(30)
    assert stream.status in ("running", "done")
    assert stream.rollout.share >= 0.25


def test_people_who_disagree_keep_a_source_in_the_shadow() -> None:
    """A machine whose proposals people mostly change is rolled back before it has decided anything."""

    def disliked(dice: Random, arm: Arm, day: float) -> Life:
        return replace(calm(dice, arm, day), wrong=0.6)

    stream = Stream(Rolling().plan("source"), disliked, 5, 300, "source").run(5)
    assert (stream.status, stream.rollout.evidence["guardrail"], stream.rollout.stage) == ("rolled_back", "disagreement", 0)


def test_quick_conversions_count_no_more_than_slow_ones() -> None:
    """A lead counts when its window is over, by all that happened in it; what comes later does not count."""
    book, one = Book(), Guardrail(watch="conversion", window_hours=24, ratio=0.75)
    values = {"fate": "routed", "revision": 1, "arms": {"trial": "candidate"}, "subject": None, "rule": "dach", "band": "hot"}
    for lead in ("quick", "slow", "late"):
        book.on_decision(values | {"lead_id": lead, "received_at": BEGIN_MS}, BEGIN_MS)
    for lead, after in (("quick", 1), ("slow", 23 * HOUR_MS), ("late", DAY_MS + GRACE_MS + 1)):
        book.on_outcome({"lead_id": lead, "outcome": "won"}, BEGIN_MS + after)
    assert [seen(one, book[lead], BEGIN_MS + DAY_MS) for lead in ("quick", "slow", "late")] == [True, True, False]


def test_what_comes_before_its_decision_counts_too() -> None:
    """Between topics there is no order."""
    book, one = Book(), Guardrail(watch="rerouted", window_hours=4)
    sent = {"lead_id": "a", "revision": 2, "revises": "routed", "revised_why": "rerouted", "revised_by": "lead", "agreed": False}
    book.on_decision(sent | {"fate": "routed"}, BEGIN_MS + 5)
    first = {"lead_id": "a", "fate": "routed", "revision": 1, "arms": {"trial": "candidate"}, "subject": None, "rule": "dach"}
    book.on_decision(first | {"band": "hot", "received_at": BEGIN_MS}, BEGIN_MS)
    assert seen(one, book["a"], BEGIN_MS + 4 * HOUR_MS)


@pytest.mark.parametrize("by", ["steward"])
def test_the_clock_is_not_people(by: str) -> None:
    """What the steward reassigns because nobody called in time says nothing about the rollout."""
    book = Book()
    moved = {"lead_id": "a", "revision": 2, "revises": "routed", "revised_why": "reassigned", "revised_by": by, "agreed": None}
    book.on_decision(moved | {"fate": "routed"}, BEGIN_MS)
    assert book["a"].sent_on_ms is None
