"""How many examples a property is tried on: few in `make test`, where each run draws others; EXAMPLES=20 for a long search."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = float(os.environ.get("EXAMPLES", "1"))
USUAL = 50


def examples(count: int = USUAL) -> settings:
    """Settings of one property: so many examples in `make test`, without a deadline each (`timing.within` holds limits)."""
    return settings(max_examples=max(1, int(count * TIMES)), deadline=None, suppress_health_check=[HealthCheck.too_slow])
