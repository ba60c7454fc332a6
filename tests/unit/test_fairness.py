"""The audit of fairness: what chance brings about is no breach, what is planted is; small and young groups are not misjudged."""

from __future__ import annotations

import json
from math import inf
from typing import Any

import pytest

from app.fairness.facts import Facts
from app.fairness.intervals import Share, holm, p_value, ratio, wilson
from app.fairness.report import FEW, LEAST_SHOWN, MOST_DECLARED, MOST_GROUPS, Report, audit
from app.fairness.waiting import course
from app.inventory.models import Fairness
from app.monitoring.watch import Watch, WatchSettings
from app.monitoring.windows import EVERYTHING, Window
from tests.harness.stream_of_groups import DAY_MS, DAYS, facts, told

RULES = Fairness(first_class=("inside-sales",))
NOW_MS = DAYS * DAY_MS


def _report(taken: Facts, by: tuple[str, ...] = (), rules: Fairness = RULES) -> Report:
    return audit(taken.leads(), rules, NOW_MS, by=by)


def _names(report: Report) -> set[str]:
    return {one.name for one in report.breaches}


def _lead(n: int, sex: str, band: str = "cold", won: bool | None = None) -> list[tuple[str, dict[str, Any]]]:
    score = {"hot": 0.5, "warm": 0.2, "cold": 0.05}[band]
    decision = {"lead_id": f"ld_{n}", "source": "shop", "fate": "routed", "received_at": 0, "score": score, "band": band}
    found = [("decision", decision | {"team": "nurture", "groups": {"sex": sex}})]
    if won is not None:
        found.append(("outcome", {"lead_id": f"ld_{n}", "outcome": "won" if won else "lost", "occurred_at": DAY_MS}))
    return found


def _taken(*records: list[tuple[str, dict[str, Any]]]) -> Facts:
    taken = Facts()
    for kind, record in (one for lead in records for one in lead):
        (taken.decided if kind == "decision" else taken.reported)(record)
    return taken


def test_fair_decisions_breach_nothing_in_twenty_audits() -> None:
    """By `alpha` one audit in a hundred may tell something by chance; of twenty at most one does."""
    assert sum(bool(_report(facts(seed, 2_000)).breaches) for seed in range(20)) <= 1


def test_a_planted_bias_is_found_in_twenty_of_twenty() -> None:
    """Scores that are too low for one group breach its four-fifths, and nobody else's."""
    for seed in range(20):
        breaches = _report(facts(seed, 2_000, against=0.8)).breaches
        assert {"sensitive:person.sex=f:hot", "sensitive:person.sex=f:first_class"} <= {one.name for one in breaches}
        assert {(one.dimension, one.value) for one in breaches} == {("sensitive:person.sex", "f")}


def test_a_bias_shows_among_those_who_were_won_and_in_calibration() -> None:
    """Equal opportunity and calibration tell a wronged group from one that is won less."""
    breaches = {one.measure: one for one in _report(facts(0, 8_000, against=0.7)).breaches}
    assert breaches["opportunity"].effect < 0.8
    assert breaches["calibration"].effect > 0.05
    assert breaches["calibration"].group > breaches["calibration"].rest


def test_a_group_that_is_won_less_and_scored_so_is_not_wronged_by_country() -> None:
    """Countries may differ in hot leads: only those who were won must have been seen alike."""
    records = [_lead(n, "x", "hot" if n % 2 else "cold", n % 2 == 1) for n in range(200)]
    records += [_lead(1_000 + n, "x", "hot" if n % 8 == 0 else "cold", n % 8 == 0) for n in range(400)]
    taken = Facts()
    for n, lead in enumerate(records):
        for kind, record in lead:
            country = {"categories": {"country": "DE" if n < 200 else "AT"}, "groups": {}}
            (taken.decided if kind == "decision" else taken.reported)(record | (country if kind == "decision" else {}))
    report = _report(taken)
    assert next(one for one in report.groups if one.value == "AT").comparisons[0].effect.value < 0.3
    assert not any("hot" in name or "opportunity" in name for name in _names(report))


def test_a_tiny_group_is_not_judged() -> None:
    """Below `least_leads` nothing is a breach, however unequal it looks; the interval says how little is known."""
    report = _report(_taken(*[_lead(n, "m", "hot") for n in range(500)], *[_lead(900 + n, "f") for n in range(20)]))
    small = next(one for one in report.groups if one.value == "f")
    assert small.comparisons[0].effect.value == 0
    assert not report.breaches
    assert not small.comparisons[0].judged


def test_a_group_of_one_is_not_shown() -> None:
    """What is said of one lead would be said of one person."""
    report = _report(_taken(*[_lead(n, "m", "hot") for n in range(200)], _lead(999, "only-one")))
    assert {one.value for one in report.groups if one.dimension == "sensitive:sex"} == {"m", FEW}
    assert "only-one" not in str(report.as_dict())


def test_all_won_is_no_division_by_zero() -> None:
    """A set in which all are won has its numbers, and no breach."""
    report = _report(_taken(*[_lead(n, "mf"[n % 2], "hot", True) for n in range(400)]))
    assert not report.breaches
    assert {one.won.value for one in report.groups} == {1.0}


def test_no_outcomes_judge_what_needs_none() -> None:
    """Without outcomes hot and first class are still compared; opportunity, calibration and niches are not."""
    report = _report(facts(3, 2_000, against=1.0, outcomes=False))
    assert {one.measure for one in report.breaches} == {"hot", "first_class"}
    assert report.ended == 0
    assert not report.niches


def test_two_identical_groups_are_equal() -> None:
    """Ratio 1, p 1, no breach."""
    report = _report(_taken(*[_lead(n, "mf"[n % 2], "hot" if n % 4 < 2 else "cold", n % 8 < 2) for n in range(800)]))
    for group in report.groups:
        for one in group.comparisons:
            assert one.p > 0.9
            assert one.effect.low <= (0 if one.measure == "calibration" else 1) <= one.effect.high
    assert not report.breaches


def test_the_report_is_json() -> None:
    """All of it, with intervals by name; what has no end is null."""
    report = _report(facts(1, 3_000, niche=True))
    told = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    effect = told["groups"][0]["comparisons"][0]["effect"]
    assert set(effect) == {"value", "low", "high"}
    assert told["version"] == 1
    assert told["niches"][0]["fair"]["value"] == report.niches[0].fair.value


def test_nobody_is_an_audit_too() -> None:
    """No leads: nothing to say, no error."""
    report = _report(Facts())
    assert (report.leads, report.groups, report.breaches, report.tests) == (0, (), (), 0)


def test_a_niche_that_looks_lost_is_not() -> None:
    """A source with a long way to the win: fewer are won so far than will be, and its starvation is told."""
    report = _report(facts(1, 6_000, niche=True))
    found = next(one for one in report.niches if one.dimension == "source")
    assert found.value == "machines"
    assert found.so_far < 0.75 * found.here.eventual
    assert found.worth > 3
    assert found.fair.value < 0.5
    assert "source=machines:starved" in _names(report)


def test_a_niche_that_is_treated_by_its_worth_is_not_starved() -> None:
    """The same segment with the others' share of hot and warm leads is shown, and breaches nothing."""
    taken = facts(1, 6_000, niche=True)
    for n, lead in enumerate(taken.leads()):
        if lead.groups["source"] == "machines":
            lead.band = "hot"
            lead.value = 130.0 + n % 7 if lead.value else None
    report = _report(taken)
    assert [one.value for one in report.niches if one.dimension == "source"] == ["machines"]
    assert "source=machines:starved" not in _names(report)


def test_by_narrows_the_dimensions() -> None:
    """`by` takes dimensions, sensitive attributes by their path, or all of these as sensitive."""
    taken = facts(2, 500)
    assert {one.dimension for one in _report(taken, by=("country",)).groups} == {"country"}
    assert {one.dimension for one in _report(taken, by=("person.sex",)).groups} == {"sensitive:person.sex"}
    assert {one.dimension for one in _report(taken, by=("sensitive", "device")).groups} == {"device", "sensitive:person.sex"}


def test_values_and_attributes_without_end_are_bounded() -> None:
    """Many values are the largest and the rest; many attributes the most frequent."""
    taken = Facts(most=3_000)
    for n in range(3_500):
        decision = {"lead_id": f"ld_{n}", "source": "shop", "fate": "routed", "received_at": 0, "score": 0.5, "band": "hot"}
        taken.decided(decision | {"groups": {f"p{n % 50}": "x", "id": str(n)}, "categories": {"country": f"c{n % 100}"}})
    assert (len(taken), taken.forgotten) == (3_000, 500)
    report = _report(taken)
    assert len([one for one in report.groups if one.dimension == "country"]) == MOST_GROUPS + 1
    assert [one.value for one in report.groups if one.dimension == "sensitive:id"] == [FEW]
    assert len({one.dimension for one in report.groups if one.dimension.startswith("sensitive:")}) == MOST_DECLARED
    assert all(one.counts.leads >= LEAST_SHOWN for one in report.groups)


def test_the_last_word_counts() -> None:
    """Won, then lost is lost; reopened is open; a merged lead is none; who was asked about it stays known."""
    taken = _taken(_lead(1, "m", "hot", True), _lead(2, "m", "hot", True), _lead(3, "m", "hot", True))
    taken.reported({"lead_id": "ld_1", "outcome": "lost", "occurred_at": 2 * DAY_MS})
    taken.reported({"lead_id": "ld_2", "outcome": "reopened", "occurred_at": 2 * DAY_MS})
    taken.reported({"lead_id": "ld_2", "outcome": "contacted", "occurred_at": 3_600_000})
    taken.decided({"lead_id": "ld_3", "fate": "duplicate", "source": "shop", "received_at": 0, "revision": 2})
    lost, open_ = taken.leads()
    assert (lost.won, open_.won, open_.contacted_ms) == (False, None, 3_600_000)
    review = _lead(4, "m")[0][1]
    taken.decided(review | {"fate": "review"})
    taken.decided(review | {"fate": "routed", "revision": 2})
    taken.decided(review | {"lead_id": "ld_5", "fate": "rejected", "team": "first", "revision": 2})  # still of its group
    assert [lead.review for lead in taken.leads()] == [False, False, True, True]
    assert list(taken.leads())[-1].team is None


class TestNumbers:
    """Against figures of the literature, and at the edges."""

    def test_wilson(self) -> None:
        """Newcombe (1998), table I: 81 of 263 is .2553 to .3662; 0 of 20 is 0 to .1611; nothing seen says nothing."""
        seen, none = wilson(Share(81, 263)), wilson(Share(0, 20))
        assert (round(seen.low, 4), round(seen.high, 4)) == (0.2553, 0.3662)
        assert (round(none.low, 4), round(none.high, 4)) == (0.0, 0.1611)
        assert wilson(Share(0, 0)) == (0.0, 0.0, 1.0)

    def test_fisher(self) -> None:
        """The lady tasting tea: three of four cups against one of four, one-sided 17/70, here doubled; and hits in nobody."""
        assert p_value(Share(3, 4), Share(1, 4)) == pytest.approx(2 * 17 / 70)
        assert p_value(Share(0, 4), Share(0, 9)) == p_value(Share(1, 0), Share(1, 4)) == 1.0

    def test_few_and_many_agree(self) -> None:
        """Where few begin to be many, the exact and the normal test say about the same."""
        few, many = p_value(Share(1, 60), Share(8, 60)), p_value(Share(2, 60), Share(9, 60))
        assert 0.5 < few / many < 2

    def test_ratio_holds_the_truth_at_the_edges(self) -> None:
        """None of many is 0, and not below what chance allows; of nobody anything may be true."""
        none = ratio(Share(0, 50), Share(25, 50))
        assert none.value == 0
        assert 0 < none.low < none.high < 0.5
        assert ratio(Share(0, 0), Share(1, 2)) == (1.0, 0.0, inf)
        assert ratio(Share(5, 10), Share(0, 10)).value == inf

    def test_holm(self) -> None:
        """The smallest counts once for each test, the next once less; never out of order."""
        assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
        assert holm([]) == []

    def test_course(self) -> None:
        """Without open leads it is the plain share; open ones that are young count for their age only; lost ones compete."""
        plain = course([(1.0, True), (2.0, False), (3.0, True), (4.0, False)])
        assert (plain.eventual, plain.median_days, plain.open) == (0.5, 1.0, 0.0)
        young = course([(10.0, True), (10.0, True), *[(1.0, None)] * 96, (20.0, False), (20.0, False)])
        assert young.eventual == pytest.approx(0.5)
        assert course([]).median_days is None
        assert course([(1.0, None)]).open == 1.0


class TestAlert:
    """The monitor looks every so often."""

    def _watched(self, against: float) -> list[dict[str, Any]]:
        rules = Fairness(first_class=("inside-sales",), days=DAYS)
        watch = Watch(WatchSettings(fairness=rules), {})
        for kind, record in told(0, 3_000, against=against):
            if kind == "decision":
                watch._fairness.decided(record)
            else:
                watch._fairness.reported(record)
        end_ms = NOW_MS
        records = watch.judge(Window(EVERYTHING, end_ms - 60_000, end_ms))
        records += watch.judge(Window(EVERYTHING, end_ms, end_ms + 60_000))
        for lead in watch._fairness._facts.leads():
            lead.groups["sensitive:person.sex"] = "m"
        return records + watch.judge(Window(EVERYTHING, end_ms + DAY_MS, end_ms + DAY_MS + 60_000))

    def test_a_breach_rings_once_and_resolves(self) -> None:
        """One alert for the group, whatever measures it breaches; over when it is within its limits again."""
        fired, resolved = self._watched(0.6)
        assert (fired["status"], fired["kind"], fired["source"], fired["field"]) == (
            "firing", "fairness_breach", "*", "sensitive:person.sex=f",
        )  # fmt: skip
        assert "hot " in fired["summary"]
        assert fired["window_s"] == pytest.approx(DAYS * 86_400)
        assert resolved["status"] == "resolved"

    def test_fair_decisions_ring_nothing(self) -> None:
        """No alert where nothing is wrong."""
        assert self._watched(0.0) == []
