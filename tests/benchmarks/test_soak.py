"""Memory stays where it is, however many leads come. The long form: `python -m tests.benchmarks.soak worker 1000000`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.benchmarks.material import SHORT
from tests.benchmarks.soak import Sample, growth, learner, worker

pytestmark = pytest.mark.bench

LEADS = 100_000 if SHORT else 300_000
# In the short form the worker's caches, all bounded, are still filling; half a kilobyte a lead is found by either.
MOST = 0.20 if SHORT else 0.08


@pytest.mark.parametrize("core", [learner, worker])
def test_memory_is_flat(core: Callable[[int], Iterator[Sample]]) -> None:
    """After the first fifth of the leads the process hardly grows."""
    samples = list(core(LEADS))
    print("".join(f"\n{leads:>10,} leads  {megabytes:7.1f} MB" for leads, megabytes in samples))
    assert growth(samples) < MOST
