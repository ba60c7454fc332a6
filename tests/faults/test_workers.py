"""Workers that die, freeze, or run out of something (K1 to K4, F2)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.conftest import Break
from tests.harness.knobs import PATIENCE, times

pytestmark = pytest.mark.faults

FROZEN_S = 9.0  # a session lasts 6


def test_kills_and_zombies(broken: Break) -> None:
    """Workers killed with -9 or frozen for longer than their session: nothing lost, nothing twice, nothing unaccounted."""
    with broken() as run:

        def faults() -> None:
            for _ in times(10):
                with run.fault("worker kill -9"):
                    run.chaos.kill()
            for _ in times(2):
                with run.fault("worker frozen"):
                    run.chaos.zombie(FROZEN_S)

        run.holds(run.under_traffic(faults))
        assert run.fleet.happened["kill -9"] == len(times(10))
        assert not any(name.startswith("reviser exit") for name in run.fleet.happened), "the reviser goes on"


def test_death_at_every_point_of_a_delivery(broken: Break, tmp_path: Path) -> None:
    """A worker that dies after asking the index, after the outputs, before or after the commit: each record has one fate."""
    points = ("identified", "produced", "before-commit", "after-commit")
    with broken(*(f"crash={point}" for point in points), workers=1) as run:

        def faults() -> None:
            assert run.fleet.wait_until(lambda: all((tmp_path / point).exists() for point in points), 120 * PATIENCE)

        run.holds(run.under_traffic(faults))
        assert run.fleet.happened["exit 99"] == len(points)


def test_out_of_files_and_memory(broken: Break) -> None:
    """A worker that can open no file more, or gets no memory more, ends or goes on; what it had under way is done again."""
    with broken() as run:

        def faults() -> None:
            for _ in times(2):
                with run.fault("no more files"):
                    run.chaos.no_more_files()
                run.chaos.leave()
                with run.fault("no more memory"):
                    run.chaos.no_more_memory()

        run.holds(run.under_traffic(faults))


def test_killed_by_the_kernel(broken: Break) -> None:
    """Out of memory: the kernel kills a worker, with no word to it."""
    with broken() as run:

        def faults() -> None:
            for n in times(2):
                with run.fault("out of memory"):
                    run.chaos.out_of_memory(f"leadstream-{os.getpid()}-{n}")

        run.holds(run.under_traffic(faults))
