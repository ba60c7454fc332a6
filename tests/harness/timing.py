"""Time limits that hold on a busy machine: what the code costs, not what the machine is doing beside it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
TRIES = 3


def within(limit_s: float, call: Callable[[], T], what: object = "") -> T:
    """What the call returns; it is made again when it took too long, because a cache may be cold or the machine busy.

    Counted is the processor time of this thread in seconds, with the collector of cyclic garbage at rest: with thousands of
    tests in memory one collection alone costs half a second.

    Raises:
        AssertionError: Each of three tries took longer than the limit.
    """
    took: list[float] = []
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(TRIES):
            began = time.thread_time()
            answer = call()
            took.append(time.thread_time() - began)
            if took[-1] < limit_s:
                return answer
    finally:
        if collecting:
            gc.enable()
    raise AssertionError(
        f"{what or 'the call'} takes {min(took):.3f} s of processor time, three times over; the limit is {limit_s} s"
    )
