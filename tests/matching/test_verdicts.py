"""What people say of doubtful pairs, taken in: it helps where the world is other than the training's, and an erring reviewer
does no harm but more questions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from app.learning.match_dice import Dice
from app.learning.match_pairs import pair
from app.learning.match_people import World
from app.learning.match_training import SHARE, Verdict, reestimated
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.weights import CLASSES, MATCHES, shipped

Pairs = list[tuple[Evidence, Evidence, bool]]
PEOPLE = 2_000
# Not what the training takes for usual: four times as many families and sister companies.
SHARES = {**SHARE, "stranger": 0.3, "household": 0.6, "sister": 0.3}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of pairs: merged though two, left apart though one, asked about."""

    wrong: int
    missed: int
    asked: int


@cache
def world(seed: int) -> Pairs:
    """Pairs of each class, as many as such a base has, and whether they are one."""
    dice = Dice(seed)
    made = World(dice)
    pairs = [(*pair(dice, made, one), one in CLASSES[:MATCHES]) for one in CLASSES for _ in range(int(PEOPLE * SHARES[one]))]
    Random(seed).shuffle(pairs)
    return pairs


def outcome(judge: Judge) -> Outcome:
    """Of pairs that nobody was asked about before."""
    kinds = [(judge(a, b).kind, same) for a, b, same in world(202)]
    return Outcome(kinds.count(("merge", False)), kinds.count(("new", True)), sum(kind == "ask" for kind, _ in kinds))


@cache
def after(wrong: float) -> Outcome:
    """When a reviewer who errs in so many cases was shown every doubtful pair of another world."""
    rng, judge = Random(7), Judge(shipped())
    shown = [(judge(a, b), same) for a, b, same in world(101)]
    said = [Verdict(seen.levels, same ^ (rng.random() < wrong)) for seen, same in shown if seen.kind == "ask"]
    assert len(said) > 100
    return outcome(Judge(reestimated(shipped(), said)))


def test_reviewers_teach_what_the_training_did_not_know() -> None:
    """Where they are right, a fifth fewer are asked about, and not more are merged wrongly."""
    before = outcome(Judge(shipped()))
    assert after(0.0).asked <= 0.8 * before.asked
    assert after(0.0).wrong <= before.wrong + 1
    assert after(0.0).missed <= 1.2 * before.missed


@pytest.mark.parametrize("wrong", [0.1, 0.3, 0.5])
def test_a_reviewer_who_errs_does_little_harm(wrong: float) -> None:
    """Up to saying anything at all: hardly more wrong merges and misses than without, and more questions at worst."""
    before = outcome(Judge(shipped()))
    assert after(wrong).wrong <= 1.1 * before.wrong
    assert after(wrong).missed <= 1.2 * before.missed
