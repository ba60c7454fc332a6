"""Sets of our own, made otherwise than the training's: persons and organisations of many countries, chains among them."""

from __future__ import annotations

from random import Random

import pytest

from app.embedded.simulator.people import World as SimulatedWorld
from app.learning.match_corruption import lead
from app.learning.match_dice import Dice
from app.learning.match_people import World
from app.learning.match_quality import quality
from app.learning.match_training import Verdict, reestimated, train
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.levels import COMPANY, FIELDS, MISSING
from app.pipeline.matching.local import LocalIndex, Matcher
from app.pipeline.matching.reading import evidence
from app.pipeline.matching.weights import load, shipped


def found(known: list[tuple[Evidence, int]]) -> tuple[float, float]:
    """Precision and recall of what was merged, in this order."""
    index = LocalIndex()
    matcher = Matcher(index)
    for n, (one, _) in enumerate(known):
        matcher.match(str(n), one)
    told = quality([index.first(str(n)) for n in range(len(known))], [who for _, who in known])
    return told.precision, told.recall


def test_simulated_people_with_every_address_and_phone_of_their_own() -> None:
    """The simulator's people of twelve countries, each twice with a typo in the name and a field gone: found, and nobody else."""
    rng, world = Random(3), SimulatedWorld(3)
    known: list[tuple[Evidence, int]] = []
    for n in range(600):
        one = world.person(n)
        told = {
            "first": one.first, "last": one.last, "company": one.company or "", "street": one.street, "city": one.city,
            "postcode": one.postcode, "country": one.country.code, "phone": one.phone, "email": one.email,
        }  # fmt: skip
        known.append((evidence(**told), n))  # type: ignore[arg-type]
        gone, at = rng.choice(["email", "phone", "street"]), rng.randrange(1, len(one.last))
        told |= {gone: "", "last": one.last[:at] + one.last[at + 1 :]}
        known.append((evidence(**told), n))  # type: ignore[arg-type]
    rng.shuffle(known)
    precision, recall = found(known)
    assert precision >= 0.99
    assert recall >= 0.97


def test_another_world_than_the_one_of_the_training() -> None:
    """Persons, employees and businesses of a world with other names, one to three leads each, with all that people do wrong."""
    dice = Dice(2024)
    world = World(dice)
    known = []
    for n in range(700):
        being = world.being()
        known += [(lead(dice, world, being), n) for _ in range(1 + dice.below(3))]
    Random(5).shuffle(known)
    precision, recall = found(known)
    assert precision >= 0.99
    assert recall >= 0.9


def test_branches_of_a_chain_stay_apart() -> None:
    """A chain's shops in thirty towns, with one hotline for half of them: not one is merged with another."""
    towns = [
        f"{a}{b}" for a in ("Kiel", "Bonn", "Ulm", "Trier", "Jena") for b in ("ingen", "hausen", "dorf", "stadt", "au", "feld")
    ]
    known = [
        (
            evidence(
                company=f"Zanella Kaffee {'GmbH' if n % 3 else town}",
                street=f"{('Ring', 'Markt', 'Hafenstraße', 'Am Wall', 'Poststraße')[n % 5]} {n * 7 + 1}",
                city=town,
                postcode=f"{10000 + 2999 * n}",
                phone="+498001234567" if n % 2 else f"+4930{7000000 + n * 3119}",
                email="info@zanella-kaffee.de",
            ),
            n,
        )
        for n, town in enumerate(towns)
    ]
    assert found(known) == (1.0, 1.0)


def test_weights_come_from_a_seed_alone() -> None:
    """The same seed gives the same file, another one another; what is written can be read."""
    one, report = train(seed=1, pairs=40)
    assert one.dump() == train(seed=1, pairs=40)[0].dump()
    assert one.dump() != train(seed=2, pairs=40)[0].dump()
    assert load(one.dump()).dump() == one.dump()
    assert len(report.lines()) > 5


@pytest.mark.parametrize("same", [True, False])
def test_what_people_say_moves_the_weights(same: bool) -> None:
    """Pairs with nearly one company's name, all judged one way, move what that is worth; nothing else moves."""
    levels = tuple(4 if n == COMPANY else MISSING for n in range(len(FIELDS)))
    before = Judge(shipped()).weighed(levels)[0]
    after = reestimated(shipped(), [Verdict(levels, same)] * 200)
    moved = Judge(after).weighed(levels)[0]
    assert (moved > before) is same
    assert after.probabilities["same"]["birth"] == shipped().probabilities["same"]["birth"]
    assert reestimated(shipped(), []).probabilities == shipped().probabilities
