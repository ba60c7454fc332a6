"""KPIs: what counts as a lead, as manual, as a response; intervals that cover; spend that adds up; targets that are judged."""

from __future__ import annotations

import re
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from app.cli import app
from app.fairness.intervals import Interval, Share, wilson
from app.inventory.measuring import Measuring, Target
from app.kpi.facts import Facts
from app.kpi.figures import DAY_MS
from app.kpi.intervals import change, difference, ratio_of_means, time_until
from app.kpi.report import Report, report

MINUTE = 60_000
NOW = 40 * DAY_MS


def _decision(n: int, at_ms: int = 0, **other: Any) -> dict[str, Any]:
    told = {"lead_id": f"ld_{n}", "source": "shop", "campaign": None, "fate": "routed", "revision": 1, "received_at": at_ms}
    return told | {"team": "inside-sales", "rule": "hot-and-warm", "band": "hot", "score": 0.4} | other


def _outcome(n: int, outcome: str, at_ms: int, **other: Any) -> dict[str, Any]:
    return {"lead_id": f"ld_{n}", "outcome": outcome, "occurred_at": at_ms} | other


def _bill(source: str, amount: float, start: int = 0, end: int = DAY_MS, **other: Any) -> dict[str, Any]:
    told = {"source": source, "campaign": None, "period_start": start, "period_end": end, "amount": amount, "currency": "EUR"}
    return told | other


def _facts(
    *decisions: dict[str, Any], outcomes: tuple[dict[str, Any], ...] = (), bills: tuple[dict[str, Any], ...] = ()
) -> Facts:
    facts = Facts()
    for one in decisions:
        facts.decided(one)
    for one in outcomes:
        facts.reported(one)
    for one in bills:
        facts.spent(one)
    return facts


def _report(facts: Facts, rules: Measuring | None = None, **how: Any) -> Report:
    return report(facts, rules or Measuring(), NOW, **how)


class TestCounting:
    """What counts, and as what."""

    def test_duplicates_and_dead_letters_are_no_leads_and_rejected_ones_are(self) -> None:
        """Who rejects more leads must not look better for it."""
        found = _report(
            _facts(
                _decision(1),
                _decision(2, fate="duplicate", team=None, duplicate_kind="same_lead"),
                _decision(3, fate="duplicate", team=None, duplicate_kind="same_event"),
                _decision(4, fate="dead_letter", team=None),
                _decision(5, fate="review"),
                _decision(5, revision=2, fate="rejected", revised_by="sales-desk", revised_why="rejected"),
            )
        ).total
        assert (found.leads, found.records, found.duplicates) == (2, 4, 1)

    @pytest.mark.parametrize(
        ("steps", "by_hand"),
        [
            ([{}], False),
            ([{"fate": "review"}], True),
            ([{"rule": "catch-all"}], True),
            ([{}, {"team": "dach-sales", "revised_by": "lead-1", "revised_why": "rerouted"}], True),
            ([{}, {"team": "dach-sales", "revised_by": "steward", "revised_why": "rerouted"}], False),
            ([{}, {"revised_by": "dedupe", "revised_why": "checked"}], False),
            ([{"fate": "review"}, {"fate": "routed", "revised_by": "steward", "revised_why": "approved"}], True),
            ([{"fate": "review", "review_reasons": ["dependency:model"]}, {"fate": "routed", "revised_by": "steward"}], False),
            ([{"fate": "review", "review_reasons": ["dependency:model", "low_confidence"]}], True),
        ],
    )
    def test_manual_is_what_people_had_to_do(self, steps: list[dict[str, Any]], by_hand: bool) -> None:
        """Held for people, changed by people, or left to the catch-all; not moved by machines, or held for a dependency."""
        facts = _facts(*(_decision(1, revision=n, **step) for n, step in enumerate(steps, 1)))
        assert next(facts.leads()).by_hand is by_hand

    def test_revisions_may_come_in_any_order_and_twice(self) -> None:
        """The newest revision tells the team, the first the band."""
        first, second = (
            _decision(1),
            _decision(1, revision=2, team="dach-sales", band="cold", revised_by="a", revised_why="rerouted"),
        )
        for order in ((first, second), (second, first), (second, first, second)):
            lead = next(_facts(*order, outcomes=(_outcome(1, "won", 9),)).leads())
            assert (lead.team, lead.band, lead.moved, lead.won) == ("dach-sales", "hot", True, True)

    def test_the_random_sample_tells_how_often_people_do_what_was_proposed(self) -> None:
        """Left as it was is right, anything else wrong, undecided neither; held for another reason, too, is no sample."""
        held: dict[str, Any] = {"fate": "review", "review_reasons": ["sample"]}
        said: dict[str, Any] = {"revision": 2, "fate": "routed", "revised_by": "desk-1", "review_reasons": []}
        found = _report(
            _facts(
                *(_decision(n, **held) for n in range(4)),
                _decision(5, **held | {"review_reasons": ["low_confidence", "sample"]}),
                _decision(0, **said, agreed=True),
                _decision(1, **said, agreed=False, team="nurture"),
                _decision(2, **said, agreed=True),
                _decision(5, **said, agreed=False),
            )
        ).total.kpis["precision"]
        assert found == wilson(Share(2, 3))

    def test_a_refunded_win_is_none(self) -> None:
        """The last of won and lost counts."""
        won, back = _outcome(1, "won", 5, value=10.0), _outcome(1, "refunded", 9)
        assert _report(_facts(_decision(1), outcomes=(won,))).total.won == 1
        assert _report(_facts(_decision(1), outcomes=(won, back))).total.won == 0

    def test_within_counts_early_wins_of_leads_that_are_old_enough(self) -> None:
        """So that leads before and after a moment had the same time."""
        facts = _facts(
            *(_decision(n, at_ms=day * DAY_MS) for n, day in enumerate((0, 0, 39))),
            outcomes=(_outcome(0, "won", DAY_MS), _outcome(1, "won", 20 * DAY_MS), _outcome(2, "won", 39 * DAY_MS)),
        )
        found = _report(facts, within_days=7).total
        assert (found.leads, found.won) == (2, 1)


class TestMoney:
    """Spend is shared by the records of its period, and adds up."""

    def test_a_bill_is_shared_by_the_leads_of_its_source_period_and_campaign(self) -> None:
        """Duplicates were paid for too; a source without bills costs what the inventory says."""
        facts = _facts(
            _decision(1, at_ms=5, campaign="spring"),
            _decision(2, at_ms=6),
            _decision(3, at_ms=7, fate="duplicate"),
            _decision(4, at_ms=2 * DAY_MS),
            _decision(5, source="fair", cost=7.0),
            bills=(_bill("shop", 90.0), _bill("shop", 10.0, campaign="spring"), _bill("shop", 5.0, 9 * DAY_MS, 10 * DAY_MS)),
        )
        found = _report(facts)
        assert (found.total.spend, found.unclaimed) == (107.0, 5.0)
        assert found.groups["source"]["shop"].spend == 100.0
        assert found.groups["campaign"]["spring"].spend == 40.0

    def test_other_currencies_are_told_and_not_counted(self) -> None:
        """Nothing is converted."""
        found = _report(_facts(_decision(1), bills=(_bill("shop", 9.0, currency="USD"),)))
        assert (found.total.spend, found.foreign) == (0.0, {"USD": 9.0})

    def test_a_corrected_bill_replaces_the_one_before(self) -> None:
        """The same source, campaign and period."""
        assert _report(_facts(_decision(1), bills=(_bill("shop", 9.0), _bill("shop", 8.0)))).total.spend == 8.0

    def test_cost_per_acquisition_is_spend_over_wins(self) -> None:
        """Its interval holds it."""
        facts = _facts(
            *(_decision(n) for n in range(10)),
            outcomes=(_outcome(0, "won", 9), _outcome(1, "won", 9)),
            bills=(_bill("shop", 100.0),),
        )
        found = _report(facts).total.kpis["cost_per_acquisition"]
        assert found.value == pytest.approx(50.0)
        assert found.low < 50.0 < found.high


class TestIntervals:
    """They hold the truth about as often as they say."""

    def test_median_of_leads_that_nobody_contacted_is_not_that_of_the_contacted(self) -> None:
        """Half contacted at once, half never: there is no p90, and the open ones count."""
        assert time_until([1.0] * 40 + [1000.0] * 60, [True] * 40 + [False] * 60, 0.5) is None
        found = time_until([1.0] * 60 + [1000.0] * 40, [True] * 60 + [False] * 40, 0.5)
        assert found is not None
        assert found.value == 1.0
        assert time_until([1.0] * 60 + [1000.0] * 40, [True] * 60 + [False] * 40, 0.9) is None

    def test_change_of_medians_covers(self) -> None:
        """Of 200 pairs of censored samples, the interval holds the true change in about 95 %."""
        rng, held = np.random.default_rng(7), 0
        for _ in range(200):
            found = []
            for scale in (50.0, 100.0):
                times, seen = rng.exponential(scale, 150), rng.uniform(50, 400, 150)
                found.append(time_until(np.minimum(times, seen).tolist(), (times <= seen).tolist(), 0.5))
            one, other = found
            assert one is not None
            assert other is not None
            moved = change(one, other)
            held += moved.low <= -0.5 <= moved.high
        assert 183 <= held <= 199

    def test_change_of_shares_and_of_cost_covers(self) -> None:
        """The same of shares that halve, and of costs per win that double with them."""
        rng, shares, costs = np.random.default_rng(8), 0, 0
        for _ in range(200):
            won = [(rng.random(900) < p).astype(float) for p in (0.05, 0.1)]
            spend = [rng.gamma(4, 5, 900) for _ in won]
            one, other = (wilson(Share(int(each.sum()), 900)) for each in won)
            shares += (moved := change(one, other)).low <= -0.5 <= moved.high
            first, second = (ratio_of_means(money.tolist(), each.tolist()) for money, each in zip(spend, won, strict=True))
            assert first is not None
            assert second is not None
            costs += (moved := change(first, second)).low <= 1.0 <= moved.high
        assert 183 <= shares <= 199
        assert 183 <= costs <= 199

    def test_difference_of_shares_is_newcombes(self) -> None:
        """The example of his paper: 56 of 70 against 48 of 80, .0524 to .3339."""
        found = difference(wilson(Share(56, 70)), wilson(Share(48, 80)))
        assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)

    def test_what_fell_to_nothing_fell_by_all(self) -> None:
        """With the limit that the counts allow."""
        assert change(Interval(0.0, 0.0, 0.1), Interval(0.5, 0.4, 0.6)) == pytest.approx((-1.0, -1.0, -0.75))
        assert change(Interval(0.0, 0.0, 0.1), Interval(0.5, 0.0, 0.6)).high == inf


class TestReport:
    """Arms, moments and targets."""

    def _arms(self, n: int = 400) -> Facts:
        """Two arms: the candidate wins twice as often and is never handled by hand."""
        facts = Facts()
        for n_ in range(2 * n):
            arm = "candidate" if n_ % 2 else "control"
            held = {} if n_ % 2 else {"fate": "review"}
            facts.decided(_decision(n_, at_ms=n_, arms={"auto": arm}, cost=10.0, **held))
            facts.reported(_outcome(n_, "contacted", n_ + (5 if n_ % 2 else 50) * MINUTE + n_ * 100))
            if n_ % (10 if n_ % 2 else 20) == n_ % 2:
                facts.reported(_outcome(n_, "won", NOW - 1, value=100.0))
        return facts

    def test_candidates_are_held_against_the_control_arm(self) -> None:
        """Manual work, response and wins, each with its change."""
        found = _report(self._arms()).contrast("auto")
        assert found is not None
        moved = {one.kpi: one.relative or Interval(0, 0, 0) for one in found.changes}
        assert moved["manual_share"].value == -1.0
        assert moved["hot_response_median"].value == pytest.approx(-0.9, abs=0.02)
        assert moved["conversion_rate"].low < 1.0 < moved["conversion_rate"].high

    def test_targets_are_judged_by_the_whole_interval(self) -> None:
        """Met on the figure alone is told apart; too few leads are not judged."""
        targets = (
            Target(kpi="manual_share", change_at_most=-0.6),
            Target(kpi="conversion_rate", change_at_least=0.5),
            Target(kpi="conversion_rate", at_least=0.9),
            Target(kpi="manual_share", change_at_most=-0.6, rollout="another"),
        )
        states = [one.state for one in _report(self._arms(), Measuring(targets=targets)).judged]
        assert states == ["on track", "met, within chance", "missed"]
        few = _report(self._arms(20), Measuring(targets=targets))
        assert {one.state for one in few.judged} == {"too few"}

    def test_before_and_after_a_moment(self) -> None:
        """Leads from the moment on against those before it."""
        facts = _facts(*(_decision(n, at_ms=n, fate="review" if n < 50 else "routed") for n in range(100)))
        found = _report(facts, split_ms=50).contrast("split", "after")
        assert found is not None
        assert (found.one_figures.kpis["manual_share"].value, found.other_figures.kpis["manual_share"].value) == (0.0, 1.0)

    def test_lead_velocity_is_the_growth_of_qualified_leads(self) -> None:
        """Of the last days against as many before."""
        facts = _facts(
            *(_decision(n) for n in range(30)),
            outcomes=tuple(_outcome(n, "qualified", (5 if n < 10 else 35) * DAY_MS) for n in range(30)),
        )
        assert _report(facts, Measuring(velocity_days=30)).total.kpis["velocity"].value == pytest.approx(1.0)

    def test_a_target_has_one_limit(self) -> None:
        """Neither none nor two."""
        for limits in ({}, {"at_least": 0.1, "at_most": 0.2}):
            with pytest.raises(ValidationError, match="exactly one"):
                Target(kpi="precision", **limits)


class TestCommand:
    """`leadstream kpi --from`."""

    def _folder(self, tmp_path: Path, decisions: str | None = None) -> Path:
        records = {
            "decisions": [_decision(n, at_ms=n, arms={"auto": "candidate" if n % 2 else "control"}) for n in range(300)],
            "outcomes": [_outcome(n, "won", DAY_MS) for n in range(0, 300, 7)],
            "spend": [_bill("shop", 1000.0)],
        }
        for name, values in records.items():
            (tmp_path / f"{name}.jsonl").write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in values))
        if decisions is not None:
            (tmp_path / "decisions.jsonl").write_text(decisions)
        return tmp_path

    def test_reads_a_folder_without_any_cluster(self, tmp_path: Path) -> None:
        """And prints the same as JSON."""
        folder = self._folder(tmp_path)
        done = CliRunner().invoke(app, ["kpi", "--from", str(folder), "--json", "--by", "source"])
        assert done.exit_code == 0, done.output
        told = orjson.loads(done.output)
        assert (told["total"]["leads"], told["total"]["won"], told["total"]["spend"]) == (300, 43, pytest.approx(1000.0))
        assert list(told["groups"]) == ["source", "arm of auto"]
        shown = CliRunner().invoke(app, ["kpi", "--from", str(folder)])
        assert "rollout auto: candidate" in shown.output
        assert "targets" in shown.output

    @pytest.mark.parametrize(("line", "what"), [("{", "decisions.jsonl:1"), ("[]", "decisions.jsonl:1"), ("{}", "lead_id")])
    def test_says_which_line_it_cannot_read(self, tmp_path: Path, line: str, what: str) -> None:
        """File, line and what is wrong."""
        done = CliRunner().invoke(app, ["kpi", "--from", str(self._folder(tmp_path, line))], terminal_width=300)
        assert done.exit_code == 2
        assert what in re.sub(r"[\s│]", "", done.output)

    def test_an_unknown_dimension_is_refused(self, tmp_path: Path) -> None:
        """With what there is."""
        done = CliRunner().invoke(app, ["kpi", "--from", str(tmp_path), "--by", "colour"], terminal_width=300)
        assert done.exit_code == 2
        assert "campaign" in done.output
