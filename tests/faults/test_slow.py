"""Consumers that are too slow (S2): a backlog waits on the topics, not in memory, and nobody leaves the group for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import Break
from tests.harness.config import CATCH_ALL, only
from tests.harness.knobs import LONG, PATIENCE

pytestmark = pytest.mark.faults

BACKLOG = int(100_000 * LONG)
MOST_MB = 700.0
FILES = 400
WORKED_OFF_S = 300 * PATIENCE


def test_a_far_redis_and_a_backlog(broken: Break) -> None:
    """A backlog, and an index that takes a fifth of a second for each batch: the lag falls, memory and open files are bounded,
    and the group keeps its members."""
    with broken("slow=0.2", roles=()) as run:
        ledger = run.backlog(BACKLOG, within_s=WORKED_OFF_S)
        most = run.footprint.most("worker")
        print(f"a backlog of {BACKLOG}; a worker held {most.megabytes:.0f} MB and {most.files} files at most")
        assert ledger.holds
        assert not run.fleet.happened, "no worker ended, and none was thrown out"
        assert most.megabytes < MOST_MB
        assert most.files < FILES


def test_one_hot_partition(broken: Break, config: Path, tmp_path: Path) -> None:
    """All leads on one partition, as with one key: one lane has all the work, the others none, and the lag falls."""
    inventory = only(tmp_path / "inventory", "web-form", routing=CATCH_ALL, teams=(config / "teams.yaml").read_text())
    with broken(roles=(), LEADSTREAM_CONFIG_DIR=str(inventory), LEADSTREAM_PARTITIONS="1") as run:
        assert run.backlog(BACKLOG // 4, within_s=WORKED_OFF_S).holds
        assert not run.fleet.happened
        assert run.footprint.most("worker").megabytes < MOST_MB
