"""Percentages of toggles: even, stable, and growing without moving anybody."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.flags.catalogue import CATALOGUE, SWITCHES
from app.flags.definition import Definition, Rule, parse
from app.flags.place import place
from app.flags.states import States
from app.flags.switches import Switches, switches
from tests.harness.examples import examples

# A percentage of so many deviates by chance, with a standard deviation of at most 0.35 points. That one of eleven flags is above
# a point somewhere between 0 and 100 % happens with one set of subjects in three: not with these.
SUBJECTS = [f"su_{n:020x}" for n in range(100_000, 120_000)]
flags = st.sampled_from(SWITCHES)
percents = st.floats(0, 100, allow_nan=False)


def shares(flag: str, percent: float) -> set[str]:
    """The subjects that the flag is on for."""
    one = switches(States({flag: Definition(percent=percent)}))
    return {key for key in SUBJECTS if one.on(flag, "web-form", key)}


@examples(12)
@given(flags, percents)
def test_a_percentage_is_kept_within_a_point(flag: str, percent: float) -> None:
    """Of 20,000 subjects the share that a flag is on for is within one point of what was asked."""
    assert abs(100 * len(shares(flag, percent)) / len(SUBJECTS) - percent) <= 1.0


@examples(12)
@given(flags, percents, percents)
def test_growing_moves_nobody_who_is_in(flag: str, one: float, other: float) -> None:
    """Whoever a smaller percentage is on for, a larger one is on for, too: for everybody at 100 %, for nobody at 0 %."""
    less, more = sorted((one, other))
    assert shares(flag, less) <= shares(flag, more)


@given(flags, st.text(max_size=40))
def test_a_place_lies_in_the_unit_interval_and_stays(flag: str, key: str) -> None:
    """In [0, 1), the same each time."""
    assert 0.0 <= place(flag, key) < 1.0
    assert place(flag, key) == place(flag, key)


def test_flags_split_apart() -> None:
    """Being early in one flag says nothing of another: of those in the first tenth of one, a tenth is in that of the other."""
    first = {flag: {key for key in SUBJECTS if place(flag, key) < 0.1} for flag in CATALOGUE}
    names = list(first)
    both = [len(first[a] & first[b]) / len(first[a]) for a, b in pairwise(names)]
    assert all(0.06 < share < 0.14 for share in both)


rules = st.builds(
    Rule, sources=st.lists(st.sampled_from(["aa", "bb", "cc"]), min_size=1, max_size=2).map(tuple), percent=percents
)


@given(flags, st.booleans(), st.lists(rules, max_size=3).map(tuple), st.sampled_from(["aa", "bb", "dd"]), st.text(max_size=9))
def test_text_keeps_the_answer(flag: str, enabled: bool, some: tuple[Rule, ...], source: str, key: str) -> None:
    """A definition that went over a topic answers as the one that was written."""
    definition = Definition(enabled=enabled, rules=some)
    before, after = (switches(States({flag: one})) for one in (definition, parse(flag, definition.text())))
    assert before.on(flag, source, key) == after.on(flag, source, key)
    assert before.version == after.version


@given(flags, st.text(max_size=12), st.floats(0, 1, exclude_max=True), st.booleans())
def test_the_short_way_says_the_same(flag: str, key: str, drawn: float, exactly: bool) -> None:
    """Which switches are off for a lead is what asking for each would say, also for a share that ends where the key stands."""
    share = place(flag, key) if exactly else drawn
    one = Switches("v", lambda name, *_: share if name == flag else 1.0)
    assert (flag in {*one.off("arrival", "s", key), *one.off("decision", "s", key)}) == (not one.on(flag, "s", key))
    assert one.on(flag, "s", key) == (place(flag, key) < share)
