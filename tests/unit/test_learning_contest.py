"""The contest: who scores, when that changes, and that the same labels make the same moves."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from math import exp, log
from pathlib import Path
from typing import Any

import pytest

from app.edges.kafka.herald import challengers_of
from app.edges.kafka.model_alert import alert
from app.edges.registry.configured import codec_for
from app.errors import ConfigurationError
from app.learning.contest import SERVED, Contender, Contest
from app.learning.model import OnlineModel
from app.learning.moves import Rules
from app.learning.orders import Order
from app.learning.recipes import NIMBLE, RECIPES, STANDARD, STEADY, Recipe
from app.learning.snapshot import SnapshotError, signing_key
from app.learning.standings import lineage, standings
from app.settings import RegistrySettings

RULES = Rules()
CODEC = codec_for(Path(__file__).parents[2] / "schemas", RegistrySettings())


class Scripted:
    """In a model's place: says what the stream tells it to, by its recipe's name."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.labels_learned = recipe, 0

    def learn(self, numbers: Mapping[str, float], categories: Mapping[str, str], won: bool) -> float:
        self.labels_learned += 1
        p = numbers[self.recipe.name]
        return -log(p if won else 1.0 - p)


def scripted(latency: Any = None) -> Contest:
    models = [Contender(recipe.name, Scripted(recipe)) for recipe in RECIPES.values()]  # type: ignore[arg-type]
    return Contest(models, RULES, latency)


def chance(log_odds: float) -> float:
    return min(0.999, max(0.001, 1 / (1 + exp(-log_odds))))


Noise = dict[str, float]
EQUAL: Noise = {"standard": 0.6, "steady": 0.6, "nimble": 0.6}


def feed(contest: Contest, count: int, noise: Noise, rng: random.Random, shift: float = 0.0) -> None:
    """Labels of leads whose chance each model knows up to its own noise; `shift` moves the world without telling any of them."""
    for _ in range(count):
        truth, source = rng.gauss(-1.5, 1.2), rng.choice("abc")
        said = {name: chance(truth + rng.gauss(0, much)) for name, much in noise.items()}
        contest.learn(said, {"source": source}, rng.random() < chance(truth + shift))


def causes(contest: Contest) -> list[str]:
    return [move.cause for move in contest.moves]


class TestByItself:
    def test_a_better_challenger_takes_over_and_settles(self) -> None:
        """Clearly better on the last labels: promoted with figures; the predecessor stands by, then contends again."""
        contest = scripted()
        feed(contest, 2_000, EQUAL | {"nimble": 0.0}, random.Random(1))
        assert (contest.champion, contest.predecessor) == ("nimble", "standard")
        promoted = contest.moves[-1]
        assert (promoted.cause, promoted.before, promoted.by) == ("promoted", "standard", "contest")
        assert "log loss -" in promoted.why
        feed(contest, 2_500, EQUAL | {"nimble": 0.0}, random.Random(2))
        assert causes(contest) == ["promoted", "settled"]
        assert (contest.champion, contest.predecessor) == ("nimble", None)
        assert sorted(contest.names) == ["nimble", "standard", "steady"]

    def test_nobody_moves_while_all_are_cold(self) -> None:
        """Before the ring is full, the quickest beginner takes nobody's place."""
        contest = scripted()
        feed(contest, 1_999, EQUAL | {"nimble": 0.0}, random.Random(1))
        assert (contest.champion, causes(contest)) == ("standard", [])

    def test_equals_stay_where_they_are(self) -> None:
        """Nobody takes over from a champion that is as good."""
        contest = scripted()
        feed(contest, 8_000, EQUAL, random.Random(3))
        assert (contest.champion, causes(contest)) == ("standard", [])

    def test_a_champion_below_its_predecessor_goes_back(self) -> None:
        """Promoted and then bad: rolled back within the probation, and not promoted again by itself for a while."""
        contest = scripted()
        feed(contest, 2_000, EQUAL | {"nimble": 0.0}, random.Random(1))
        assert contest.champion == "nimble"
        feed(contest, 1_000, EQUAL | {"nimble": 2.0}, random.Random(2))
        assert (contest.champion, causes(contest)) == ("standard", ["promoted", "rolled_back"])
        assert "against its predecessor" in contest.moves[-1].why
        feed(contest, 3_000, EQUAL | {"nimble": 0.0}, random.Random(4))
        assert contest.champion == "standard"
        feed(contest, 2_000, EQUAL | {"nimble": 0.0}, random.Random(5))
        assert contest.champion == "nimble"

    def test_a_champion_that_falls_alone_goes(self) -> None:
        """Below its own past while another is not: the best other takes its place at the next look."""
        contest = scripted()
        feed(contest, 4_000, EQUAL, random.Random(6))
        feed(contest, 500, EQUAL | {"standard": 2.5}, random.Random(7))
        assert causes(contest) == ["rolled_back"]
        assert contest.champion in ("steady", "nimble")
        assert "rose by" in contest.moves[-1].why

    def test_a_drift_that_hits_all_moves_nobody(self) -> None:
        """Where every model's loss rises, no champion is to blame."""
        contest = scripted()
        feed(contest, 4_000, EQUAL, random.Random(8))
        feed(contest, 3_000, EQUAL, random.Random(9), shift=2.5)
        assert causes(contest) == []

    def test_a_slow_challenger_is_not_promoted(self) -> None:
        """However good, it must predict within the budget."""
        contest = scripted(latency=lambda model, _: 400.0 if model.recipe is NIMBLE else 40.0)
        feed(contest, 4_000, EQUAL | {"nimble": 0.0}, random.Random(1))
        assert contest.champion == "standard"

    def test_corrections_are_learned_and_not_judged(self) -> None:
        """A lead that every model has seen says nothing of what they would have predicted."""
        contest = scripted()
        for _ in range(700):
            contest.learn(dict.fromkeys(RECIPES, 0.5), {}, True, corrects=True)
        assert (contest.labels_learned, contest.recent.count) == (700, 0)


def poison(kind: str) -> Callable[[random.Random, float, bool, str], float]:
    """What a poisoned challenger says, of the truth (log-odds), the label and the source."""
    return {
        "flipped": lambda rng, truth, won, source: chance(-truth),
        "rescaled": lambda rng, truth, won, source: chance(3.5 * truth),
        "constant": lambda rng, truth, won, source: 0.3,
        "leak": lambda rng, truth, won, source: chance(truth + (5 if won else -5) * (rng.random() < 0.7)),
        "harming": lambda rng, truth, won, source: chance(-4.0 if source == "a" else truth),
        "overconfident": lambda rng, truth, won, source: chance(2.0 * (truth + 1.5) - 1.5),
    }[kind]


@pytest.mark.parametrize("kind", ["flipped", "rescaled", "constant", "leak", "harming", "overconfident"])
def test_poison_never_comes_to_score(kind: str) -> None:
    """A poisoned challenger is looked at seven times in each of twenty streams, and is never promoted."""
    said = poison(kind)
    for seed in range(20):
        rng, contest = random.Random(seed), scripted()
        for _ in range(3_500):
            truth, source = rng.gauss(-1.5, 1.2), rng.choice("abcd")
            won = rng.random() < chance(truth)
            told = {name: chance(truth + rng.gauss(0, 0.6)) for name in ("standard", "steady")}
            contest.learn(told | {"nimble": said(rng, truth, won, source)}, {"source": source}, won)
        assert contest.champion != "nimble", seed


def order(do: Any, target: str | None = None, *, force: bool = False, name: str = "o1") -> Order:
    return Order(name, do, target, "because", "sales-ops", force, 0)


class TestOrders:
    def test_a_person_promotes_what_the_gate_lets_pass(self) -> None:
        """A contender that is not worse takes over on order; the same order again changes nothing."""
        contest = scripted()
        feed(contest, 2_000, dict.fromkeys(RECIPES, 0.0), random.Random(1))
        move = contest.obey(order("promote", "steady"))
        assert move is not None
        assert (move.cause, move.by, contest.champion, contest.predecessor) == ("ordered", "sales-ops", "steady", "standard")
        assert contest.obey(order("promote", "steady")) is None
        assert contest.obey(order("rollback", name="o2")) is not None
        assert contest.champion == "standard"

    def test_the_gate_refuses_and_says_why(self) -> None:
        """What is worse stays where it is, unless the person insists; both are in the record."""
        contest = scripted()
        feed(contest, 2_000, EQUAL | {"steady": 1.5}, random.Random(1))
        refused = contest.obey(order("promote", "steady"))
        assert refused is not None
        assert (refused.cause, contest.champion) == ("refused", "standard")
        assert "log loss +" in refused.why
        forced = contest.obey(order("promote", "steady", force=True, name="o2"))
        assert forced is not None
        assert (forced.cause, contest.champion) == ("ordered", "steady")
        assert "though the gate refuses it" in forced.why

    @pytest.mark.parametrize(
        ("wanted", "why"),
        [
            (order("promote", "standard"), "champion already"),
            (order("promote", "online-1-ab"), "neither a contender"),
            (order("rollback"), "no other champion"),
        ],
    )
    def test_what_cannot_be_done_is_refused(self, wanted: Order, why: str) -> None:
        """Unknown names, the champion itself, and nobody to go back to."""
        refused = scripted().obey(wanted)
        assert refused is not None
        assert refused.cause == "refused"
        assert why in refused.why

    def test_a_kept_version_comes_back_only_by_force(self) -> None:
        """No label has judged it; it learns on from where it was, and leaves the contest when it neither scores nor stands by."""
        old, contest = OnlineModel(STANDARD), Contest.of([STEADY])
        old.learn({"x": 1.0}, {"source": "a"}, True)
        for n in range(50):
            contest.learn({"x": n / 50}, {"source": "a"}, n % 3 == 0)
        version = "online-1-ab"
        assert contest.obey(order("rollback", version), old).cause == "refused"  # type: ignore[union-attr]
        assert contest.obey(order("rollback", version, force=True, name="o2"), old).cause == "ordered"  # type: ignore[union-attr]
        assert contest.champion == "standard@online-1-ab"
        contest.learn({"x": 0.5}, {"source": "a"}, True)
        assert contest.model().labels_learned == 2
        contest.obey(order("rollback", force=True, name="o3"))
        contest.obey(order("promote", "steady", force=True, name="o4"))
        assert sorted(contest.names) == ["standard", "steady"]

    def test_orders_are_signed(self) -> None:
        """An order survives its way through the topic; one that somebody else wrote is refused."""
        key, one = signing_key(b"a pepper long enough"), order("promote", "steady")
        assert Order.unsealed(one.sealed(key), key) == one
        for bad in (one.sealed(None), one.sealed(signing_key(b"another pepper")), one.sealed(key)[:-2]):
            with pytest.raises(SnapshotError):
                Order.unsealed(bad, key)


def labels(count: int, seed: int) -> Iterator[tuple[dict[str, float], dict[str, str], bool]]:
    rng = random.Random(seed)
    for _ in range(count):
        x, source = rng.gauss(0, 1), rng.choice("ab")
        yield {"x": x}, {"source": source, "country": rng.choice(["DE", "FR"])}, rng.random() < chance(1.5 * x - 1)


RESTLESS = Rules(recent=100, every=25, probation=50, rest=50, fall=30)


class TestState:
    @pytest.mark.parametrize("stop_at", [1, 60, 150, 399])
    def test_a_restored_contest_goes_on_as_the_first(self, stop_at: int) -> None:
        """Through JSON and back at any moment, with champions changing and the ring going round: the ends are equal."""
        first, restored = (Contest.of([STEADY, NIMBLE], RESTLESS) for _ in "12")
        for n, (numbers, categories, won) in enumerate(labels(400, 1)):
            if n == stop_at:
                restored = Contest.restore(json.loads(json.dumps(restored.state())), RESTLESS)
            for contest in (first, restored):
                contest.learn(numbers, categories, won, groups={"x.sex": "f"}, served=0.5 if n % 2 else None)
                if n in (70, 160):
                    contest.obey(order("promote", "nimble", force=True, name=f"o{n}"))
        assert first.state() == restored.state()
        assert first.moved >= 2

    def test_who_contends_follows_the_settings(self) -> None:
        """Recipes that are named no more leave, new ones come; none at all: the champion learns alone."""
        contest = Contest.of([STEADY, NIMBLE])
        contest.field([NIMBLE])
        assert contest.names == ["standard", "nimble"]
        contest.field([STEADY, NIMBLE])
        assert contest.names == ["standard", "nimble", "steady"]
        contest.field([])
        assert contest.names == ["standard"]
        for numbers, categories, won in labels(600, 2):
            contest.learn(numbers, categories, won)
        assert contest.labels_learned == 600


def test_the_setting_names_recipes() -> None:
    """LEADSTREAM_CHALLENGERS: names with commas or blanks; empty for none; an unknown one ends the start with its name."""
    assert challengers_of("steady, nimble") == [STEADY, NIMBLE]
    assert challengers_of("") == []
    with pytest.raises(ConfigurationError, match=r"LEADSTREAM_CHALLENGERS.*'bold'"):
        challengers_of("bold")


class TestStandings:
    def test_tell_quality_and_what_the_gate_says(self) -> None:
        """A row for each contender and one for what was served, each with its measures."""
        contest = Contest.of([STEADY], Rules(recent=300, every=100))
        for numbers, categories, won in labels(400, 3):
            contest.learn(numbers, categories, won, served=0.3)
        rows = {row["name"]: row for row in standings(contest)}
        assert list(rows) == ["standard", "steady", SERVED]
        assert rows["standard"]["quality"]["leads"] == 300
        assert rows["standard"]["quality"]["auc"] > 0.7 > rows[SERVED]["quality"]["auc"]
        assert "too few labels" in rows["steady"]["gate"]["words"]

    def test_lineage_names_the_cause(self) -> None:
        """A version published after a move says who made it and why; one after it only learned."""
        contest = scripted()
        feed(contest, 2_000, EQUAL | {"nimble": 0.0}, random.Random(1))
        assert (lineage(contest, 0).cause, lineage(contest, 0).champion) == ("promoted", "nimble")
        assert (lineage(contest, 1).cause, lineage(contest, 1).labels) == ("learned", 2_000)


class TestAlert:
    def test_a_rollback_rings_until_something_moves(self) -> None:
        """On guard from the rollback until the next champion, or until the one that came back has held for long."""
        contest = scripted()
        feed(contest, 2_000, EQUAL | {"nimble": 0.0}, random.Random(1))
        assert not contest.on_guard
        feed(contest, 1_000, EQUAL | {"nimble": 2.0}, random.Random(2))
        last = contest.last_appointed
        assert last is not None
        assert (contest.on_guard, last.cause) == (True, "rolled_back")
        record = alert(last, 1, 1, firing=True, runbook=None)
        assert "nimble was rolled back to standard" in record["summary"]
        CODEC.encode("alert", record)
        feed(contest, 4_500, EQUAL, random.Random(3))
        assert not contest.on_guard
