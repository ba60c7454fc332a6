"""How champion and challengers stand: their quality on the last labels, and what the gate says of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from app.learning.contest import SERVED, Contest
from app.learning.gate import Passed
from app.learning.lineage import Lineage
from app.learning.moves import APPOINTING
from app.learning.quality import quality


def measured(contest: Contest, name: str) -> dict[str, Any]:
    """What a contender's predictions of the last labels were worth; empty while there are none."""
    (said,), labels = contest.recent.of([name])
    return asdict(quality(said, labels.won)) if len(said) else {}  # type: ignore[arg-type]


def standings(contest: Contest) -> list[dict[str, Any]]:
    """A row for each contender, the champion first: name, recipe, role, labels, quality, gate (passed, words)."""
    rows: list[dict[str, Any]] = []
    for name in contest.names:
        role = "champion" if name == contest.champion else "predecessor" if name == contest.predecessor else "challenger"
        model = contest.model(name)
        row = {"name": name, "recipe": model.recipe.name, "role": role, "labels": model.labels_learned}
        row |= {"quality": measured(contest, name), "gate": None}
        if role != "champion":
            judged = contest.judge(name)
            row["gate"] = {"passed": isinstance(judged, Passed), "words": judged.words}
        rows.append(row)
    return [*rows, *_served(contest)]


def lineage(contest: Contest, moved: int) -> Lineage:
    """Of a version published now.

    Args:
        moved: Moves that the version before it had behind it.
    """
    made = next((move for move in reversed(contest.moves_since(moved)) if move.cause in APPOINTING), None)
    recipe, count, good = contest.model().recipe.name, contest.labels_learned, measured(contest, contest.champion)
    if made is None:
        return Lineage(recipe, contest.champion, "learned", "contest", f"{count} labels learned", count, good)
    return Lineage(recipe, contest.champion, made.cause, made.by, made.why, count, good)


def _served(contest: Contest) -> Iterable[dict[str, Any]]:
    """What workers really said of the same leads, by whatever version they had then."""
    good = measured(contest, SERVED)
    if good:
        yield {"name": SERVED, "recipe": "", "role": "served", "labels": 0, "quality": good, "gate": None}
