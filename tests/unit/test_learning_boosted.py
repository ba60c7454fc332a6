"""The member that looks back: what it sees in the labels of the recent past, and what it forgets."""

from __future__ import annotations

import json
import random
from math import exp

import pytest

from app.learning.boosted import EVERY, FIRST, MAX_FEATURES, SETTLED, WINDOW, Boosted, step
from app.learning.terms import SPLIT, Terms


def terms(**values: object) -> Terms:
    """As the learner hands them in: numbers by their knot, categories by their value."""
    told = {name: repr(value) if isinstance(value, float) else f"={value}" for name, value in values.items()}
    return [(step(f"{name}{SPLIT}{value}"), 1.0) for name, value in told.items()]


def taught(labels: int, seed: int = 1, *, reverse: bool = False) -> Boosted:
    """A number whose middle wins, a category of which two values win; and noise."""
    member, rng = Boosted(), random.Random(seed)
    for _ in range(labels):
        number, kind = float(rng.randrange(5)), rng.choice("abcd")
        z = -2.0 + 2.0 * (number == 2.0) + 1.5 * (kind in "bd")
        won = rng.random() < 1.0 / (1.0 + exp(z if reverse else -z))
        member.learn(terms(number=number, kind=kind, noise=rng.choice("xyz")), won)
    return member


def test_nothing_is_said_before_the_first_fit() -> None:
    """A few labels teach it nothing but patience: everybody has the odds of a lead nobody knows."""
    member = taught(FIRST - 1)
    assert member.experience == 0.0
    assert member.log_odds(terms(number=2.0, kind="b")) == member.log_odds([])


def test_shapes_and_groups_are_found() -> None:
    """A hill in a number and two good values of a category are seen, noise is hardly heard."""
    member = taught(3_000)
    assert member.log_odds(terms(number=2.0, kind="a")) > member.log_odds(terms(number=0.0, kind="a")) + 1.0
    assert member.log_odds(terms(number=2.0, kind="a")) > member.log_odds(terms(number=4.0, kind="a")) + 1.0
    assert member.log_odds(terms(number=1.0, kind="d")) > member.log_odds(terms(number=1.0, kind="c")) + 0.7
    assert abs(member.log_odds(terms(noise="x")) - member.log_odds(terms(noise="y"))) < 0.3
    assert member.experience == 1.0


def test_what_is_new_counts_more_and_what_is_old_falls_out() -> None:
    """After a turn of the world it says the opposite, and it never keeps more labels than its window."""
    member = taught(3_000)
    for terms_, won in _stream(WINDOW + EVERY):
        member.learn(terms_, won)
    assert member.log_odds(terms(number=2.0)) < member.log_odds(terms(number=0.0))
    assert member.state()["labels"] < WINDOW + EVERY


def test_after_a_drift_only_the_newest_labels_are_kept() -> None:
    """It has little to say until it has seen enough of the new world, and then speaks of that alone."""
    member = taught(3_000)
    member.forget()
    assert member.state()["labels"] == FIRST
    assert member.experience == FIRST / SETTLED
    for terms_, won in _stream(SETTLED):
        member.learn(terms_, won)
    assert member.log_odds(terms(number=2.0)) < member.log_odds(terms(number=0.0))
    assert member.experience == 1.0


def test_a_knot_that_is_put_in_begins_as_the_one_below() -> None:
    """Until the next fit a new knot's leads are taken for those of the knot below."""
    member = taught(1_000)
    member.grow(f"number{SPLIT}2.5", f"number{SPLIT}2.0", f"number{SPLIT}3.0", 0.5)
    assert member.log_odds(terms(number=2.5)) == member.log_odds(terms(number=2.0))


@pytest.mark.parametrize("labels", [0, 1, FIRST - 1, FIRST, 1_300])
def test_a_restored_member_goes_on_as_if_nothing_had_been(labels: int) -> None:
    """Its state survives JSON, and what it learns from then on is the same to the last bit."""
    member = taught(labels)
    twin = Boosted()
    twin.load(json.loads(json.dumps(member.state())))
    assert twin.state() == member.state()
    for terms_, won in _stream(EVERY + 10):
        member.learn(terms_, won)
        twin.learn(terms_, won)
    assert twin.state() == member.state()


def test_a_damaged_state_is_refused() -> None:
    """Labels that cannot be read are a state that cannot be restored, and said to be so."""
    state = taught(300).state()
    with pytest.raises(ValueError, match="damaged"):
        Boosted().load({**state, "rows": state["rows"][:-10]})


def test_features_are_bounded() -> None:
    """However many features come, only so many are fitted."""
    member = Boosted()
    for label in range(FIRST):
        member.learn(terms(**{f"f{n}": "y" if label % 2 else "n" for n in range(2 * MAX_FEATURES)}), label % 2 > 0)
    assert len(member.state()["columns"]) == MAX_FEATURES
    assert set(member.weights()) <= {term for column in member.state()["columns"] for term in column}


def _stream(labels: int) -> list[tuple[Terms, bool]]:
    """The world turned round: the middle loses."""
    rng, stream = random.Random(7), []
    for _ in range(labels):
        number = float(rng.randrange(5))
        stream.append((terms(number=number, kind=rng.choice("abcd")), rng.random() < (0.05 if number == 2.0 else 0.4)))
    return stream
