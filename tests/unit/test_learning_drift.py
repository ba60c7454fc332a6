"""Learning proved on streams: a planted abrupt drift, and a real history with late labels. The numbers are printed."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from river import metrics

from app.learning.drift import WINDOW, LossDrift
from app.learning.model import OnlineModel
from app.learning.quality import captured, quality
from tests.harness.ranking import auc

BANK = Path(__file__).parents[3] / "shared/data/bank-full.csv"
BANK_AUC, BANK_TOP = 0.775, 0.51  # AUC as asked; the top fifth less a hair than it reaches (docs/model.md says what is possible)
Example = tuple[dict[str, float], dict[str, str], bool]


def drifting(seed: int, count: int, drift_at: int) -> tuple[list[Example], list[float]]:
    """Leads whose chances turn round at one moment (what spoke for a win now speaks against it), and their true log-odds."""
    rng, weights = random.Random(seed), [1.0, -0.8, 0.6, 0.0, 0.5]
    sources = {f"s{i}": effect for i, effect in enumerate([-1.5, -0.9, -0.5, -0.2, 0.2, 0.5, 0.9, 1.5])}
    stream, truth = [], []
    for n in range(count):
        x, source = [rng.gauss(0, 1) for _ in weights], rng.choice(list(sources))
        effect = sum(w * v for w, v in zip(weights, x, strict=True)) + sources[source]
        odds = -1.8 + (effect if n < drift_at else -effect)
        won = rng.random() < 1 / (1 + math.exp(-odds))
        stream.append(({f"x{i}": v for i, v in enumerate(x)}, {"source": source}, won))
        truth.append(odds)
    return stream, truth


def progressive(stream: Iterable[Example], late: int) -> tuple[list[tuple[float, bool]], OnlineModel]:
    """Score every lead before its label is learned, `late` leads later."""
    model, scored, waiting = OnlineModel(), [], []
    for example in stream:
        scored.append((model.probability(example[0], example[1]), example[2]))
        waiting.append(example)
        if len(waiting) > late:
            model.learn(*waiting[-late - 1])
    return scored, model


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_recovers_after_an_abrupt_drift(seed: int) -> None:
    """A planted drift is found once; 500 to 1,500 labels later the ranking is within .03 AUC of before, 2,000 later within .01.

    Both are held against the AUC that the true chances reach on the same leads, so that luck in a window does not count.
    """
    at, late = 6_000, 200
    stream, truth = drifting(seed, 10_500, at)
    scored, model = progressive(stream, late)
    ideal = [(odds, won) for odds, (_, _, won) in zip(truth, stream, strict=True)]
    windows = {"before": (at - 2_000, at), "broken": (at, at + late), "early": (at + late + 500, at + late + 1_500)}
    windows["after"] = (at + late + 2_000, len(stream))
    reached = {name: auc(scored[start:end]) for name, (start, end) in windows.items()}
    short = {name: auc(ideal[start:end]) - reached[name] for name, (start, end) in windows.items()}
    print(f"seed {seed}: " + ", ".join(f"{name} AUC {reached[name]:.3f} ({short[name]:.3f} short)" for name in windows))
    assert reached["before"] > 0.70
    assert short["broken"] > 0.1
    assert short["early"] < short["before"] + 0.03
    assert short["after"] < short["before"] + 0.01
    assert model.drifts == 1


def test_a_calm_stream_raises_no_drift() -> None:
    """Without a planted drift nothing is thrown away."""
    assert sum(progressive(drifting(seed, 5_000, 5_000)[0], 200)[1].drifts for seed in (1, 2)) == 0


@pytest.mark.skipif(not BANK.exists(), reason="shared/data/bank-full.csv is not beside the repository")
def test_bank_marketing_history() -> None:
    """A real history with labels 500 late: ranks and calibrates better than River's plain SGD (.7636, .3248)."""
    scored, _ = progressive(_bank(), 500)
    judged = scored[len(scored) // 10 :]
    said = quality([chance for chance, _ in judged], [won for _, won in judged])
    half = scored[len(scored) // 2 :]
    top = captured([chance for chance, _ in half], [won for _, won in half], 0.2)
    print(f"bank-full: AUC {said.auc:.4f}, log loss {said.log_loss:.4f}, ece {said.ece:.4f}, top fifth {top:.3f}")
    assert said.auc is not None
    assert said.auc >= BANK_AUC
    assert said.log_loss <= 0.318
    assert said.ece <= 0.02
    assert top >= BANK_TOP


def _bank() -> Iterator[Example]:
    numeric = {"age", "balance", "day", "campaign", "pdays", "previous"}
    with BANK.open(newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            label = row.pop("y") == "yes"
            del row["duration"]  # known only after the call
            numbers = {name: float(row.pop(name)) for name in numeric & set(row)}
            yield dict(sorted(numbers.items())), row, label


def test_auc_agrees_with_river() -> None:
    """The tests' own AUC is River's to the resolution of its thresholds."""
    rng, reference = random.Random(5), metrics.ROCAUC(n_thresholds=200)
    scored = [(rng.random() ** (0.5 if label else 1.0), label) for label in rng.choices([True, False], k=1_000)]
    for chance, label in scored:
        reference.update(label, chance)
    assert auc(scored) == pytest.approx(reference.get(), abs=0.01)


class TestLossDrift:
    def test_a_rise_is_drift_and_a_fall_is_not(self) -> None:
        """Losses that fall are learning."""
        rng = random.Random(0)
        falling = LossDrift()
        assert not any(falling.update(level + rng.random() / 10) for level in [0.7] * 500 + [0.2] * 500)
        rising = LossDrift()
        assert any(rising.update(level + rng.random() / 10) for level in [0.2] * 500 + [0.7] * 500)

    def test_state_is_bounded_and_exact(self) -> None:
        """Restored from its losses, the detector answers as the one that never stopped; it keeps at most WINDOW of them."""
        rng = random.Random(0)
        losses = [0.3 + rng.random() / 5 for _ in range(3 * WINDOW)] + [0.9 + rng.random() / 5 for _ in range(300)]
        whole, resumed, answers = LossDrift(), LossDrift(), []
        for n, loss in enumerate(losses):
            if n % 777 == 0:
                resumed = LossDrift(resumed.state())
            answers.append((whole.update(loss), resumed.update(loss)))
            assert len(whole.state()) <= WINDOW
        assert all(one == other for one, other in answers)
        assert any(one for one, _ in answers)
