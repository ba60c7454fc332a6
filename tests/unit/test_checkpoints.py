"""Checkpoints: which leads configuration holds for people, and what is wrong with such a configuration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.inventory.load import load
from app.inventory.problems import InventoryError
from app.inventory.reviewing import Checkpoint, FourEyes, Reviewing, When
from app.pipeline import checkpoints
from app.pipeline.checkpoints import FREE, Checkpoints, Held, Seen
from app.pipeline.fate import Score
from app.pipeline.lead import Lead, Provenance, Violation
from app.pipeline.revision.four_eyes import second_wanted
from tests.harness.config import only
from tests.harness.leads_told import a_decision, a_lead, lead_id

SCORE = Score(0.4, "hot", 0.8, "rules", {}, {}, {}, sureness=0.9, unusual=0.5)


def seen(n: int = 1, **told: Any) -> Seen:
    """A lead with everything that conditions look at."""
    lead = Lead(lead_id(n), "web-form", "e", 0, 0, email="a@b.example", country="DE", language="de-AT")
    lead.order_value, lead.violations = 3000.0, [Violation("email", "disposable")]
    lead.provenance = [Provenance("email", "mail", "learned", 0.7), Provenance("phone", "tel", "declared", 1.0)]
    lead.enrichments = {"behaviour": "slow"}
    for name in [name for name in told if hasattr(lead, name)]:
        setattr(lead, name, told.pop(name))
    return Seen(lead, SCORE, "dach-sales", "dach", "asked", 0.6)._replace(**told)


def points(*those: Checkpoint, **more: Any) -> Checkpoints:
    return Checkpoints(Reviewing(checkpoints=those, **more))


def point(name: str = "one", **told: Any) -> Checkpoint:
    return Checkpoint(name=name, after=told.pop("after", "routing"), **{"reason": name.replace("-", "_"), **told})


class TestConditions:
    @pytest.mark.parametrize(
        ("fits", "fits_not"),
        [
            ({"sources": ("web-form",)}, {"sources": ("partner-csv",)}),
            ({"rungs": ("learned", "shape")}, {"rungs": ("fuzzy",)}),
            ({"mapped_below": 0.71}, {"mapped_below": 0.7}),
            ({"violations": ("disposable",)}, {"violations": ("placeholder",)}),
            ({"violations": ("email:disposable",)}, {"violations": ("phone:disposable",)}),
            ({"has": ("email", "country")}, {"has": ("email", "company")}),
            ({"lacks": ("email", "company")}, {"lacks": ("email",)}),
            ({"order_value_at_least": 3000}, {"order_value_at_least": 3000.5}),
            ({"countries": ("AT", "DE")}, {"countries": ("FR",)}),
            ({"languages": ("de",)}, {"languages": ("en",)}),
            ({"enrichment_missing": ("behaviour",)}, {"enrichment_missing": ("place",)}),
            ({"dedupe": ("asked",)}, {"dedupe": ("new", "unknown")}),
            ({"match_at_least": 0.6}, {"match_at_least": 0.61}),
            ({"bands": ("hot",)}, {"bands": ("cold", "warm")}),
            ({"score_at_least": 0.4, "score_below": 0.41}, {"score_below": 0.4}),
            ({"confidence_below": 0.81}, {"confidence_below": 0.8}),
            ({"sureness_below": 0.91}, {"sureness_below": 0.9}),
            ({"unusual_from": 0.5}, {"unusual_from": 0.51}),
            ({"teams": ("dach-sales",), "rules": ("dach",)}, {"teams": ("dach-sales",), "rules": ("catch-all",)}),
            ({}, {"budget_at_least": 0}),
        ],
    )
    def test_each_condition_holds_what_fits_and_lets_go_what_does_not(
        self, fits: dict[str, Any], fits_not: dict[str, Any]
    ) -> None:
        """All that is set must hold, of a list any one; what a lead does not tell fits no limit."""
        assert points(point(when=When(**fits))).hold(seen()) == Held(("one",), "one")
        assert points(point(when=When(**fits_not))).hold(seen()) == FREE

    def test_no_condition_is_forgotten(self) -> None:
        """Each setting of `when` has a check."""
        assert set(checkpoints._MAKE) == set(When.model_fields)


class TestHolding:
    def test_the_first_by_stage_names_it_and_all_say_why(self) -> None:
        """In the order of the stages, not of the file; a reason that two share is told once."""
        late, early = point("late"), point("early", after="mapping")
        again = point("again", after="scoring", reason="late")
        assert points(late, early, again).hold(seen()) == Held(("early", "late"), "early")

    def test_a_share_holds_the_same_leads_for_ever_and_raising_it_lets_none_go(self) -> None:
        """By lead id alone: 30 % are among 60 %; two checkpoints of one share take different leads."""
        some, more, other = (points(point(name, share=share)) for name, share in (("one", 0.3), ("one", 0.6), ("two", 0.3)))
        leads = [seen(n * 7919) for n in range(4000)]
        held = [{n for n, one in enumerate(leads) if those.hold(one).reasons} for those in (some, more, other)]
        assert held[0] <= held[1]
        assert len(held[0]) / 4000 == pytest.approx(0.3, abs=0.03)
        assert len(held[0] & held[2]) / 4000 == pytest.approx(0.09, abs=0.02)

    def test_the_sample_does_not_hang_on_what_automation_holds(self) -> None:
        """Of any half of the leads by their last digits, the same share is sampled."""
        those, ids = (
            Checkpoints(Reviewing(sample=0.2)),
            [f"ld_{n * 2654435761 % 2**32:08x}{0:04x}{n % 2**32:08x}" for n in range(8000)],
        )
        for half in (ids[::2], ids[1::2]):
            assert sum(map(those.sampled, half)) / 4000 == pytest.approx(0.2, abs=0.02)
        assert not any(map(Checkpoints(Reviewing()).sampled, ids))


class TestFourEyes:
    def test_a_second_person_is_wanted_by_the_records_alone(self) -> None:
        """As the stages saw it: conditions on the lead, its decision and the verdict's word."""
        when = When(order_value_at_least=1000, bands=("hot",), rungs=("learned",))
        rules = checkpoints.FourEyes(Reviewing(four_eyes=(FourEyes(name="large", when=when),)))
        told = [{"field": "email", "path": "m", "rung": "learned", "confidence": 0.7}]
        held, decision = a_lead(1, order_value=1000.0, provenance=told), a_decision(1, fate="review", band="hot", score=0.5)
        assert second_wanted(rules, held, decision, "approve") == "large"
        assert second_wanted(rules, held, decision, "reject") is None
        assert second_wanted(rules, held, decision | {"band": "cold"}, "approve") is None
        assert second_wanted(checkpoints.FourEyes(Reviewing()), held, decision, "approve") is None


class TestWaiting:
    def test_a_checkpoint_may_wait_for_another_time(self) -> None:
        """Its own hours and fallback where it has them, else the file's."""
        short = point("short", hold_hours=2, fallback="sales-desk")
        reviewing = Reviewing(checkpoints=(short, point("plain")), hold_hours=72)
        assert (reviewing.waiting("short").hold_hours, reviewing.waiting("short").fallback) == (2, "sales-desk")
        assert [reviewing.waiting(name).hold_hours for name in ("plain", None, "gone")] == [72, 72, 72]


class TestFile:
    @pytest.mark.parametrize(
        ("text", "line", "said"),
        [
            (
                "checkpoints:\n- {name: one, after: mapping, when: {bands: [hot]}}",
                2,
                "known only after scoring",
            ),
            ("checkpoints:\n- name: one\n  after: routing\n  when: {teams: [dach-sale]}", 4, 'did you mean "dach-sales"?'),
            ("checkpoints:\n- {name: one, after: routing, when: {rules: [dch]}}", 2, 'did you mean "dach"?'),
            ("checkpoints:\n- {name: one, after: mapping, when: {sources: [web-forms]}}", 2, 'did you mean "web-form"?'),
            ("checkpoints:\n- {name: one, after: validation, when: {violations: [disposible]}}", 2, '"disposable"'),
            ("checkpoints:\n- {name: one, after: validation, when: {lacks: [country]}}", 2, "filled by enrichment"),
            ("checkpoints:\n- {name: one, after: enrichment, when: {countries: [UK]}}", 2, "GB"),
            ("checkpoints:\n- {name: one, after: routing, reason: sample}", 2, "of the pipeline's own"),
            ("checkpoints:\n- {name: one, after: routing, fallback: sales-desk}", 2, "never happens without hold_hours"),
            ("checkpoints:\n- {name: one, after: routing}\n- {name: one, after: scoring}", 3, "another one is called"),
            ("checkpoints:\n- {name: one, after: delivery}", 2, "is not possible"),
            ("hold_hours: 3\nfallback: nobody", 2, "neither approve nor a team"),
            ("four_eyes:\n- {name: two, when: {enrichment_missing: [plaice]}}", 2, 'did you mean "place"?'),
            ("sample: 2", 1, "less than or equal to 1"),
        ],
    )
    def test_what_is_wrong_is_told_with_file_and_line(self, tmp_path: Path, text: str, line: int, said: str) -> None:
        """What can never hold a lead, and names that are none, are problems; so is a condition on what is not known yet."""
        folder = only(tmp_path / "c", "web-form", "partner-csv", "partner-avro", review=text)
        with pytest.raises(InventoryError) as refused:
            load(folder)
        (problem,) = refused.value.problems
        assert problem.file.endswith("review.yaml")
        assert problem.line == line
        assert said in str(problem)

    def test_the_file_may_be_absent(self, tmp_path: Path) -> None:
        """Then nothing is held, and nothing sampled."""
        folder = only(tmp_path / "c", "web-form", "partner-csv", "partner-avro")
        (folder / "review.yaml").unlink()
        assert load(folder).reviewing == Reviewing()


def test_what_stages_found_is_not_changed() -> None:
    """Asking twice answers the same, and leaves the lead as it is."""
    one = seen()
    before = replace(one.lead)
    those = points(point(share=0.5), sample=0.5)
    assert those.hold(one) == those.hold(one)
    assert one.lead == before
