"""Windows: what is counted where, and when they close."""

from __future__ import annotations

import pytest

from app.monitoring.observation import Observation, observe
from app.monitoring.windows import EVERYTHING, Windows


def _seen(at_ms: int, source: str = "shop", **more: object) -> Observation:
    return Observation(source, at_ms, f"ld_{at_ms}", "routed", 100, **more)  # type: ignore[arg-type]


def test_a_silent_source_has_windows_too() -> None:
    """A source of the inventory that sends nothing gets an empty window for each that ends."""
    windows = Windows(1000, 0, {"shop": 1})
    closed = [window for window in windows.close(3000) if window.source == "shop"]
    assert [(w.start_ms, w.records) for w in closed] == [(0, 0), (1000, 0), (2000, 0)]


def test_nothing_closes_before_its_end() -> None:
    """A window stays open until the time handed in reaches its end."""
    windows = Windows(1000, 0, {"shop": 1})
    windows.add(_seen(999))
    assert windows.close(999) == []
    assert {w.source: w.records for w in windows.close(1000)} == {"shop": 1, EVERYTHING: 1}


def test_a_late_record_is_counted_in_the_oldest_open_window() -> None:
    """What arrives after its window closed is counted once, in the next."""
    windows = Windows(1000, 0, {"shop": 1})
    windows.close(1000)
    windows.add(_seen(500))
    assert [w.records for w in windows.close(2000) if w.source == "shop"] == [1]


def test_the_window_that_was_not_seen_from_its_beginning_is_not_counted() -> None:
    """Counting begins at the first boundary after the start."""
    windows = Windows(1000, 300, {"shop": 1})
    windows.add(_seen(700))
    windows.add(_seen(1100))
    assert [(w.start_ms, w.records) for w in windows.close(2000) if w.source == "shop"] == [(1000, 1)]


def test_a_slow_source_has_longer_windows() -> None:
    """A span of three makes one window of three."""
    windows = Windows(1000, 0, {"slow": 3})
    windows.add(_seen(100, "slow"))
    windows.add(_seen(2900, "slow"))
    assert [(w.end_ms, w.records) for w in windows.close(3000) if w.source == "slow"] == [(3000, 2)]


def test_an_unknown_source_is_watched_from_its_first_record() -> None:
    """A source that no one announced gets its own windows."""
    windows = Windows(1000, 0, {})
    windows.add(_seen(5500, "new"))
    assert [(w.start_ms, w.records) for w in windows.close(7000) if w.source == "new"] == [(5000, 1), (6000, 0)]


def test_everything_comes_first() -> None:
    """At the same end, the window of all sources is judged before theirs, because it can inhibit them."""
    windows = Windows(1000, 0, {"a": 1, "b": 2})
    assert [(w.end_ms, w.source) for w in windows.close(2000)] == [
        (1000, "*"),
        (1000, "a"),
        (2000, "*"),
        (2000, "a"),
        (2000, "b"),
    ]


def test_skipping_forgets_what_was_open() -> None:
    """After a time in which nothing could be seen, the next whole window is the next to be judged."""
    windows = Windows(1000, 0, {"shop": 1})
    windows.add(_seen(100))
    windows.skip(5500)
    windows.add(_seen(5700))
    windows.add(_seen(6000))
    assert [(w.start_ms, w.records) for w in windows.close(7000) if w.source == "shop"] == [(6000, 1)]


@pytest.mark.parametrize("quantile", [0.5, 0.95])
def test_quantiles_of_latency_are_right_within_eleven_percent(quantile: float) -> None:
    """The logarithmic buckets keep quantiles to their resolution."""
    windows = Windows(1000, 0, {})
    for n in range(1, 1001):
        windows.add(Observation("shop", 10, "ld_1", "routed", latency_ms=n * 10))
    window = windows.close(1000)[0]
    assert window.latency_s(quantile) == pytest.approx(quantile * 10, rel=0.11)


def test_a_decision_becomes_an_observation() -> None:
    """Latency is delivery less arrival, missing fields come from violations, a score that is no number is none."""
    decision = {
        "source": "shop",
        "lead_id": "ld_1",
        "fate": "routed",
        "received_at": 1000,
        "violations": ["email:missing", "phone:invalid"],
        "score": float("nan"),
        "model_version": "rules",
    }
    seen = observe(decision, 1250)
    assert (seen.latency_ms, seen.missing, seen.score, seen.by_rules) == (250, ("email",), None, True)
    assert observe(decision | {"received_at": 2000}, 1250).latency_ms == 0


def test_samples_are_few_and_of_the_thing() -> None:
    """A window keeps a handful of lead ids for each thing that can go wrong."""
    windows = Windows(1000, 0, {})
    for n in range(20):
        windows.add(
            Observation("shop", n, f"ld_{n}", "duplicate" if n % 2 else "routed", 5, missing=("email",) if n > 15 else ())
        )
    window = windows.close(1000)[1]
    assert window.samples["duplicate"] == ["ld_1", "ld_3", "ld_5", "ld_7", "ld_9"]
    assert window.samples["missing:email"] == ["ld_16", "ld_17", "ld_18", "ld_19"]
