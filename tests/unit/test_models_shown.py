"""What `leadstream models` shows: contenders, versions, moves and orders, as data and in tables."""

from __future__ import annotations

import random

import pytest
from rich.console import Console, RenderableType

from app.commands.models_shown import Picture, comparison, detail, overview
from app.edges.kafka.model_records import ModelRecords
from app.learning.contest import Contest
from app.learning.ledger import Ledger
from app.learning.moves import Rules
from app.learning.orders import Order
from app.learning.progress import Progress
from app.learning.recipes import STEADY
from app.learning.snapshot import Snapshot, seal_learning, signing_key
from app.learning.versions import Version, shelved

KEY = signing_key(b"a pepper long enough")


@pytest.fixture(scope="module")
def picture() -> Picture:
    """A contest that refused one order and carried out another, with one more to come."""
    rng, contest = random.Random(1), Contest.of([STEADY], Rules(recent=200, every=100))
    progress, records = Progress(Ledger(), contest, {}, {}), ModelRecords()
    snapshot: Snapshot | None = None
    for n in range(240):
        x = rng.gauss(0, 1)
        contest.learn({"x": x}, {"source": "ads"}, rng.random() < (0.6 if x > 0 else 0.2))
        if n == 200:
            contest.obey(Order("o1", "promote", "steady", "it is Monday", "sales-ops", False, 0))
            contest.obey(Order("o2", "promote", "steady", "I insist", "sales-ops", True, 0))
        if n in (150, 239):
            snapshot, _ = shelved(Snapshot.of(progress, None, snapshot.shelf if snapshot else None))
            records.states.append(seal_learning(snapshot, KEY))
            records.versions[snapshot.version] = Version.of(snapshot).sealed(KEY)
    records.orders["o3"] = Order("o3", "rollback", None, "sorry", "sales-ops", False, 0)
    records.versions["online-1-forged"] = Version.of(snapshot).sealed(None) if snapshot else b""
    return Picture.of(records, KEY)


def text(shown: RenderableType) -> str:
    console = Console(width=400)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


def test_the_list_tells_who_scores_and_why(picture: Picture) -> None:
    """The champion first, its quality, the versions kept, the moves with their reasons, orders that are open."""
    assert [(row["name"], row["role"]) for row in picture.data["contenders"]] == [
        ("steady", "champion"),
        ("standard", "predecessor"),
    ]
    assert [row["lineage"]["cause"] for row in picture.data["versions"]] == ["learned", "ordered"]
    assert [move["cause"] for move in picture.data["moves"]] == ["refused", "ordered"]
    shown = text(overview(picture))
    for words in (
        "steady",
        "I insist, though the gate refuses it",
        "too few labels",
        "not carried out yet: rollback  by sales-ops",
    ):
        assert words in shown
    assert "forged" not in shown


def test_one_is_found_by_its_name(picture: Picture) -> None:
    """Contenders by name, versions by theirs, the newest, too; nobody else."""
    version = picture.data["versions"][0]["version"]
    for name in ("standard", version, picture.data["version"]):
        row = picture.find(name)
        assert row is not None
        assert "log_loss" in text(detail(row))
    assert picture.find("nobody") is None


def test_two_are_compared_by_the_gate_where_both_contend(picture: Picture) -> None:
    """Paired findings for contenders; for a version only its own figures, and that is said."""
    data = picture.compared("steady", "standard")
    assert data["gate"]["passed"] is False
    assert "too few labels" in text(comparison(data))
    unpaired = picture.compared("steady", picture.data["versions"][0]["version"])
    assert unpaired["gate"] is None
    assert "not paired" in text(comparison(unpaired))


def test_before_the_first_model_the_rules_score() -> None:
    """An empty topic is no error."""
    assert "the rules score" in text(overview(Picture.of(ModelRecords(), KEY)))
