"""Properties of the bets behind guardrails."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.rollout.betting import STEPS, Bets, Limit, bet
from app.rollout.intervals import bounds
from tests.harness.examples import examples

RATES = st.floats(0, 1)
LIMITS = st.one_of(
    st.builds(Limit, st.just(True), st.sampled_from([0.0, 1.0, 1.25, 2.0]), st.sampled_from([0.01, 0.05, 0.2])),
    st.builds(Limit, st.just(False), st.sampled_from([0.5, 0.75, 1.0]), st.sampled_from([0.0, 0.05])),
)


@examples(400)
@given(LIMITS, st.floats(0.01, 0.99), RATES, st.sampled_from(STEPS), RATES, RATES)
def test_no_bet_wins_against_an_innocent_candidate(
    limit: Limit, chance: float, believed: float, step: float, baseline: float, candidate: float
) -> None:
    """Whatever the bet believes and whatever the innocent rates are, a lead leaves its wealth as it is or smaller, on average."""
    edge = limit.of(baseline)
    assume(edge <= 1 if limit.up else edge >= 0)
    candidate = min(candidate, max(0.0, edge)) if limit.up else max(candidate, min(1.0, edge))
    factors = bet(limit, chance, believed, step)
    of_candidate = candidate * factors.candidate_hit + (1 - candidate) * factors.candidate_miss
    of_others = baseline * factors.baseline_hit + (1 - baseline) * factors.baseline_miss
    assert chance * of_candidate + (1 - chance) * of_others <= 1 + 1e-9


@examples(50)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from([0.05, 0.25])), max_size=120), st.integers(0, 120))
def test_bets_go_on_from_their_state(leads: list[tuple[bool, bool, float]], stop: int) -> None:
    """A state that went through JSON gives the same wealth for what follows, bit by bit."""
    limit, bets, other = Limit(True, 1.0, 0.05), Bets(), Bets()
    for n, (candidate, hit, chance) in enumerate(leads):
        if n == stop:
            other = Bets.from_json(orjson.loads(orjson.dumps(other.to_json())))
        for one in (bets, other):
            if n % 40 == 0:
                one.begin_day()
            one.look(limit, chance, 0.05, candidate=candidate, hit=hit)
    assert bets == other


@examples(100)
@given(st.integers(0, 200), st.integers(0, 200))
def test_an_interval_holds_what_was_seen(hits: int, misses: int) -> None:
    """The share lies within its bounds, and the bounds within [0, 1]."""
    low, high = bounds(hits, hits + misses)
    seen = hits / (hits + misses) if hits + misses else 0.5
    assert 0.0 <= low <= seen <= high <= 1.0


def test_bounds_hold_at_all_times_at_once() -> None:
    """Of 200 streams, looked at after every lead, at most one in twenty ever leaves its bounds, with room for chance."""
    from random import Random

    left = 0
    for seed in range(200):
        dice, hits = Random(seed), 0
        for n in range(1, 121):
            hits += dice.random() < 0.2
            low, high = bounds(hits, n)
            if not low <= 0.2 <= high:
                left += 1
                break
    assert left <= 20


def test_a_fixed_limit_needs_no_other_arm() -> None:
    """With ratio 0 the others' leads change nothing."""
    factors = bet(Limit(True, 0.0, 0.3), 1.0, 0.1, 1.0)
    assert factors.baseline_hit == factors.baseline_miss == 1.0
    assert factors.candidate_hit > 1.0 > factors.candidate_miss


def test_where_nothing_can_be_harm_nothing_is_bet() -> None:
    """A limit that no rate can breach gives factors of one."""
    assert set(bet(Limit(True, 1.0, 0.5), 0.5, 0.7, 1.0)) == {1.0}
    assert bet(Limit(False, 0.5, 0.2), 0.5, 0.1, 1.0) == pytest.approx((1.0, 1.0, 1.0, 1.0))
