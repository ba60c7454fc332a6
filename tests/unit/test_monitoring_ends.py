"""Cohorts and served scores: what the tables say, and what becomes of them when they are full."""

from __future__ import annotations

import numpy as np

from app.monitoring.cohorts import MOST, Cohorts
from app.monitoring.end_verdicts import labels, performance
from app.monitoring.ends import End, Served
from app.monitoring.served import BLOCKS, PER_BLOCK
from app.monitoring.served import Served as Scores

MINUTE = 60_000


def _filled(minutes: int, leads: int = 20, won: int = 4, age: int = 0) -> Cohorts:
    cohorts = Cohorts(MINUTE)
    for n in range(minutes):
        for _ in range(leads):
            cohorts.decided(n * MINUTE)
        for _ in range(won):
            cohorts.won(n * MINUTE, age * MINUTE)
    return cohorts


def test_wins_are_expected_by_age() -> None:
    """A cohort owes wins of an age only when it has reached the end of that age."""
    cohorts = _filled(40, age=2)  # won in the third or fourth minute
    at = np.asarray([20 * MINUTE], dtype=np.int64)
    young, grown = cohorts.splits(42 * MINUTE, at), cohorts.splits(60 * MINUTE, at)
    assert (young.seen[0], young.expected[0]) == (18 * 4, 18 * 4)  # the last two are not four minutes old
    assert (grown.seen[0], grown.expected[0], grown.before[0]) == (80, 80, 80)


def test_what_was_not_remembered_is_not_missed() -> None:
    """Leads that were forgotten at some age owe no wins of later ages."""
    cohorts = _filled(40, age=0)
    for n in range(20, 40):
        for _ in range(6):
            cohorts.won(n * MINUTE, 9 * MINUTE)
        cohorts.forgotten(n * MINUTE, 5 * MINUTE)
    splits = cohorts.splits(100 * MINUTE, np.asarray([20 * MINUTE], dtype=np.int64))
    assert splits.seen[0] == splits.expected[0] == 80


def test_a_full_table_keeps_all_wins_in_fewer_cohorts() -> None:
    """Old cohorts are put together: their number is bounded, and no win is lost."""
    cohorts = _filled(3 * MOST)
    assert len(cohorts._cohorts) <= MOST
    assert sum(sum(one.won) for one in cohorts._cohorts) == 3 * MOST * 4
    assert [one.start_ms for one in cohorts._cohorts] == sorted(cohorts._starts)
    verdict = labels({"shop": cohorts.splits(10 * MOST * MINUTE)}, rings=False)
    assert verdict.state == "calm"


def test_leads_may_come_in_any_order_of_time() -> None:
    """Partitions are read one after the other: cohorts are by the time of the decision."""
    straight, mixed = Cohorts(MINUTE), Cohorts(MINUTE)
    times = [n * 7_000 for n in range(500)]
    for at_ms in times:
        straight.decided(at_ms)
    for at_ms in [*times[::2], *times[1::2]]:
        mixed.decided(at_ms)
    assert [one.leads for one in mixed._cohorts] == [one.leads for one in straight._cohorts]


def test_nothing_known_says_nothing() -> None:
    """Without leads, wins or ends every verdict is unclear."""
    assert labels({"shop": Cohorts(MINUTE).splits(0)}, rings=False).state == "unclear"
    assert labels({}, rings=False).state == "unclear"
    assert performance({"shop": Scores(MINUTE).rises()}).state == "unclear"
    assert performance({}).state == "unclear"


def test_no_win_at_all_since_is_told() -> None:
    """When wins end while leads go on, the verdict counts what is missing and names the moment."""
    cohorts = _filled(60)
    for n in range(60, 100):
        for _ in range(20):
            cohorts.decided(n * MINUTE)
    verdict = labels({"shop": cohorts.splits(110 * MINUTE)}, rings=False)
    assert (verdict.state, verdict.observed) == ("breach", 0.0)
    assert "0 of the leads since 1970-01-01 01:00 were won, where about 160" in verdict.text


def _end(score: float, won: bool, age: int = 1) -> End:
    return End(Served("shop", 0, score), won, age * MINUTE)


def test_scores_that_turn_are_told_and_blocks_are_bounded() -> None:
    """Scores that begin to say the opposite rise above the won share; what is kept is bounded."""
    scores = Scores(MINUTE)
    for n in range(1_000):
        scores.ended(_end(0.8 if n % 2 else 0.2, n % 2 == 1), n)
    assert performance({"shop": scores.rises()}).state == "calm"
    for n in range(1_000, 1_200):
        scores.ended(_end(0.2 if n % 2 else 0.8, n % 2 == 1), n)
    verdict = performance({"shop": scores.rises()})
    assert verdict.state == "breach"
    assert "above that of the plain won share, was 0.4" in verdict.text
    for n in range(1_200, 20_000):
        scores.ended(_end(0.5, n % 2 == 1), n)
    assert len(scores._blocks) == BLOCKS
    assert max(one.ends for one in scores._blocks) == PER_BLOCK


def test_ends_of_another_age_are_another_kind_of_lead() -> None:
    """When leads that end late, which scores tell less of, begin to end, nothing became worse."""
    scores = Scores(MINUTE)
    for n in range(600):
        scores.ended(_end(0.9 if n % 4 else 0.1, n % 4 > 0), n)
    for n in range(600, 900):
        scores.ended(_end(0.9 if n % 4 else 0.1, n % 4 > 0), n)
        scores.ended(_end(0.9, n % 3 == 0, 64), n)
    state = performance({"shop": scores.rises(np.asarray([600], dtype=np.int64))}).state
    assert state != "breach"
