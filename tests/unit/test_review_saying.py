"""What reviewers say, before it becomes a verdict; and what they see."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.inventory.reviewing import Checkpoint, Reviewing, Waiting
from app.review.entry import NOTHING, decided_of, item_of
from app.review.precision import precision
from app.review.queue import Judged
from app.review.saying import Draft, digest_of, number_of, objections, verdict_of
from app.review.view import opened_of, summary_of
from tests.harness.leads_told import T, a_decision, a_lead, a_routed, lead_id

SCORED = {"score": 0.2, "band": "warm", "confidence": 0.4, "team": "nurture", "rule": "catch-all"}


class TestDraft:
    @pytest.mark.parametrize(
        ("told", "fields"),
        [
            ({"says": "approve"}, []),
            ({"says": "approve", "corrections": {"email": "a@b.example", "budget": "12.5"}}, []),
            ({"says": "reroute"}, ["team"]),
            ({"says": "reject"}, ["why"]),
            ({"says": "approve", "team": "nurture", "owner": "a-1"}, ["team", "owner"]),
            ({"says": "reject", "why": "spam", "corrections": {"email": ""}}, ["corrections"]),
            (
                {"says": "approve", "corrections": {"budget": "lots", "lead_id": "x", "consent": "maybe"}},
                ["budget", "lead_id", "consent"],
            ),
            ({"says": "keep", "duplicate_of": lead_id(1)}, ["duplicate_of"]),
        ],
    )
    def test_what_is_wrong_is_named_by_field_and_never_by_value(self, told: dict[str, Any], fields: list[str]) -> None:
        """By the lead's own types; what a word cannot use is wrong, too."""
        found = objections(Draft.model_validate(told))
        assert [one.field.removeprefix("corrections.") for one in found] == fields
        assert not any("lots" in one.what or "maybe" in one.what for one in found)

    @pytest.mark.parametrize("told", [{"says": "reject", "why": "he said so"}, {"says": "approve", "colour": "red"}, {}])
    def test_what_does_not_fit_is_no_draft(self, told: dict[str, Any]) -> None:
        """Free text is no code: codes stand in decisions, which hold no personal data."""
        with pytest.raises(ValidationError):
            Draft.model_validate(told)

    def test_a_key_names_one_verdict(self) -> None:
        """The same key, reviewer and lead: the same id; keep is approve on the topic; what it says has a digest of its own."""
        number = number_of("key-1", "sales", lead_id(1))
        assert number == number_of("key-1", "sales", lead_id(1)) != number_of("key-1", "sales", lead_id(2))
        keep = verdict_of(Draft(says="keep"), lead_id(1), "sales", T, number)
        merge = verdict_of(Draft(says="merge"), lead_id(1), "sales", T, number)
        later = verdict_of(Draft(says="keep"), lead_id(1), "sales", T + 5, number)
        assert keep.says == "approve"
        assert digest_of(keep, b"k") == digest_of(later, b"k") != digest_of(merge, b"k")


class TestView:
    def test_a_held_lead_tells_all_that_decides_it(self) -> None:
        """Fields with where they came from and what is wrong; the possible duplicate field by field, whatever its form."""
        match = {
            "lead": lead_id(2),
            "of": lead_id(2),
            "root": lead_id(2),
            "probability": 0.4,
            "weight": -0.5,
            "nearest": "household",
        }
        came = [{"field": "email", "path": "m", "rung": "learned", "confidence": 0.7}]
        wrong = [{"field": "phone", "code": "invalid"}, {"field": "contact", "code": "uncontactable"}]
        mended = [{"field": "email", "rule": "case", "before": "aa", "after": "a@b.example"}]
        told = {"email": "a@b.example", "provenance": came, "violations": wrong, "repairs": mended, "match": match, **SCORED}
        lead = a_lead(1, **told, review_reasons=["possible_duplicate"], attributes={"x": "y"})
        entry = NOTHING.with_item(item_of(lead, Reviewing(hold_hours=2), T + 1))
        considered = [{"team": "dach-sales", "rule": "dach", "passed": False, "why": "country"}]
        decision = a_decision(1, fate="review", teams_considered=considered)
        shown = opened_of(entry, lead, decision, ("routed", a_routed(2, email="j@b.example")), Waiting(hold_hours=2), "large")
        fields = {one.name: one for one in shown.fields}
        assert (fields["email"].path, fields["email"].rung, fields["email"].repairs) == ("m", "learned", ["case"])
        assert (fields["phone"].value, fields["phone"].violations) == (None, ["invalid"])
        assert "aa" not in shown.model_dump_json()
        assert (shown.expires_at, shown.then, shown.second_person) == (T + 1 + 7_200_000, "approve", "large")
        assert shown.proposal.considered[0].why == "country"
        assert shown.possible_duplicate is not None
        sides = {one.field: (one.this, one.other) for one in shown.possible_duplicate.side_by_side}
        assert sides["email"] == ("a@b.example", "j@b.example")

    def test_a_line_of_the_queue_holds_no_personal_data(self) -> None:
        """Nothing of the lead's own fields."""
        lead = a_lead(1, email="zebedee@canary.example", full_name="Zebedee Canary", phone="+49171", **SCORED)
        told = summary_of(NOTHING.with_item(item_of(lead, Reviewing(), T))).model_dump_json()
        assert not any(canary in told.lower() for canary in ("zebedee", "canary", "49171"))

    def test_a_checkpoints_own_hours_count(self) -> None:
        """Of a lead that it holds; others wait as the file says."""
        reviewing = Reviewing(hold_hours=10, checkpoints=(Checkpoint(name="big", after="routing", hold_hours=1),))
        times = [item_of(a_lead(0, checkpoint=name, **SCORED), reviewing, T + 7).expires_ms for name in ("big", None)]
        assert times == [T + 7 + 3_600_000, T + 7 + 36_000_000]
        revised = item_of(a_lead(0, checkpoint="big", revision=2, **SCORED), reviewing, T + 999_999)
        assert revised.expires_ms == T + 3_600_000


def test_a_revision_says_who_waits_for_whom() -> None:
    """Approvals, agreement and ids of verdicts, as decisions have them."""
    told = a_decision(1, fate="review", revision=2, revised_why="awaits_second", verdict_ids=["v1"])
    told |= {"approvals": [{"by": "a", "says": "approve", "team": "nurture", "at": T}]}
    decided = decided_of(told, T)
    assert (decided.how, decided.approvals, decided.verdicts) == ("awaits_second", (("a", "approve", "nurture"),), ("v1",))


def test_precision_is_a_share_with_its_interval() -> None:
    """All together and by source; unknown where nobody has decided anything."""
    told = precision([Judged("a", 100, 90, 3), Judged("b", 0, 0, 7)])
    assert [(one.source, one.decided, one.waiting, one.precision) for one in told] == [
        (None, 100, 10, 0.9),
        ("a", 100, 3, 0.9),
        ("b", 0, 7, None),
    ]
    assert told[1].low is not None
    assert told[1].low == pytest.approx(0.8256, abs=1e-3)
