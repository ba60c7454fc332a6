"""Drift of features, score, won share and performance: each is found within some leads, alone, and chance raises none."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from app.monitoring.divergence import diverged, surprise
from app.monitoring.ends import EARLY, Ends
from app.monitoring.sketch import MAX_CELLS, MAX_FEATURES, REST, Sketch, in_words, number_cell, score_cell
from app.monitoring.verdicts import Kind
from app.monitoring.watch import ACCEPT_AFTER, CAUSES
from tests.harness.stream_of_leads import CALM, Leads, World, changed

DRIFTS: dict[Kind, tuple[World, int]] = {  # what changes, and after how many leads it must be told
    "feature_drift": (changed(mobile=0.75), 500),
    "score_drift": (changed(bias=0.8), 500),
    "label_drift": (changed(odds=2.2), 2_500),  # outcomes come half an hour, 1500 leads, late
    "performance_drift": (changed(blind=True), 4_500),
    "unusual_leads": (changed(unusual=0.35), 250),
}


@pytest.mark.parametrize("seed", range(20))
def test_chance_raises_nothing(seed: int) -> None:
    """Five thousand leads and their outcomes, all of one kind, raise no alert; twenty times."""
    leads = Leads(seed)
    leads.run(100)
    assert [record["summary"] for _, record in leads.records] == []


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", DRIFTS)
def test_each_drift_is_found_and_nothing_else_rings(kind: Kind, seed: int) -> None:
    """A planted drift raises the alert of its kind within its number of leads, and no other kind's."""
    world, within = DRIFTS[kind]
    leads = Leads(100 + seed)
    leads.run(60)
    begun = leads.leads
    leads.run(within // 50, world)
    assert leads.fired() == {(kind, "shop")}
    assert leads.records[0][0] - begun <= within


def test_the_alert_says_which_feature_moved_from_what_to_what() -> None:
    """Feature, value, share now and before are in the summary; no lead is."""
    leads = Leads(1)
    leads.run(60)
    told = leads.run(12, changed(mobile=0.8))[0]
    assert told["summary"].startswith("shop: feature drift: device ")
    assert " of the leads, was " in told["summary"]
    assert told["unit"] == "psi"
    assert told["observed"] >= 0.25
    assert "ld_" not in told["summary"]


def test_what_is_as_before_again_resolves() -> None:
    """A drift that ends resolves its alert; it does not ring again."""
    leads = Leads(2)
    leads.run(60)
    leads.run(15, changed(mobile=0.8))
    after = leads.run(40)
    assert [record["status"] for record in after if record["kind"] == "feature_drift"][-1] == "resolved"
    assert "as it was before" in next(record["summary"] for record in after if record["status"] == "resolved")
    assert leads.watch.firing == []


def test_what_stays_is_taken_as_usual() -> None:
    """After ACCEPT_AFTER windows the new state is the baseline, and going on like that rings no more; a further change does."""
    leads, new = Leads(3), changed(mobile=0.8)
    leads.run(60)
    leads.run(ACCEPT_AFTER + 5, new)
    assert leads.watch.firing == []
    assert leads.run(60, new) == []
    assert {record["kind"] for record in leads.run(20, CALM)} == {"feature_drift"}


def test_a_new_won_share_is_taken_as_usual() -> None:
    """Once enough wins were to be expected since, what the alert told of is what later leads are held against."""
    leads, new = Leads(4), changed(odds=2.2)
    leads.run(60)
    leads.run(90, new)
    resolved = [record for _, record in leads.records if record["kind"] == "label_drift" and record["status"] == "resolved"]
    assert "taken as usual" in resolved[-1]["summary"]
    assert leads.run(40, new) == []


def test_a_change_of_all_sources_is_one_alert() -> None:
    """When all sources drift, `*` tells, and those that had not rung by then are held back; one source's drift is its own."""
    leads = Leads(5, ("a", "b", "c", "d"), 25.0)
    leads.run(60)
    leads.run(20, changed(mobile=0.75))
    assert ("feature_drift", "*") in leads.fired()
    assert len(leads.fired()) <= 2
    alone = Leads(5, ("a", "b", "c", "d"), 25.0)
    alone.run(60)
    alone.run(25, CALM, b=changed(mobile=0.8))
    assert alone.fired() == {("feature_drift", "b")}


def test_a_source_that_sends_more_is_no_drift_of_all() -> None:
    """The mix of sources may change: each is held against its own past."""
    leads = Leads(6, ("a", "b"), 30.0)
    leads.run(60, CALM, b=changed(mobile=0.9, order_value=5.0))
    leads._sources = ("a", "b", "b", "b")  # b sends three times as much
    leads.run(30, CALM, b=changed(mobile=0.9, order_value=5.0))
    assert not {kind for kind, _ in leads.fired()} & {"feature_drift", "score_drift"}


def test_wins_that_are_late_are_not_missed() -> None:
    """A source whose outcomes take hours raises nothing while they are still to come."""
    leads = Leads(7)
    leads.run(150, changed(delay=90.0))
    assert leads.fired() == set()


def test_a_restart_does_not_ring_for_what_was_accepted() -> None:
    """Who starts anew, with the alerts topic and older decisions, holds leads against what came since the alert."""
    leads, new = Leads(4), changed(odds=2.2)
    leads.run(60)
    leads.run(90, new)
    topic = {record["fingerprint"]: record for _, record in leads.records}
    assert not [record for record in topic.values() if record["status"] == "firing"]
    again = Leads(4)
    again.watch = type(leads.watch)(leads.watch._settings, {"shop": 3_000.0}, topic.values(), 0, 150 * 60_000)
    again.run(60)
    again.run(90, new)
    assert again.run(40, new) == []


def test_a_cause_inhibits_what_follows_from_it() -> None:
    """Where a required field is gone, features drift along: that is told once, by its cause."""
    assert "missing_field" in CAUSES["feature_drift"]
    leads = Leads(8)
    leads.run(60)
    observe, watch = leads.watch.observe, leads.watch

    def without_email(decision: dict[str, Any], at_ms: int) -> None:
        observe(decision | {"violations": ["email:missing"], "categories": decision["categories"] | {"email": "none"}}, at_ms)

    watch.observe = without_email  # type: ignore[assignment,method-assign]
    leads.run(20, changed(mobile=0.9))
    watch.observe = observe  # type: ignore[method-assign]
    leads.run(10)
    assert leads.fired() == {("missing_field", "shop")}


def test_a_feature_that_is_new_to_us_is_no_drift() -> None:
    """A version of ours that looks at something more does not make all sources drift."""
    leads = Leads(9)
    leads.run(60)
    observe = leads.watch.observe

    def with_more(decision: dict[str, Any], at_ms: int) -> None:
        observe(decision | {"categories": decision["categories"] | {"language": "de"}}, at_ms)

    leads.watch.observe = with_more  # type: ignore[assignment,method-assign]
    leads.run(60)
    assert leads.fired() == set()


def test_memory_is_bounded_whatever_names_and_values_come() -> None:
    """Names and values without end take the place of a few hundred."""
    rng, sketch = np.random.default_rng(1), Sketch()
    for n in range(3_000):
        number = float(rng.normal() * 10.0 ** rng.integers(-300, 300))
        sketch.add({f"n{n}": number, "inf": float("inf")}, {"c": f"v{n}", f"c{n}": "x" * 999}, 0.5)
    assert len(sketch.features) <= MAX_FEATURES
    assert max(map(len, sketch.features.values())) <= MAX_CELLS + 1
    assert sketch.features["c"][REST] > 2_000
    tracemalloc.start()
    total = Sketch()
    for n in range(200):
        one = Sketch()
        for m in range(50):
            one.add({}, {"c": f"{n}-{m}", f"{n}": "x"}, None)
        total.fade(0.99)
        total.take_in(one)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(total.features) <= MAX_FEATURES
    assert size < 1_000_000


def test_leads_wait_for_their_end_in_a_bounded_place() -> None:
    """The oldest is forgotten when there are too many; its outcome then says nothing."""
    ends = Ends(remembered=2)
    for n in range(3):
        ends.decided({"lead_id": f"ld_{n}", "fate": "routed", "source": "shop", "score": 0.5}, n)
    assert ends.pushed_out() == ("shop", 0, 0.5)
    assert ends.pushed_out() is None
    assert ends.reported({"lead_id": "ld_0", "outcome": "won", "occurred_at": 9}) is None
    end = ends.reported({"lead_id": "ld_2", "outcome": "won", "occurred_at": 9})
    assert end is not None
    assert (end.won, end.age_ms) == (True, 7)
    assert ends.reported({"lead_id": "ld_2", "outcome": "won", "occurred_at": 9}) is None


def test_an_outcome_before_its_decision_waits_for_it() -> None:
    """Workers that lag behind do not make wins disappear; what waits is bounded."""
    ends = Ends()
    won = {"outcome": "won", "occurred_at": 5}
    assert ends.reported(won | {"lead_id": "ld_1"}) is None
    ends.decided({"lead_id": "ld_1", "fate": "routed", "source": "shop", "score": 0.5}, 9)
    end = ends.waited("ld_1")
    assert end is not None
    assert (end.won, end.age_ms) == (True, 0)
    assert ends.waited("ld_1") is None
    for n in range(EARLY + 50):
        ends.reported(won | {"lead_id": f"ld_x{n}"})
    assert len(ends._early) == EARLY


@pytest.mark.parametrize(("chi_square", "degrees", "minus_log_p"), [(3.841, 1, 2.996), (16.92, 9, 2.996), (50.0, 9, 15.98)])
def test_the_tail_of_chi_square_is_about_right(chi_square: float, degrees: int, minus_log_p: float) -> None:
    """Within a twentieth of the exact tail's logarithm, far out, too."""
    assert surprise(chi_square, degrees) == pytest.approx(minus_log_p, rel=0.05)


def test_small_samples_prove_nothing() -> None:
    """Thirty leads that differ much are far, and still no evidence beyond doubt; ten are nothing; equal samples are at 0."""
    few = diverged({"a": 800, "b": 200}, 1_000, {"a": 15, "b": 15}, 30)
    assert diverged({"a": 900, "b": 100}, 1_000, {"a": 4, "b": 6}, 10).evidence == 0
    assert few.psi > 0.25
    assert few.evidence < 16
    same = diverged({"a": 900, "b": 100}, 1_000, {"a": 90, "b": 10}, 100)
    assert same.psi == 0
    assert same.evidence < 1


def test_a_feature_that_is_lacking_is_a_value_of_its_own() -> None:
    """Leads without the feature count as such."""
    gone = diverged({3: 1_000}, 1_000, {3: 100}, 200)
    assert gone.evidence > 16
    assert {gone.cell: (gone.before, gone.now)} == {"(none)": (0.0, 0.5)}


@pytest.mark.parametrize("value", [0.0, 0.05, 1.0, 12.5, -3.0, 1e6, 1e300, float("nan"), float("inf")])
def test_cells_of_numbers_are_few_and_can_be_told(value: float) -> None:
    """Any number has a bin within limits; its words are near the number."""
    cell = number_cell(value)
    assert abs(cell) <= 480
    if abs(value) < 1e12:
        assert float(in_words(cell, cell)) == pytest.approx(value, rel=0.05, abs=0.04)
    assert score_cell(0.0) == -score_cell(1.0) == -32
