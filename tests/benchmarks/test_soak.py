"""Memory stays where it is, however many leads come. The long form: `python -m tests.benchmarks.soak worker 1000000`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.benchmarks.material import SHORT
from tests.benchmarks.soak import Sample, growth, learner, worker

pytestmark = pytest.mark.bench

LEADS = 100_000 if SHORT else 300_000
MOST = 0.08  # what is bounded fills at its own pace, and allocators keep what they are given; a leak of 100 bytes a lead is more


@pytest.mark.parametrize("core", [learner, worker])
def test_memory_is_flat(core: Callable[[int], Iterator[Sample]]) -> None:
    """After the first fifth of the leads the process hardly grows."""
    samples = list(core(LEADS))
    print("".join(f"\n{leads:>10,} leads  {megabytes:7.1f} MB" for leads, megabytes in samples))
    assert growth(samples) < MOST
