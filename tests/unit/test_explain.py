"""A decision record in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from app.ops.explain import CONTRIBUTIONS_SHOWN, explain

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
            fate="duplicate", duplicate_of="ld_00000000000000000001", duplicate_kind="same_email", team=None, score=None
        )
        assert "duplicate (same email) of ld_00000000000000000001" in words(doubled)
        assert "score" not in words(doubled)

    def test_dead_letter(self) -> None:
        """The reason and the stage; no score, no teams."""
        text = words(orjson.loads((EXAMPLES / "dead_letter.json").read_bytes()))
        assert "dead letter: " in text
        assert "at stage " in text
        assert "score" not in text
        assert "teams considered" not in text


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
        text = explain(routed(contributions=many))
        assert "score 0.440 (hot), confidence in the handling 0.83, model m-0012" in " ".join(text.split())
        lines = [line.split() for line in text.splitlines() if line.lstrip().startswith(("+", "-"))]
        assert lines[:2] == [["-2.000", "large"], ["+0.200", "small"]]
        assert len(lines) == CONTRIBUTIONS_SHOWN + 1
        assert lines[-1] == ["+0.140", "14", "others", "together"]

    def test_teams_that_were_passed_over(self) -> None:
        """Every candidate with its rule and its reason; the one that took the lead is marked."""
        considered = [
            {"team": "a", "rule": "first", "passed": False, "why": "not hot"},
            {"team": "b", "rule": "second", "passed": True, "why": "has company"},
        ]
        text = words(routed(teams_considered=considered))
        assert "· a rule first: not hot → b rule second: has company" in text

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
