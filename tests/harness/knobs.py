"""What the environment says of fault runs."""

from __future__ import annotations

import os
from typing import Final

RATE: Final = int(os.environ.get("RATE", "1000"))  # records per second while faults strike
SEED: Final = int(os.environ.get("SEED", "1"))
LONG: Final = float(os.environ.get("LONG", "1"))  # how many times the usual number of faults
PATIENCE: Final = float(os.environ.get("PATIENCE", "1"))  # how many times the usual time limits: for a machine that is busy


def times(usual: int) -> range:
    """So many of a fault in this run."""
    return range(max(1, round(usual * LONG)))
