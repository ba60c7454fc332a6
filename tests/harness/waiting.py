"""Wait for a condition, with a deadline, instead of sleeping and hoping."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], what: str, timeout_s: float = 30.0, every_s: float = 0.05) -> None:
    """Return as soon as the condition holds.

    Raises:
        AssertionError: It does not hold in time; says what was waited for.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"after {timeout_s:.0f} s still not: {what}"
        time.sleep(every_s)
