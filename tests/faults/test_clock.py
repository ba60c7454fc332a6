"""Clocks that jump (T1). Decisions depend on the records' times; nothing that is waited for is told by the wall clock."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.conftest import Break
from tests.harness.knobs import LONG

pytestmark = pytest.mark.faults

JUMPS_S = 40.0  # six steps of the worker's clock take 30


def test_the_wall_clock_jumps(broken: Break) -> None:
    """The workers' clock steps by up to a day, forwards and back, again and again: each record has one fate, duplicates are
    found, no lane stands still, and no worker ends."""
    with broken("clock") as run:

        def faults() -> None:
            with run.fault("clock steps"):
                run.fleet.wait(max(JUMPS_S * LONG, 12.0))

        ledger = run.under_traffic(faults)
        assert ledger.holds
        assert run.recoveries.never == []
        assert not any(name.startswith("exit") for name in run.fleet.happened)


@pytest.mark.skipif(shutil.which("faketime") is None, reason="the system clock is stepped by faketime, which is not installed")
def test_the_system_clock_jumps(broken: Break, tmp_path: Path) -> None:
    """The same with the clock of all libraries beneath, by Debian's faketime, which reads the time's offset from a file."""
    offset = tmp_path / "offset"
    offset.write_text("+0")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    faked = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with broken(**faked) as run:

        def faults() -> None:
            for step in ("+3600", "-3600", "+86400", "+0"):
                with run.fault("system clock steps"):
                    offset.write_text(step)
                    run.fleet.wait(3.0)

        ledger = run.under_traffic(faults)
        assert ledger.holds
        assert run.recoveries.never == []
