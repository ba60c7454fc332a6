"""Optional answers, several forms at one source, any rate: as long as the source writes as always, nothing rings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.monitoring.alerts import Record
from app.monitoring.watch import Watch, WatchSettings
from tests.harness.examples import examples
from tests.harness.stream_of_shapes import FormStream, Part, payload_shape

SHARES = (1.0, 1.0, 1.0, 0.99, 0.97, 0.93, 0.9, 0.85, 0.7, 0.5, 0.3, 0.1, 0.03, 0.01, 0.002)
SOMETIMES = (0.0, 0.0, 0.0, 0.002, 0.01, 0.03, 0.07, 0.1, 0.2, 0.5, 0.8)  # values of two kinds: a free text, a number at times
TYPES = (str, str, str, int, bool)
FIELDS = (None, None, "email", "phone", "full_name", "company")


def _form(rng: np.random.Generator, parts: int, begin: int = 0) -> dict[str, Part]:
    return {
        f"q{n}": Part(
            float(rng.choice(SHARES)),
            TYPES[rng.integers(len(TYPES))],
            FIELDS[rng.integers(len(FIELDS))],
            TYPES[rng.integers(len(TYPES))],
            float(rng.choice(SOMETIMES)),
        )
        for n in range(begin, begin + parts)
    }


def _run(seed: int, per_window: float, windows: int, change_at: int | None = None) -> list[tuple[int, Record]]:
    """A source of two forms, the lesser with a tenth of the records at least; from `change_at` on, a path of all is renamed."""
    rng, stream, told = np.random.default_rng(seed), FormStream(seed, per_window), []
    forms = _form(rng, 12), _form(rng, 8, begin=9)
    shares = (lesser := float(rng.uniform(0.1, 0.5))), 1 - lesser
    watch = Watch(WatchSettings(rate_factor=None), {"shop": per_window * 60}, (), 0)
    shown: set[str] = set()
    for n in range(windows):
        name = "mail" if change_at is None or n < change_at else "mail_adresse"
        window = stream.window(n, *((share, {**form, name: Part(1.0)}) for share, form in zip(shares, forms, strict=True)))
        for fingerprint in set(window.shapes) - shown:
            watch.show(payload_shape("shop", stream.shapes[fingerprint]))
        shown |= set(window.shapes)
        told += [(n, record) for record in watch.judge(window) if record["kind"] == "schema_change"]
    return told


@pytest.mark.parametrize("per_window", [4, 15, 40, 150])
@pytest.mark.parametrize("seed", range(6))
def test_stationary_mixtures_raise_nothing(seed: int, per_window: float) -> None:
    """Twenty-four sources, 300 windows each, four to 150 records a window: 7,200 windows without an alert of any severity.

    A path must go from at least nine in ten to next to none, or from none to a twentieth, against odds of one in ten million."""
    assert [record["summary"] for _, record in _run(100 + seed, per_window, 300)] == []


@examples(15)
@given(seed=st.integers(0, 10_000), per_window=st.sampled_from([15.0, 40.0, 150.0]), calm=st.integers(10, 40))
def test_a_rename_rings_within_two_windows(seed: int, per_window: float, calm: int) -> None:
    """Whatever else the source's forms hold, a renamed path rings in the first or the second window that shows it, once; with 40
    records a window it says what the path is called now, with fewer at least that it is there."""
    told = _run(seed, per_window, calm + 6, calm)
    assert [record["status"] for _, record in told][:1] == ["firing"]
    assert told[0][0] in (calm, calm + 1)
    assert {record["started_at"] for _, record in told} == {told[0][1]["started_at"]}
    assert ("mail_adresse" if per_window < 40 else "mail is now mail_adresse") in told[0][1]["summary"]
