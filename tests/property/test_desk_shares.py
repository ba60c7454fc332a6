"""Shares of a day hold whatever the weights, and whoever comes and goes."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.desk.capacity import Capacity
from app.edges.memory_desk import MemoryDesk
from app.ports import Wanted
from tests.harness.desks import HOUR, Clock, Present, lead_id, team
from tests.harness.examples import examples

HOURS, LEADS = 10, 200  # of a day, of an hour

PRESENCE = st.lists(st.booleans(), min_size=HOURS, max_size=HOURS)
MEMBERS = st.lists(st.tuples(st.floats(0.5, 4), PRESENCE), min_size=2, max_size=6)


@examples(40)
@given(MEMBERS)
def test_a_days_leads_are_shared_by_weight_among_those_who_are_there(members: list[tuple[float, list[bool]]]) -> None:
    """Each hour's leads are due to those who are there, by weight; over the day everybody has what was due to them within 5 %,
    and never more than a lead for each time that somebody came or went beyond it."""
    names = [f"m-{n}" for n in range(len(members))]
    clock, present = (
        Clock(),
        Present(team("us", {name: {"weight": weight} for name, (weight, _) in zip(names, members, strict=True)})),
    )
    desk, due, got, changes = MemoryDesk(present, clock), Counter[str](), Counter[str | None](), 1
    for hour in range(HOURS):
        there = {name: weight for name, (weight, presence) in zip(names, members, strict=True) if presence[hour]}
        changes += sum(presence[hour] != presence[hour - 1] for _, presence in members) if hour else 0
        present.say(*(Capacity("us", name, available=name in there) for name in names))
        for name, weight in there.items():
            due[name] += LEADS * weight / sum(there.values())  # type: ignore[assignment]
        wanted = [Wanted(lead_id(hour * LEADS + n), None, "us") for n in range(LEADS)]
        got.update(one.owner for one in desk.assign(wanted))
        clock.at_ms += HOUR
    for name in names:
        assert abs(got[name] - due[name]) <= max(0.05 * due[name], changes)
    assert got[None] == LEADS * sum(not any(presence[hour] for _, presence in members) for hour in range(HOURS))
