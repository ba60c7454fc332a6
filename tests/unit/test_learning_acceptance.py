"""The gate for changes of the model: what is as good passes, what is worse does not, other leads are no proof."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from app.learning.acceptance import Accepted, Recording, Stream, accepted, judged
from app.learning.gate import Grouping, Labels, Passed, Refused
from app.learning.quality import log_loss

RECORDED = Path(__file__).parents[1] / "gate/accepted.json"


def stream(seed: int, noise: float) -> Stream:
    """Leads whose chance the model knows up to its noise."""
    leads, model = np.random.default_rng(seed), np.random.default_rng(100 + seed)
    truth = leads.normal(-1.5, 1.2, 4_000)
    won = (leads.random(4_000) < 1 / (1 + np.exp(-truth))).astype(float)
    sources = Grouping(leads.integers(0, 3, 4_000).astype(np.uint8), ["a", "b", "c"])
    return Stream(1 / (1 + np.exp(-truth - model.normal(0, noise, 4_000))), Labels(won, {"source": sources}))


def test_the_same_model_passes() -> None:
    """What says the same of the same leads may stay, and what is better may come."""
    recorded = Recording.of(stream(1, 0.5))
    assert isinstance(judged(recorded, stream(1, 0.5)), Passed)
    assert isinstance(judged(recorded, stream(1, 0.0)), Passed)


def test_a_worse_model_is_refused() -> None:
    """More noise, or one source spoiled: refused, whatever the seed."""
    for seed in range(20):
        good = stream(seed, 0.3)
        recorded, codes = Recording.of(good), good.labels.groups["source"].codes
        assert isinstance(judged(recorded, stream(seed, 1.2)), Refused)
        assert isinstance(judged(recorded, Stream(np.where(codes == 1, 0.02, good.said), good.labels)), Refused)


def test_other_leads_are_no_proof() -> None:
    """A recording of other ends judges nothing: it says so, and is accepted anew by force only."""
    refused = judged(Recording.of(stream(1, 0.5)), stream(2, 0.5))
    assert isinstance(refused, Refused)
    assert "other leads" in refused.words


def test_the_recording_is_small_and_true() -> None:
    """16 bits a lead keep the log loss to the fourth digit, through JSON."""
    one = stream(3, 0.5)
    kept = Accepted.from_json(json.loads(json.dumps(accepted({"x": one}, None, "why", forced=False).to_json())))
    found = kept.streams["x"]
    assert abs(log_loss(found.probabilities(), one.labels.won) - log_loss(one.said, one.labels.won)) < 1e-4
    assert len(found.said) < 2.6 * 4_000


def test_what_is_not_at_hand_keeps_its_recording() -> None:
    """Accepting where a stream's data is absent leaves what was recorded of it."""
    first = accepted({"a": stream(1, 0.5), "b": stream(2, 0.5)}, None, "first", forced=False)
    second = accepted({"a": stream(1, 0.0)}, first, "second", forced=True)
    assert second.streams["b"] == first.streams["b"]
    assert second.streams["a"] != first.streams["a"]
    assert (second.why, second.forced) == ("second", True)


def test_the_repository_holds_a_recording() -> None:
    """What `make gate` judges by is there, can be read, and is at most 100 kB."""
    assert len(RECORDED.read_bytes()) <= 100_000
    kept = Accepted.from_json(json.loads(RECORDED.read_text()))
    assert {"simulated", "bank"} <= kept.streams.keys()
    for recording in kept.streams.values():
        said = recording.probabilities()
        assert len(said) == recording.quality["leads"]
        assert 0.0 < said.min() <= said.max() < 1.0
