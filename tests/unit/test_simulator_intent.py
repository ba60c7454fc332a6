"""Who buys: learnable, rare enough, and changed by the drift."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from river.metrics import ROCAUC

from app.embedded.simulator.filling import fill
from app.embedded.simulator.intent import AFTER, BEFORE, win_probability
from app.embedded.simulator.outcomes import outcomes_of
from app.embedded.simulator.people import World
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.shapes import SHAPES
from app.embedded.simulator.shapes.submission import Submission
from app.embedded.simulator.traffic import Traffic
from app.inventory.load import load
from app.learning.outcomes import meaning

ROOT = Path(__file__).parents[2]
START_MS = 1_772_438_400_000


def auc(pairs: list[tuple[float, bool]]) -> float:
    metric = ROCAUC(n_thresholds=200)
    for probability, won in pairs:
        metric.update(won, probability)
    return float(metric.get())


@pytest.fixture(scope="module")
def originals() -> list[Planned]:
    """Leads with a known end, 10,000 records before the drift and 10,000 after it."""
    traffic = Traffic(load(ROOT / "deploy/config"), 6, START_MS, drift_at=10_000)
    return [planned for planned in islice(traffic.events(), 20_000) if planned.won is not None]


@pytest.mark.parametrize("concept", ["before", "after"])
def test_one_in_eight_is_won_and_the_function_ranks_them(originals: list[Planned], concept: str) -> None:
    """In both concepts the win rate is 10 to 15 %, and the true probability has an AUC about .80: what a perfect scorer gets."""
    pairs = [(one.probability or 0.0, bool(one.won)) for one in originals if one.concept == concept]
    assert 0.09 < sum(won for _, won in pairs) / len(pairs) < 0.15
    assert 0.76 < auc(pairs) < 0.85


def test_who_knows_only_the_old_concept_is_lost_after_the_drift() -> None:
    """Ranked by the concept before it, leads after the drift are no better than shuffled: there is something to recover from."""
    rng, world, sources, leads = Random(4), World(4), list(SHAPES), list[Submission]()
    for index in range(8000):
        source = sources[index % len(sources)]
        occurred = START_MS + index * 60_000
        leads.append(fill(source, SHAPES[source], world.person(index), index, occurred, None, rng))
    pairs = [(win_probability(lead, BEFORE), rng.random() < win_probability(lead, AFTER)) for lead in leads]
    assert auc(pairs) < 0.5


def test_outcomes_come_in_order_and_end_as_the_lead_does() -> None:
    """contacted first, then qualified, then won or lost; a reversed lead is reopened between two opposite ends, or its sale
    refunded; some steps nobody knows, some ends come late.
    """
    rng, met = Random(9), Counter[str]()
    for _ in range(4000):
        reports = outcomes_of(0.3, rng)
        names, days = [one.outcome for one in reports], [one.after_days for one in reports]
        assert days == sorted(days)
        if not reports:
            met["unreported"] += 1
            continue
        assert names[0] == "contacted"
        met.update(names)
        assert meaning(names[-1]) in ("won", "lost")
        assert all((one.value is not None) is (one.outcome == "won") for one in reports)
        met["repeated"] += any(one.repeated for one in reports)
        met["late"] += days[-1] > 16
        if "reopened" in names:
            assert {meaning(names[-1]), meaning(names[names.index("reopened") - 1])} == {"won", "lost"}
        if "refunded" in names:
            assert names[-2:] == ["won", "refunded"]
        assert all((meaning(name) is None) is (name == "on hold") for name in names)
    wanted = ("reopened", "refunded", "disqualified", "on hold", "repeated", "late", "unreported")
    assert min(met[name] for name in wanted) > 12


def test_win_rate_follows_the_probability() -> None:
    """The last word about a lead is drawn with its probability, reversals included."""
    rng = Random(2)
    ends = [reports[-1].outcome == "won" for reports in (outcomes_of(0.2, rng) for _ in range(10_000)) if reports]
    assert sum(ends) / len(ends) == pytest.approx(0.2, abs=0.02)
