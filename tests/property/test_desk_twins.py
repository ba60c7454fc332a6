"""The desk in memory and the desk in Redis are one desk: whatever happens, they say the same."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from app.desk.answering import Standing
from app.desk.capacity import Capacity
from app.edges.memory_desk import MemoryDesk
from app.edges.redis.connecting import connect
from app.edges.redis.desk import RedisDesk
from app.embedded.redis import EmbeddedRedis
from app.ports import Assigned, Wanted
from app.settings import RedisSettings
from tests.harness.desks import HOUR, MONDAY_9, OFFICE, Clock, Present, lead_id, subject_id, team
from tests.harness.examples import examples

TEAMS = (
    team(
        "north",
        {"n-1": {"weight": 2, "per_day": 6}, "n-2": {"skills": ("wholesale",)}, "n-3": {"per_day": 2, "languages": ("de",)}},
    ),
    team("south", {"s-1": {"weight": 0.3, "hours": OFFICE}, "s-2": {"per_day": 5, "time_zone": "Asia/Tokyo"}}, keep_owner_days=3),
    team("queue", {}),
)
HAS_OWNER = ("sticky", "in_turn", "named")
NAMES = ("north", "south", "queue", "unknown")
MEMBERS = ("n-1", "n-2", "n-3", "s-1", "s-2", "gone")

WANTED = st.builds(
    Wanted,
    st.integers(0, 30).map(lead_id),
    st.none() | st.integers(0, 8).map(subject_id),
    st.sampled_from(NAMES),
    st.sampled_from([(), (), (), ("wholesale",), ("de",), ("wholesale", "de"), ("nobody-has-it",)]),
    st.sampled_from([(), (), ()]) | st.lists(st.sampled_from(MEMBERS), max_size=3, unique=True).map(tuple),
    st.sampled_from([None, None, None, None, *MEMBERS]),
)
WORDS = st.builds(
    Capacity,
    st.sampled_from(NAMES),
    st.sampled_from(MEMBERS),
    st.sampled_from([True, True, True, False]),
    st.none() | st.integers(-20, 80).map(lambda n: MONDAY_9 + n * HOUR),
    st.none() | st.integers(-20, 80).map(lambda n: MONDAY_9 + n * HOUR),
    st.none() | st.integers(0, 8),
    st.none() | st.sampled_from([0.1, 0.7, 1.0, 3.0]),
)
STEPS = st.one_of(
    st.lists(WANTED, min_size=1, max_size=12),
    st.lists(WANTED, min_size=1, max_size=12),
    st.sampled_from([1, 1, HOUR, 5 * HOUR, 20 * HOUR, 26 * HOUR, 100 * HOUR, -HOUR // 2]),
    WORDS,
    st.lists(st.integers(0, 30).map(lead_id), max_size=4).map(frozenset),
)


@pytest.fixture(scope="module")
def client(redis_server: EmbeddedRedis) -> Iterator[object]:
    made = connect(RedisSettings(url=SecretStr(redis_server.url)), text=False)
    yield made
    made.close()


@examples(50)
@given(steps=st.lists(STEPS, max_size=25))
def test_both_desks_say_the_same_and_nobody_has_more_than_a_day_allows(client, steps) -> None:  # type: ignore[no-untyped-def]
    """Same words, same leads, same times: same owners, loads and reasons; no place is given twice or beyond the limit."""
    clock, present = Clock(), Present(*TEAMS)
    memory = MemoryDesk(present, clock)
    stored = RedisDesk(client, f"t-{uuid.uuid4().hex[:12]}", present, clock=clock)
    stored.restore(())
    for step in steps:
        match step:
            case int():
                clock.at_ms += step
            case Capacity():
                present.say(step)
            case frozenset():
                memory.give_back(sorted(step))
                stored.give_back(sorted(step))
            case _:
                before = {name: memory.taken(name) for name in NAMES}
                told = memory.assign(step)
                assert stored.assign(step) == told
                assert stored.assign(step[-1:]) == memory.assign(step[-1:])
                for one, given in zip(step, told, strict=True):
                    _one_owner_or_queue(one, given)
                _within_limits(present, before, {name: memory.taken(name) for name in NAMES}, clock.at_ms)
        for name in NAMES:
            assert stored.taken(name) == memory.taken(name)


def _one_owner_or_queue(one: Wanted, given: Assigned) -> None:
    """A member of the lead's own team, or its queue with the reason; never somebody who was to be passed over."""
    members = {member.name for each in TEAMS if each.name == one.team for member in each.members}
    assert given.owner in members if given.why in HAS_OWNER else given.owner is None
    if one.named is None or given.owner is None:
        assert given.owner not in one.passed_over
    else:
        assert given.owner == one.named


def _within_limits(present: Present, before: dict, after: dict, at_ms: int) -> None:  # type: ignore[type-arg]
    """Whoever got a lead now had a place for it; a limit that was lowered since takes no lead away."""
    for name in ("north", "south"):
        shift = present.now.shift(name, at_ms)
        assert shift is not None
        for row in shift.rows:
            day, taken = after[name].get(row.member, (0, 0))
            had = before[name].get(row.member, (0, 0))
            assert taken <= max(row.limit, had[1] if had[0] == day else 0)


@examples(25)
@given(batch=st.lists(WANTED, min_size=1, max_size=40, unique_by=lambda one: one.lead), later=st.lists(WANTED, max_size=10))
def test_a_desk_that_was_emptied_knows_again_who_has_what(client, batch, later) -> None:  # type: ignore[no-untyped-def]
    """Restored from what decisions tell, both desks hold the same owners and counts, and stand by what they gave."""
    clock, present = Clock(), Present(*TEAMS)
    memory = MemoryDesk(present, clock)
    told = memory.assign(batch)
    standing = [
        Standing(
            one.lead,
            one.subject,
            one.team,
            given.owner,
            given.at_ms,
            present.now.day(one.team, given.owner, given.at_ms),
            given.why,
        )
        for one, given in zip(batch, told, strict=True)
        if given.owner is not None
    ]
    counts = Counter((one.team, one.member) for one in standing)
    emptied, stored = MemoryDesk(present, clock), RedisDesk(client, f"t-{uuid.uuid4().hex[:12]}", present, clock=clock)
    assert [one.why for one in stored.assign(batch)] == ["away"] * len(batch)
    emptied.restore(standing)
    assert stored.restore([None, *standing]) == len(standing)
    for name in ("north", "south"):
        assert stored.taken(name) == emptied.taken(name)
        assert {member: n for member, (_, n) in stored.taken(name).items() if n} == {
            m: n for (of, m), n in counts.items() if of == name
        }
    again = [one for one, given in zip(batch, told, strict=True) if given.owner]
    if again:
        assert [one.owner for one in stored.assign(again)] == [given.owner for given in told if given.owner]
        emptied.assign(again)
    assert not later or stored.assign(later) == emptied.assign(later)
